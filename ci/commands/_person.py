"""Whose command it is: a decision of a person carries their name."""

from __future__ import annotations

import os
from pathlib import Path

from sluicegate.specs.yamlio import InputError

LONGEST = 200
"""Characters of a name, as a trailer of the commit takes it."""
FORGES = (("GITHUB_ACTIONS", "GITHUB_ACTOR"), ("GITLAB_CI", "GITLAB_USER_LOGIN"))
"""What says that a forge runs this, and whose doing it is there."""


def person(named: str | None) -> str:
    """The name that was given, else the forge's user in its CI, else git's identity here.

    In CI git's identity is a robot's. Raises InputError where there is none.
    """
    from sluicegate.gate.adapters.git.identity import identity

    name = named or _forge_user() or identity(Path())
    name = " ".join((name or "").split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise InputError.of(
            "a person's command is recorded with a name of one line, and there is none",
            'set `git config user.name` and `user.email`, or name yourself: --as "Olga <olga@example.org>"',
        )
    return name


def _forge_user() -> str | None:
    for forge, user in FORGES:
        if os.environ.get(forge) and os.environ.get(user):
            return f"@{os.environ[user]}"
    return None
