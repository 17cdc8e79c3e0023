"""What a gateway sends along with a call to one of Patron's services: the signed caller, the trace, the deadline."""
import base64
import hashlib
import hmac
import json
import os
import time

from .message import bytes_field, integer_field

KEY_ID = "k1"
SECRET = b"a secret for benchmarks, no other"
LIFETIME_SECONDS = 3600


def write_key_ring(path):
    """The key ring by which the service believes the signature below."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"active": KEY_ID, "keys": [{"id": KEY_ID, "secret": base64.b64encode(SECRET).decode()}]}, file)


def signed_caller(audience):
    """An encoded patron.type.v1.SignedCaller."""
    now = int(time.time())
    caller = b"".join([
        bytes_field(1, b"cli_0190f7b7d2c07c3e"), bytes_field(2, b"orders.write"), bytes_field(2, b"points.read"),
        bytes_field(4, b"store-17"), bytes_field(5, integer_field(1, now)), bytes_field(6, integer_field(1, now + LIFETIME_SECONDS)),
        bytes_field(8, audience.encode())])
    return bytes_field(1, caller) + bytes_field(2, KEY_ID.encode()) + bytes_field(3, hmac.digest(SECRET, caller, hashlib.sha256))


def headers(audience):
    return [
        f"patron-caller-bin: {base64.b64encode(signed_caller(audience)).decode().rstrip('=')}",
        "patron-log-id: log_0190f7b7d2c07c3e",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "grpc-timeout: 10S",
        "user-agent: patron-bench/1",
    ]
