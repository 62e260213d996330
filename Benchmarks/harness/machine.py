"""What the kernel says about processor time, memory and the machine (Linux)."""
import os
import platform
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()


def _stat(pid):
    """The fields of /proc/<pid>/stat after the name, which may hold spaces; None when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def processor_seconds(pid):
    """utime + stime of a process, all of its threads included."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICK if fields else 0.0


def children(pid):
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [child for child in pids if (fields := _stat(child)) and int(fields[1]) == pid]


def resident_megabytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _busy_seconds():
    """What all processors spent on anything, time stolen by the host included."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / TICK


class Watch:
    """Measures which share of the machine others used meanwhile. `ours` tells the processor seconds of all that belongs to us."""

    def __init__(self, ours):
        self.ours = ours
        self.started = time.monotonic()
        self.busy = _busy_seconds()
        self.mine = ours()

    def foreign_share(self):
        elapsed = time.monotonic() - self.started
        foreign = (_busy_seconds() - self.busy) - (self.ours() - self.mine)
        return max(0.0, foreign / (elapsed * CORES))


def wait_until_quiet(ours, seconds, limit=0.08):
    """Waits until others use less than `limit` of the machine, at most so long; returns the share seen last."""
    deadline = time.monotonic() + seconds
    while True:
        watch = Watch(ours)
        time.sleep(0.5)
        share = watch.foreign_share()
        if share < limit or time.monotonic() > deadline:
            return share


@contextmanager
def niceness(value):
    """Runs what is inside, and what it starts, with that niceness; also among the groups that the kernel makes of sessions. None leaves it."""
    if value is None:
        yield
        return
    before, group = os.nice(0), Path("/proc/self/autogroup")
    group_before = group.read_text().split()[-1] if group.exists() else None
    os.setpriority(os.PRIO_PROCESS, 0, value)
    if group_before:
        group.write_text(str(value))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)
        if group_before:
            group.write_text(group_before)


def _first_line(path, prefix):
    for line in Path(path).read_text().splitlines():
        if line.startswith(prefix):
            return line.split(":", 1)[1].strip()
    return "unknown"


def _version(command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not installed"
    lines = (result.stdout + result.stderr).strip().splitlines()
    return lines[0].split("[")[0].strip() if lines else "unknown"


def description():
    memory = int(_first_line("/proc/meminfo", "MemTotal").split()[0])
    return {
        "processor": _first_line("/proc/cpuinfo", "model name"),
        "cores": CORES,
        "memory_gib": round(memory / 1024 / 1024, 1),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "swift": _version(["swift", "--version"]),
        "nginx": _version(["nginx", "-v"]),
        "wrk": _version(["wrk", "-v"]),
    }
