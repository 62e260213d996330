"""Checking tokens: ours, the bare signature check of swift-crypto, jwt-kit and PyJWT."""
import os
import time
from functools import partial

import figures
import loops
import machine
import peers

ALGORITHMS = ["HS256", "RS256", "ES256", "EdDSA"]
BARE, OURS = "swift-crypto", "gatehouse"
SWIFT = [BARE, OURS, "gatehouse-cached", "jwt-kit"]
CONTENDERS = [*SWIFT, "pyjwt"]


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
    with loops.Program([binary], {"LD_PRELOAD": str(counter)}) as peer:
        found = {}
        for algorithm in ALGORITHMS:
            for name in SWIFT:
                peer.run(name, algorithm, 100)
                found[name, algorithm] = peer.run(name, algorithm, 1000)[1]
        return found


def _times(binary, options):
    """Microseconds of one check, of every round."""
    times = {(name, algorithm): [] for name in CONTENDERS for algorithm in ALGORITHMS}
    with loops.Program([binary]) as swift, loops.Program([peers.PYTHON.python, peers.PACKAGE / "harness" / "pyjwt_peer.py"]) as python:
        both = {name: python if name == "pyjwt" else swift for name in CONTENDERS}

        def ours():
            return sum(machine.processor_seconds(pid) for pid in [os.getpid(), swift.process.pid, python.process.pid])

        for algorithm in ALGORITHMS:
            python.ask("sample " + swift.ask(f"sample {algorithm}"))
        runs = {algorithm: {name: partial(peer.run, name, algorithm) for name, peer in both.items()} for algorithm in ALGORITHMS}
        counts = {
            algorithm: {name: loops.count(run, options.seconds / 100) for name, run in of_it.items()} for algorithm, of_it in runs.items()}
        machine.wait_until_quiet(ours, options.wait)
        watch = machine.Watch(ours)
        for number in range(options.rounds):
            started = time.monotonic()
            for algorithm in ALGORITHMS:
                for name, microseconds in loops.least(runs[algorithm], counts[algorithm]).items():
                    times[name, algorithm].append(microseconds)
            peers.say(f"  round {number + 1} of {options.rounds}: {time.monotonic() - started:.0f} s")
        return times, watch.foreign_share()


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
