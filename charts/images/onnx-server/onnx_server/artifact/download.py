"""Bytes over HTTP, within limits: size, redirects, retries; a digest is checked while they stream."""

import hashlib
import http.client
import logging
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn, TypeVar

from sluicegate import __version__
from sluicegate.onnx_server.errors import (
    ArtifactMismatch,
    NotFound,
    SourceRefused,
    SourceUnreachable,
    TokenUnusable,
    TooLarge,
)

_CHUNK = 1 << 20
_READ_SECONDS = 15
"""The longest silence within one answer."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class _TryAgain(Exception):
    """The answer may be another one soon."""


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


def check_address(url: str, *, query: bool = False) -> str:
    """The address itself, if it is a plain http or https one; a query only where allowed.

    Raises SourceRefused, without the address: it may hold a password.
    """
    clean = re.fullmatch(r"https?://[\x21-\x7e]+", url)
    try:
        parts = urllib.parse.urlsplit(url)
        plain = clean and parts.hostname and (parts.port or 1) and "@" not in parts.netloc
    except ValueError:
        plain = None
    if not plain or (parts.query and not query) or parts.fragment or "\\" in url:
        raise SourceRefused(
            "the address must begin with http:// or https:// and have a host, without credentials, query or "
            "fragment",
            "give a token by a file",
        )
    return url


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https on the same host, or on one that was named; credentials stay with the first host."""

    max_redirections = _MAX_REDIRECTS
    max_repeats = 2

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

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
        if new.scheme != "https" or (new.hostname != old.hostname and new.hostname not in self._hosts):
            raise SourceRefused(
                f"{req.full_url} redirects to {new.scheme}://{new.hostname}, which is not followed",
                "give the final address, or allow its host with --redirect-host (https only)",
            )
        kept = {"User-agent": req.get_header("User-agent") or "", "Accept-encoding": "identity"}
        authorization = req.get_header("Authorization")
        same = (new.hostname, new.port or 443) == (old.hostname, old.port or 443)
        if authorization and same and old.scheme == "https":
            kept["Authorization"] = authorization
        return urllib.request.Request(newurl, headers=kept)  # noqa: S310  the scheme was checked


class Source:
    """Where files come from. `retry_seconds`: how long a source that fails is tried again."""

    def __init__(self, retry_seconds: float, redirect_hosts: frozenset[str] = frozenset()) -> None:
        self._retry_seconds = retry_seconds
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(redirect_hosts),
        ):
            self._opener.add_handler(handler)

    def read(self, url: str, limit: int, headers: Mapping[str, str], *, query: bool = False) -> bytes:
        """The whole body. Raises NotFound, SourceRefused, SourceUnreachable, TooLarge."""
        check_address(url, query=query)
        return self._with_retries(url, headers, lambda response: b"".join(_body(response, url, limit)))

    def copy(self, url: str, limit: int, headers: Mapping[str, str], digest: str, target: BinaryIO) -> None:
        """Write the body to `target`, from its start; raises as `read` does, and ArtifactMismatch."""

        check_address(url)

        def take(response: Any) -> str:
            target.seek(0)
            target.truncate()
            return copy_hashed(_body(response, url, limit), target)

        actual = self._with_retries(url, headers, take)
        if actual != digest:
            raise ArtifactMismatch(
                f"{url} is {actual}, not {digest}: the artifact was swapped, or the digest is another one's; "
                "nothing was written",
                "release a revision whose bytes are those that were validated",
            )

    def _with_retries(self, url: str, headers: Mapping[str, str], take: Callable[[Any], T]) -> T:
        until = time.monotonic() + self._retry_seconds
        wait = 0.25
        while True:
            try:
                return self._once(url, headers, take)
            except _TryAgain as error:
                left = until - time.monotonic()
                if left <= 0:
                    raise SourceUnreachable(
                        f"{url}: {error}, tried again for {self._retry_seconds:g} s",
                        "see whether the source runs and can be reached from this pod",
                    ) from error
                _LOG.warning("%s: %s; trying again", url, error)
                time.sleep(min(wait, left))
                wait = min(wait * 2, 5)

    def _once(self, url: str, headers: Mapping[str, str], take: Callable[[Any], T]) -> T:
        own = {"User-Agent": f"onnx-server/{__version__}", "Accept-Encoding": "identity"}
        request = urllib.request.Request(url, headers={**own, **headers})  # noqa: S310  `check_address` saw it
        try:
            with self._opener.open(request, timeout=_READ_SECONDS) as response:
                return take(response)
        except urllib.error.HTTPError as error:
            with error:
                _status(url, error)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise SourceRefused(
                    f"{url}: {error.reason}", "add its authority to the image, or to SSL_CERT_FILE"
                ) from error
            raise _TryAgain(str(error.reason)) from error
        except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            raise _TryAgain(f"{type(error).__name__}: {error}") from error


def _status(url: str, error: urllib.error.HTTPError) -> NoReturn:
    if error.code in _AGAIN:
        raise _TryAgain(f"status {error.code}") from error
    if error.code in (404, 410):
        raise NotFound(f"{url} is not there ({error.code})", "check address, revision and model") from error
    if error.code in (401, 403):
        raise Unauthorized(url, error.code, error.headers.get("WWW-Authenticate"))
    raise SourceRefused(f"{url} answers {error.code}", "give the address that holds the bytes") from error


class Unauthorized(SourceRefused):
    """The source wants other credentials; `challenge` is its WWW-Authenticate header, if any."""

    def __init__(self, url: str, code: int, challenge: str | None) -> None:
        super().__init__(f"{url} answers {code}", "give a token that may read it with --token-file")
        self.code = code
        self.challenge = challenge


def _body(response: Any, url: str, limit: int) -> Iterator[bytes]:
    declared = response.headers.get("Content-Length")
    expected = int(declared) if declared and declared.isdecimal() else None
    count = 0
    while expected is None or count < expected:
        if max(expected or 0, count) > limit:
            raise TooLarge(f"{url} gives more than {limit} bytes", "raise --max-bytes if that is right")
        chunk = response.read1(_CHUNK)
        if not chunk:
            break
        count += len(chunk)
        yield chunk
    if expected is not None and count != expected:
        raise _TryAgain(f"the body ended after {count} of {expected} bytes")


def copy_hashed(chunks: Iterator[bytes], target: BinaryIO) -> str:
    """Write the chunks; their digest, "sha256:" and 64 hex digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        target.write(chunk)
    return f"sha256:{digest.hexdigest()}"
