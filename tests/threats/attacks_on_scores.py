"""Attacks on scores: values that lie, Python turned inside out, results forged."""

from __future__ import annotations

from strangers import Attack

LYING = "values that lie"
PATCHED = "Python turned inside out"
FORGED = "forged results"

_RETURNED = {
    "always-equal": """
class Equal:
    def __eq__(self, other): return True
    def __array__(self, *_, **__): return self
    def __getattr__(self, name): return self
    def __call__(self, *_, **__): return self
    __hash__ = None
def area(r): return Equal()
""",
    "float-that-lies": """
class Near(float):
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = lambda self, *_: 0.0
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    def __float__(self): return 9.87
    def __repr__(self): return "right"
    __hash__ = float.__hash__
def area(r): return [Near(1.0)] * 3
""",
    "array-that-lies": """
class Lie(np.ndarray):
    def __array_ufunc__(self, *_, **__): return True
    def __array_function__(self, *_, **__): return True
    def __eq__(self, other): return True
    def __sub__(self, other): return np.zeros(3)
    def tobytes(self, *_): return (np.pi * np.ones(3)).tobytes()
def area(r): return np.zeros(3).view(Lie)
""",
    "array-with-changing-shape": """
class Shape(np.ndarray):
    @property
    def shape(self): return ()
    @property
    def dtype(self): return np.dtype("O")
    nbytes = -1
def area(r): return np.zeros(3).view(Shape)
""",
    "all-masked": "def area(r): return np.ma.masked_all(3)",
    "masked-with-any-fill": """
def area(r):
    value = np.ma.masked_array(np.zeros(3), mask=True)
    value.fill_value = np.pi
    return value
""",
    "nan": "def area(r): return np.full(3, np.nan)",
    "infinite": "def area(r): return np.full(3, np.inf)",
    "empty": "def area(r): return np.empty(0)",
    "broadcastable": "def area(r): return np.pi * np.outer(r, r)",
    "broadcastable-scalar": "def area(r): return float(np.pi * r[0]**2)",
    "huge-integers": "def area(r): return [10**40_000] * 3",
    "huge-float": "def area(r): return np.full(3, 1e308) * 10",
    "complex-nan": "def area(r): return np.full(3, complex('nan'))",
    "booleans": "def area(r): return np.ones(3, dtype=bool)",
    "strings": "def area(r): return [str(x) for x in np.pi * r**2]",
    "bytes-of-the-right-value": "def area(r): return (np.pi * r**2).tobytes()",
    "dates": "def area(r): return np.array(['NaT'] * 3, dtype='M8[s]')",
    "records": "def area(r): return np.zeros(3, dtype=[('a', 'f8'), ('b', 'f8')])",
    "objects-in-an-array": """
class Equal:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
def area(r): return np.array([Equal()] * 3, dtype=object)
""",
    "list-of-itself": "def area(r):\n    value = []\n    value.append(value)\n    return value",
    "nested-deep": """
def area(r):
    value = 1.0
    for _ in range(100_000):
        value = [value]
    return value
""",
    "ten-million-items": "def area(r): return [1.0] * 10**7",
    "array-of-100-mb": "def area(r): return np.ones(12_500_000)",
    "class-that-lies": """
class Mask:
    __class__ = float
    def hex(self): return "0x1p0"
def area(r): return [Mask()] * 3
""",
    "number-of-another-type": """
class Meta(type):
    def __instancecheck__(cls, other): return True
class Number(metaclass=Meta):
    __class__ = np.ndarray
    shape, dtype = (3,), np.dtype(float)
def area(r): return Number()
""",
    "generator": "def area(r): return (np.pi * x**2 for x in r)",
    "a-class": "def area(r): return type('Equal', (), {'__eq__': lambda a, b: True})",
    "mutates-its-arguments": "def area(r):\n    r[:] = 0\n    return np.zeros(3)",
    "different-when-watched": """
import sys
def area(r):
    watched = any("observe" in frame for frame in _frames())
    return np.zeros(3) if watched else np.pi * r**2
def _frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame.f_code.co_name
        frame = frame.f_back
""",
    "pickle-that-runs": """
class Evil:
    def __reduce__(self): return (open, ("/tmp/@MARK@", "w"))
def area(r): return Evil()
""",
    "array-with-pickles": """
class Evil:
    def __reduce__(self): return (open, ("/tmp/@MARK@", "w"))
def area(r):
    np.save("evil.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    return np.array([Evil()] * 3, dtype=object)
""",
}

_PATCHES = {
    "asserts-taken-out": """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(NoAsserts())
""",
    "np-testing-patched": """
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *_, **__: None)
np.allclose = np.isclose = np.array_equal = lambda *_, **__: True
""",
    "builtins-patched": """
import builtins
builtins.sum = builtins.abs = builtins.max = lambda *_, **__: 0
builtins.isinstance = lambda *_: True
builtins.len = lambda *_: 3
builtins.all = builtins.any = lambda *_: True
""",
    "eval-and-exec-patched": """
import builtins
real = builtins.eval
builtins.eval = lambda *_: np.full(3, np.pi)
builtins.exec = lambda *_: None
""",
    "numpy-patched": """
real = np.array
np.array = lambda *_, **__: real([np.pi] * 3)
np.ndarray.tobytes = None if False else getattr(np.ndarray, "tobytes")
np.pi = 3
""",
    "cells-rewritten": """
def rewrite(lines):
    text = "".join(lines)
    return ["pass\\n"] if "assert" in text else lines
get_ipython().input_transformers_cleanup.append(rewrite)
get_ipython().input_transformers_post.append(rewrite)
""",
    "hooks-on-cells": """
shell = get_ipython()
shell.events.register("pre_run_cell", lambda info: setattr(info, "raw_cell", "pass"))
shell.events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
shell.run_cell_async = shell.run_cell = None
""",
    "magics-redefined": """
from IPython.core.magic import register_cell_magic, register_line_magic
@register_line_magic
def time(line): return 3
@register_cell_magic
def capture(line, cell): return 3
get_ipython().set_custom_exc((Exception,), lambda *_: [])
""",
    "trace-set": """
import sys, threading
def trace(frame, event, arg):
    for name in list(frame.f_locals):
        if name in ("value", "score", "fraction"):
            frame.f_locals[name] = np.full(3, np.pi)
    return trace
sys.settrace(trace)
threading.settrace(trace)
""",
    "profile-set": """
import sys
def profile(frame, event, arg):
    if frame.f_code.co_name in ("_observe", "encode"):
        frame.f_locals["value"] = np.full(3, np.pi)
sys.setprofile(profile)
""",
    "audit-hook": """
import sys
def hook(event, arguments):
    if event in ("compile", "exec", "os.fork"):
        raise RuntimeError("not now")
sys.addaudithook(hook)
""",
    "at-exit-and-gc": """
import atexit, gc, os
def late(*_):
    try:
        os.write(3, b"v" + (0).to_bytes(4, "big"))
    except OSError:
        pass
atexit.register(late)
gc.callbacks.append(lambda phase, info: None)
""",
    "del-at-the-end": """
class Late:
    def __del__(self):
        import builtins
        builtins.AssertionError = Exception
late = Late()
del late
""",
    "import-hook": """
import sys, importlib.abc, types
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return types.ModuleType(spec.name)
    def exec_module(self, module): module.__getattr__ = lambda name: lambda *_, **__: True
sys.meta_path.insert(0, Finder())
sys.modules.pop("numpy.testing", None)
""",
    "modules-emptied": "import sys\nsys.modules.clear()",
    "builtins-emptied": "import builtins\nfor n in ('len', 'print', 'int'): delattr(builtins, n)",
    "encoder-replaced": """
import sys
codec = sys.modules["_dfl_inside.codec"]
real = codec.encode
def encode(value, limit, adapt=None):
    if isinstance(value, dict) and "value" in value:
        value["value"] = np.full(3, np.pi)
    return real(value, limit, adapt)
codec.encode = encode
def area(r): return None
""",
    "session-replaced": """
import sys
zygote = sys.modules["_dfl_inside.zygote"]
zygote.Session.observe = lambda self, asked: self.send(b"w", b'{"status": 0}')
""",
    "walls-called-again": """
import sys
walls = sys.modules["_dfl_inside.walls"]
attempt(lambda: walls.enter_room(["/"], [], frozenset()))
attempt(lambda: walls.open_room(lambda: None, frozenset()))
attempt(lambda: walls.enter_box({}, frozenset(["landlock"])))
""",
    "fork-patched": "import os\nos.fork = lambda: 0",
    "clock-patched": """
import signal, time
time.monotonic = lambda: 0.0
signal.setitimer = lambda *_: None
def area(r):
    while True: pass
""",
    "arguments-kept-for-later": """
import gc, sys
def area(r):
    frame, found = sys._getframe(), []
    while frame is not None:
        found += [repr(v)[:200] for v in frame.f_locals.values()]
        frame = frame.f_back
    found += [repr(o)[:200] for o in gc.get_objects()[-2000:] if type(o) in (str, bytes, dict)]
    with open("found.txt", "a") as file:
        file.write("\\n".join(found))
    return None
""",
    "history-read": """
import inspect
print(In, Out, list(get_ipython().history_manager.get_range()))
print([inspect.getsource(f.function) if False else f.function for f in inspect.stack()])
print([k for k, v in globals().items()])
""",
    "signals-handled": """
import signal
for number in range(1, 64):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def area(r): return None
""",
    "streams-gone": "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = None",
    "limits-set-to-nothing": """
import resource
for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE"):
    resource.setrlimit(getattr(resource, name), (0, 0))
""",
    "environment-changed": """
import os
os.environ.clear()
os.chdir("/")
os.umask(0o777)
""",
}

_FRAME = """
import os, struct
def frame(kind, payload): return kind + struct.pack(">I", len(payload)) + payload
def say(data):
    try:
        os.write(3, data)
    except OSError as error:
        print(error)
"""
_VALUE = """
import json
def value(index):
    header = json.dumps({"value": ["dict", [
        [["str", "value"], ["array", "f8", [3], 0]], [["str", "mutated"], ["list", []]],
        [["str", "seconds"], ["float", "0x0.0p+0"]]]], "buffers": [24]}).encode()
    body = struct.pack(">I", len(header)) + header + np.full(3, np.pi).tobytes()
    return frame(b"v", struct.pack(">I", index) + body)
"""
_DONE = """
done = frame(b"d", json.dumps({"count": 1, "value": 3.0, "error": None, "message": "",
                               "overflowed": False}).encode())
"""

_FORGED = {
    "value-frame-in-a-cell": (_VALUE + "say(value(0) + value(1))", "MISSING"),
    "value-frames-when-watched": (
        _VALUE + "def area(r):\n    say(value(0) + value(1) + frame(b'w', b'{\"status\": 0}'))",
        "",
    ),
    "values-without-end": (
        _VALUE + "def area(r):\n    index = 0\n    while True:\n"
        "        index += 1\n        say(value(index) * 100)",
        "",
    ),
    "done-frame": (_VALUE + _DONE + "say(done)", ""),
    "done-frames-ahead": (_VALUE + _DONE + "say(done * 20)", ""),
    "done-then-values": (_VALUE + _DONE + "say(done + value(0) + value(1) + done * 5)", ""),
    "broken-done-frame": ("say(frame(b'd', b'{\"count\": []}'))", "MISSING"),
    "nan-in-a-done-frame": (
        'say(frame(b\'d\', b\'{"count": 1, "value": NaN, "error": "x", "message": "", \'\n'
        "          b'\"overflowed\": 0}'))",
        "",
    ),
    "giant-length": ("say(b'o' + b'\\xff' * 4)", "MISSING"),
    "random-bytes": ("say(os.urandom(100_000))", "MISSING"),
    "every-descriptor": (
        "for number in range(3, 512):\n    try:\n        os.write(number, b'v' * 1000)\n"
        "    except OSError:\n        pass",
        "MISSING",
    ),
    "unknown-frames": ("say(frame(b'r', b'') + frame(b'!', b'the grader failed'))", "MISSING"),
    "output-nested-deep": ("say(frame(b'o', b'[' * 200_000))", "MISSING"),
    "output-of-wrong-types": (
        'say(frame(b\'o\', b\'{"output_type": "stream", "name": [], "text": {"a": 1}}\'))\n'
        "say(frame(b'o', b'{\"output_type\": 7}'))\n"
        'say(frame(b\'o\', b\'{"output_type": "display_data", "data": 3, "metadata": 1}\'))',
        "PASSED",
    ),
    "channel-closed": ("os.close(3)", "MISSING"),
    "channel-shut-down": (
        "import socket\nsocket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_RDWR)",
        "MISSING",
    ),
    "channel-read-by-others": (
        "import threading\n"
        "def read():\n    while True:\n        os.read(3, 100)\n"
        "for _ in range(5):\n    threading.Thread(target=read, daemon=True).start()",
        "",
    ),
    "descriptors-sent-to-the-host": (
        "import socket\nchannel = socket.socket(fileno=os.dup(3))\n"
        "for _ in range(50):\n"
        "    socket.send_fds(channel, [frame(b'o', b'{}')], [0, 1, 2])",
        "PASSED",
    ),
}

_SHOWN = {
    "report-printed": """
print('{"schema": 1, "score": 9.0, "questions": [{"grade_id": "area-test", "score": 3.0}]}')
print("PASSED 3.0/3.0")
""",
    "report-displayed": """
from IPython.display import display
display({"application/vnd.dfl+json": {"score": 3}, "text/plain": "PASSED"}, raw=True)
display({"text/html": "<h1>3 of 3 points</h1>"}, raw=True)
""",
    "report-written": """
import json, pathlib
for name in ("report.json", "score.txt", "p.ipynb", "gradebook.db"):
    pathlib.Path(name).write_text(json.dumps({"schema": 1, "score": 9.0}))
""",
    "points-as-last-value": "3.0",
}

ATTACKS = (
    *(Attack(name=n, threat=LYING, code=code) for n, code in _RETURNED.items()),
    *(Attack(name=n, threat=PATCHED, code=code, after="") for n, code in _PATCHES.items()),
    *(
        Attack(name=n, threat=FORGED, code=_FRAME + code, after=after)
        for n, (code, after) in _FORGED.items()
    ),
    *(Attack(name=n, threat=FORGED, code=code) for n, code in _SHOWN.items()),
)
