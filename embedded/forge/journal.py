"""What the API was asked and what it answered, a line of JSON each: `make forge-contract` reads it.

A forge writes one where the environment variable `SLUICE_FORGE_JOURNAL` names a directory; each process has a
file of its own there. Secrets in headers are left out.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sluicegate.embedded.forge.wire import API

VARIABLE = "SLUICE_FORGE_JOURNAL"
_HIDDEN = frozenset({b"authorization", b"cookie"})


class Journal:
    """The application, with each of its API calls written to `directory/PID.jsonl`."""

    def __init__(self, app: ASGIApp, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._app = app
        self._file = (directory / f"{os.getpid()}.jsonl").open("a", encoding="utf-8")
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and write it down once it is answered."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
            await self._app(scope, receive, send)
            return
        asked = bytearray()
        answered = bytearray()
        head: dict[str, Any] = {}

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(status=message["status"], headers=_headers(message["headers"]))
            answered.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, say)
        self._write(scope, bytes(asked), head, bytes(answered))

    def _write(self, scope: Scope, asked: bytes, head: dict[str, Any], answered: bytes) -> None:
        request = {
            "method": scope["method"], "path": scope["path"], "headers": _headers(scope["headers"]),
            "query": scope["query_string"].decode("latin-1"), "body": _text(asked),
        }  # fmt: skip
        line = json.dumps({"request": request, "response": head | {"body": _text(answered)}})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in pairs
        if name.lower() not in _HIDDEN
    }


def _text(content: bytes) -> str | dict[str, str]:
    """Text as it is, other bytes as `{"base64": ...}`."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
