"""Bytes over HTTP, within limits: redirects, silence, addresses; what may be asked again says so."""

from __future__ import annotations

import http.client
import logging
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

from sluicegate import __version__
from sluicegate.specs.artifacts.addresses import Guard, check_address
from sluicegate.specs.artifacts.errors import (
    NotFound,
    SourceRefused,
    SourceUnreachable,
    TokenUnusable,
    TooLarge,
    TryAgain,
    Unauthorized,
)

CHUNK = 1 << 20
"""Bytes that are read at a time, and all that a transfer holds in memory."""
_READ_SECONDS = 15
"""The longest silence within one answer."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 5.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


def token(path: Path) -> str:
    """The one line of a token file. Raises TokenUnusable."""
    try:
        with path.open("rb") as file:
            text = file.read(16385).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenUnusable(f"cannot read {path}: {error}", "mount the secret there") from error
    if not text or len(text) > 16384 or not text.isprintable() or " " in text:
        raise TokenUnusable(f"{path} must hold one token on one line, without spaces", "correct the secret")
    return text


@dataclass(frozen=True)
class Answer:
    """Bytes on their way: from byte `start`, of `total` where that is known; both count the whole file."""

    chunks: Iterator[bytes]
    start: int = 0
    total: int | None = None


class _NothingLeft(SourceRefused):
    """The range begins where the file ends (416)."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https on the same host, or on one that was named; credentials stay with the first host."""

    max_redirections = _MAX_REDIRECTS
    max_repeats = 2

    def __init__(self, hosts: frozenset[str] | None, guard: Guard | None) -> None:
        self._hosts = hosts
        self._guard = guard

    def redirect_request(  # noqa: PLR0917  the signature is urllib's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: Message,  # noqa: ARG002
        newurl: str,
    ) -> urllib.request.Request | None:
        old = urllib.parse.urlsplit(req.full_url)
        new = urllib.parse.urlsplit(newurl)
        allowed = self._hosts is None or new.hostname == old.hostname or new.hostname in self._hosts
        if new.scheme != "https" or not allowed:
            raise SourceRefused(
                f"{req.full_url} redirects to {new.scheme}://{new.hostname}, which is not followed",
                "give the final address, or allow its host with --redirect-host (https only)",
            )
        if self._guard is not None:
            self._guard.check_host(new.hostname or "")
        kept = {"User-agent": req.get_header("User-agent") or "", "Accept-encoding": "identity"}
        if span := req.get_header("Range"):
            kept["Range"] = span
        authorization = req.get_header("Authorization")
        same = (new.hostname, new.port or 443) == (old.hostname, old.port or 443)
        if authorization and same and old.scheme == "https":
            kept["Authorization"] = authorization
        return urllib.request.Request(newurl, headers=kept)  # noqa: S310  the scheme was checked


class Http:
    """A client. `retry_seconds`: how long a source that fails, without a byte in between, is tried again.

    `redirect_hosts` are the other hosts that a redirect may lead to; None for all of them, where the guard
    allows them.
    """

    def __init__(
        self,
        retry_seconds: float,
        redirect_hosts: frozenset[str] | None = frozenset(),
        guard: Guard | None = None,
    ) -> None:
        self.retry_seconds = retry_seconds
        self.guard = guard
        self._redirect_hosts = redirect_hosts

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        """Made at the first request, which few models ask for: it reads all certificates of the system."""
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            *_handlers(self.guard),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(self._redirect_hosts, self.guard),
        ):
            opener.add_handler(handler)
        return opener

    def read(self, url: str, limit: int, headers: Mapping[str, str], *, query: bool = False) -> bytes:
        """The whole body. Raises NotFound, SourceRefused, SourceUnreachable, TooLarge."""
        check_address(url, query=query)

        def once() -> bytes:
            with self.open(url, headers) as answer:
                return b"".join(within(answer, url, limit))

        return self.tried(url, once)

    def tried(self, url: str, once: Callable[[], T]) -> T:
        """What `once` returns, called again while it raises TryAgain. Raises SourceUnreachable."""
        patience = Patience(self.retry_seconds, url)
        while True:
            try:
                return once()
            except TryAgain as error:
                patience.wait(error)

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str], start: int = 0) -> Iterator[Answer]:
        """The body from byte `start`, or all of it where the server knows no ranges (RFC 9110, 14.2).

        Raises TryAgain, NotFound, SourceRefused, Unauthorized.
        """
        span = {"Range": f"bytes={start}-"} if start else {}
        try:
            with self.request("GET", url, {**headers, **span}) as response:
                yield _answer(response, start)
                return
        except _NothingLeft:
            pass
        yield Answer(iter(()), start)

    @contextmanager
    def request(
        self, method: str, url: str, headers: Mapping[str, str], data: IO[bytes] | bytes | None = None
    ) -> Iterator[Any]:
        """An answer of 2xx. Raises as `open` does; also what the block raises of a broken connection."""
        if self.guard is not None:
            self.guard.check_host(urllib.parse.urlsplit(url).hostname or "")
        own = {"User-Agent": f"sluicegate/{__version__}", "Accept-Encoding": "identity"}
        request = urllib.request.Request(  # noqa: S310  `check_address` saw it
            url, data, {**own, **headers}, method=method
        )
        try:
            with self._opener.open(request, timeout=_READ_SECONDS) as response:
                yield response
        except urllib.error.HTTPError as error:
            with error:
                _status(url, error)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise SourceRefused(
                    f"{url}: {error.reason}", "add its authority to the image, or to SSL_CERT_FILE"
                ) from error
            raise TryAgain(str(error.reason)) from error
        except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            raise TryAgain(f"{type(error).__name__}: {error}") from error


class Patience:
    """How long a source is tried again: so many seconds since its last byte."""

    def __init__(self, seconds: float, what: str) -> None:
        self._seconds = seconds
        self._what = what
        self.progress()

    def progress(self) -> None:
        """A byte came: all of the time again."""
        self._until = time.monotonic() + self._seconds
        self._next = _FIRST_WAIT

    def wait(self, error: TryAgain) -> None:
        """Sleep before the next try, at least as long as the source asked. Raises SourceUnreachable."""
        left = self._until - time.monotonic()
        wait = max(self._next, error.after or 0)
        if left <= 0 or (error.after or 0) > left:
            asked = f", and asks to wait {error.after:.0f} s" if error.after else ""
            raise SourceUnreachable(
                f"{self._what}: {error}{asked}, tried again for {self._seconds:g} s",
                "see whether the source runs and can be reached from here",
            ) from error
        _log.warning("%s: %s; trying again", self._what, error)
        time.sleep(min(wait, left))
        self._next = min(self._next * 2, _LONGEST_WAIT)


def within(answer: Answer, what: str, limit: int) -> Iterator[bytes]:
    """The chunks of an answer of at most `limit` bytes. Raises TooLarge, before they are read if it can."""
    count = answer.start
    if max(answer.total or 0, count) > limit:
        raise _too_large(what, limit)
    for chunk in answer.chunks:
        count += len(chunk)
        if count > limit:
            raise _too_large(what, limit)
        yield chunk


def _too_large(what: str, limit: int) -> TooLarge:
    return TooLarge(f"{what} gives more than {limit} bytes", "raise the limit if that is right")


def _answer(response: Any, start: int) -> Answer:
    length = response.headers.get("Content-Length")
    expected = int(length) if length and length.isdecimal() else None
    if response.status != 206:
        return Answer(_body(response, expected), 0, expected)
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if span is None or int(span[1]) != start:
        raise SourceRefused("the source answers another range than the one asked for", "ask another source")
    return Answer(_body(response, expected), start, None if span[2] == "*" else int(span[2]))


def _body(response: Any, expected: int | None) -> Iterator[bytes]:
    count = 0
    while expected is None or count < expected:
        chunk = response.read1(CHUNK)
        if not chunk:
            break
        count += len(chunk)
        yield chunk
    if expected is not None and count != expected:
        raise TryAgain(f"the body ended after {count} of {expected} bytes")


def _handlers(guard: Guard | None) -> tuple[urllib.request.BaseHandler, ...]:
    """urllib's own, whose connections ask the guard first."""
    context = ssl.create_default_context()
    connect = guard.connect if guard is not None else None
    if connect is None:
        return urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(context=context)

    class Plain(http.client.HTTPConnection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._create_connection = connect

    class Encrypted(http.client.HTTPSConnection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._create_connection = connect

    class OverHttp(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class OverHttps(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Encrypted, req, context=context)

    return OverHttp(), OverHttps()


def _status(url: str, error: urllib.error.HTTPError) -> NoReturn:
    if error.code in _AGAIN:
        raise TryAgain(f"status {error.code}", _retry_after(error.headers.get("Retry-After"))) from error
    if error.code == 416:
        raise _NothingLeft(f"{url} answers 416", "fetch it from its start") from error
    if error.code in (404, 410):
        raise NotFound(f"{url} is not there ({error.code})", "check the address") from error
    if error.code in (401, 403):
        raise Unauthorized(url, error.code, error.headers.get("WWW-Authenticate"))
    raise SourceRefused(f"{url} answers {error.code}", "give the address that holds the bytes") from error


def _retry_after(text: str | None) -> float | None:
    """Seconds, of a number or a date; None where it is neither."""
    if not text:
        return None
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
