"""What a command works with, and what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from github.PullRequest import PullRequest
from github.Repository import Repository as Hosted

from sluicegate.ci.github.client import Client
from sluicegate.ci.github.commands.change import Change
from sluicegate.ci.github.commands.event import Comment
from sluicegate.ci.github.commands.people import People
from sluicegate.ci.github.commands.rights import RELEASE_RIGHTS, RIGHTS, Right, Standing
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.sources import Sources, source_of
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon.smoke import SmokeTests
from sluicegate.specs.errors import SluiceError


class Refused(SluiceError):
    """A command that is not carried out; the remedy is what to do instead."""


@dataclass(frozen=True)
class Tools:
    """What does not depend on the comment."""

    client: Client
    repository: Repository
    """The deployed repository."""
    branch: str
    clock: Callable[[], datetime]
    smoke: SmokeTests
    signer: Signer | None = None
    sources: Sources = source_of
    """Where promote and hotfix read figures."""


@dataclass(frozen=True)
class Context:
    """One comment on one pull request."""

    tools: Tools
    comment: Comment
    hosted: Hosted
    pull: PullRequest
    own: int
    """The id of the account that we write as."""
    change: Change
    people: People

    @property
    def merged(self) -> bool:
        """Whether its commands are about a release."""
        return self.change.stage == "merged"

    def right(self, name: str) -> Right:
        """What a command takes here."""
        return (RELEASE_RIGHTS if self.merged else RIGHTS)[name]

    def standing(self, paths: tuple[str, ...]) -> Standing:
        """Who the author of the comment is, to these paths."""
        comment = self.comment
        owners = self.change.owners_of(paths)
        owns_as, unknown = self.people.owns_as(comment.login, owners)
        role = self.people.role(comment.login, comment.user)
        author = comment.user == self.change.author
        return Standing(comment.login, role, author, owns_as, owners, unknown)
