"""MLflow's webhooks: signed, of this moment, and one version each.

Source: mlflow 3.17, mlflow/webhooks/delivery.py: `X-MLflow-Signature` is `v1,` and the base64 of the
HMAC-SHA256 of `DELIVERY_ID.TIMESTAMP.BODY`, with the id and the Unix time in headers of their own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sluicegate.ci.deliveries import Deliveries

SIGNATURE, TIMESTAMP, DELIVERY = "x-mlflow-signature", "x-mlflow-timestamp", "x-mlflow-delivery-id"
REPLAY_SECONDS = 300
"""How old, or how early by a clock that is off, a delivery may be."""


@dataclass(frozen=True)
class Announced:
    """A version of a registered model that MLflow tells of."""

    name: str
    version: str


def signed(body: bytes, headers: Mapping[str, str], secret: bytes) -> bool:
    """Whether the holder of the secret signed these bytes with their id and time; never without a secret."""
    content = f"{headers.get(DELIVERY, '')}.{headers.get(TIMESTAMP, '')}.".encode() + body
    digest = hmac.new(secret, content, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    return bool(secret) and hmac.compare_digest(wanted, headers.get(SIGNATURE, "").encode())


def read(payload: Any, alias: str | None) -> Announced | None:
    """The version that is to be proposed; None for another event.

    Without `alias` each version when it is registered, else the one that is given the alias. Raises
    ValueError for a payload without name and version.
    """
    if not isinstance(payload, dict):
        raise ValueError("no object")
    wanted = ("model_version", "created") if alias is None else ("model_version_alias", "created")
    if (payload.get("entity"), payload.get("action")) != wanted:
        return None
    data = payload.get("data")
    if not isinstance(data, dict) or (alias is not None and data.get("alias") != alias):
        return None
    name, version = data.get("name"), str(data.get("version"))
    if not isinstance(name, str) or not name or not version.isdecimal():
        raise ValueError("no name and version")
    return Announced(name, version)


class Receiver(Deliveries[Announced]):
    """Takes MLflow's webhooks in. Raises OSError for an address that cannot be had."""

    def __init__(
        self,
        host: str,
        port: int,
        secret: bytes,
        act: Callable[[Announced], None],
        *,
        alias: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._alias = alias
        self._now = now
        super().__init__(host, port, act)

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """The status and the words that answer a delivery; a version is queued."""
        if not signed(body, headers, self._secret):
            return 401, "the signature is not that of the secret"
        sent = headers.get(TIMESTAMP, "")
        if not sent.isdecimal() or abs(self._now() - int(sent)) > REPLAY_SECONDS:
            return 401, f"it is not of the last {REPLAY_SECONDS} seconds: see both clocks"
        try:
            announced = read(json.loads(body), self._alias)
        except (ValueError, RecursionError) as error:
            return 400, f"no event of MLflow: {type(error).__name__}"
        return (202, "nothing to do") if announced is None else self.queued(announced)

    def named(self, one: Announced) -> str:
        """The version, by its address."""
        return f"mlflow:/models/{one.name}/{one.version}"
