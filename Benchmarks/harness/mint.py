"""An issuer's key set and a token of it for an hour, as JSON: `mint.py <issuer> <audience>`."""
import json
import sys
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

issuer, audience = sys.argv[1:]
key, kid = ec.generate_private_key(ec.SECP256R1()), "2026-a"
now = int(time.time())
claims = {
    "iss": issuer, "aud": audience, "sub": str(uuid.uuid4()), "iat": now, "nbf": now, "exp": now + 3600, "jti": str(uuid.uuid4()),
    "scope": "orders.read orders.write", "roles": ["analyst", "editor"], "email": "ada@example.com"}
public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
print(json.dumps({
    "keys": {"keys": [{**public, "kid": kid, "use": "sig", "alg": "ES256"}]},
    "token": jwt.encode(claims, key, "ES256", {"kid": kid, "typ": "at+jwt"})}))
