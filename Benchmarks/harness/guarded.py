"""A protected route of ours and of those that it replaces, asked with every credential that they take."""
from contextlib import ExitStack

import figures
import guarded_peers
import load
import servers

CONNECTIONS = 32
OURS = {"bearer": "gatehouse, own bearer", "key": "gatehouse, API key", "foreign": "gatehouse, HS256 of another issuer"}
# Which of ours each is held against, and how many times its requests per processor second are wanted.
AGAINST = {
    "fastapi-fabric-auth, bearer": ("bearer", 50), "fastapi-fabric-auth, API key": ("key", 50), "flarchitect, bearer": ("bearer", 40),
    "FluxLit, HS256 bearer": ("foreign", 7),
}


def measure(options, binaries, folder):
    with ExitStack() as stack:
        gatehouse = stack.enter_context(guarded_peers.Gatehouse(binaries["gatehouse"], folder))
        fabric = stack.enter_context(guarded_peers.Fabric(folder))
        flarchitect = stack.enter_context(guarded_peers.Flarchitect(folder))
        fluxlit = stack.enter_context(guarded_peers.FluxLit(folder))
        everybody = [gatehouse, fabric, flarchitect, fluxlit]
        for peer in everybody:
            peer.server.wait(peer.path, status=401)

        def sign_in():
            token = guarded_peers.foreign_token()
            for peer in everybody:
                peer.sign_in(token)

        sign_in()
        targets = [_target(name, gatehouse, kind) for kind, name in OURS.items()]
        targets += [_target(name, peer, kind) for (name, (kind, _)), peer in zip(AGAINST.items(), [fabric, fabric, flarchitect, fluxlit])]
        for target in targets:
            _check(target)
        work = load.Load([peer.server for peer in everybody], options.seconds, options.wait, CONNECTIONS)
        bursts = load.rounds(work, targets, options.rounds, sign_in)
    better = {name: _ratios(bursts, name) for name in AGAINST}
    return {
        "title": "A protected route", "rows": [_row(name, found, better.get(name)) for name, found in bursts.items()], "rounds": bursts,
        "budgets": [
            figures.target(f"requests per CPU second, against {name}", better[name]["median"], wanted, "×")
            for name, (_, wanted) in AGAINST.items()],
        "note": f"wrk, {CONNECTIONS} connections; each route answers with whoever asks, and refuses a changed credential with 401. Each is one "
        "Python server process as its package comes, both databases are SQLite files. “Ours” is how many times the requests per CPU second "
        "gatehouse serves with the like credential, in the same round.",
    }


def _target(name, peer, kind):
    return load.Target(name, peer.server, peer.path, lambda: peer.credentials[kind])


def _check(target):
    """Whoever answers without looking is not measured."""
    for headers in [{}, {name: servers.tampered(value) for name, value in target.headers().items()}]:
        status = target.server.request("GET", target.path, headers=headers)[0]
        if status != 401:
            raise SystemExit(f"{target.name} answers {status} where the credential is {'wrong' if headers else 'missing'}.")


def _ratios(bursts, name):
    ours = bursts[OURS[AGAINST[name][0]]]
    return figures.ratios([burst["microseconds"] for burst in bursts[name]], [burst["microseconds"] for burst in ours])


def _row(name, found, ratio):
    return {
        "request": name, "CPU µs": figures.spread([burst["microseconds"] for burst in found]),
        "requests per CPU second": figures.spread([1e6 / burst["microseconds"] for burst in found]), "ours": ratio,
        "p99 ms": figures.spread([burst["p99_milliseconds"] for burst in found]),
        "others' CPU": f"{max(burst['foreign'] for burst in found):.0%}",
    }
