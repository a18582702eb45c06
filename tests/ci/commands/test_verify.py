"""`sluice verify` on a clone as a stranger makes it: exit codes, words, JSON, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.gate_scene import ENVIRONMENT, RELEASE, Scene
from support.keys import Key
from support.repositories import git
from support.specs import environment_yaml
from support.tampering import KEYS

from sluicegate.ci.__main__ import main

GATE = Key()


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = Scene(tmp_path_factory.mktemp("scene"))
    scene.signer = GATE.signer
    scene.merge({ENVIRONMENT: environment_yaml("production"), KEYS: GATE.public})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.close()
    return scene.bare


@pytest.fixture
def clone(remote: Path, tmp_path: Path) -> Path:
    """A clone whose origin is not there any more: nothing can be fetched."""
    origin = tmp_path / "origin.git"
    shutil.copytree(remote, origin)
    git("clone", "--quiet", f"file://{origin}", "clone", cwd=tmp_path)
    origin.rename(tmp_path / "away.git")
    return tmp_path / "clone"


def run(clone: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--repo", str(clone), *words])


def test_a_sound_clone(clone: Path):
    result = run(clone)
    assert result.exit_code == 0, result.output
    assert "decided again with the same result" in result.output
    assert result.output.endswith("Everything is as it says.\n")


def test_as_data(clone: Path):
    result = run(clone, "--json")
    report = json.loads(result.output)
    assert report["sound"] is True
    assert report["decisions"] == report["replayed"] == report["signed"] > 1
    assert report["main"] == git("rev-parse", "origin/main", cwd=clone)


def test_the_first_thing_that_is_not_as_it_says_is_named_with_what_to_do(clone: Path):
    file = clone / RELEASE
    file.write_text(file.read_text().replace("weight: 100", "weight: 50"))
    git("commit", "--quiet", "--all", "-m", "By hand", cwd=clone)
    sha = git("rev-parse", "HEAD", cwd=clone)
    git("update-ref", "refs/remotes/origin/main", sha, cwd=clone)
    result = run(clone)
    assert result.exit_code == 1
    assert f"not as it says: {sha[:12]}, a commit by Olga, changes {RELEASE}" in result.output
    assert f"commit: {sha}\n" in result.output and f"file: {RELEASE}\n" in result.output
    assert "→ revert it, or let a person adopt it" in result.output
    (finding,) = json.loads(run(clone, "--json").output)["findings"]
    assert (finding["kind"], finding["commit"], finding["file"]) == ("no-decision", sha, RELEASE)


@pytest.mark.parametrize("how", ["file", "environment"])
def test_what_sluice_gate_signs_is_accepted(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production"), KEYS: GATE.public})
    scene.merge_version(1)
    file = tmp_path / "gate.key"
    file.write_bytes(GATE.private)
    option = ["--signing-key", str(file)] if how == "file" else []
    if how == "environment":
        monkeypatch.setenv("SLUICE_SIGNING_KEY", GATE.private.decode())
    person = ["m", "--env", "production", "--reason", "the sale", "--as", "Olga <olga@example.org>"]
    for words in (["tick"], ["hold", *person]):
        done = CliRunner().invoke(main, ["gate", *words, "--repo", str(scene.bare), *option])
        assert done.exit_code == 0, done.output
    report = json.loads(run(scene.bare, "--json", "--require-signature").output)
    assert (report["sound"], report["decisions"], report["signed"]) == (True, 2, 2)


def test_a_key_that_cannot_sign_is_named_and_nothing_is_decided(tmp_path: Path):
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    file = tmp_path / "gate.key"
    file.write_bytes(GATE.encrypted)
    words = ["gate", "tick", "--repo", str(scene.bare), "--signing-key", str(file)]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, f"the key of {file} is encrypted" in done.output) == (1, True)
    assert scene.decisions() == []


def test_a_bare_repository_is_verified_by_its_own_branches(remote: Path):
    assert run(remote).exit_code == 0


def test_a_linked_work_tree_is_verified_as_its_clone(clone: Path):
    git("worktree", "add", "--quiet", "../linked", cwd=clone)
    assert run(clone.parent / "linked").exit_code == 0


def test_only_the_keys_that_are_named_are_trusted(clone: Path, tmp_path: Path):
    stranger = tmp_path / "stranger.pub"
    stranger.write_bytes(Key().public)
    own = tmp_path / "gate.pub"
    own.write_bytes(GATE.public)
    assert run(clone, "--key", str(stranger)).exit_code == 1
    assert run(clone, "--key", str(stranger), "--key", str(own)).exit_code == 0


@pytest.mark.parametrize("option", ["--depth=1", "--filter=blob:none"])
def test_a_clone_that_lacks_objects_is_refused(option: str, remote: Path, tmp_path: Path):
    git("config", "uploadpack.allowFilter", "true", cwd=remote)
    git("clone", "--quiet", option, f"file://{remote}", "part", cwd=tmp_path)
    result = run(tmp_path / "part")
    assert result.exit_code == 1
    assert "git clone without --depth, --filter" in result.output


def test_what_cannot_be_verified_is_named(clone: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert "is in no git repository; name a clone with --repo" in run(tmp_path / "empty").output
    assert "is not a directory; name a directory with --repo" in run(tmp_path / "absent").output
    (tmp_path / "empty" / ".git").write_text("gitdir: gone\n")
    assert "or name a clone with --repo" in run(tmp_path / "empty").output
    assert "no branch 'production'" in run(clone, "--branch", "production").output
    result = run(clone, "--key", str(tmp_path / "absent.pub"))
    assert (result.exit_code, "absent.pub cannot be read" in result.output) == (1, True)
