"""Where the gate asks for verdicts that are not recorded: a repository on GitHub, and whose word counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sluicegate.ci.commands._gate_options import Telling

if TYPE_CHECKING:
    from sluicegate.gate.daemon.verdicts import VerdictSource

TOKENS = ("SLUICE_TOKEN", "GITHUB_TOKEN")


def verdict_sources(telling: Telling, *, in_background: bool = False) -> list[VerdictSource]:
    """Who is asked beside the records: GitHub where it is named, by the accounts in SLUICE_JUDGES.

    That is: numbers or logins, a comma between; SLUICE_BOT without it.

    Raises InputError for an invalid name or address.
    """
    if telling.github is None:
        return []
    from sluicegate.gate.adapters.github_api import GitHubRepository
    from sluicegate.gate.daemon.github_verdicts import ACTIONS_BOT, GitHubVerdicts

    token = next((os.environ[one] for one in TOKENS if os.environ.get(one)), None)
    judges = os.environ.get("SLUICE_JUDGES") or os.environ.get("SLUICE_BOT", "")
    named = [one.strip() for one in judges.split(",")]
    accounts = [one for one in named if one] or [ACTIONS_BOT]
    repository = GitHubRepository(telling.github, telling.api, token)
    return [GitHubVerdicts(repository, accounts, in_background=in_background)]
