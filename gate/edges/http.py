"""One bounded GET: http or https, no proxy, no redirect to another host, a limit on seconds and on bytes."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

SECONDS = 5.0
LARGEST = 8 << 20
"""Bytes of one answer."""


class NoAnswer(RuntimeError):
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


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _SameHost())


def get(url: str, seconds: float = SECONDS, limit: int = LARGEST) -> bytes:
    """The body of a 200 answer. Raises NoAnswer, at the latest after `seconds`."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer("is no http or https address")
    outcome: list[bytes | NoAnswer] = []
    # A socket's time-out counts from byte to byte; only a thread that is left behind bounds the whole answer.
    thread = threading.Thread(target=lambda: outcome.append(_get(url, seconds, limit)), daemon=True)
    thread.start()
    thread.join(seconds)
    found = outcome[0] if outcome else NoAnswer(f"did not answer within {seconds:g} s")
    if isinstance(found, NoAnswer):
        raise found
    return found


def _get(url: str, seconds: float, limit: int) -> bytes | NoAnswer:
    try:
        with _opener.open(url, timeout=seconds) as response:
            body: bytes = response.read(limit + 1)
            status: int = response.status
    except NoAnswer as error:
        return error
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(300).decode("utf-8", "replace").strip()
        return NoAnswer(f"answered {error.code}" + (f": {said}" if said else ""))
    except (OSError, HTTPException, ValueError) as error:
        return NoAnswer(f"did not answer: {getattr(error, 'reason', None) or error or type(error).__name__}")
    if status != 200:
        return NoAnswer(f"answered {status}")
    return NoAnswer(f"answered with more than {limit:,} bytes") if len(body) > limit else body
