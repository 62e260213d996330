"""Checking an opaque secret in process: a session's cookie and an API key, from their text to the principal."""
import os
import time
from functools import partial

import figures
import loops
import machine
import peers

# What no check can do without, and the checks in memory.
BARE, WARM = "sha256", ["session", "api-key"]
NAMES = {
    "sha256": "bare SHA-256 of the key", "session": "session", "api-key": "API key", "session-sqlite": "session, from SQLite",
    "api-key-sqlite": "API key, from SQLite"}


def measure(options, binaries, folder):
    binary = binaries["CheckBenchmark"]
    allocations = _allocations(binary, folder)
    times, foreign = _times(binary, folder, options)
    return {
        "title": "Checking an opaque secret: CPU µs per check", "rounds": times,
        "rows": [{
            "check": title, "µs": figures.spread(times[name]), "× bare": figures.ratios(times[name], times[BARE]),
            "allocations": allocations[name]} for name, title in NAMES.items()],
        "budgets": [figures.budget(f"{NAMES[name]}, in memory", figures.spread(times[name])["median"], 5.0, "µs") for name in WARM],
        "note": f"Others used {foreign:.0%} of the machine. In memory, unless it says SQLite; from the text to the principal, with the look at "
        "the clock, at the addresses that a key may come from, and at whether the use is to be noted.",
    }


def _allocations(binary, folder):
    """Of one check, in a run of its own: the counter costs time."""
    home = folder / "counted"
    home.mkdir()
    with loops.Program([binary, home], {"LD_PRELOAD": str(peers.malloc_counter())}) as program:
        for name in NAMES:
            program.run(name, 100)
        return {name: program.run(name, 1000)[1] for name in NAMES}


def _times(binary, folder, options):
    """Microseconds of one check, of every round."""
    times = {name: [] for name in NAMES}
    with loops.Program([binary, folder]) as program:
        def ours():
            return sum(machine.processor_seconds(pid) for pid in [os.getpid(), program.process.pid])

        runs = {name: partial(program.run, name) for name in NAMES}
        counts = {name: loops.count(run, options.seconds / 100) for name, run in runs.items()}
        machine.wait_until_quiet(ours, options.wait)
        watch = machine.Watch(ours)
        for number in range(options.rounds):
            started = time.monotonic()
            for name, microseconds in loops.least(runs, counts).items():
                times[name].append(microseconds)
            peers.say(f"  round {number + 1} of {options.rounds}: {time.monotonic() - started:.0f} s")
        return times, watch.foreign_share()
