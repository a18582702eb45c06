"""Asks both tracks the same request, compares what they answer, and counts it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from sluicegate.onnx_server.shadow import HEADER
from sluicegate.onnx_server.shadow.counts import PairCounts, pair_families
from sluicegate.onnx_server.shadow.difference import Unreadable, difference, read_outputs

_READY_SECONDS = 1.0
"""Between two questions whether the canary is ready."""


@dataclass(frozen=True)
class Track:
    """The address of a track's servers, http://HOST:PORT, and how long an answer may take."""

    url: str
    seconds: float

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int | None, bytes]:
        """Send one request over its own connection; (None, b"") without a complete answer in time.

        The server may be closing an idle kept-alive connection, which would look like a failed answer.
        """
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.seconds)
        headers = {"content-type": "application/json", HEADER: "1", "connection": "close"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            connection.close()


class Comparer:
    """Compares copies of one model's requests. Safe for several threads."""

    def __init__(
        self,
        model: str,
        stable: Track,
        canary: Track,
        counts: PairCounts,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._stable = stable
        self._canary = canary
        self._counts = counts
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._was_ready = False
        self._asked = -_READY_SECONDS

    def compare(self, body: bytes) -> None:
        """Ask stable, then the canary; the pair counts, or why there is none."""
        if not self._canary_was_ready():
            self.drop("starting")
            return
        path = f"/v2/models/{self._model}/infer"
        status, answer = self._stable.ask("POST", path, body)
        if status is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self.drop("stable")
            return
        try:
            expected = read_outputs(answer)
        except Unreadable:
            self.drop("stable")
            return
        found = difference(expected, *self._canary.ask("POST", path, body))
        with self._lock:
            self._counts.add(found)

    def drop(self, reason: str) -> None:
        """Count a request that is not compared."""
        with self._lock:
            self._counts.drop(reason)

    def text(self) -> str:
        """All series in the Prometheus text format."""
        with self._lock:
            return "\n".join(pair_families([self._counts])) + "\n"

    def _canary_was_ready(self) -> bool:
        """Whether the canary has ever been ready: from then on what it does not answer is its fault."""
        with self._lock:
            now = self._monotonic()
            if self._was_ready or now - self._asked < _READY_SECONDS:
                return self._was_ready
            self._asked = now
        status, _ = self._canary.ask("GET", f"/v2/models/{self._model}/ready")
        if status == HTTPStatus.OK:
            self._was_ready = True
        return self._was_ready
