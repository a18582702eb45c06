"""A CloudEvent 1.0: what happened, once, with an id that is the same each time it is told.

The few attributes are written here: the SDK `cloudevents` brings three packages for the one dictionary that
the structured JSON mode needs. A test holds each event against the specification's own schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True)
class Event:
    """One notice; `summary` says it in a line of text, `details` in a few more, for people."""

    source: str
    """A URI: the repository that it is about."""
    type: str
    subject: str
    time: datetime
    identity: tuple[str, ...]
    """What it is the notice of: two with the same are the same notice, told twice."""
    data: Mapping[str, Any]
    summary: str
    details: tuple[str, ...] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Further attributes, for routers that filter by attributes alone: lower-case letters and digits."""
    for_people: bool = True
    """Whether it is worth a message in a chat."""

    @property
    def id(self) -> str:
        """128 bits in hexadecimal digits, as long as receivers keep them."""
        text = "\0".join((self.source, self.type, *self.identity))
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]

    def structured(self) -> bytes:
        """The event in the structured mode of CloudEvents' JSON format, in ASCII alone."""
        attributes = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            **self.extensions,
            "data": self.data,
        }
        return json.dumps(attributes, allow_nan=False).encode()
