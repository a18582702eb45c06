"""What may happen in a repository that a webhook tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluicegate.embedded.forge.api_error import Json

if TYPE_CHECKING:
    from sluicegate.embedded.forge.serializers import UrlContext


@dataclass(frozen=True)
class RefsMoved:
    """Refs may have moved; `by` is the login that moved them, None if they were found so."""

    by: str | None


@dataclass(frozen=True)
class PullChanged:
    """A pull was opened, closed, reopened, edited, synchronized, labeled or unlabeled (`action`)."""

    number: int
    action: str
    by: str | None
    label: int | None = None


@dataclass(frozen=True)
class Happened:
    """Anything else: the webhook's name and action, and what its payload has beside repository and sender."""

    name: str
    action: str | None
    by: str
    payload: Callable[[UrlContext], Json]


Event = RefsMoved | PullChanged | Happened
