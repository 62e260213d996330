"""The servers of a run: each is started from here, on a free port of the loopback, and ended by its process id."""
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import time

import machine
import peers

KIBIBYTE = b"0123456789abcdef" * 64
USER, PASSWORD = "admin", "bench-" + secrets.token_urlsafe(16)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    def __init__(self, command, port, folder, name, environment=None):
        self.port, self.name = port, name
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    def processor_seconds(self):
        """Of the process and of its workers (nginx)."""
        pid = self.process.pid
        return sum(machine.processor_seconds(one) for one in [pid, *machine.children(pid)])

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def wait(self, path="/", seconds=120, pause=0.02, status=200):
        """Waits for that status; a server that ends instead is an error that shows its log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.request("GET", path)[0] == status:
                    return self
            except OSError:
                pass
            time.sleep(pause)
        self.stop()
        raise SystemExit(f"{self.name} did not become ready; its log ends:\n" + "\n".join(self.log.read_text().splitlines()[-20:]))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _nginx(folder, name, workers, server, extra=""):
    port = free_port()
    home = folder / name
    home.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(f"{kind}_temp_path {home}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    text = f"""{user} daemon off; worker_processes {workers}; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 300s; {temporary} {extra}
  server {{ listen 127.0.0.1:{port} reuseport backlog=1024; {server} }} }}
"""
    (home / "nginx.conf").write_text(text)
    return Server(["nginx", "-p", home, "-c", home / "nginx.conf", "-e", home / "error.log"], port, folder, name)


def static_upstream(folder):
    """nginx with one file of 1 KiB."""
    files = folder / "files"
    files.mkdir()
    (files / "1k.txt").write_bytes(KIBIBYTE)
    return _nginx(folder, "upstream", 1, f"root {files}; sendfile on; tcp_nopush on; open_file_cache max=10;").wait("/1k.txt")


def nginx_proxy(folder, upstream):
    """nginx in front of the upstream, as many workers as cores, its connections kept open; no check of any kind."""
    pool = f"upstream static {{ server 127.0.0.1:{upstream.port}; keepalive 128; keepalive_requests 100000000; }}"
    server = 'location / { proxy_pass http://static; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }'
    return _nginx(folder, "nginx", machine.CORES, server, pool).wait("/1k.txt")


def fluxlit_gateway(folder, upstream):
    """FluxLit's gateway alone, in front of the same upstream; as `fluxlit run` serves it, without its UI process."""
    port = free_port()
    script = peers.PACKAGE / "harness" / "fluxlit_peer.py"
    return Server([peers.PYTHON.python, script, port, f"http://127.0.0.1:{upstream.port}"], port, folder, "fluxlit").wait("/1k.txt")


def plain_server(binary, folder, bodies):
    """The stock Hummingbird application; `bodies` are the bytes of each path."""
    port, arguments = free_port(), []
    for number, (path, body) in enumerate(bodies.items()):
        file = folder / f"plain-{number}.json"
        file.write_bytes(body)
        arguments += [path, file]
    return Server([binary, port, *arguments], port, folder, "plain").wait(next(iter(bodies)))


def gateway(binary, folder, ui=None, settings=None, ready=True):
    """`gatehouse dev` with its defaults on a database of its own; `settings` is YAML."""
    port = free_port()
    command = [binary, "dev", "--port", port, "--store", f"sqlite:{folder}/gatehouse.db", *(["--ui", ui] if ui else [])]
    if settings:
        (folder / "bench.yaml").write_text(settings)
        command += ["--config", folder / "bench.yaml"]
    server = Server(command, port, folder, "gatehouse", {"GATEHOUSE_ADMIN_PASSWORD": PASSWORD})
    return server.wait("/api/readyz") if ready else server


def sign_in(server):
    """The headers of a session: by its cookie, and by its access token."""
    body = json.dumps({"username": USER, "password": PASSWORD})
    status, answer, headers = server.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
    if status != 200:
        raise SystemExit(f"The sign-in at the gateway answered {status}: {answer[:300]!r}")
    cookies = [value.split(";", 1)[0] for value in headers.get_all("Set-Cookie", [])]
    return {"Cookie": "; ".join(cookies)}, {"Authorization": "Bearer " + json.loads(answer)["access_token"]}


def tampered(credential):
    """The same with one letter of its secret changed."""
    place = len(credential) - 20
    return credential[:place] + ("A" if credential[place] != "A" else "B") + credential[place + 1:]
