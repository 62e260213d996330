"""One burst of wrk against one server, and what it cost the server."""
import os
import re
import subprocess
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass

import machine
import peers

CONNECTIONS = 64
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass
class Burst:
    microseconds: float
    """processor time of the server per request"""
    per_second: float
    p99_milliseconds: float
    foreign: float
    """the share of the machine that others used meanwhile"""


class Target:
    """What is asked: a server, a path and the headers of each request. `headers` is read before each burst, `beside` is what goes on
    during it."""

    def __init__(self, name, server, path, headers, beside=nullcontext):
        self.name, self.server, self.path, self.headers, self.beside = name, server, path, headers, beside


class Load:
    def __init__(self, servers, seconds, wait, connections=CONNECTIONS):
        self.servers, self.seconds, self.wait, self.connections = servers, seconds, wait, connections
        self.spent_by_wrk = 0.0

    def _ours(self):
        own = machine.processor_seconds(os.getpid())
        return own + self.spent_by_wrk + sum(server.processor_seconds() for server in self.servers)

    def burst(self, target, seconds=None):
        headers = target.headers()
        status = target.server.request("GET", target.path, headers=headers)[0]
        if status != 200:
            raise SystemExit(f"{target.name} answers {status} to {target.path}.")
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds or self.seconds}s", "--latency", "--timeout", "30s"]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        machine.wait_until_quiet(self._ours, self.wait)
        watch, before = machine.Watch(self._ours), target.server.processor_seconds()
        with target.beside():
            text = self._wrk([*command, f"http://127.0.0.1:{target.server.port}{target.path}"])
        spent = target.server.processor_seconds() - before
        return self._read(text, target.name, spent, watch.foreign_share())

    def _wrk(self, command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.spent_by_wrk += usage.ru_utime + usage.ru_stime
        if process.returncode != 0:
            raise SystemExit("wrk failed:\n" + text)
        return text

    @staticmethod
    def _read(text, name, spent, foreign):
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        if refused or (broken and any(int(count) for count in broken.groups())):
            raise SystemExit(f"{name} did not answer every request:\n{text}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
        return Burst(spent / requests * 1e6, rate, float(number) * _UNITS[unit], foreign)


def rounds(load, targets, count, before_round):
    """The bursts of each target: in every round all of them, each round beginning with another one."""
    for target in targets:
        before_round()
        load.burst(target, seconds=1)
    bursts = {target.name: [] for target in targets}
    for number in range(count):
        before_round()
        started = time.monotonic()
        turn = number % len(targets)
        for target in targets[turn:] + targets[:turn]:
            bursts[target.name].append(asdict(load.burst(target)))
        peers.say(f"  round {number + 1} of {count}: {time.monotonic() - started:.0f} s")
    return bursts
