"""The signature of a notice, as Standard Webhooks 1.0 has it (https://www.standardwebhooks.com).

GitHub's X-Hub-Signature-256 signs the body alone, so whoever once saw a notice can send it again. This one
signs id and moment as well, and there are libraries for it that check all three.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from sluicegate.specs.yamlio import InputError

PREFIX = "whsec_"
SHORTEST = 24
"""Bytes of a key, as Standard Webhooks asks for; at most 64."""
LONGEST = 64


def key_of(secret: str, where: str) -> bytes:
    """The key that `whsec_BASE64` is. Raises InputError, which does not show it."""
    remedy = 'make one: echo "whsec_$(openssl rand -base64 32)"'
    text = secret.strip()
    if not text.startswith(PREFIX):
        raise InputError.of(f"the secret does not begin with {PREFIX}", remedy, where=where)
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise InputError.of(f"the secret is not base64 behind {PREFIX}", remedy, where=where) from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise InputError.of(
            f"the secret has {len(key)} bytes, not {SHORTEST} to {LONGEST}", remedy, where=where
        )
    return key


def headers(key: bytes, event_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at `seconds` since 1970."""
    signed = f"{event_id}.{seconds}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{digest}",
    }
