"""Checking tokens: ours, the bare signature check of swift-crypto, jwt-kit and PyJWT."""
import os
import subprocess
import time

import figures
import machine
import peers

ALGORITHMS = ["HS256", "RS256", "ES256", "EdDSA"]
BARE, OURS = "swift-crypto", "gatehouse"
SWIFT = [BARE, OURS, "gatehouse-cached", "jwt-kit"]
CONTENDERS = [*SWIFT, "pyjwt"]
TURNS = 10
"""How many short turns each contender has in a round, of which the least counts: what disturbs such a loop only ever adds."""


class Peer:
    """A program that measures on request, by lines."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} ended at “{line[:60]}”.")
        return answer.strip()

    def run(self, contender, algorithm, count):
        """Nanoseconds and allocations of one check."""
        return [int(word) / count for word in self.ask(f"run {contender} {algorithm} {count}").split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(options, binaries, _folder):
    binary = binaries["JOSEBenchmark"]
    allocations = _allocations(binary, peers.malloc_counter())
    times, foreign = _times(binary, options)
    return {
        "title": "Checking a token: CPU µs per check", "rows": _rows(times, allocations), "budgets": _budgets(times, allocations),
        "note": f"Others used {foreign:.0%} of the machine. “Above bare” is the difference to swift-crypto in the same round. "
        "PyJWT's allocations are not counted.",
        "rounds": {algorithm: {name: times[name, algorithm] for name in CONTENDERS} for algorithm in ALGORITHMS},
    }


def _allocations(binary, counter):
    """Of one check, in a run of its own: the counter costs time."""
    with Peer([binary], {"LD_PRELOAD": str(counter)}) as peer:
        found = {}
        for algorithm in ALGORITHMS:
            for name in SWIFT:
                peer.run(name, algorithm, 100)
                found[name, algorithm] = peer.run(name, algorithm, 1000)[1]
        return found


def _times(binary, options):
    """Microseconds of one check, of every round."""
    times = {(name, algorithm): [] for name in CONTENDERS for algorithm in ALGORITHMS}
    with Peer([binary]) as swift, Peer([peers.PYTHON, peers.PACKAGE / "harness" / "pyjwt_peer.py"]) as python:
        both = {name: python if name == "pyjwt" else swift for name in CONTENDERS}

        def ours():
            return sum(machine.processor_seconds(pid) for pid in [os.getpid(), swift.process.pid, python.process.pid])

        counts = _counts(both, swift, python, options.seconds / 100)
        machine.wait_until_quiet(ours, options.wait)
        watch = machine.Watch(ours)
        for number in range(options.rounds):
            started = time.monotonic()
            for algorithm in ALGORITHMS:
                for name, microseconds in _round(both, algorithm, counts).items():
                    times[name, algorithm].append(microseconds)
            peers.say(f"  round {number + 1} of {options.rounds}: {time.monotonic() - started:.0f} s")
        return times, watch.foreign_share()


def _round(both, algorithm, counts):
    """The least of each contender's turns, each pass beginning with another one."""
    least = dict.fromkeys(CONTENDERS, float("inf"))
    for number in range(TURNS):
        turn = number % len(CONTENDERS)
        for name in CONTENDERS[turn:] + CONTENDERS[:turn]:
            least[name] = min(least[name], both[name].run(name, algorithm, counts[name, algorithm])[0] / 1000)
    return least


def _counts(both, swift, python, seconds):
    """How many checks fill so many seconds, found after a warm-up."""
    counts = {}
    for algorithm in ALGORITHMS:
        python.ask("sample " + swift.ask(f"sample {algorithm}"))
        for name, peer in both.items():
            peer.run(name, algorithm, 200)
            counts[name, algorithm] = max(50, int(seconds * 1e9 / peer.run(name, algorithm, 500)[0]))
    return counts


def _above(times, name, algorithm):
    return figures.spread([value - bare for value, bare in zip(times[name, algorithm], times[BARE, algorithm])])


def _rows(times, allocations):
    rows = []
    for algorithm in ALGORITHMS:
        for name in CONTENDERS:
            counted = allocations.get((name, algorithm))
            rows.append({
                "check": f"{algorithm} {name}", "µs": figures.spread(times[name, algorithm]),
                "above bare": None if name == BARE else _above(times, name, algorithm),
                "× ours": figures.ratios(times[name, algorithm], times[OURS, algorithm]), "allocations": counted,
                "above bare ": None if counted is None or name == BARE else counted - allocations[BARE, algorithm],
            })
    return rows


def _budgets(times, allocations):
    budgets = [figures.budget("HS256 above the bare check", _above(times, OURS, "HS256")["median"], 2.0, "µs")]
    for algorithm in ALGORITHMS:
        above = allocations[OURS, algorithm] - allocations[BARE, algorithm]
        budgets.append(figures.budget(f"{algorithm} allocations above the bare check", above, 8, ""))
    return budgets
