"""One bounded GET of a whole body: http or https, no proxy, no redirect to another host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import urllib3

from sluicegate.gate.adapters.bounded_http import LARGEST, Answer, Deadline, NoAnswer, send, with_deadlines

SECONDS = 5.0
REDIRECTS = 10
"""The most that are followed, all on the same host."""
_REDIRECTED = frozenset({301, 302, 303, 307, 308})


class NotFound(NoAnswer):
    """There is nothing at that address (404)."""


def get(url: str, seconds: float = SECONDS, limit: int = LARGEST) -> bytes:
    """The body of a 200 answer; `seconds` and `limit` as in `send`, over all redirects. Raises NoAnswer."""
    parts: list[bytes] = []

    def keep(part: bytes) -> int:
        parts.append(part)
        return sum(map(len, parts))

    stream(url, keep, seconds, limit)
    return b"".join(parts)


def stream(url: str, keep: Callable[[bytes], int], seconds: float = SECONDS, limit: int = LARGEST) -> None:
    """As `get`, piece by piece: `keep` takes the next bytes of the body and gives how many it has kept.

    `limit` is that of what is kept; the whole may be longer. Raises NoAnswer.
    """
    _require_plain(url)
    deadline = Deadline(seconds)
    with with_deadlines(urllib3.PoolManager()) as manager:
        answer = _follow(manager, url, deadline, limit, keep)
    if answer.status == 200:
        return
    if answer.status < 400:
        raise NoAnswer(f"answered {answer.status}")
    # An error's page says why in its first words; the rest is for people.
    excerpt = answer.body[:300].decode("utf-8", "replace").strip()
    message = f"answered {answer.status}: {excerpt}" if excerpt else f"answered {answer.status}"
    if answer.status == 404:
        raise NotFound(message)
    later = answer.headers.get("Retry-After", "")[:40]
    raise NoAnswer(f"{message}, and asks to be left alone until {_later(later)}" if later else message)


def _later(text: str) -> str:
    return f"{text} s from then" if text.isdecimal() else text


def _follow(
    manager: urllib3.PoolManager, url: str, deadline: Deadline, limit: int, keep: Callable[[bytes], int]
) -> Answer:
    """The first answer that is not a redirect. Raises NoAnswer."""
    for _ in range(REDIRECTS + 1):
        answer = send(manager, "GET", url, deadline, limit=limit, keep=keep)
        location = answer.headers.get("Location")
        if answer.status not in _REDIRECTED or location is None:
            return answer
        target = urljoin(url, location)
        if urlsplit(target)[:2] != urlsplit(url)[:2]:
            raise NoAnswer("redirects to another host, which is not followed")
        url = target
    raise NoAnswer(f"redirects more than {REDIRECTS} times")


def _require_plain(url: str) -> None:
    """Raises NoAnswer for what is not an address of http or https, or holds a credential."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NoAnswer(f"is not an address: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise NoAnswer("is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise NoAnswer("holds a user name or password, which is not sent")
