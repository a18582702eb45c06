"""One bounded GET: http or https, no proxy, no redirect to another host, a limit on seconds and on bytes."""

from __future__ import annotations

import io
import socket
import urllib.error
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import IO, Any
from urllib.parse import urlsplit

from sluicegate.specs.errors import SluiceError

SECONDS = 5.0
LARGEST = 8 << 20
"""Bytes of one answer."""


class NoAnswer(SluiceError):
    """Why an address gave nothing to use, in words that stand in a sentence after the address."""


class _SameHost(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise NoAnswer("redirects to another host, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Clocked(io.RawIOBase):
    """Reads a socket until a moment of the monotonic clock; its own time-out counts from byte to byte."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._raw = raw
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _response(until: float, sock: socket.socket, *arguments: Any, **named: Any) -> HTTPResponse:
    made = HTTPResponse(sock, *arguments, **named)
    made.fp = io.BufferedReader(_Clocked(made.fp.detach(), sock, until))
    return made


def _connection(kind: type[HTTPConnection], until: float, host: str, timeout: float) -> HTTPConnection:
    made = kind(host, timeout=max(min(timeout, until - monotonic()), 0.001))
    made.response_class = partial(_response, until)  # type: ignore[assignment]
    return made


class _Http(urllib.request.HTTPHandler):
    def __init__(self, until: float) -> None:
        super().__init__()
        self._until = until

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_connection, HTTPConnection, self._until), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, until: float) -> None:
        super().__init__()
        self._until = until

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_connection, HTTPSConnection, self._until), req)


def get(url: str, seconds: float = SECONDS, limit: int = LARGEST) -> bytes:
    """The body of a 200 answer. Raises NoAnswer.

    `seconds` bounds connecting (to each address of the host), and the whole answer to its last byte, however
    slowly it comes; looking up the host's name has the resolver's own limit.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer("is no http or https address")
    until = monotonic() + seconds
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), _SameHost(), _Http(until), _Https(until)
    )
    try:
        with opener.open(url, timeout=seconds) as response:
            body: bytes = response.read(limit + 1)
            status: int = response.status
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"answered {error.code}{_said(error)}") from error
    except (OSError, HTTPException, ValueError) as error:
        why = getattr(error, "reason", None) or error
        if isinstance(why, TimeoutError):
            raise NoAnswer(f"did not answer within {seconds:g} s") from error
        raise NoAnswer(f"did not answer: {str(why) or type(why).__name__}") from error
    if status != 200:
        raise NoAnswer(f"answered {status}")
    if len(body) > limit:
        raise NoAnswer(f"answered with more than {limit:,} bytes")
    return body


def _said(error: urllib.error.HTTPError) -> str:
    """The first words of an error's body, as far as they came."""
    try:
        with error:
            said = error.read(300).decode("utf-8", "replace").strip()
    except (OSError, HTTPException):
        return ""
    return f": {said}" if said else ""
