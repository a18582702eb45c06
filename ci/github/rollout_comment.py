"""After the merge: the gate tells the rollout in the pull request's one comment, in labels and deployments.

It is an announcer of the gate's daemon, called on a thread of its own. What it writes it reads first, so that
a word that arrived although its answer was lost is not said twice.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from github import GithubException, UnknownObjectException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from sluicegate.ci.github.client import Client, answered, asks_to_wait, commit, is_locked
from sluicegate.ci.github.comment import edit_comment
from sluicegate.ci.github.deployments import Deployments
from sluicegate.ci.github.rollout_labels import labels_of, put_labels
from sluicegate.ci.report.comment_body import parse
from sluicegate.ci.report.rollout.told import Releases, fold
from sluicegate.gate.daemon.announce import Announcement

logger = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds at least between two edits about one release."""
MOST_AN_HOUR = 300
"""Edits without a decision in them; GitHub takes 500 writes of content an hour from one account."""
HOUR = 3600.0
PATIENCE = 600.0
"""Seconds in which GitHub is asked again for the pull request of a commit that it knew none of."""


class RolloutComment:
    """Tells each release in the pull request that its version came with; see `Announcer`.

    `name_with_owner` is `OWNER/NAME`. Of a version that was pushed without a pull request only deployments
    and statuses are written.
    """

    name = "github"

    def __init__(
        self,
        client: Client,
        name_with_owner: str,
        *,
        branch: str = "main",
        every: float = EVERY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.every = every
        self._client = client
        self._name = name_with_owner
        self._branch = branch
        self._monotonic = monotonic
        self._edits: deque[float] = deque(maxlen=MOST_AN_HOUR)
        self._refused: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        """Know nothing of GitHub: a repository that was renamed or transferred has other addresses."""
        self._repository: Repository | None = None
        self._pulls: dict[str, tuple[PullRequest | None, float]] = {}
        """By revision: its pull request, or that there was none at that moment."""
        self._comments: dict[int, IssueComment] = {}
        self._labelled: dict[int, dict[str, str]] = {}
        """By pull request: the labels that it was given last."""
        self._deployments = Deployments(self._client)

    def announce(self, news: Sequence[Announcement]) -> None:
        """Fold the news into the comment, labels, deployments and statuses. Raises GitHubError."""
        with answered(self._name, "write pull requests, deployments and statuses"):
            repository = self._connected()
            pull = self._pull(repository, news[-1].version.revision)
            if pull is not None:
                self._tell_unless_locked(repository, pull, news)
            with self._optional("deployments and statuses"):
                self._deployments.tell(repository, news)

    def _tell_unless_locked(
        self, repository: Repository, pull: PullRequest, news: Sequence[Announcement]
    ) -> None:
        """A conversation that people locked keeps nothing else back; said once in the log."""
        try:
            self._tell(repository, pull, news)
        except GithubException as error:
            if not is_locked(error):
                raise
            where = f"{self._name}#{pull.number}"
            if where not in self._refused:
                logger.warning("%s: no comment: the conversation is locked", where)
            self._refused.add(where)

    @contextmanager
    def _optional(self, what: str) -> Iterator[None]:
        """Where the token may not write it, the comment says it all the same; said once in the log."""
        try:
            yield
        except GithubException as error:
            if error.status not in (403, 404, 422) or asks_to_wait(error):
                raise
            if what not in self._refused:
                logger.warning("%s: no %s: GitHub answered %s", self._name, what, error.status)
            self._refused.add(what)

    def _connected(self) -> Repository:
        known = self._repository
        if known is not None:
            # GitHub leads readers to a new address, and writers not: to them PyGithub calls it a success.
            address = known.url
            self._client.attempt(known.update)
            if known.url == address:
                return known
            logger.info("%s is %s by now", self._name, known.full_name)
            self._forget()
        self._repository = self._client.attempt(lambda: self._client.github.get_repo(self._name))
        return self._repository

    def _pull(self, repository: Repository, revision: str) -> PullRequest | None:
        """The merged pull request of a commit; None where it came without one."""
        known, at = self._pulls.get(revision, (None, -PATIENCE))
        if known is not None or self._monotonic() - at < PATIENCE:
            return known
        pulls = self._client.attempt(lambda: list(commit(repository, revision).get_pulls()))
        merged = [pull for pull in pulls if pull.merged_at is not None and pull.base.ref == self._branch]
        # A commit can be in several: that which became this very commit is the one that brought the version.
        merged.sort(key=lambda pull: (pull.merge_commit_sha != revision, -pull.number))
        found = merged[0] if merged else None
        if found is None:
            logger.info("%s: no merged pull request brought %s", self._name, revision[:12])
        self._pulls[revision] = found, self._monotonic()
        return found

    def _tell(self, repository: Repository, pull: PullRequest, news: Sequence[Announcement]) -> None:
        body = parse(self._body(pull))
        releases = fold(body.releases, news)
        if releases == body.releases:
            self._label(repository, pull, releases)
            return
        if self._over_budget() and not any(one.decided for one in news):
            logger.info(
                "%s: over %d edits in an hour, news without a decision wait", self._name, MOST_AN_HOUR
            )
            return
        web = repository.html_url
        told: Releases = {}

        def write(text: str) -> str:
            nonlocal told
            before = parse(text)
            told = fold(before.releases, news)
            return before.text() if told == before.releases else before.with_releases(told, web).text()

        self._comments[pull.number] = edit_comment(self._client, pull, write)
        self._edits.append(self._monotonic())
        self._label(repository, pull, told)

    def _label(self, repository: Repository, pull: PullRequest, releases: Releases) -> None:
        """Give the labels; also those that a failure kept back when the words had arrived already."""
        wanted = labels_of(releases)
        if self._labelled.get(pull.number) == wanted:
            return
        with self._optional("labels"):
            put_labels(self._client, repository, pull, releases)
        self._labelled[pull.number] = wanted

    def _body(self, pull: PullRequest) -> str:
        """The comment as it is now; one that did not change costs nothing, by its ETag."""
        known = self._comments.get(pull.number)
        if known is None:
            return ""
        try:
            self._client.attempt(known.update)
        except UnknownObjectException:
            del self._comments[pull.number]
            return ""
        return known.body

    def _over_budget(self) -> bool:
        full = len(self._edits) == MOST_AN_HOUR
        return full and self._monotonic() - self._edits[0] < HOUR
