"""Who is sent notices: an address, what it understands, and the key that signs for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import urllib3

from sluicegate.ci.notices import signature, slack
from sluicegate.ci.notices.event import CONTENT_TYPE, Event
from sluicegate.gate.adapters.bounded_http import Answer, Deadline, NoAnswer, send, with_deadlines
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.yamlio import InputError

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""For one attempt, up to the last byte of the answer."""
LARGEST_ANSWER = 64 << 10
REFUSED = frozenset({400, 410, 413, 415, 422})
"""Answers about the notice itself, or that the receiver is gone: the same one would be refused again."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
Form = Literal["cloudevents", "slack"]


class NoticeError(SluiceError):
    """A receiver did not take a notice, and may take it later."""


@dataclass(frozen=True)
class Receiver:
    """An address of `of`. It is shown nowhere: the path of a chat's webhook is its credential."""

    url: str = field(repr=False)
    form: Form
    key: bytes | None = field(default=None, repr=False)
    seconds: float = SECONDS
    now: Callable[[], float] = field(default=time.time, repr=False)

    @classmethod
    def of(cls, url: str, form: Form, key: bytes | None, where: str) -> Receiver:
        """Raises InputError for an address that is invalid, holds a password, or is not encrypted."""
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise InputError.of("this is not an address", "write https://HOST/PATH", where=where) from None
        if not parts.hostname or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
            raise InputError.of("this is not an address", "write https://HOST/PATH", where=where)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise InputError.of(
                f"notices for {parts.hostname} would go unencrypted",
                "give an address that begins with https://; http is for this machine alone",
                where=where,
            )
        if parts.username is not None or parts.password is not None:
            raise InputError.of(
                f"the address at {parts.hostname} holds a user name or password, which is not sent",
                "leave it out; notices are signed with the secret",
                where=where,
            )
        return cls(url, form, key)

    @property
    def name(self) -> str:
        """Its form and host."""
        return f"{self.form} {urlsplit(self.url).hostname}"

    def send(self, event: Event) -> None:
        """One attempt. Raises NoticeError where a later one may succeed; a refusal is logged, and final."""
        answer = self._post(event)
        if 200 <= answer.status < 300:
            return
        if answer.status in REFUSED:
            logger.warning("%s: refused %s with %d", self.name, event.summary, answer.status)
            return
        raise NoticeError(f"{self.name} answered {answer.status}", "see what its own log says")

    def _post(self, event: Event) -> Answer:
        body = slack.message(event) if self.form == "slack" else event.structured()
        content = "application/json" if self.form == "slack" else CONTENT_TYPE
        headers = {"Content-Type": content, "User-Agent": "sluicegate"}
        if self.key is not None:
            headers |= signature.headers(self.key, event.id, int(self.now()), body)
        try:
            with with_deadlines(urllib3.PoolManager()) as manager:
                return send(
                    manager,
                    "POST",
                    self.url,
                    Deadline(self.seconds),
                    limit=LARGEST_ANSWER,
                    headers=headers,
                    body=body,
                    shown=self.name,
                )
        except NoAnswer as error:
            reason = str(error).replace(self.url, "its address")
            raise NoticeError(f"{self.name} {reason}", "check that it runs and can be reached") from None
