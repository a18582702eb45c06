"""Labels of a pull request that say where its releases are: one for each environment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from sluicegate.ci.github.client import Client
from sluicegate.ci.report.rollout.told import Releases

MOST_CHARACTERS = 50
"""Of a label's name, as GitHub takes it."""
COLOURS: Mapping[str, str] = {
    "rolled back": "b60205",
    "held": "fbca04",
    "waiting": "fef2c0",
    "running": "1d76db",
    "ended": "bfbfbf",
    "stable": "0e8a16",
}
"""By stage, the one that a person must see first: of several releases in an environment it is the label's."""


def labels_of(releases: Releases) -> dict[str, str]:
    """By environment, in their order: the label's name."""
    stages: dict[str, list[str]] = {}
    for one in releases.values():
        stages.setdefault(one.environment, []).append(one.stage)
    rank = list(COLOURS).index
    return {name: _label(name, min(found, key=rank)) for name, found in stages.items()}


def _label(environment: str, stage: str) -> str:
    return f"{environment[: MOST_CHARACTERS - 2 - len(stage)]}: {stage}"


def put_labels(client: Client, repository: Repository, pull: PullRequest, releases: Releases) -> None:
    """Give the pull request these labels, and take away those of the same environments that are past."""
    wanted = labels_of(releases)
    there = client.attempt(lambda: [label.name for label in pull.get_labels()])
    ours = {_label(environment, stage) for environment in wanted for stage in COLOURS}
    for name in set(wanted.values()) - set(there):
        _create(client, repository, name)
        client.attempt(partial(pull.add_to_labels, name))
    for name in (ours & set(there)) - set(wanted.values()):
        client.attempt(partial(_remove, pull, name))


def _create(client: Client, repository: Repository, name: str) -> None:
    """The repository's label, where there is none of that name yet."""
    colour = COLOURS[name.rpartition(": ")[2]]

    def create() -> None:
        try:
            repository.create_label(name, colour, "Where the gate's release is")
        except GithubException as error:
            # 422: it is there already.
            if error.status != 422:
                raise

    client.attempt(create)


def _remove(pull: PullRequest, name: str) -> None:
    try:
        pull.remove_from_labels(name)
    except GithubException as error:
        # 404, "Label does not exist": it was taken away already, by somebody or by an attempt of ours whose
        # answer was lost.
        if error.status != 404:
            raise
