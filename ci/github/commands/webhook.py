"""Comments as GitHub's webhook delivers them: signed, taken in at once, carried out one after the other.

docs.github.com, "Validating webhook deliveries": HMAC-SHA256 of the body in `X-Hub-Signature-256`. GitHub
waits ten seconds for an answer, and a command may take longer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from sluicegate.ci.deliveries import WAITING, Deliveries
from sluicegate.ci.github.commands.event import LARGEST, Comment, read
from sluicegate.specs.yamlio import InputError

__all__ = ["EVENT", "WAITING", "Receiver", "signed"]

EVENT = "issue_comment"
Act = Callable[[Comment], None]


def signed(body: bytes, header: str | None, secret: bytes) -> bool:
    """Whether the holder of the secret signed these bytes; never without a secret."""
    wanted = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return bool(secret) and header is not None and hmac.compare_digest(wanted.encode(), header.encode())


class Receiver(Deliveries[Comment]):
    """Takes comments in. Raises OSError for an address that cannot be had."""

    largest = LARGEST

    def __init__(self, host: str, port: int, secret: bytes, act: Act) -> None:
        self._secret = secret
        super().__init__(host, port, act)

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """As `take`, of a request's headers."""
        return self.take(headers.get("x-github-event"), headers.get("x-hub-signature-256"), body)

    def named(self, one: Comment) -> str:
        """The pull request that was commented on."""
        return f"{one.repository}#{one.number}: the comment"

    def take(self, event: str | None, signature: str | None, body: bytes) -> tuple[int, str]:
        """The status and the words that answer a delivery; a comment is queued."""
        if not signed(body, signature, self._secret):
            return 401, "the signature is not that of the secret"
        if event == "ping":
            return 200, "pong"
        if event != EVENT:
            return 202, f"only {EVENT} is read"
        try:
            comment = read(json.loads(body))
        except (ValueError, RecursionError, InputError) as error:
            return 400, f"no event of a comment: {type(error).__name__}"
        return self.queued(comment)
