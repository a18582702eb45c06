"""A small HTTP/1.1 client for loopback: keep-alive connections that do one exchange at a time.

The router and the load share it. General clients cost several times the model's own time (facts: an httpx
router reaches 740 requests/s on 2 cores), and a retry hidden in a client would falsify the counts.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType
from typing import Any, cast

import httptools

_MAX_IDLE_SECONDS = 30.0


class BrokenConnection(Exception):
    """The connection could not be made, or ended before the whole response was there."""


@dataclass(slots=True)
class Response:
    """A whole response: status, headers (lower-case names), body."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


class Connection(asyncio.Protocol):
    """One connection; `exchange` sends the bytes of a whole request and returns the response."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._response = Response()
        self._waiter: asyncio.Future[Response] | None = None
        self.reusable = True
        self.idle_since = monotonic()

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect to 127.0.0.1 and `port`. Raises BrokenConnection."""
        try:
            _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        except OSError as error:
            raise BrokenConnection(f"cannot connect to port {port}: {error}") from error
        return connection

    async def exchange(self, request: bytes) -> Response:
        """Send `request`, return the response. Raises BrokenConnection; a cancelled exchange closes."""
        if self._transport is None or not self.reusable:
            raise BrokenConnection("the connection is closed")
        self._waiter = asyncio.get_running_loop().create_future()
        self._response = Response()
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)
        try:
            return await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None
            self.idle_since = monotonic()

    def close(self) -> None:
        """Close now; an exchange in progress ends with BrokenConnection."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Feed the parser (asyncio.Protocol); bytes that nobody waits for spoil the connection."""
        if self._waiter is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"the answer is not HTTP: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """End an exchange in progress (asyncio.Protocol)."""
        self._fail(f"the connection ended before the response did: {exc or 'closed by the server'}")

    def _fail(self, message: str) -> None:
        self.reusable = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(BrokenConnection(message))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header (httptools)."""
        self._response.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        """Keep one piece of the body (httptools)."""
        self._response.body += body

    def on_message_complete(self) -> None:
        """Hand the response to the exchange (httptools)."""
        self._response.status = self._parser.get_status_code()
        self.reusable = self.reusable and self._parser.should_keep_alive()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(self._response)


class Pool:
    """Connections to one port, reused last in first out; one that idled long is closed, not tried."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def exchange(self, request: bytes) -> Response:
        """One exchange on a free connection. Raises BrokenConnection; nothing is sent twice."""
        connection = self._take() or await Connection.open(self._port)
        response = await connection.exchange(request)
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and monotonic() - connection.idle_since < _MAX_IDLE_SECONDS:
                return connection
            connection.close()
        return None

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()


def get(path: str) -> bytes:
    """The bytes of a GET request."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()


def post(path: str, body: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The bytes of a POST request with a JSON body."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"%scontent-length: %d\r\n\r\n%s" % (head.encode(), len(body), body)
