"""Who may command what: one table, and one function that reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
"""Roles in a repository, each with what the one before it may do."""
UNOWNED: Role = "maintain"
"""What an owner's command takes where CODEOWNERS names nobody for the path."""


@dataclass(frozen=True)
class Right:
    """What a command takes."""

    least: Role
    owner: bool = False
    """Whether also an owner by the base's CODEOWNERS; GitHub asks at least `write` of one."""
    by_author: bool = True
    """Whether the author of the pull request may: nobody sets their own exam."""
    author_needs: Role | None = None
    """A lower role that does for the author; None: the same."""


RIGHTS: dict[str, Right] = {
    "help": Right("none"),
    "explain": Right("none"),
    "recheck": Right("write", author_needs="none"),
    "hold": Right("write"),
    "rollback": Right("write"),
    "approve": Right("write", owner=True),
    "override": Right("write", owner=True, by_author=False),
    "release": Right("write", owner=True),
    "promote": Right("write", owner=True),
    "hotfix": Right("write", owner=True),
    "retry": Right("write", owner=True),
}
"""By command. What stops traffic takes less than what sends it on."""
RELEASE_RIGHTS: Mapping[str, Right] = RIGHTS | {"approve": Right("write", owner=True, by_author=False)}
"""The same on a merged pull request: its author lets no step of the release go on."""
BEFORE_MERGE = ("recheck", "approve", "override", "explain", "help")
AFTER_MERGE = ("approve", "hold", "release", "promote", "rollback", "hotfix", "retry", "explain", "help")
WITHOUT_MERGE = ("explain", "help")
"""What makes sense on a pull request that is open, merged, or closed unmerged."""


@dataclass(frozen=True)
class Standing:
    """Who somebody is, to what the command is about."""

    login: str
    role: Role
    author: bool
    """Whether they wrote the pull request."""
    owns_as: tuple[str, ...]
    """The owners of CODEOWNERS that they are."""
    owners: tuple[str, ...]
    """All owners that CODEOWNERS names for it; none where it names nobody."""
    unknown: tuple[str, ...] = ()
    """Owners of which nobody could say whether they are one: teams that cannot be read, addresses."""


def refusal(right: Right, who: Standing) -> str | None:
    """Why somebody has not this right; None where they have it."""
    if who.author and not right.by_author:
        return f"@{who.login} is the author, and nobody sets their own exam"
    least = right.author_needs if who.author and right.author_needs else right.least
    if right.owner and not who.owners:
        least = UNOWNED
    if not reaches(who.role, least):
        return f"it takes the role {least} here, and @{who.login} has {who.role}"
    if right.owner and who.owners and not who.owns_as:
        named = ", ".join(who.owners)
        words = f"it takes an owner, as CODEOWNERS names them ({named}), and @{who.login} is none"
        if who.unknown:
            words += f" (whether they belong to {', '.join(who.unknown)} could not be asked)"
        return words
    return None


def reaches(role: Role, least: Role) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(least)
