"""A proxy between a client and the forge, which answers single requests as GitHub does on a bad day."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluicegate.embedded.forge import Forge
from support.http_stub import Answer, Request, StubServer

LOCKED = "Unable to create comment because issue is locked."
"""GitHub's words where people locked a conversation."""


@dataclass(frozen=True)
class Meanwhile:
    """What somebody does once between two requests of a client: just before such a one arrives."""

    method: str
    path_end: str
    act: Callable[[], object]

    def matches(self, request: Request) -> bool:
        return request.method == self.method and request.path.endswith(self.path_end)


@dataclass(frozen=True)
class Fault:
    """A wrong answer to one request; `applied` where the forge gets the request all the same."""

    method: str
    path_end: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    applied: bool = False
    message: str = "spoiled"
    lasting: bool = False
    """Whether every such request gets it, as where a right is missing."""

    def matches(self, request: Request) -> bool:
        return request.method == self.method and request.path.endswith(self.path_end)


class Proxy(StubServer):
    """Hands every request on to the forge; each fault spoils one answer, a lasting one all."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge.url.removeprefix("http://")
        self.faults: list[Fault] = []
        self.meanwhile: list[Meanwhile] = []
        self.deleted: set[str] = set()
        """Logins of accounts that are gone: GitHub names no user where they wrote."""
        super().__init__(self._respond)

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def _respond(self, request: Request) -> Answer:
        for one in [one for one in self.meanwhile if one.matches(request)][:1]:
            self.meanwhile.remove(one)
            one.act()
        fault = next((fault for fault in self.faults if fault.matches(request)), None)
        if fault is None:
            return self._forward(request)
        if not fault.lasting:
            self.faults.remove(fault)
        if fault.applied:
            self._forward(request)
        headers = {"Content-Type": "application/json", **fault.headers}
        return Answer(fault.status, json.dumps({"message": fault.message}).encode(), headers)

    def _forward(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self.forge, timeout=30)
        headers = {k: v for k, v in request.headers.items() if k not in ("content-length", "connection")}
        # The forge writes its links with the address that the client used.
        headers["host"] = f"127.0.0.1:{self.port}"
        connection.request(request.method, request.target, request.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        kept = {k: v for k, v in answer.headers.items() if k.lower() in ("content-type", "link")}
        return Answer(answer.status, self._without_deleted(body) if self.deleted else body, kept)

    def _without_deleted(self, body: bytes) -> bytes:
        def seen(shown: dict[str, Any]) -> dict[str, Any]:
            user = shown.get("user")
            gone = isinstance(user, dict) and user["login"] in self.deleted
            return shown | {"user": None} if gone else shown

        return json.dumps(json.loads(body, object_hook=seen)).encode() if body else body
