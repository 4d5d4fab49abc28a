#!/usr/bin/env python3
"""Verifies signed requests as docs/events.md says, knowing nothing of the program that signs.

Reads lines of JSON {"header", "body", "now", "secrets"} and answers each with a line: `good`, or `bad: ` and why.
"""

import hashlib
import hmac
import json
import sys

OLDEST = 5 * 60


def verify(header, body, now, secrets):
    parts = [part.split("=", 1) for part in header.split(",")]
    if any(len(part) != 2 for part in parts):
        return "bad: not a signature"
    times = [value for name, value in parts if name == "t"]
    given = [value for name, value in parts if name == "v1"]
    if len(times) != 1 or not times[0].isdigit() or not given:
        return "bad: not a signature"
    if abs(now - int(times[0])) > OLDEST:
        return "bad: too old"
    signed = times[0].encode() + b"." + body
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if any(hmac.compare_digest(expected, value) for value in given):
            return "good"
    return "bad: no signature fits"


for line in sys.stdin:
    request = json.loads(line)
    print(verify(request["header"], request["body"].encode(), request["now"], request["secrets"]), flush=True)
