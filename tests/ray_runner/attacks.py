"""What a hostile notebook tries, as its own source: runs inside the container and leaves what it found as facts.json.

`TARGETS` stands above it: addresses that answer, but must not from here.
"""

from __future__ import annotations

NOTEBOOK = r"""
import ctypes, errno, json, mmap, os, pathlib, platform, signal, socket, stat, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        return ["done", str(action())[:200]]
    except OSError as error:
        return ["refused", errno.errorcode.get(error.errno, type(error).__name__)]
    except BaseException as error:
        return ["refused", type(error).__name__]

def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result

def first(*paths):
    for path in paths:
        if os.path.exists(path):
            return pathlib.Path(path).read_text().strip()

def script():
    path = pathlib.Path("/tmp/x.sh")
    path.write_text("#!/bin/sh\necho ran\n")
    path.chmod(0o755)
    return subprocess.check_output([str(path)])

def peek():
    buffer = ctypes.create_string_buffer(8)
    class Part(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    here, there = Part(ctypes.addressof(buffer), 8), Part(0x400000, 8)
    return call({"x86_64": 310, "aarch64": 270}[platform.machine()], 1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)

def take_descriptor():
    handle = os.pidfd_open(1)
    return call(438, handle, 1, 0)

def datagram(address):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
        return s.sendto(b"x", (address, 53))

def call_as_another_machine():
    # getpid by the 32-bit table: mov eax, 20; int 0x80; ret. In a child, for a kernel without that table ends it.
    if platform.machine() != "x86_64":
        raise PermissionError
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    child = os.fork()
    if child == 0:
        code = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        os._exit(0 if code() == os.getpid() else 1)
    if os.waitpid(child, 0)[1] != 0:
        raise PermissionError

def listed(place):
    return sorted(os.listdir(place))

def walk(*without):
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in without]
        for name in folders + files:
            yield os.path.join(folder, name)

def special(path):
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0

def writable(path):
    return not os.path.islink(path) and os.access(path, os.W_OK) and not stat.S_ISCHR(special(path))

def own_program(path):
    # The loader shows the auxiliary vector unless the program runs with more rights than its caller.
    try:
        shown = subprocess.run([path, "--help"], env={"LD_SHOW_AUXV": "1"}, capture_output=True, timeout=2,
                               stdin=subprocess.DEVNULL).stdout
    except subprocess.TimeoutExpired as error:
        shown = error.stdout
    shown = (shown or b"").decode(errors="replace")
    return [line.split()[-1] for line in shown.splitlines() if line.startswith(("AT_EUID", "AT_SECURE"))]

began_with = {place: listed(place) for place in ("/tmp", "/dev/shm", "/dev/mqueue")}
environment = os.path.dirname(os.path.dirname(sys.executable))
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
syscalls = {
    "x86_64": {"add_key": 248, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
               "kexec_load": 246, "init_module": 175, "open_by_handle_at": 304, "unshare": 272, "mount": 165,
               "fsopen": 430, "open_tree": 428, "setns": 308, "io_uring_setup": 425, "pivot_root": 155, "swapon": 167, "reboot": 169},
    "aarch64": {"add_key": 217, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
                "kexec_load": 104, "init_module": 105, "open_by_handle_at": 265, "unshare": 97, "mount": 40,
                "fsopen": 430, "open_tree": 428, "setns": 268, "io_uring_setup": 425, "pivot_root": 41, "swapon": 224, "reboot": 142},
}[platform.machine()]
name = ctypes.create_string_buffer(b"tmpfs")
place = ctypes.create_string_buffer(b"/tmp")
arguments = {
    "unshare": (0x10000000,), "mount": (name, place, name, 0, 0), "fsopen": (name, 0),
    "add_key": (name, place, place, 4, -3), "keyctl": (0, -3, 1), "open_tree": (-100, place, 1),
    "bpf": (0, place, 48), "perf_event_open": (place, 0, -1, -1, 0), "userfaultfd": (0,),
}

facts = {
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "began_with": began_with,
    "status": {k: status[k] for k in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb", "NoNewPrivs", "Seccomp")},
    "interfaces": os.listdir("/sys/class/net"),
    "routes": open("/proc/net/route").read().splitlines()[1:],
    "listening": [line.split()[-1] for line in open("/proc/net/unix").read().splitlines()[1:] if "@" in line or "/run" in line],
    "memory": first("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "pids": first("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
    "cpu": first("/sys/fs/cgroup/cpu.max") or first("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "environment": dict(os.environ),
    "environments": {pid: pathlib.Path(f"/proc/{pid}/environ").read_text() for pid in os.listdir("/proc")
                     if pid.isdigit() and os.access(f"/proc/{pid}/environ", os.R_OK) and pid != "1"},
    "resolver": open("/etc/resolv.conf").read(),
    "mounts": open("/proc/mounts").read(),
    "mountinfo": open("/proc/self/mountinfo").read(),
    "driver": open("/proc/1/cmdline").read().split("\0")[0],
    "p2n": listed("/p2n/envs"), "data": listed("/data"),
    "sockets": [path for path in walk("/proc", "/sys", "/work") if stat.S_ISSOCK(special(path))],
    "devices": [path for path in walk("/proc", "/sys") if stat.S_ISBLK(special(path))],
    "writable": [path for path in walk("/proc", "/tmp", "/work") if writable(path)],
    "sysctls": [path for path in walk("/dev", "/sys", "/work", "/tmp", "/p2n", "/data", "/usr")
                if path.startswith("/proc/sys/") and writable(path)],
    "setuid": {path: own_program(path) for path in walk("/proc", "/sys")
               if stat.S_ISREG(special(path)) and special(path) & (stat.S_ISUID | stat.S_ISGID)},
    "reach": {f"{host}:{port}": attempt(lambda: socket.create_connection((host, port), timeout=3))
              for host, port in TARGETS},
    "datagrams": {host: attempt(lambda: datagram(host)) for host in ("8.8.8.8", "169.254.169.254", "2001:db8::1")},
    "families": {family: attempt(lambda: socket.socket(number, kind))
                 for family, number, kind in (("packet", 17, socket.SOCK_RAW), ("raw", socket.AF_INET, socket.SOCK_RAW),
                                              ("vsock", 40, socket.SOCK_STREAM), ("alg", 38, socket.SOCK_SEQPACKET),
                                              ("can", 29, socket.SOCK_RAW), ("tipc", 30, socket.SOCK_RAW))},
    "allowed families": [attempt(lambda: socket.socket(number))[0] for number in (1, 2, 10)],
    "syscalls": {called: attempt(lambda: call(number, *arguments.get(called, (0, 0, 0, 0, 0))))
                 for called, number in syscalls.items()},
    "attempts": {
        "write the root": attempt(lambda: open("/x", "w")),
        "write /etc": attempt(lambda: open("/etc/passwd", "a")),
        "write the environment": attempt(lambda: open(environment + "/x", "w")),
        "write bytecode": attempt(lambda: open(os.path.dirname(json.__file__) + "/__pycache__/x.pyc", "w")),
        "write bytecode of a package": attempt(lambda: open(sys.modules["IPython"].__path__[0] + "/__pycache__/x.pyc", "w")),
        "open the environment's modes": attempt(lambda: os.chmod(environment, 0o777)),
        "write the data": attempt(lambda: open("/data/numbers/x", "w")),
        "read the data": attempt(lambda: open("/data/numbers/b.txt").read()),
        "write /tmp": attempt(lambda: open("/tmp/x", "w").write("x")),
        "write /work": attempt(lambda: open("/work/x", "w").write("x")),
        "write home": attempt(lambda: open(os.path.expanduser("~/x"), "w").write("x")),
        "run a file of /tmp": attempt(script),
        "resolve": attempt(lambda: socket.getaddrinfo("example.org", 80)),
        "reach the engine": attempt(lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")),
        "read the driver's memory": attempt(lambda: open("/proc/1/mem", "rb")),
        "peek into the driver": attempt(peek),
        "see the driver's maps": attempt(lambda: open("/proc/1/maps").read()),
        "see the driver's files": attempt(lambda: os.listdir("/proc/1/fd")),
        "take the driver's stdout": attempt(take_descriptor),
        "write the driver's stdout": attempt(lambda: open("/proc/1/fd/1", "w")),
        "enter the driver's root": attempt(lambda: os.listdir("/proc/1/root")),
        "see the driver's environment": attempt(lambda: open("/proc/1/environ").read()),
        "trace the driver": attempt(lambda: call({"x86_64": 101, "aarch64": 117}[platform.machine()], 16, 1, 0, 0)),
        "call by another machine's table": attempt(call_as_another_machine),
        "become root": attempt(lambda: os.setuid(0)),
        "change the host's name": attempt(lambda: socket.sethostname("x")),
        "set the clock": attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, 0)),
        "make a device": attempt(lambda: os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))),
        "write a sysctl": attempt(lambda: open("/proc/sys/kernel/core_pattern", "w")),
        "press sysrq": attempt(lambda: open("/proc/sysrq-trigger", "w")),
        "read the kernel's memory": attempt(lambda: open("/proc/kcore", "rb").read(1)),
        "raise its own limit": attempt(lambda: open(first_of_cgroup, "w")),
        "make a cgroup": attempt(lambda: os.mkdir(os.path.dirname(first_of_cgroup) + "/x")),
        "mount": attempt(lambda: subprocess.run(["mount", "-t", "tmpfs", "x", "/mnt"], check=True, capture_output=True)),
        "enter a user namespace": attempt(lambda: subprocess.run(["unshare", "-Ur", "true"], check=True, capture_output=True)),
    },
} if (first_of_cgroup := next(path for path in ("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max")
                              if os.path.exists(path))) else {}
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL, signal.SIGSTOP):
    os.kill(1, number)
for place in ("/tmp", "/dev/shm", "/dev/mqueue"):
    try: pathlib.Path(place, "left-for-the-next").write_text("x")
    except OSError: pass
pathlib.Path(os.environ["P2N_ARTIFACTS"], "facts.json").write_text(json.dumps(facts))
"""
