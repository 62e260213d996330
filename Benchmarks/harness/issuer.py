"""Another issuer on the loopback: its key set, counted, and tokens in its name, good and hostile."""
import base64
import json
import os
import re
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import peers

NAME, AUDIENCE = "https://issuer.example.com", "orders"


class Issuer:
    def __init__(self):
        mint = [peers.PYTHON.python, "-B", peers.PACKAGE / "harness" / "mint.py", NAME, AUDIENCE]
        made = json.loads(subprocess.run(mint, capture_output=True, text=True, check=True).stdout)
        self.token = made["token"]
        self.fetches = []
        """when the key set was fetched"""
        body, fetches = json.dumps(made["keys"]).encode(), self.fetches

        class KeySet(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fetches.append(time.monotonic())
                self.send_response(200)
                for name, value in [("Content-Type", "application/json"), ("Content-Length", len(body)), ("Cache-Control", "max-age=86400")]:
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), KeySet)
        self.thread = threading.Thread(target=self.server.serve_forever)

    @property
    def settings(self):
        return f"""issuers:
  - {{ issuer: "{NAME}", audience: ["{AUDIENCE}"], jwks_url: "http://127.0.0.1:{self.server.server_port}/keys", roles_claim: roles }}
"""

    def hostile_token(self):
        """The good token's claims under a `kid` that nobody has, never the same twice."""
        header = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": os.urandom(12).hex()}).encode()
        payload, signature = self.token.split(".")[1:]
        return f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{payload}.{signature}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Attack:
    """Hostile tokens, so many a second, as long as it is entered."""

    LANES = 16
    """connections; each waits for an answer before it asks again"""

    def __init__(self, issuer, port, path, per_second):
        self.issuer, self.port, self.path, self.per_second = issuer, port, path, per_second
        self.statuses, self.seconds = {}, 0.0

    def __enter__(self):
        self.started, self.stopped = time.monotonic(), threading.Event()
        self.found = [[] for _ in range(self.LANES)]
        self.lanes = [threading.Thread(target=self._lane, args=(number,)) for number in range(self.LANES)]
        for lane in self.lanes:
            lane.start()

    def __exit__(self, *_):
        self.stopped.set()
        for lane in self.lanes:
            lane.join()
        self.seconds += time.monotonic() - self.started
        for found in self.found:
            for status in found:
                self.statuses[status] = self.statuses.get(status, 0) + 1

    def _lane(self, number):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            due = self.started + number / self.per_second
            while not self.stopped.wait(max(0.0, due - time.monotonic())):
                self.found[number].append(self._ask(connection))
                due += self.LANES / self.per_second

    def _ask(self, connection):
        head = f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.issuer.hostile_token()}\r\n\r\n"
        connection.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more(connection)
        length = int(re.search(rb"\r\ncontent-length: *(\d+)", answer, re.IGNORECASE).group(1))
        while len(answer) < answer.index(b"\r\n\r\n") + 4 + length:
            answer += self._more(connection)
        return int(answer[9:12])

    @staticmethod
    def _more(connection):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("The server closed the connection of a hostile client.")
        return part
