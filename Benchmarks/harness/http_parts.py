"""The measurements that take the gateway's binary: the proxy, the caller's own principal, and the start."""
import os
import time
from contextlib import ExitStack

import figures
import load
import machine
import servers

ME = "/api/v1/auth/me"
PLAIN = "plain Hummingbird, no proxy"


class Session:
    """A sign-in that is renewed before each round, so that no token runs out however long the run."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.renew()

    def renew(self):
        self.cookie, self.bearer = servers.sign_in(self.gateway)


def _rows(bursts, bases):
    """One row a target; `bases` names the target that each is held against."""
    rows = []
    for name, found in bursts.items():
        cost = [burst["microseconds"] for burst in found]
        base = [burst["microseconds"] for burst in bursts[bases[name]]]
        rows.append({
            "server": name, "CPU µs/request": figures.spread(cost), "×": figures.ratios(cost, base),
            "requests/s": figures.spread([burst["per_second"] for burst in found]),
            "p99 ms": figures.spread([burst["p99_milliseconds"] for burst in found]),
            "others' CPU": f"{max(burst['foreign'] for burst in found):.0%}",
        })
    return rows


def _ratio(rows, name):
    return next(row["×"]["median"] for row in rows if row["server"] == name)


def proxy(options, binaries, folder):
    with ExitStack() as stack:
        upstream = stack.enter_context(servers.static_upstream(folder))
        nginx = stack.enter_context(servers.nginx_proxy(folder, upstream))
        fluxlit = stack.enter_context(servers.fluxlit_gateway(folder, upstream))
        plain = stack.enter_context(servers.plain_server(binaries["PlainServer"], folder, {"/1k.txt": servers.KIBIBYTE}))
        gateway = stack.enter_context(servers.gateway(binaries["gatehouse"], folder, ui=f"http://127.0.0.1:{upstream.port}"))
        session = Session(gateway)
        targets = [
            load.Target(name, server, "/1k.txt", lambda: session.cookie)
            for name, server in [("nginx", nginx), ("gatehouse", gateway), ("fluxlit", fluxlit), (PLAIN, plain)]
        ]
        work = load.Load([upstream, nginx, fluxlit, plain, gateway], options.seconds, options.wait)
        bursts = load.rounds(work, targets, options.rounds, session.renew)
        resident = machine.resident_megabytes(gateway.process.pid)
    rows = _rows(bursts, dict.fromkeys(bursts, "nginx"))
    return {
        "title": "1 KiB through the proxy", "rows": rows, "rounds": bursts,
        "budgets": [figures.budget("proxy with a session check, against nginx without one", _ratio(rows, "gatehouse"), 2.6, "×")],
        "note": f"wrk, {load.CONNECTIONS} connections; gatehouse checks the session cookie of each request, nginx and fluxlit check nothing. "
        "The upstream is nginx with a static file. The plain Hummingbird application proxies nothing: it answers with the same bytes itself, and "
        f"says what Swift costs on this machine beside C. After the load gatehouse holds {resident:.0f} MB.",
    }


def me(options, binaries, folder):
    with ExitStack() as stack:
        gateway = stack.enter_context(servers.gateway(binaries["gatehouse"], folder))
        session = Session(gateway)
        kinds = {"bearer": lambda: session.bearer, "cookie": lambda: session.cookie}
        bodies = {f"/{kind}{ME}": gateway.request("GET", ME, headers=headers())[1] for kind, headers in kinds.items()}
        plain = stack.enter_context(servers.plain_server(binaries["PlainServer"], folder, bodies))
        targets, bases = [], {}
        for kind, headers in kinds.items():
            targets.append(load.Target(f"plain Hummingbird, {kind}", plain, f"/{kind}{ME}", headers))
            targets.append(load.Target(f"gatehouse, {kind}", gateway, ME, headers))
            bases |= dict.fromkeys([f"plain Hummingbird, {kind}", f"gatehouse, {kind}"], f"plain Hummingbird, {kind}")
        bursts = load.rounds(load.Load([gateway, plain], options.seconds, options.wait), targets, options.rounds, session.renew)
    rows = _rows(bursts, bases)
    return {
        "title": f"GET {ME}", "rows": rows, "rounds": bursts,
        "budgets": [
            figures.budget(f"{ME} with {kind}, against a plain Hummingbird route", _ratio(rows, f"gatehouse, {kind}"), 1.45, "×") for kind in kinds],
        "note": f"wrk, {load.CONNECTIONS} connections, the same requests to both; the plain route returns the same bytes and looks at nothing.",
    }


def start(options, binaries, folder):
    binary = binaries["gatehouse"]
    with servers.gateway(binary, folder):
        pass
    found = [_one_start(binary, folder, options.wait) for _ in range(max(5, options.rounds * 2))]
    ready, spent, idle = (figures.spread(values) for values in zip(*found))
    return {
        "title": "Start with an existing database, and idle",
        "rows": [{"": "exec to the first 200 of readyz, ms", "value": ready}, {"": "CPU until then, ms", "value": spent},
                 {"": "resident (VmRSS) after 2 s, MB", "value": idle}],
        "budgets": [figures.budget("ready after exec", ready["median"], 200, "ms"), figures.budget("idle memory", idle["median"], 45, "MB")],
        "note": f"{len(found)} starts; the binary has {binary.stat().st_size / 1e6:.0f} MB.", "rounds": found,
    }


def _one_start(binary, folder, wait):
    """Milliseconds until ready, processor milliseconds until then, and megabytes of the idle process."""
    machine.wait_until_quiet(lambda: machine.processor_seconds(os.getpid()), wait)
    started = time.monotonic()
    with servers.gateway(binary, folder, ready=False) as gateway:
        gateway.wait("/api/readyz", seconds=20, pause=0.001)
        ready = time.monotonic() - started
        spent = gateway.processor_seconds()
        time.sleep(2)
        return ready * 1000, spent * 1000, machine.resident_megabytes(gateway.process.pid)
