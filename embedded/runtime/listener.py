"""A small HTTP/1.1 server for loopback: whole requests in, whole responses out, one write each.

The router needs no framework: two thirds of its time would go into one, and into a head and a body that are
written, and wake their reader, apart.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import httptools

MAX_BODY_BYTES = 16 * 1024 * 1024
JSON = b"application/json"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Request:
    """A whole request; `body` is None if it was larger than MAX_BODY_BYTES."""

    method: str
    path: str
    body: bytes | None
    headers: dict[bytes, bytes] = field(default_factory=dict)
    """By name in lower case; several of one name are joined by commas."""


@dataclass(slots=True)
class Answer:
    """A whole response; `headers` are complete lines."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: bytes = b""

    def encode(self, keep_alive: bool) -> bytes:
        """The response's bytes."""
        return b"HTTP/1.1 %d \r\ncontent-type: %s\r\ncontent-length: %d\r\n%s%s\r\n%s" % (
            self.status,
            self.kind,
            len(self.body),
            self.headers,
            b"" if keep_alive else b"connection: close\r\n",
            self.body,
        )


Handler = Callable[[Request], Awaitable[Answer]]


class HttpProtocol(asyncio.Protocol):
    """One client's connection: its requests are answered one after the other, in their order."""

    def __init__(self, handler: Handler, open_connections: set["HttpProtocol"]) -> None:
        self._handler = handler
        self._open = open_connections
        self._transport: asyncio.Transport | None = None
        self._parser: Any = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the connection (asyncio.Protocol); a request that has begun is still counted."""
        self._transport = None
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        """Feed the parser (asyncio.Protocol)."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._write(Answer(400, b'{"error": "the request is not HTTP/1.1"}').encode(False))
            self.close()

    def on_message_begin(self) -> None:
        """Begin a request (httptools)."""
        self._target = b""
        self._headers = {}
        self._body = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        """Keep the target (httptools), which may come in pieces."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header, and answer the one that needs an answer of its own (httptools)."""
        name = name.lower()
        self._headers[name] = b"%s, %s" % (self._headers[name], value) if name in self._headers else value
        if name == b"expect" and value.lower() == b"100-continue":
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Keep one piece of the body, up to the limit (httptools)."""
        self._size += len(body)
        if self._size <= MAX_BODY_BYTES:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Queue the request (httptools)."""
        body = b"".join(self._body) if self._size <= MAX_BODY_BYTES else None
        path = self._target.partition(b"?")[0].decode("latin-1")
        request = Request(self._parser.get_method().decode(), path, body, self._headers)
        self._waiting.append((request, self._parser.should_keep_alive()))
        if self._task is None:
            self._task = asyncio.create_task(self._answer_all())

    async def _answer_all(self) -> None:
        while self._waiting:
            request, keep_alive = self._waiting.popleft()
            try:
                answer = await self._handler(request)
            except Exception:  # a fault of ours must not leave the client waiting
                _log.exception("a request failed")
                answer = Answer(500, b'{"error": "the router failed; its log says where"}')
            self._write(answer.encode(keep_alive))
            if not keep_alive:
                self.close()
        self._task = None

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    @property
    def busy(self) -> bool:
        """Whether a request has begun and is not answered yet."""
        return self._task is not None

    def close(self) -> None:
        """Close once what was written has been sent."""
        if self._transport is not None:
            self._transport.close()


async def serve(listener: socket.socket, handler: Handler, until: asyncio.Event, drain: float = 3.0) -> None:
    """Serve on `listener` until the event; then answer what has begun, for at most `drain` seconds."""
    connections: set[HttpProtocol] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: HttpProtocol(handler, connections), sock=listener)
    await until.wait()
    server.close()
    deadline = loop.time() + drain
    while any(connection.busy for connection in connections) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for connection in list(connections):
        connection.close()
