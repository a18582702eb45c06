"""The harness' repository on the forge: models, charts and environments, changed by people as people do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from github import GithubException
from harness import certificates, environments, forge, images, prometheus, registry
from harness.run import CommandFailed, Run
from harness.wait import NotYet, until

from sluicegate.embedded.demo.author import TEAM, Author, copy_model
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.command import CommandFailed as GitFailed

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

CHECKOUT = Path(__file__).parents[3]
DEMO = CHECKOUT / "embedded" / "demo" / "material"
PUSHES = 20
"""How often a change is made again because the gate pushed in between."""
CONFLICT = 409
"""What a forge answers to a merge where main has moved meanwhile."""
ENVIRONMENTS = ("dev", "staging", "production-eu", "production-us")
"""In the order in which a version passes them."""
FIRST = {"flight-delay": DEMO / "flight-delay" / "v1", "digits": DEMO / "digits" / "v1"}
"""Each model's first version; its files over those of the checkout's `models/NAME`."""
VERSIONS = {
    ("flight-delay", 1): DEMO / "flight-delay" / "v1",
    ("flight-delay", 2): CHECKOUT / "models" / "flight-delay",
    ("flight-delay", 3): DEMO / "flight-delay" / "v3",
    ("digits", 1): DEMO / "digits" / "v1",
    ("digits", 2): CHECKOUT / "models" / "digits",
}


@dataclass(frozen=True)
class Team:
    """The people: their clone, their branches and pull requests, all in the name of the team's account."""

    run: Run

    @property
    def checkout(self) -> Path:
        """Where their clone is."""
        return self.run.root / "team"

    @property
    def clone(self) -> Clone:
        """Their clone, created where it is missing."""
        if (self.checkout / ".git").is_dir():
            return Clone(self.checkout, TEAM)
        return Clone.create(self.checkout, TEAM, forge.git_url(self.run, forge.TEAM))

    def author(self) -> Author:
        """The clone as the demonstration's author works on it."""
        return Author(self.clone, forge.hub(self.run, forge.TEAM))

    def merge(self, branch: str, title: str, change: Callable[[Path], None], body: str = "") -> str:
        """Open a pull request with `change` made to the files and merge it; returns the merge commit."""
        pull = self.propose(branch, title, change, body)

        def merged() -> str:
            try:
                return str(pull.merge(sha=pull.head.sha).sha)
            except GithubException as error:
                if error.status != CONFLICT:
                    raise
                raise NotYet(str(error)) from error

        return until(f"{branch} to be merged between two commits of the gate", merged, 30)

    def propose(self, branch: str, title: str, change: Callable[[Path], None], body: str = "") -> PullRequest:
        """Open a pull request with `change` made to the files of today's main."""
        return self.author().propose(branch, title, body or "See the model card.", change)

    def release(self, model: str, version: int) -> str:
        """Merge the files of a model's version; returns the merge commit, the release's revision."""
        branch, title = f"{model}-v{version}", f"{model}: version {version}"
        return self.merge(branch, title, lambda at: place(model, version, at / "models" / model))

    def revision(self, model: str, version: int) -> str:
        """A commit that has a version's files: one of main, else the head of an open pull request."""
        self.clone.git("fetch", "--quiet", "origin", "main")
        path = f"models/{model}/model.yaml"
        for commit in self.clone.git("log", "--format=%H", "origin/main", "--", path).split():
            if f"version: {version}" in self.clone.git("show", f"{commit}:{path}"):
                return commit
        branch, title = f"{model}-v{version}-open", f"{model}: version {version}, not merged"
        if known := self.clone.git("ls-remote", "origin", f"refs/heads/{branch}"):
            return known.split()[0]
        pull = self.propose(branch, title, lambda at: place(model, version, at / "models" / model))
        return str(pull.head.sha)

    def commit(self, message: str, change: Callable[[Path], None]) -> str:
        """Change files and push straight to main; returns main's commit, a new one if anything changed."""
        for left in reversed(range(PUSHES)):
            self.clone.git("fetch", "--quiet", "origin", "main")
            self.clone.git("checkout", "--quiet", "--force", "-B", "main", "origin/main")
            change(self.checkout)
            self.clone.git("add", "--all")
            if self.clone.git("status", "--porcelain"):
                self.clone.git("commit", "--quiet", "-m", message)
                try:
                    self.clone.git("push", "--quiet", "origin", "main")
                except GitFailed:
                    if not left:
                        raise
                    continue  # the gate was faster: begin again on its commit
            break
        return self.clone.git("rev-parse", "HEAD")


def bare(run: Run) -> Path:
    """The bare repository that all push to."""
    return run.root / "forge" / "data" / forge.OWNER / f"{forge.NAME}.git"


def contains(run: Run, revision: str, commit: str) -> bool:
    """Whether a revision has a commit: Argo CD may have synced a later one, for the gate commits too."""
    if not revision:
        return False
    try:
        run.call(["git", "-C", bare(run), "merge-base", "--is-ancestor", commit, revision], inside=False)
    except CommandFailed:
        return False
    return True


def place(model: str, version: int, target: Path) -> None:
    """Lay a version's files over a model's folder. Raises `KeyError` for a version that does not exist."""
    copy_model(VERSIONS[model, version], target)


def start(run: Run) -> str:
    """Lay the first commit on main; where there is one, bring charts and environments up to the checkout's.

    Returns main's commit.
    """
    team = Team(run)
    author = team.author()
    if team.clone.git("ls-remote", "origin", "refs/heads/main"):
        return team.commit("The charts and environments of the checkout", lambda at: shared(run, at))
    for model, first in FIRST.items():
        copy_model(CHECKOUT / "models" / model, author.checkout / "models" / model)
        copy_model(first, author.checkout / "models" / model)
    shutil.copy(CHECKOUT / "models" / "model.schema.json", author.checkout / "models")
    shared(run, author.checkout)
    return author.push_main("Two models, and the environments that serve them")


def shared(run: Run, checkout: Path) -> None:
    """Push the serving chart, and write what takes it as the commands do; releases stay as they are."""
    chart = registry.push(run, CHECKOUT / "charts" / "onnx-serving")
    place = environments.Place(
        prometheus=prometheus.address(run),
        artifacts=forge.raw_url(run),
        server=images.loaded(run)["onnx-server"].partition("@")[2],
        node=run.node,
        chart=f"{chart['repository']}:{chart['version']}",
        authority=certificates.file(run, "ca.crt"),
    )
    environments.write(checkout, place, run.root / "environments")
