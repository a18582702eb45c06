"""A release as GitHub tells it by itself: a deployment with statuses, and a commit status an environment.

The commit status `sluice/ENVIRONMENT` is on the commit that brought the version and on each of the gate's
decisions: what Kargo and GitOps Promoter wait for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from github.Deployment import Deployment
from github.Repository import Repository

from sluicegate.ci.github.client import Client, commit
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.daemon.announce import Announcement

DESCRIPTION = 140
"""Characters that GitHub takes."""
MOST_KNOWN = 5000
State = Literal["in_progress", "queued", "success", "failure", "inactive"]
_DEPLOYED: Mapping[str, State] = {
    "waiting": "queued",
    "running": "in_progress",
    "held": "in_progress",
    "stable": "success",
    "rolled back": "failure",
    "ended": "inactive",
}
_COMMITTED: Mapping[str, str] = {
    "waiting": "pending",
    "running": "pending",
    "held": "pending",
    "stable": "success",
    "rolled back": "failure",
    "ended": "failure",
}
_WORST_FIRST = ("rolled back", "ended", "held", "waiting", "running", "stable")
"""Several models can come with one commit, and have one status in an environment together."""


@dataclass(frozen=True)
class _Place:
    """Where a deployment is: one model's in an environment, of one commit."""

    environment: str
    task: str
    revision: str


class Deployments:
    """Writes deployments and statuses: only where something changed, and never the same twice in a row."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._deployments: dict[_Place, Deployment] = {}
        self._said: dict[object, tuple[str, str]] = {}
        """By what it was said of: the state and the description."""
        self._of_commit: dict[tuple[str, str], dict[str, Announcement]] = {}
        """By commit and context: each model's newest state; the worst of them is the commit's."""

    def tell(self, repository: Repository, news: Sequence[Announcement]) -> None:
        """The newest state as the deployment's status, and a commit status for each decision."""
        newest = news[-1]
        place = _Place(newest.environment, f"release:{newest.model}"[:128], newest.version.revision)
        if self._is_new(place, newest):
            self._put_deployment(repository, place, newest)
            self._note(place, newest)
        for one in news:
            for sha in dict.fromkeys((one.evaluation.commit, one.version.revision)):
                if sha is not None and (one.decided or one.reminder):
                    self._put_status(repository, sha, one)

    def _is_new(self, about: object, one: Announcement) -> bool:
        return self._said.get(about) != (one.stage, describe(one))

    def _note(self, about: object, one: Announcement) -> None:
        if len(self._said) >= MOST_KNOWN:
            self._said.clear()
            self._deployments.clear()
            self._of_commit.clear()
        self._said[about] = (one.stage, describe(one))

    def _put_deployment(self, repository: Repository, place: _Place, one: Announcement) -> None:
        deployment = self._deployment(repository, place, one)
        state = _DEPLOYED[one.stage]
        description = describe(one)

        def put() -> None:
            newest = next(iter(deployment.get_statuses()), None)
            if newest is None or (newest.state, newest.description) != (state, description):
                deployment.create_status(state, description=description, auto_inactive=False)

        self._client.attempt(put)
        if one.stage == "stable":
            self._retire_former(repository, place)

    def _deployment(self, repository: Repository, place: _Place, one: Announcement) -> Deployment:
        known = self._deployments.get(place)
        if known is not None:
            return known

        def put() -> Deployment:
            there = repository.get_deployments(
                sha=place.revision, task=place.task, environment=place.environment
            )
            for deployment in there:
                return deployment
            return repository.create_deployment(
                place.revision,
                task=place.task,
                auto_merge=False,
                required_contexts=[],
                payload={"model": one.model, "version": one.version.version},
                environment=place.environment,
                description=clean(f"{one.model} version {one.version.version}", DESCRIPTION),
            )

        self._deployments[place] = self._client.attempt(put)
        return self._deployments[place]

    def _retire_former(self, repository: Repository, place: _Place) -> None:
        """The former versions of this model are active no more.

        GitHub's own `auto_inactive` would retire the other models of the environment as well.
        """
        former = self._client.attempt(
            lambda: repository.get_deployments(task=place.task, environment=place.environment).get_page(0)
        )
        for deployment in former:
            if deployment.sha != place.revision:
                self._client.attempt(partial(_retire, deployment))

    def _put_status(self, repository: Repository, sha: str, news: Announcement) -> None:
        context = f"sluice/{news.environment}"
        models = self._of_commit.setdefault((sha, context), {})
        models[news.model] = news
        one = min(models.values(), key=lambda model: _WORST_FIRST.index(model.stage))
        if not self._is_new((sha, context), one):
            return
        state = _COMMITTED[one.stage]
        description = describe(one)

        def put() -> None:
            about = commit(repository, sha)
            there = about.get_combined_status().statuses
            newest = next((status for status in there if status.context == context), None)
            if newest is None or (newest.state, newest.description) != (state, description):
                about.create_status(state, description=description, context=context)

        self._client.attempt(put)
        self._note((sha, context), one)


def _retire(deployment: Deployment) -> None:
    newest = next(iter(deployment.get_statuses()), None)
    if newest is not None and newest.state == "success":
        deployment.create_status("inactive", auto_inactive=False)


def describe(one: Announcement) -> str:
    """`m version 2: running at 5 %`; a state that stays has the same words, so that it is said once."""
    at = f" at {one.weight} %" if one.stage in ("running", "held") else ""
    why = f": {one.evaluation.reason}" if one.stage == "rolled back" else ""
    return clean(f"{one.model} version {one.version.version}: {one.stage}{at}{why}", DESCRIPTION)
