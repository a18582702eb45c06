"""One bounded GET of a whole body: http or https, no proxy, no redirect to another host."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import urllib3

from sluicegate.gate.adapters.bounded_http import LARGEST, Answer, Deadline, NoAnswer, send, with_deadlines

SECONDS = 5.0
REDIRECTS = 10
"""The most that are followed, all on the same host."""
_REDIRECTED = frozenset({301, 302, 303, 307, 308})


def get(url: str, seconds: float = SECONDS, limit: int = LARGEST) -> bytes:
    """The body of a 200 answer; `seconds` and `limit` as in `send`, over all redirects. Raises NoAnswer."""
    _require_plain(url)
    deadline = Deadline(seconds)
    with with_deadlines(urllib3.PoolManager()) as manager:
        answer = _follow(manager, url, deadline, limit)
    if answer.status == 200:
        return answer.body
    if answer.status < 400:
        raise NoAnswer(f"answered {answer.status}")
    # An error's page says why in its first words; the rest is for people.
    excerpt = answer.body[:300].decode("utf-8", "replace").strip()
    raise NoAnswer(f"answered {answer.status}: {excerpt}" if excerpt else f"answered {answer.status}")


def _follow(manager: urllib3.PoolManager, url: str, deadline: Deadline, limit: int) -> Answer:
    """The first answer that is not a redirect. Raises NoAnswer."""
    for _ in range(REDIRECTS + 1):
        answer = send(manager, "GET", url, deadline, limit=limit)
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
