"""Makes and checks tokens with PyJWT, for the interoperability tests.

`mint` prints a token of every algorithm with its key; `check` reads [{"alg", "jwk"|"secret", "token"}] and prints the payloads.
"""
import base64
import json
import os
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
PAYLOAD = {
    "iss": "https://gate.example", "sub": "ädä", "aud": ["orders", "x"], "exp": 1800000600, "iat": 1800000000, "nbf": 1800000000.5,
    "note": "€\u0000\"\\/😀", "nested": {"list": [1, 2.5, None, True]},
}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mint(name):
    header = {"typ": "at+jwt", "kid": "k-" + name}
    if name.startswith("HS"):
        secret = os.urandom(64)
        return {"alg": name, "secret": b64(secret), "token": jwt.encode(PAYLOAD, secret, name, header)}
    if name in CURVES:
        key = ec.generate_private_key(CURVES[name]())
    elif name == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, 2048)
    algorithm = jwt.get_algorithm_by_name(name)
    formats = [PrivateFormat.PKCS8] if name == "EdDSA" else [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL]
    return {
        "alg": name,
        "token": jwt.encode(PAYLOAD, key, name, header),
        "pem": key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "jwk": json.loads(algorithm.to_jwk(key.public_key())),
        "private_jwk": json.loads(algorithm.to_jwk(key)),
        "private_pems": [key.private_bytes(Encoding.PEM, f, NoEncryption()).decode() for f in formats],
    }


def check(case):
    if "secret" in case:
        key = base64.urlsafe_b64decode(case["secret"] + "=" * (-len(case["secret"]) % 4))
    else:
        key = jwt.PyJWK(case["jwk"]).key
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return jwt.decode(case["token"], key, [case["alg"]], options, audience="orders", issuer="https://gate.example")


if sys.argv[1] == "mint":
    json.dump([mint(name) for name in sys.argv[2:]], sys.stdout)
else:
    json.dump([check(case) for case in json.load(sys.stdin)], sys.stdout)
