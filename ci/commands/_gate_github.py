"""Where the gate asks for verdicts that are not recorded: a repository on GitHub, and whose word counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sluicegate.gate.daemon.verdicts import VerdictSource

F = TypeVar("F", bound=Callable[..., Any])
TOKENS = ("SLUICE_TOKEN", "GITHUB_TOKEN")


def github_options(function: F) -> Callable[..., Any]:
    """`--github` and `--api`, as `github`: None, or the repository and its API's address."""

    @wraps(function)
    def located(*, github: str | None, api: str, **options: Any) -> Any:
        return function(github=None if github is None else (github, api), **options)

    with_options: Callable[..., Any] = located
    for option in (
        click.option(
            "--api",
            metavar="URL",
            envvar="SLUICE_API",
            default="https://api.github.com",
            show_default=True,
            help="GitHub's REST API.",
        ),
        click.option(
            "--github",
            metavar="OWNER/REPO",
            envvar="SLUICE_GITHUB",
            show_envvar=True,
            help="Take commit statuses of this repository as verdicts, written by the accounts in SLUICE_BOT "
            "(numbers or logins, comma between) [default: github-actions[bot]], and tell each release in the "
            "pull request that brought its version.",
        ),
    ):
        with_options = option(with_options)
    return with_options


def verdict_sources(github: tuple[str, str] | None, *, in_background: bool = False) -> list[VerdictSource]:
    """Who is asked beside the records: GitHub where it is named. Raises InputError."""
    if github is None:
        return []
    from sluicegate.gate.adapters.github_api import GitHubRepository
    from sluicegate.gate.daemon.github_verdicts import ACTIONS_BOT, GitHubVerdicts

    name, api = github
    token = next((os.environ[one] for one in TOKENS if os.environ.get(one)), None)
    named = [one.strip() for one in os.environ.get("SLUICE_BOT", "").split(",")]
    accounts = [one for one in named if one] or [ACTIONS_BOT]
    return [GitHubVerdicts(GitHubRepository(name, api, token), accounts, in_background=in_background)]
