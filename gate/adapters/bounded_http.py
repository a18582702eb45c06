"""HTTP over urllib3 with limits for a whole answer: seconds up to its last byte, and bytes.

urllib3's time-outs count from one byte to the next, so a server that drips holds its reader for ever. The
connections here give their sockets a deadline instead, for status, headers and body alike. (What a proxy
answers to CONNECT is still timed from byte to byte.) Nothing is retried, redirected or decoded.
"""

from __future__ import annotations

import io
import logging
import math
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from time import monotonic
from typing import Any, Literal

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError

from sluicegate.specs.errors import SluiceError

LARGEST = 8 << 20
"""Bytes of one answer."""
PIECE = 1 << 20
"""Bytes that are read at a time of a body that is taken piece by piece."""
_log = logging.getLogger(__name__)


class NoAnswer(SluiceError):
    """A request failed. str(error) is a predicate: f'{url} {error}'."""


class TooLarge(NoAnswer):
    """There were more bytes than the limit."""


@dataclass(frozen=True)
class Answer:
    """One HTTP response; the body is as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Deadline:
    """A moment of the monotonic clock, `seconds` from when this is made."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """The seconds until then. Raises NoAnswer when there are none."""
        left = self._ends - monotonic()
        if left <= 0:
            raise self.missed()
        return left

    def missed(self) -> NoAnswer:
        """The error for an answer that did not come in time."""
        return NoAnswer(f"did not answer within {self._seconds:g} s")


class _DeadlineSocket:
    """A socket whose time-out bounds all that is read until it is set again, not the wait for each byte."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._ends = math.inf

    def settimeout(self, seconds: float | None) -> None:
        self._ends = math.inf if seconds is None else monotonic() + seconds
        self._sock.settimeout(seconds)

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self, self._sock.makefile(mode, buffering=0)))

    def limit_next_read(self) -> None:
        if math.isinf(self._ends):
            return
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _DeadlineReader(io.RawIOBase):
    def __init__(self, sock: _DeadlineSocket, raw: Any) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.limit_next_read()
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _DeadlineSocket(self.sock)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = _DeadlineSocket(self.sock)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def with_deadlines(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """The manager, whose connections from now on keep the deadline of `send`."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


def send(
    manager: urllib3.PoolManager,
    method: str,
    url: str,
    deadline: Deadline,
    *,
    limit: int = LARGEST,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    keep: Callable[[bytes], int] | None = None,
    shown: str | None = None,
) -> Answer:
    """One request and its whole answer, whatever its status; `manager` is one of `with_deadlines`.

    The deadline bounds connecting (to each address of the host) and reading; looking up the host's name has
    the resolver's own limit. Raises NoAnswer, also for more than `limit` bytes and for an encoded body: none
    is asked for, and a few bytes of gzip may hold gigabytes. With `keep` the body of a 200 answer goes there
    piece by piece, and `limit` is of what it says that it has kept. `shown` is what the log calls the address
    where the address itself is a secret.
    """
    timeout = urllib3.Timeout(total=deadline.left())
    try:
        response = manager.request(
            method,
            url,
            body=body,
            headers=dict(headers or {}),
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            encoding = response.headers.get("Content-Encoding", "identity")
            if encoding.strip().lower() != "identity":
                raise NoAnswer(f"answered in the encoding {encoding[:40]!r}, which was not asked for")
            content = _read(response, limit, keep if response.status == 200 else None)
        finally:
            # An answer that was read to its end has given its connection back, and keeps it open.
            response.close()
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if _timed_out(error):
            raise deadline.missed() from error
        raise NoAnswer(f"did not answer: {_reason(error)}") from error
    _log.debug("%s %s: %d, %d bytes", method, shown or url, response.status, len(content))
    if len(content) > limit:
        raise TooLarge(f"answered with more than {limit:,} bytes")
    return Answer(response.status, response.headers, content)


def _read(response: urllib3.BaseHTTPResponse, limit: int, keep: Callable[[bytes], int] | None) -> bytes:
    """The body as it was sent, up to one byte more than the limit; none of it where it is kept elsewhere."""
    body = b""
    while len(body) <= limit:
        # The first part is the whole body. Only the next read, of nothing, tells whether it ended early.
        size = PIECE if keep is not None else limit + 1 - len(body)
        part = response.read(size, decode_content=False)
        if not part:
            break
        if keep is None:
            body += part
        elif keep(part) > limit:
            raise TooLarge(f"answered with more than {limit:,} bytes")
    return body


def _timed_out(error: BaseException) -> bool:
    # To urllib3 a refused connection is a kind of ConnectTimeoutError.
    return isinstance(error, urllib3.exceptions.TimeoutError) and not isinstance(error, NewConnectionError)


def _reason(error: BaseException) -> str:
    """The message of the operating system or of http.client, without urllib3's wrapping."""
    if isinstance(error, ProtocolError) and len(error.args) > 1:
        error = error.args[1]
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
