"""A server between a client and a real one, which spoils single answers as networks and busy servers do."""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Callable
from dataclasses import replace

from support.http_stub import Answer, Request, StubServer

Fault = Callable[[Answer], Answer]
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length"})
SECONDS = 60


def cut(after: int) -> Fault:
    """The connection ends after so many bytes of the body."""
    return lambda answer: replace(answer, cut=after)


def status(code: int, **headers: str) -> Fault:
    """Another status, without the body; `Retry_After="3600"` becomes the header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(code, headers=named)


class Relay(StubServer):
    """Hands requests on to `upstream`; the first of `faults` spoils the first download, and so on.

    A download is an answer with a body of at least `least` bytes: what stores say beside it stays as it is.
    """

    def __init__(self, upstream: str, least: int) -> None:
        self.faults: list[Fault] = []
        self.spoilt: list[Request] = []
        self._upstream = urllib.parse.urlsplit(upstream).netloc
        self._least = least
        super().__init__(self._respond)

    def _respond(self, request: Request) -> Answer:
        answer = self._ask(request)
        if not self.faults or len(answer.body) < self._least:
            return answer
        self.spoilt.append(request)
        return self.faults.pop(0)(answer)

    def _ask(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self._upstream, timeout=SECONDS)
        try:
            connection.request(request.method, request.target, request.body or None, dict(request.headers))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP}
        length = response.headers.get("Content-Length", str(len(body)))
        return Answer(response.status, body, {**kept, "Content-Length": length})
