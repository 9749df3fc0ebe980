"""Attacks on the box: reading and writing outside, the network, other processes, the kernel."""

from __future__ import annotations

from strangers import Attack

READING = "reading what is not the student's"
WRITING = "writing what is not the student's"
NETWORK = "network"
KERNEL = "other processes and the kernel"

_READING = {
    "read-the-course": """
from pathlib import Path
for name in ("course.toml", "gradebook.db", "graders/ps.py", "source/ps/p.ipynb",
             "submitted/ada/ps/p.ipynb", "autograded/ada/ps/report.json", ".dfl"):
    attempt(lambda: Path("@COURSE@", name).read_bytes())
import os
attempt(lambda: os.listdir("@COURSE@"))
attempt(lambda: os.stat("@COURSE@/gradebook.db"))
""",
    "read-home-and-keys": """
import os, sys
from pathlib import Path
way = Path(sys.prefix).parts + Path(sys.base_prefix).parts
def read(name):
    if os.path.isdir(name):
        return [inside for inside in os.listdir(name) if inside not in way][0]
    return Path(name).read_bytes()
for name in ("@HOME@/.ssh/id_rsa", "/root/.ssh/id_rsa", "/etc/shadow", "/root", "/home", "/var",
             "/run", "/sys", "/boot", "/etc/ssh", "/mnt", "/srv", "/opt/", "/proc/kcore"):
    attempt(lambda: read(name))
print(os.path.expanduser("~"), os.listdir(os.path.expanduser("~")))
""",
    "read-the-environment": """
import os, sys
print(dict(os.environ), sys.argv, sys.orig_argv)
for name in ("environ", "cmdline", "mountinfo", "maps", "status", "keys"):
    try:
        print(open(f"/proc/self/{name}", errors="replace").read()[:20_000])
    except OSError as error:
        print(error)
attempt(lambda: os.environ["MY_TOKEN"])
""",
    "read-other-processes": """
import os
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
attempt(lambda: [pid for pid in pids if pid != os.getpid()][0])
for pid in (os.getppid(), @VICTIM@, 0, 2, 3):
    for name in ("environ", "mem", "cwd", "root", "fd"):
        attempt(lambda: os.listdir(f"/proc/{pid}/{name}") if name != "mem"
                else open(f"/proc/{pid}/mem", "rb").read(1))
""",
    "search-every-file": """
import os, sys
skip = {"proc", "dev", "usr", "lib", "lib64", "bin", "sbin", "lib32"}
prefixes = (sys.prefix, sys.base_prefix)
found = []
for place in sorted(set(os.listdir("/")) - skip):
    for folder, inner, names in os.walk("/" + place):
        if folder.startswith(prefixes):
            inner.clear()
            continue
        for name in names[:1000]:
            try:
                with open(os.path.join(folder, name), errors="replace") as file:
                    text = file.read(100_000)
            except OSError:
                continue
            if "s3cr3t" + "-" in text and "found = []" not in text:
                found.append(os.path.join(folder, name))
print("searched", len(found))
attempt(lambda: found[0])
""",
    "climb-out-by-descriptors": """
import os
for number in range(3, 100):
    attempt(lambda: os.listdir(number))
    attempt(lambda: os.open("..", os.O_RDONLY, dir_fd=number))
for path in ("/proc/self/root@COURSE@/course.toml", "/proc/1/root@COURSE@/course.toml",
             "/proc/self/cwd/../../../../..@COURSE@/course.toml", "/old@COURSE@/course.toml",
             "/proc/1/cwd@COURSE@/course.toml", "/../..@COURSE@/course.toml"):
    attempt(lambda: open(path).read())
""",
    "open-by-handle": """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
root = os.open("/", os.O_RDONLY)
handle = struct.pack("Ii8s", 8, 1, struct.pack("<Q", 2))
attempt(lambda: call(304, root, handle, 0))
attempt(lambda: call(303, -100, b"/", ctypes.create_string_buffer(200), bytes(8), 0))
""",
    "read-by-the-interpreters-own-means": """
import importlib.util, runpy, linecache, zipimport, sqlite3, subprocess
attempt(lambda: runpy.run_path("@COURSE@/graders/ps.py"))
attempt(lambda: importlib.util.spec_from_file_location("g", "@COURSE@/graders/ps.py").loader
        .get_data("@COURSE@/graders/ps.py"))
attempt(lambda: sqlite3.connect("file:@COURSE@/gradebook.db?mode=ro", uri=True)
        .execute("select * from grade").fetchall())
attempt(lambda: subprocess.run(["cat", "@COURSE@/course.toml"], check=True, capture_output=True))
attempt(lambda: np.loadtxt("@COURSE@/course.toml", dtype=str))
attempt(lambda: __import__("dfl_grading"))
print(linecache.getlines("@COURSE@/graders/ps.py"))
!cat @COURSE@/graders/ps.py
%load @COURSE@/graders/ps.py
""",
    "follow-links": """
import os
for number, target in enumerate(("@COURSE@", "@HOME@", "/proc/1/root", "/")):
    os.symlink(target, f"link-{number}")
    attempt(lambda: open(f"link-{number}@COURSE@/course.toml").read())
    attempt(lambda: open(f"link-{number}/course.toml").read())
attempt(lambda: os.link("@COURSE@/course.toml", "hard"))
""",
    "memory-of-the-grader": """
import gc
bait = "s3cr3t" + "-"
found = [o for o in gc.get_objects() if type(o) is dict
         and any(type(v) is str and bait in v for v in list(o.values()))
         and o is not globals()]
def words():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            start, end = (int(n, 16) for n in place.split("-"))
            if rights.startswith("rw") and end - start < 3 * 10**8 and "[v" not in line:
                memory.seek(start)
                yield memory.read(end - start)
import re
pattern = re.compile(bait.encode() + rb"[0-9a-f]{16}")
seen = {hit for part in words() for hit in pattern.findall(part)}
print(len(found))
attempt(lambda: sorted(seen)[0])
""",
}

_WRITING = {
    "write-the-gradebook": """
import sqlite3
def raise_grades():
    with sqlite3.connect("@COURSE@/gradebook.db", timeout=0.1) as database:
        database.execute("UPDATE grade SET auto_score = 100, manual_score = 100")
attempt(raise_grades)
attempt(lambda: open("@COURSE@/gradebook.db", "r+b").write(b"x"))
""",
    "write-the-course": """
import os, shutil
from pathlib import Path
for name in ("course.toml", "graders/ps.py", "source/ps/p.ipynb", "submitted/ada/ps/p.ipynb",
             "autograded/ada/ps/report.json", "reports/ps.html", ".dfl/x", "@MARK@"):
    attempt(lambda: Path("@COURSE@", name).write_text("x"))
    attempt(lambda: Path("@COURSE@", name).unlink())
    attempt(lambda: os.rename(Path("@COURSE@", name), "taken"))
    attempt(lambda: os.truncate(Path("@COURSE@", name), 0))
attempt(lambda: shutil.rmtree("@COURSE@"))
attempt(lambda: os.mkdir("@COURSE@/autograded/@MARK@"))
attempt(lambda: os.chmod("@COURSE@", 0o777))
attempt(lambda: os.utime("@COURSE@"))
""",
    "write-the-system": """
import os, sys
for place in ("/", "/usr", "/etc", "/usr/lib", sys.prefix, sys.base_prefix, "/dev", "/proc",
              os.path.dirname(np.__file__), os.path.dirname(os.__file__), "/var/tmp", "/run",
              "/root", "/home", "@HOME@", "/proc/sys/kernel"):
    attempt(lambda: open(os.path.join(place, "@MARK@"), "w"))
    attempt(lambda: os.mkdir(os.path.join(place, "@MARK@")))
    attempt(lambda: os.symlink("x", os.path.join(place, "@MARK@")))
    attempt(lambda: os.mkfifo(os.path.join(place, "@MARK@")))
for name in (np.__file__, os.__file__, "/etc/passwd", sys.executable, "/etc/ld.so.cache"):
    attempt(lambda: open(name, "r+b"))
    attempt(lambda: os.chmod(name, 0o666))
    attempt(lambda: os.unlink(name))
    attempt(lambda: os.setxattr(name, "user.x", b"1"))
""",
    "write-to-the-kernel": """
import os
for name in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
             "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj", "/proc/self/uid_map",
             "/proc/self/setgroups", "/dev/kmsg", "/dev/tty", "/dev/random", "/dev/mem",
             "/sys/power/state", "/proc/1/oom_score_adj", "/proc/self/comm"):
    attempt(lambda: os.write(os.open(name, os.O_WRONLY), b"1"))
attempt(lambda: os.mknod("sda", 0o60666, os.makedev(8, 0)))
attempt(lambda: os.mknod("zero", 0o20666, os.makedev(1, 5)))
""",
    "leave-something-for-the-next": """
import os
for place in ("/tmp", "/dev/shm", "/box", "/box/work", os.path.expanduser("~")):
    with open(os.path.join(place, "@MARK@"), "w") as file:
        file.write("print('left')")
""",
}

_NETWORK = {
    "tcp": """
import socket
for host in ("127.0.0.1", "::1", "localhost", "192.0.2.1", "10.0.0.1", "169.254.169.254"):
    attempt(lambda: socket.create_connection((host, @TCP@), 0.3))
""",
    "udp": """
import socket
for host in ("127.0.0.1", "192.0.2.1", "255.255.255.255"):
    attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (host, @UDP@)))
""",
    "names": """
import socket, urllib.request
attempt(lambda: socket.getaddrinfo("example.org", 80))
attempt(lambda: socket.gethostbyname("localhost.localdomain.example"))
attempt(lambda: urllib.request.urlopen("http://127.0.0.1:@TCP@/", timeout=0.3))
attempt(lambda: np.load(urllib.request.urlopen("http://example.org/x.npy", timeout=0.3)))
""",
    "abstract-unix-socket": """
import socket
attempt(lambda: socket.socket(socket.AF_UNIX).connect('@ABSTRACT@'))
attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0/tmp/.X11-unix/X0"))
attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0/org/freedesktop/systemd1/notify"))
""",
    "unix-socket": """
import socket
for path in ("@UNIX@", "/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket",
             "/tmp/.X11-unix/X0", "/run/systemd/private", "/var/run/nscd/socket"):
    attempt(lambda: socket.socket(socket.AF_UNIX).connect(path))
""",
    "listening": """
import socket, http.server
def listen(host, port):
    server = socket.socket()
    server.bind((host, port))
    server.listen()
attempt(lambda: listen("0.0.0.0", 8099))
attempt(lambda: listen("127.0.0.1", 0))
attempt(lambda: http.server.HTTPServer(("", 8123), None))
""",
    "rare-sockets": """
import socket
for family, kind, protocol in ((40, 1, 0), (16, 3, 0), (17, 3, 0), (38, 5, 0), (30, 1, 0),
                               (31, 1, 3), (29, 3, 1), (44, 3, 0), (2, 3, 255), (2, 1, 132),
                               (2, 1, 262), (21, 5, 0), (10, 3, 58)):
    attempt(lambda: socket.socket(family, kind, protocol))
    attempt(lambda: socket.socketpair(family, kind, protocol))
""",
    "interfaces": """
import fcntl, socket, struct
attempt(lambda: fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14s", b"lo", 1, b"")))
attempt(lambda: [name for _, name in socket.if_nameindex() if name != "lo"][0])
attempt(lambda: open("/proc/net/tcp").read().splitlines()[1])
""",
}

_CALLS = """
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
def call(x86, aarch64, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(aarch64 if arm else x86, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""

_KERNEL = {
    "signals": """
import os, signal
for pid in (@VICTIM@, os.getppid()):
    if pid > 0:
        attempt(lambda: os.kill(pid, signal.SIGKILL))
attempt(lambda: os.pidfd_open(@VICTIM@))
def sweep():
    for pid in range(2, 70_000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return pid
    raise ProcessLookupError("nobody else")
attempt(sweep)
""",
    "kill-everybody": """
import os, signal, subprocess
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
    try:
        os.kill(-1, number)
    except OSError as error:
        print(error)
subprocess.run(["sh", "-c", "kill -9 -1"])
os.kill(os.getpid(), signal.SIGKILL)
os.kill(0, signal.SIGSTOP)
""",
    "trace-processes": _CALLS
    + """
for pid in (1, os.getppid(), @VICTIM@):
    attempt(lambda: call(101, 117, 16, pid, 0, 0))
attempt(lambda: call(101, 117, 0, 0, 0, 0))
attempt(lambda: call(310, 270, @VICTIM@, 0, 0, 0, 0, 0))
attempt(lambda: call(311, 271, @VICTIM@, 0, 0, 0, 0, 0))
attempt(lambda: call(312, 272, 1, @VICTIM@, 0, 0, 0))
attempt(lambda: call(438, 438, 3, 0, 0))
""",
    "become-somebody-else": """
import ctypes, os, subprocess
attempt(lambda: os.setuid(0))
attempt(lambda: os.setgid(0))
attempt(lambda: os.setgroups([0]))
attempt(lambda: os.setresuid(0, 0, 0))
attempt(lambda: os.setuid(65534))
for program in (["su", "-c", "id"], ["sudo", "-n", "id"], ["pkexec", "id"], ["chfn", "-f", "x"],
                ["mount", "-t", "tmpfs", "x", "/box"], ["umount", "/proc"]):
    attempt(lambda: subprocess.run(program, check=True, capture_output=True, timeout=1))
status = open("/proc/self/status").read()
attempt(lambda: [line for line in status.splitlines() if line.startswith(("CapP", "CapE", "CapB"))
                 and int(line.split()[1], 16)][0])
attempt(lambda: {"1": {}}[status.split("NoNewPrivs:")[1].split()[0]][0])
""",
    "new-namespaces": _CALLS
    + """
for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000, 0x04000000, 0x08000000, 0x02000000,
             0x80, 0x7E020080):
    attempt(lambda: call(272, 97, flag))
    attempt(lambda: call(56, 220, flag & ~0x80 | 17, 0, 0, 0, 0) if flag != 0x80 else 1 / 0)
attempt(lambda: call(435, 435, (ctypes.c_uint64 * 11)(0x10000000), 88))
attempt(lambda: call(308, 268, os.open("/proc/1/ns/user", os.O_RDONLY), 0))
attempt(lambda: call(308, 268, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0))
""",
    "mounts": _CALLS
    + """
attempt(lambda: call(165, 40, b"x", b"/box", b"tmpfs", 0, 0))
attempt(lambda: call(165, 40, b"/", b"/box", 0, 4096, 0))
attempt(lambda: call(166, 39, b"/proc", 2))
attempt(lambda: call(166, 39, b"/box", 2))
attempt(lambda: call(161, 51, b"/box"))
attempt(lambda: call(155, 41, b".", b"."))
attempt(lambda: call(428, 428, -100, b"/", 1))
attempt(lambda: call(430, 430, b"tmpfs", 0))
attempt(lambda: call(442, 442, -100, b"/", 0, bytes(32), 32))
""",
    "keys-and-rarities": _CALLS
    + """
attempt(lambda: call(250, 219, 0, -3, 0))
attempt(lambda: call(250, 219, 11, -3, ctypes.create_string_buffer(100), 100))
attempt(lambda: call(248, 217, b"user", b"x", b"y", 1, -3))
attempt(lambda: call(249, 218, b"user", b"x", 0, 0))
attempt(lambda: call(425, 425, 8, ctypes.create_string_buffer(120)))
attempt(lambda: call(323, 282, 1))
attempt(lambda: call(321, 280, 0, ctypes.create_string_buffer(120), 120))
attempt(lambda: call(298, 241, ctypes.create_string_buffer(120), 0, -1, -1, 0))
attempt(lambda: call(135, 92, 0x0040000))
attempt(lambda: call(206, 0, 100, ctypes.byref(ctypes.c_long())))
attempt(lambda: call(319, 279, b"x", 0))
attempt(lambda: call(29, 194, 7, 4096, 0o1600))
attempt(lambda: call(64, 190, 7, 32000, 0o1600))
attempt(lambda: call(68, 186, 7, 0o1600))
attempt(lambda: call(240, 180, b"x", 0o100 | 2, 0o600, 0))
attempt(lambda: call(169, 142, 0xFEE1DEAD, 672274793, 0x1234567, 0))
attempt(lambda: call(170, 161, b"mine", 4))
attempt(lambda: call(227, 112, 0, ctypes.create_string_buffer(16)))
attempt(lambda: call(103, 116, 3, ctypes.create_string_buffer(100), 100))
attempt(lambda: call(175, 105, b"", 0, b""))
attempt(lambda: call(300, 262, 0, 0))
""",
    "priorities": """
import os, resource
# half of the processors belong to the other worker, where there are two
attempt(lambda: {True: "crowded"}[len(os.sched_getaffinity(0)) > (@CORES@ + 1) // 2])
attempt(lambda: os.nice(-5))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
attempt(lambda: os.sched_setaffinity(0, range(os.cpu_count())))
attempt(lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10_000, 10_000)))
attempt(lambda: resource.setrlimit(resource.RLIMIT_DATA, (10**12, 10**12)))
attempt(lambda: resource.prlimit(@VICTIM@, resource.RLIMIT_NOFILE))
""",
    "calls-of-another-kind": _CALLS
    + """
import mmap
# getpid of i386, by the interrupt: another table of calls, which a filter must not miss
code = mmap.mmap(-1, 4096, prot=7)
code.write(bytes.fromhex("53b814000000cd805bc3"))
address = ctypes.addressof(ctypes.c_char.from_buffer(code))
pid = os.fork()
if pid == 0:
    os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0 else 1)
ended = os.waitpid(pid, 0)[1]
attempt(lambda: {0: "it ran"}[ended])
attempt(lambda: call(0x40000000 + 39, 172 + 10**6))
""",
    "no-dumps-of-memory": """
import ctypes, os, resource
attempt(lambda: {True: "cores"}[resource.getrlimit(resource.RLIMIT_CORE)[1] > 1])
if os.fork() == 0:
    ctypes.string_at(0)
os.wait()
attempt(lambda: [n for n in os.listdir(".") if "core" in n][0])
""",
    "terminal": """
import fcntl, os, termios
for number in (0, 1, 2):
    attempt(lambda: fcntl.ioctl(number, termios.TIOCSTI, b"x"))
attempt(lambda: os.open("/dev/tty", os.O_RDWR))
attempt(lambda: os.openpty())
""",
}

ATTACKS = (
    *(Attack(name=name, threat=READING, code=code) for name, code in _READING.items()),
    *(Attack(name=name, threat=WRITING, code=code) for name, code in _WRITING.items()),
    *(Attack(name=name, threat=NETWORK, code=code) for name, code in _NETWORK.items()),
    *(Attack(name=name, threat=KERNEL, code=code) for name, code in _KERNEL.items()),
)
