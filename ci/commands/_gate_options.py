"""What the commands of the gate have in common: each list of options is one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.ci.commands._notify_options import Notify, notify_options

if TYPE_CHECKING:
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.daemon.announce import Announcer

_NAME_WITH_OWNER = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Selection:
    """The models and environments that a command is for; all where none is named."""

    models: Sequence[str]
    environments: Sequence[str]

    def only(self, environment: str, model: str) -> bool:
        """Whether this release is selected."""
        return (not self.models or model in self.models) and (
            not self.environments or environment in self.environments
        )

    def require(self, repository: Repository, branch: str) -> None:
        """Refuse names that the branch does not have. Raises InputError for the first one, GitError."""
        from sluicegate.gate.daemon import reconcile

        reconcile.require(repository, self.environments, self.models, branch)


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`[MODEL]...` and `--env`, as `selection`."""

    @wraps(function)
    def selected(*, models: tuple[str, ...], environments: tuple[str, ...], **options: Any) -> Any:
        return function(selection=Selection(models, environments), **options)

    option = click.option(
        "--env", "environments", multiple=True, metavar="ENV", help="Only this environment; repeatable."
    )
    return click.argument("models", nargs=-1, metavar="[MODEL]...")(option(selected))


def repository_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name the repository, as `deployed`, and `--json`."""

    @wraps(function)
    def located(*, repo: str | None, branch: str, cache: Path | None, **options: Any) -> Any:
        return function(deployed=Deployed(repo, branch, cache), **options)

    with_options: Callable[..., Any] = located
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Keep the local copy in this directory between runs [default: a temporary one].",
        ),
        branch_option,
        click.option(
            "--repo",
            metavar="URL_OR_PATH",
            envvar="SLUICE_REPO",
            show_envvar=True,
            help="The repository to read and push to [default: the current directory's origin].",
        ),
    ):
        with_options = option(with_options)
    return with_options


def branch_option(function: F) -> F:
    """The branch that the gate reads and writes."""
    return click.option(
        "--branch",
        envvar="SLUICE_BRANCH",
        show_envvar=True,
        default="main",
        show_default=True,
        help="The branch that is deployed.",
    )(function)


def signing_option(function: F) -> F:
    """The key that signs the evidence."""
    return click.option(
        "--signing-key",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Sign the evidence with this private key (PEM: Ed25519, or ECDSA on P-256) "
        "[default: the key in SLUICE_SIGNING_KEY; without either it is not signed].",
    )(function)


def telling_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Who is told what the gate decides, and asked for verdicts, as `telling`."""

    @notify_options
    @wraps(function)
    def told(*, github: str | None, api: str, notify: Notify, **options: Any) -> Any:
        return function(telling=Telling(github, api, notify), **options)

    option = click.option(
        "--github",
        metavar="OWNER/REPO",
        envvar="SLUICE_GITHUB",
        show_envvar=True,
        help="Take commit statuses there as verdicts, if an account in SLUICE_JUDGES wrote them, and check "
        "runs of an App that it names (`app:NUMBER`). Where the command tells: each release in the pull "
        "request that brought its version, in labels, deployments and commit statuses. The token is in "
        "SLUICE_TOKEN or GITHUB_TOKEN.",
    )
    return option(
        click.option(
            "--api",
            metavar="URL",
            envvar="GITHUB_API_URL",
            default="https://api.github.com",
            show_default=True,
            help="GitHub's API, for --github.",
        )(told)
    )


@dataclass(frozen=True)
class Telling:
    """Who is told what the gate decides."""

    github: str | None
    api: str
    notify: Notify

    def announcers(self, deployed: Deployed) -> list[Announcer]:
        """Those that are named.

        Raises GitHubError without a token, UsageError for a name that is none, InputError for an address of
        notices that is none.
        """
        return [*self._comments(deployed.branch), *self._notices(deployed)]

    def _notices(self, deployed: Deployed) -> list[Announcer]:
        receivers = self.notify.receivers()
        if not receivers:
            return []
        from sluicegate.ci.notices.source import source_of
        from sluicegate.ci.notices.telling import Notices

        source = source_of(deployed.address())
        return [Notices(receiver, source) for receiver in receivers]

    def _comments(self, branch: str) -> list[Announcer]:
        if self.github is None:
            return []
        from sluicegate.ci.github.client import connect, token
        from sluicegate.ci.github.rollout_comment import RolloutComment

        if not _NAME_WITH_OWNER.fullmatch(self.github):
            raise click.UsageError(f"--github {self.github!r} is not a repository; write OWNER/REPO")
        return [RolloutComment(connect(self.api, token()), self.github, branch=branch)]


def person_options(function: F) -> F:
    """Who commands it, and why."""
    named = click.option(
        "--as",
        "named",
        metavar="NAME",
        help="Whose command it is [default: the forge's user in CI, else git's identity].",
    )
    reason = click.option("--reason", required=True, metavar="TEXT", help="Why; recorded in the commit.")
    return reason(named(function))


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
