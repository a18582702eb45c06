"""What a person asks of the gate, as data, so that its evidence can be replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sluicegate.specs.errors import SluiceError

CommandName = Literal["hold", "release", "promote", "hotfix", "rollback", "retry", "adopt", "approve"]
FROM_ANY_STATE = ("hotfix", "rollback", "adopt")
"""Commands that work on a release.yaml that people edited by hand."""


class CommandError(SluiceError):
    """The command makes no sense for this release; the remedy is what to do instead."""


@dataclass(frozen=True)
class Command:
    """What a person requests, and why."""

    name: CommandName
    reason: str
    to: int | None = None
    """promote: the weight in percent; the next step when left out."""
    version: int | None = None
    """retry: the rejected version. hotfix: the merged one. rollback: the one to go back to."""
    by: str | None = field(default=None, metadata={"optional": True})
    """Who gives it: a name and an e-mail address, or a user of the forge; None where that is not known."""


def one_line(reason: str) -> str:
    """The reason in one line. Raises CommandError when it is empty."""
    reason = " ".join(reason.split())
    if not reason:
        raise CommandError("A command without a reason is not recorded", "say why")
    return reason
