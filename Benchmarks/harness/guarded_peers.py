"""The servers of the part `guarded`, each with somebody signed in: `credentials` are the headers that let a request in."""
import base64
import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import urlencode

import peers
import servers

HARNESS = peers.PACKAGE / "harness"
JSON = {"Content-Type": "application/json"}
ISSUER, AUDIENCE, SECRET = "https://issuer.example.com", "orders", secrets.token_hex(32)
SETTINGS = f"""issuers:
  - {{ issuer: "{ISSUER}", audience: ["{AUDIENCE}"], hs256_secret: "{SECRET}", roles_claim: roles }}
"""


def answer(server, path, body, headers):
    """The JSON that a POST is answered with."""
    status, text, _ = server.request("POST", path, body, headers)
    if status not in (200, 201):
        raise SystemExit(f"{server.name} answered {status} to {path}: {text[:300]!r}")
    return json.loads(text)


def bearer(token):
    return {"Authorization": "Bearer " + token}


def foreign_token():
    """A token of ten claims that somebody else signed with HS256."""
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "0193a5f0-5c1e-7d4b-9f6e-2b8f4f4a9c11", "iat": now, "nbf": now, "exp": now + 3600,
        "jti": secrets.token_hex(16), "scope": "orders.read orders.write", "roles": ["analyst", "editor"], "email": "ada@example.com"}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{signed}.{_base64url(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Peer:
    def __init__(self, server):
        self.server, self.credentials = server, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()


class Gatehouse(Peer):
    path = "/api/v1/auth/me"

    def __init__(self, binary, folder):
        super().__init__(servers.gateway(binary, folder, settings=SETTINGS, ready=False))

    def sign_in(self, token):
        own = servers.sign_in(self.server)[1]
        if "key" not in self.credentials:
            made = answer(self.server, "/api/v1/api-keys", json.dumps({"name": "bench", "scopes": []}), {**own, **JSON})
            self.credentials["key"] = {"X-API-Key": made["key"]}
        self.credentials |= {"bearer": own, "foreign": bearer(token)}


class Fabric(Peer):
    """fastapi-fabric-auth on SQLite, by uvicorn."""

    path = "/api/v1/auth/me"

    def __init__(self, folder):
        home, port = folder / "fabric", servers.free_port()
        home.mkdir()
        variables = {
            "AUTH__SYSTEM_ADMIN_PASSWORD": servers.PASSWORD, "AUTH__SECRET_KEY": secrets.token_hex(32),
            "DATABASE__URL": f"sqlite+aiosqlite:///{home}/app.db"}
        super().__init__(servers.Server([peers.FABRIC.python, "-B", HARNESS / "fabric_peer.py", port], port, home, "fabric", variables))

    def sign_in(self, _token):
        form = urlencode({"grant_type": "password", "username": "sysadmin", "password": servers.PASSWORD})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        own = bearer(answer(self.server, "/api/v1/auth/token", form, headers)["access_token"])
        if "key" not in self.credentials:
            made = answer(self.server, "/api/v1/users/me/api-keys", json.dumps({"name": "bench", "scopes": []}), {**own, **JSON})
            self.credentials["key"] = {"X-API-Key": made["key"]}
        self.credentials["bearer"] = own


class Flarchitect(Peer):
    """flarchitect on SQLite, by gunicorn with one worker of eight threads."""

    path = "/auth/me"

    def __init__(self, folder):
        home, port = folder / "flarchitect", servers.free_port()
        home.mkdir()
        variables = {
            "PEER_DATABASE": f"{home}/app.db", "PEER_USER": servers.USER, "PEER_PASSWORD": servers.PASSWORD,
            "ACCESS_SECRET_KEY": secrets.token_hex(32), "REFRESH_SECRET_KEY": secrets.token_hex(32)}
        command = [
            peers.FLARCHITECT.python, "-B", "-m", "gunicorn", "--worker-class", "gthread", "--workers", 1, "--threads", 8,
            "--bind", f"127.0.0.1:{port}", "--no-control-socket", "--pythonpath", HARNESS, "flarchitect_peer:application()"]
        super().__init__(servers.Server(command, port, home, "flarchitect", variables))

    def sign_in(self, _token):
        body = json.dumps({"username": servers.USER, "password": servers.PASSWORD})
        self.credentials["bearer"] = bearer(answer(self.server, "/auth/login", body, JSON)["value"]["access_token"])


class FluxLit(Peer):
    """A route of FluxLit behind its HS256 bearer, by uvicorn."""

    path = "/api/me"

    def __init__(self, folder):
        port = servers.free_port()
        variables = {"FLUXLIT_JWT_ISSUER": ISSUER, "FLUXLIT_JWT_AUDIENCE": AUDIENCE, "FLUXLIT_JWT_HS256_SECRET": SECRET}
        command = [peers.PYTHON.python, "-B", HARNESS / "fluxlit_jwt_peer.py", port]
        super().__init__(servers.Server(command, port, folder, "fluxlit", variables))

    def sign_in(self, token):
        self.credentials["foreign"] = bearer(token)
