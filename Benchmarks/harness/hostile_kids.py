"""What tokens with random `kid`s do to those whose tokens are good, and to the issuer whose key set they make one look for."""
from contextlib import ExitStack

import figures
import issuer
import load
import servers

ME = "/api/v1/auth/me"
PER_SECOND = 1000
COOL_DOWN = 30.0
ALONE, BESIDE = "good tokens alone", f"beside {PER_SECOND} hostile ones a second"


def measure(options, binaries, folder):
    with ExitStack() as stack:
        other = stack.enter_context(issuer.Issuer())
        gateway = stack.enter_context(servers.gateway(binaries["gatehouse"], folder, settings=other.settings))
        attack = issuer.Attack(other, gateway.port, ME, PER_SECOND)
        good = {"Authorization": "Bearer " + other.token}
        targets = [load.Target(ALONE, gateway, ME, lambda: good), load.Target(BESIDE, gateway, ME, lambda: good, lambda: attack)]
        work = load.Load([gateway], options.seconds, options.wait)
        # What is fetched when the gateway starts no token has asked for.
        before = len(other.fetches)
        bursts = load.rounds(work, targets, options.rounds, lambda: None)
    sent, wrong = sum(attack.statuses.values()), {status: count for status, count in attack.statuses.items() if status != 401}
    if wrong:
        raise SystemExit(f"Hostile tokens were answered otherwise than with 401: {wrong}.")
    sought, slower = other.fetches[before:], _slower(bursts)
    return {
        "title": "Tokens with random kids", "rounds": bursts,
        "rows": [_row(name, found, slower if name == BESIDE else None) for name, found in bursts.items()],
        "budgets": [
            figures.budget("p99 of good requests, against the same without hostile ones", slower["median"], 1.5, "×"),
            figures.target("hostile tokens a second", sent / attack.seconds, 0.95 * PER_SECOND, ""),
            figures.target("key set fetches that they caused", len(sought), 1, ""),
            figures.budget(f"of these within {COOL_DOWN:.0f} s, at most", _most_at_once(sought), 1, ""),
        ],
        "note": f"wrk, {load.CONNECTIONS} connections, with one good ES256 token; {sent} hostile tokens of its issuer in {attack.seconds:.0f} s "
        f"over {attack.LANES} connections, each with a kid of its own and answered 401. “CPU µs” of a good request has its share of them.",
    }


def _slower(bursts):
    alone, beside = ([burst["p99_milliseconds"] for burst in bursts[name]] for name in [ALONE, BESIDE])
    return figures.ratios(beside, alone)


def _most_at_once(fetches):
    """The most fetches of any stretch as long as the cool-down, but for what a fetch takes to arrive."""
    return max((sum(0 <= other - one < COOL_DOWN - 0.5 for other in fetches) for one in fetches), default=0)


def _row(name, found, slower):
    return {
        "requests": name, "p99 ms": figures.spread([burst["p99_milliseconds"] for burst in found]), "×": slower,
        "good requests/s": figures.spread([burst["per_second"] for burst in found]),
        "CPU µs": figures.spread([burst["microseconds"] for burst in found]),
        "others' CPU": f"{max(burst['foreign'] for burst in found):.0%}",
    }
