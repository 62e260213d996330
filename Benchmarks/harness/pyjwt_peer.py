"""PyJWT behind the line protocol of JOSEBenchmark: `sample <json>`, `run pyjwt <alg> <count>`."""
import json
import sys
import time

import jwt


def contender(sample):
    key = jwt.PyJWK(sample["jwk"], sample["alg"]).key

    def check(token):
        return jwt.decode(token, key, [sample["alg"]], audience=sample["aud"], issuer=sample["iss"])

    head, payload, signature = sample["token"].split(".")
    try:
        check(".".join([head, payload[:11] + ("B" if payload[11] == "A" else "A") + payload[12:], signature]))
    except jwt.InvalidTokenError:
        return check, sample["token"]
    raise SystemExit("PyJWT took a changed token.")


contenders = {}
for line in sys.stdin:
    words = line.split(" ", 1)
    if words[0] == "sample":
        sample = json.loads(words[1])
        contenders[sample["alg"]] = contender(sample)
        print("ok", flush=True)
    else:
        _, _, algorithm, count = line.split()
        check, token = contenders[algorithm]
        started = time.process_time_ns()
        for _ in range(int(count)):
            check(token)
        print(time.process_time_ns() - started, -1, flush=True)
