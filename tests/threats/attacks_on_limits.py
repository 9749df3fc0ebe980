"""Attacks on limits: time, memory, processes, disk, output, and notebooks that end themselves."""

from __future__ import annotations

from strangers import Attack

ENDS = "a notebook that ends its process"
TIME = "time"
SPACE = "memory, processes and disk"
OUTPUT = "floods of output"

FAILED = frozenset({"FAILED", "ERROR", "MISSING"})
TIMED_OUT = frozenset({"TIMEOUT"})
MEMORY = frozenset({"MEMORY"})
KILLED = frozenset({"KILLED"})
FULL = MEMORY | TIMED_OUT
"""Memory that takes a while to fill: on a busy machine its time may be up first."""
ANY: frozenset[str] = frozenset()

_ENDS = {
    "sys-exit": ("import sys\nsys.exit(0)", FAILED, "PASSED"),
    "exit-and-quit": ("exit()\nquit()", FAILED, "PASSED"),
    "system-exit": ("raise SystemExit(3)", FAILED, "PASSED"),
    "keyboard-interrupt": ("raise KeyboardInterrupt", FAILED, "PASSED"),
    "generator-exit": ("raise GeneratorExit", FAILED, "PASSED"),
    "os-exit": ("import os\nos._exit(0)", ANY, "MISSING"),
    "os-abort": ("import os\nos.abort()", ANY, "MISSING"),
    "segfault": ("import ctypes\nctypes.string_at(0)", ANY, "MISSING"),
    "replaced-by-another-program": ("import os\nos.execv('/bin/sleep', ['sleep', '0'])", ANY,
                                    "MISSING"),
    "alarm": ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\nsignal.pause()", ANY, ""),
    "deep-recursion": ("def f(): return f()\nf()", FAILED, "PASSED"),
    "deeper-recursion": ("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
                         ANY, ""),
    "deep-recursion-in-c": ("eval('(' * 10**6)\nimport re\nre.compile('(' * 10**5)", FAILED,
                            "PASSED"),
    "exit-when-watched": ("import os\ndef area(r): os._exit(0)", ANY, ""),
    "exit-twice-over": ("import os\nif os.fork() == 0:\n    raise SystemExit\nos.wait()", FAILED,
                        "PASSED"),
    "child-goes-on-as-the-notebook": ("import os\nos.fork()", FAILED, "PASSED"),
    "exit-in-a-hook": ("import os\nget_ipython().events.register('post_run_cell', "
                       "lambda result: os._exit(0))", ANY, "MISSING"),
    "exit-in-a-repr": ("import os\nclass R:\n    def __repr__(self): os._exit(0)\nR()", ANY,
                       "MISSING"),
    "exception-that-raises": ("class E(Exception):\n    def __str__(self): raise E\n"
                              "    __repr__ = __str__\nraise E", FAILED, "PASSED"),
    "error-in-the-traceback": ("class M(type):\n    def __getattribute__(c, n): raise SystemExit\n"
                               "class E(Exception, metaclass=M): pass\nraise E", FAILED, "PASSED"),
}  # fmt: skip

_SPIN = "while True: pass"
_TIME = {
    "endless-loop": (_SPIN, TIMED_OUT, "PASSED"),
    "sleep": ("import time\ntime.sleep(10**6)", TIMED_OUT, "PASSED"),
    "loop-that-ignores-interrupts": (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True: time.sleep(1)", TIMED_OUT, "MISSING"),
    "loop-that-catches-every-error": (
        "import time\nwhile True:\n    try:\n        while True: time.sleep(1)\n"
        "    except BaseException: pass", TIMED_OUT, "MISSING"),
    "interrupts-blocked": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\n" + _SPIN,
        TIMED_OUT, "MISSING"),
    "large-power": ("10**10**8", TIMED_OUT, ""),
    "long-sum": ("sum(range(10**12))", TIMED_OUT, ""),
    "regular-expression": ("import re\nre.match('(a*)*b', 'a' * 60)", TIMED_OUT, "PASSED"),
    "loop-in-c": ("import collections, itertools\n"
                  "collections.deque(itertools.repeat(1), maxlen=0)", TIMED_OUT, "MISSING"),
    "loop-when-watched": ("def area(r):\n    while True: pass", TIMED_OUT, "PASSED"),
    "loop-when-watched-without-alarms": (
        "import signal\ndef area(r):\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "    while True: pass", TIMED_OUT, "PASSED"),
    "loop-in-a-repr": ("class R:\n    def __repr__(self):\n        while True: pass\nR()",
                       TIMED_OUT, "PASSED"),
    "loop-in-a-hook": ("def hook(*_):\n    while True: pass\n"
                       "get_ipython().events.register('pre_run_cell', hook)", ANY, ""),
    "loop-before-the-cell": ("import ast\nclass T(ast.NodeTransformer):\n"
                             "    def visit(self, node):\n        while True: pass\n"
                             "get_ipython().ast_transformers.append(T())", ANY, ""),
    "await-for-ever": ("import asyncio\nawait asyncio.sleep(10**6)", TIMED_OUT, "PASSED"),
    "wait-for-input": ("input('name? ')", FAILED, "PASSED"),
    "wait-for-a-child": ("import subprocess\nsubprocess.run(['sleep', '@NAP@'])", TIMED_OUT,
                         "PASSED"),
    "shell-that-sleeps": ("!sleep @NAP@", TIMED_OUT, "PASSED"),
    "thread-that-stays": (
        "import threading, time\ndef stay():\n    while True: time.sleep(0.01)\n"
        "threading.Thread(target=stay).start()", FAILED, "PASSED"),
    "process-that-stays": (
        "import subprocess\nsubprocess.Popen(['sleep', '@NAP@'], start_new_session=True)",
        FAILED, "PASSED"),
    "daemon-that-stays": (
        "import os, signal\nif os.fork() == 0:\n    os.setsid()\n"
        "    for n in range(1, 64):\n        try: signal.signal(n, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n"
        "    if os.fork() == 0:\n        os.closerange(0, 100)\n"
        "        os.execvp('sleep', ['sleep', '@NAP@'])\n    os._exit(0)", FAILED, "PASSED"),
    "daemon-born-when-watched": (
        "import os\ndef area(r):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        os.execvp('sleep', ['sleep', '@NAP@'])", FAILED, "PASSED"),
    "slow-but-in-time": ("import time\ntime.sleep(0.6)", FAILED, "PASSED"),
}  # fmt: skip

_SHARED = "import mmap\nkept = []\nwhile True:\n"
_SPACE = {
    "bytes": ("bytearray(10**10)", MEMORY, "PASSED"),
    "arrays": ("np.ones((10**5, 10**5))", MEMORY, "PASSED"),
    "growing-list": ("kept = []\nwhile True: kept.append(bytes(10**6))", FULL, ""),
    "growing-text": ("text = 'x'\nwhile True: text += text", FULL, ""),
    "shared-memory": (_SHARED + "    kept.append(mmap.mmap(-1, 10**8))\n"
                      "    kept[-1].write(bytes(10**8))", FULL, ""),
    "stack-that-grows-down": (
        "import mmap\nkept = []\nwhile True:\n"
        "    kept.append(mmap.mmap(-1, 10**8, flags=0x0122))\n    kept[-1].write(bytes(10**8))",
        ANY, ""),
    "page-tables": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\n"
        "size = 1 << 40\n"
        "for _ in range(60):\n"
        "    place = libc.mmap(None, ctypes.c_size_t(size), 1, 0x4022, -1, ctypes.c_long(0))\n"
        "    libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), 15)\n"
        "    ctypes.CDLL(None).mincore\n"
        "    for offset in range(0, size, 1 << 21):\n"
        "        ctypes.c_char.from_address(place + offset).value", MEMORY | TIMED_OUT, ""),
    "memory-in-many-processes": (
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n"
        "        kept = bytearray(os.urandom(1000)) * 100_000\n        time.sleep(60)\n"
        "time.sleep(60)", FULL, ""),
    "memory-in-secretive-processes": (
        "import ctypes, os, time\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "for _ in range(20):\n    if os.fork() == 0:\n"
        "        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "        kept = bytearray(os.urandom(1000)) * 100_000\n        time.sleep(60)\n"
        "time.sleep(60)", FULL, ""),
    "memory-when-watched": ("def area(r): return np.ones(10**10)", MEMORY, "PASSED"),
    "memory-while-the-host-waits": (
        "import json, os, struct, mmap\n"
        "text = json.dumps({'count': 1, 'value': None, 'error': None, 'message': '',\n"
        "                   'overflowed': False}).encode()\n"
        "os.write(3, b'd' + struct.pack('>I', len(text)) + text)\n" + _SHARED
        + "    kept.append(mmap.mmap(-1, 10**8))\n    kept[-1].write(bytes(10**8))",
        ANY, ""),
    "fork-bomb": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", ANY,
                  ""),
    "fork-bomb-in-shell": ("!f() { f | f & }; f", ANY, ""),
    "threads": ("import threading, time\nwhile True:\n"
                "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
                ANY, ""),
    "processes-that-spin": (
        "import os\nfor _ in range(40):\n    try:\n        if os.fork() == 0:\n"
        "            os.setsid()\n            while True: pass\n    except OSError: break\n"
        "while True: pass", ANY, ""),
    "disk": ("import os\nwith open('big', 'wb') as file:\n"
             "    while True: file.write(bytes(10**6))", FAILED, "PASSED"),
    "disk-in-many-files": (
        "for n in range(1000):\n    with open(f'big-{n}', 'wb') as file: file.write(bytes(10**6))",
        FAILED, "PASSED"),
    "disk-elsewhere": (
        "for place in ('/tmp', '/dev/shm', '~/.cache'):\n    import os\n"
        "    os.makedirs(os.path.expanduser(place), exist_ok=True)\n"
        "    with open(os.path.expanduser(place + '/big'), 'wb') as file:\n"
        "        for _ in range(100): file.write(bytes(10**6))", FAILED, "PASSED"),
    "sparse-file": ("with open('sparse', 'wb') as file: file.truncate(10**13)", FAILED, "PASSED"),
    "millions-of-files": ("for n in range(10**7): open(str(n), 'w').close()", FAILED | TIMED_OUT,
                          "PASSED"),
    "millions-of-links": (
        "import os\nopen('a', 'w').close()\nfor n in range(10**7): os.link('a', str(n))",
        FAILED | TIMED_OUT, "PASSED"),
    "folders-without-end": (
        "import os\nwhile True:\n    os.mkdir('d' * 200)\n    os.chdir('d' * 200)",
        FAILED | TIMED_OUT, "PASSED"),
    "open-files": ("import os\nkept = [os.dup(1) for _ in range(10**6)]", ANY, ""),
    "pipes-and-sockets": (
        "import socket\nkept = []\nwhile True:\n    kept.append(socket.socketpair())\n"
        "    kept[-1][0].send(bytes(100_000))", ANY, ""),
}  # fmt: skip

_OUTPUT = {
    "printing": "while True: print('x' * 1000)",
    "printing-a-gigabyte": "print('x' * 300_000_000)",
    "stderr": "import sys\nfor _ in range(10**6): print('x' * 1000, file=sys.stderr)",
    "descriptor-one": "import os\nfor _ in range(30_000): os.write(1, b'x' * 1000)",
    "yes": "!yes | head -c 100000000",
    "html": "from IPython.display import HTML, display\ndisplay(HTML('<b>' * 10**8))",
    "small-displays": "from IPython.display import display\nfor n in range(10**6): display(n)",
    "updates": "from IPython.display import display\nh = display(0, display_id=True)\n"
    "for n in range(10**6): h.update(n)",
    "clearing": "from IPython.display import clear_output\n"
    "for n in range(10**6):\n    print('x' * 1000)\n    clear_output()",
    "long-repr": "['x'] * 10**7",
    "long-repr-of-an-array": "np.set_printoptions(threshold=10**9)\nnp.arange(10**7)",
    "long-traceback": "import sys\nsys.setrecursionlimit(10**6)\n"
    "def f(n): return f(n - 1) + 1 if n else 1 / 0\nf(10**5)",
    "long-message": "raise ValueError('x' * 10**8)",
    "many-errors": "for n in range(10**4):\n    try: 1 / 0\n"
    "    except ZeroDivisionError: get_ipython().showtraceback()",
    "warnings": "import warnings\nwarnings.simplefilter('always')\n"
    "for n in range(10**5): warnings.warn('x' * 100)",
    "control-characters": "print('\\x1b]0;x\\x07\\x1b[2J\\x00\\x08\\ud800' * 1000)",
    "output-by-threads": "import threading\n"
    "def shout():\n    for _ in range(10**5): print('x' * 1000)\n"
    "for _ in range(8): threading.Thread(target=shout).start()",
}

ATTACKS = (
    *(Attack(name=n, threat=ENDS, code=c, area=v, after=a) for n, (c, v, a) in _ENDS.items()),
    *(Attack(name=n, threat=TIME, code=c, area=v, after=a) for n, (c, v, a) in _TIME.items()),
    *(Attack(name=n, threat=SPACE, code=c, area=v, after=a) for n, (c, v, a) in _SPACE.items()),
    *(Attack(name=n, threat=OUTPUT, code=c, after="") for n, c in _OUTPUT.items()),
)
