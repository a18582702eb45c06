"""Where the gate asks for verdicts that are not recorded: a repository on GitHub, and whose word counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sluicegate.ci.commands._gate_options import Telling
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.gate.daemon.verdicts import VerdictSource

TOKENS = ("SLUICE_TOKEN", "GITHUB_TOKEN")


def verdict_sources(telling: Telling, *, in_background: bool = False) -> list[VerdictSource]:
    """Who is asked beside the records: GitHub where it is named, by the judges in SLUICE_JUDGES.

    That is: numbers or logins of accounts, whose statuses count, and `app:NUMBER` of an App, whose check runs
    count; a comma between; SLUICE_BOT without it.

    Raises InputError for an invalid name, address or App.
    """
    if telling.github is None:
        return []
    from sluicegate.gate.adapters.github_api import GitHubRepository
    from sluicegate.gate.daemon.github_statements import APP
    from sluicegate.gate.daemon.github_verdicts import ACTIONS_BOT, GitHubVerdicts

    token = next((os.environ[one] for one in TOKENS if os.environ.get(one)), None)
    judges = os.environ.get("SLUICE_JUDGES") or os.environ.get("SLUICE_BOT", "")
    named = [one.strip() for one in judges.split(",")]
    accounts = [one for one in named if one] or [ACTIONS_BOT]
    for one in accounts:
        if one.startswith(APP) and not one.removeprefix(APP).isdecimal():
            raise InputError.of(f"{one!r} names no App", "write its id, as app:4711", where="SLUICE_JUDGES")
    repository = GitHubRepository(telling.github, telling.api, token)
    return [GitHubVerdicts(repository, accounts, in_background=in_background)]
