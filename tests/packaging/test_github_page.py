"""The installation of docs/github.md: the page's own commands, from the wheel, in an empty repository."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from github import Auth, Github, GithubException
from github.Repository import Repository
from support.environments import CLEAN, ROOT, Environment
from support.repositories import git

from sluicegate.embedded.forge import Forge, Token

NAME = "octo/models"
"""The repository of the page."""
OCTO = Token("octo", "octo-secret", "admin", 7)
MONA = Token("mona", "mona-secret", "write", 9)
GATE = Token("sluice-gate[bot]", "app-secret", "write", 4711)
"""The App, whose id is the page's."""
WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Octo"), ("EMAIL", "octo@example.org"))
}
REVIEW = "sluice: judged and approved"
_PART = re.compile(r"^## Installation in five minutes\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    """Each command of the page, and what the page says that it prints."""
    (part,) = _PART.findall((ROOT / "docs/github.md").read_text(encoding="utf-8"))
    return [found for block in _BLOCK.findall(part) for found in _COMMAND.findall(block)]


@dataclass
class Person:
    """Somebody with a clone, and the programs of the environment that the wheel was installed in."""

    clone: Path
    environment: Environment
    forge: Forge

    def type(self, command: str, code: int = 0) -> str:
        """What a command of the page prints, whose token is octo's."""
        path = f"{self.environment.directory / 'bin'}{os.pathsep}{os.environ['PATH']}"
        typed = command.replace("SLUICE_TOKEN=...", f"SLUICE_TOKEN={OCTO.secret}")
        done = subprocess.run(
            ["bash", "-c", typed], cwd=self.clone,
            env={**CLEAN, **WHO, "PATH": path, "GITHUB_API_URL": self.forge.api}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def push(self, branch: str, message: str) -> None:
        """Commit everything, and push it as a branch."""
        git("add", "--all", cwd=self.clone)
        git("commit", "--quiet", f"--message={message}", cwd=self.clone)
        git("push", "--quiet", self.forge.git_url("octo", "models", OCTO), f"HEAD:{branch}", cwd=self.clone)


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    with Forge(tmp_path / "forge", [OCTO, MONA, GATE]) as running:
        yield running


def github(forge: Forge, who: Token) -> Github:
    return Github(
        base_url=forge.api, auth=Auth.Token(who.secret), retry=None, seconds_between_requests=0,
        seconds_between_writes=0,
    )  # fmt: skip


def rulesets(hosted: Repository) -> dict[str, str]:
    """By name: the address of each."""
    _, listed = hosted.requester.requestJsonAndCheck("GET", f"{hosted.url}/rulesets")
    return {one["name"]: f"{hosted.url}/rulesets/{one['id']}" for one in listed}


def take_the_owners_review_away(hosted: Repository) -> None:
    address = rulesets(hosted)[REVIEW]
    _, ruleset = hosted.requester.requestJsonAndCheck("GET", address)
    (rule,) = [one for one in ruleset["rules"] if one["type"] == "pull_request"]
    rule["parameters"]["require_code_owner_review"] = False
    hosted.requester.requestJsonAndCheck("PUT", address, input={"rules": ruleset["rules"]})


def test_the_page_installs_it_in_an_empty_repository(
    installed: Environment, forge: Forge, tmp_path: Path
) -> None:
    (init, written), (protect, compared), (apply, _) = shown()
    hosted = github(forge, OCTO).get_user().create_repo(NAME.partition("/")[2])
    person = Person(tmp_path / "models", installed, forge)
    person.clone.mkdir()
    person.type("sluice init")
    person.push("main", "Begin")

    assert person.type(init) == written
    person.push("install", "Judge pull requests")
    pull = hosted.create_pull(base="main", head="install", title="Judge pull requests", body="")
    pull.merge()

    assert person.type(protect, code=1).count("create  sluice: ") == 3
    assert rulesets(hosted) == {}
    assert person.type(apply).endswith(f"{NAME}: 3 of 3 rulesets changed\n")
    assert person.type(protect).endswith(f"{NAME}: protected as declared\n")
    take_the_owners_review_away(hosted)
    assert person.type(protect, code=1) == compared
    assert person.type(apply).endswith(f"{NAME}: 1 of 3 rulesets changed\n")

    (person.clone / "models/README.md").write_text("More.\n", encoding="utf-8")
    person.push("more", "More")
    pull = hosted.create_pull(base="main", head="more", title="More", body="")
    with pytest.raises(GithubException, match="rule violations") as refused:
        github(forge, MONA).get_repo(NAME).get_pull(pull.number).merge()
    assert refused.value.status == 405
