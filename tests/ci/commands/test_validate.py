"""`sluice validate` of names and checks, and what it says of bad input."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.validating import LIGHT, by_check, judged

from sluicegate.validators.runner import registry
from sluicegate.validators.runner.registry import checks


def test_a_model_by_name(sluice, work) -> None:
    data = judged(sluice, work, "tiny", *LIGHT)
    assert data["models"] == {"tiny": "pass"}
    assert not data["complete"]
    assert by_check(data)["spec-valid"]["verdict"] == "pass"


@pytest.mark.parametrize("name", ["models/tiny", "models/tiny/", "./models/tiny"])
def test_a_name_as_a_shell_completes_it(sluice, work, name) -> None:
    assert list(judged(sluice, work, name, *LIGHT)["models"]) == ["tiny"]


def test_every_check_has_a_finding(sluice, work) -> None:
    """The whole registry, children included, on the tiny model."""
    result = sluice("validate", "-C", work.root, "--all", "--format", "json")
    data = json.loads(result.stdout)
    assert {finding["check"] for finding in data["findings"]} == set(checks())
    assert by_check(data)["onnx-signature"]["verdict"] == "pass"


@pytest.mark.parametrize("id", [id for id, check in checks().items() if check.scope != "model"])
def test_a_check_of_environments_or_of_the_repository_runs_alone(sluice, work, id) -> None:
    data = judged(sluice, work, "--all", "--check", id)
    assert data["notes"] == [f"partial: only {id} was run"]
    run = {f["check"] for f in data["findings"] if not f["message"].startswith("not run:")}
    assert run == {id}


def test_one_check_of_a_model_runs_none_of_the_environments(sluice, work) -> None:
    """What the note says is what was done."""
    work.write("environments/dev/environment.yaml", "kind: x\n")
    data = judged(sluice, work, "--all", "--production", "production", "--check", "version-rises")
    run = {f["check"] for f in data["findings"] if not f["message"].startswith("not run:")}
    assert (run, data["notes"]) == ({"version-rises"}, ["partial: only version-rises was run"])


def test_a_check_of_the_repository_that_crashes_is_its_own_error(sluice, work, monkeypatch) -> None:
    broken = dataclasses.replace(checks()["name-conflicts"], function=_crash, needs=())
    monkeypatch.setitem(registry._registry, "name-conflicts", broken)
    words = ("--check", "name-conflicts", "--check", "environment-valid")
    found = by_check(judged(sluice, work, "--all", *words, code=3))
    assert found["name-conflicts"]["verdict"] == "error"
    assert found["name-conflicts"]["message"].startswith("the check broke: RuntimeError at test_validate.py:")
    assert found["environment-valid"]["verdict"] == "pass"


def _crash():
    raise RuntimeError("boom")


def test_a_broken_model_is_1_with_its_line(sluice, work) -> None:
    work.edit("models/tiny/model.yaml", "task: binary-classification", "task: guessing")
    found = by_check(judged(sluice, work, "tiny", *LIGHT, code=1))["spec-valid"]
    assert (found["verdict"], found["path"], found["line"]) == ("fail", "models/tiny/model.yaml", 8)
    assert found["remedy"]


def test_an_unknown_model_is_named_with_the_one_that_was_meant(sluice, work) -> None:
    result = sluice("validate", "-C", work.root, "tinny")
    assert result.exit_code == 1
    assert "no model is called 'tinny'; did you mean tiny?" in result.stderr


def test_an_unknown_check_and_environment_are_named(sluice, work) -> None:
    assert (
        "did you mean spec-valid?"
        in sluice("validate", "-C", work.root, "tiny", "--check", "spec-vald").stderr
    )
    said = sluice("validate", "-C", work.root, "tiny", *LIGHT, "--production", "prodction").stderr
    assert "did you mean production?" in said


@pytest.mark.parametrize("words", [[], ["tiny", "--all"], ["--all", "--changed", "a..b"]])
def test_one_way_to_choose(sluice, work, words) -> None:
    assert sluice("validate", "-C", work.root, *words).exit_code == 2


@pytest.mark.parametrize("text", ["main", "..", "a b..c", "..HEAD"])
def test_a_range_that_is_none(sluice, work, text) -> None:
    assert sluice("validate", "-C", work.root, "--changed", text).exit_code == 2


def test_changed_without_git_is_a_named_error(sluice, tmp_path) -> None:
    result = sluice("validate", "-C", tmp_path, "--changed", "main..HEAD")
    assert result.exit_code == 1
    assert "no git repository" in result.stderr


def test_an_unknown_commit_is_a_named_error(sluice, work) -> None:
    result = sluice("validate", "-C", work.root, "--changed", "nowhere..HEAD")
    assert result.exit_code == 1
    assert "names no commit" in result.stderr


def test_a_name_that_looks_like_an_option_is_none(sluice, work) -> None:
    assert "names no commit" in sluice("validate", "-C", work.root, "--changed=--help..HEAD").stderr


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"gitdir:", b"gitdir: a\0b", b"gitdir: nowhere"])
def test_a_git_file_that_names_nothing_is_a_named_error(sluice, tmp_path, content) -> None:
    (tmp_path / ".git").write_bytes(content)
    result = sluice("validate", "-C", tmp_path, "--all")
    assert result.exit_code == 1
    assert "names no git directory" in result.stderr


def test_checks_that_are_left_out_say_so(sluice, work) -> None:
    data = judged(sluice, work, "tiny", "--check", "spec-valid")
    of_models = {id for id, check in checks().items() if check.scope == "model"}
    assert {finding["check"] for finding in data["findings"]} == of_models
    for name, finding in by_check(data).items():
        said = (finding["verdict"], finding["message"], finding["model"])
        assert name == "spec-valid" or said == ("skipped", "not run: left out by --check", "tiny")
    assert (data["verdict"], data["models"]) == ("pass", {"tiny": "pass"})
    assert data["left_out"] == ["only spec-valid was run", "only tiny of 1 model, and no environment"]
    assert data["notes"] == [f"partial: {'; '.join(data['left_out'])}"]
    text = sluice("validate", "-C", work.root, "tiny", "--check", "spec-valid").output
    assert text.count("not run: left out by --check") == 1


@pytest.mark.parametrize("api", ["http://[::1", "http://127.0.0.1:99999", "https://", "x"])
def test_an_address_that_is_none_is_a_named_error(sluice, work, monkeypatch, api) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", "t")
    work.write("docs/x.md", "words")
    work.commit()
    words = ["--changed", "HEAD~1..HEAD", "--comment", "o/r#1", "--api", api]
    result = sluice("validate", "-C", work.root, *words)
    assert result.exit_code == 1, result.output
    assert "https://" in result.stderr


def test_sigterm_leaves_nothing_behind(work, tmp_path) -> None:
    """CI cancels with SIGTERM; it comes here when the child that loads the model runs."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [str(Path(sys.executable).parent / "sluice"), "validate", "-C", str(work.root), "--all"]
    with subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(scratch)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not any("-I" in arguments(pid) for pid in children.read_text().split()):
            assert process.poll() is None
        started = children.read_text().split()
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, said.strip()) == (143, "ended by SIGTERM")
    assert list(scratch.iterdir()) == []
    # One that had not yet read its request ends by itself, at the end of its input.
    deadline = time.monotonic() + 20
    while any(map(alive, started)):
        assert time.monotonic() < deadline


def arguments(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_part_of_the_checks_is_said_in_line_1(sluice, work) -> None:
    assert (
        "only spec-valid was run"
        in sluice("validate", "-C", work.root, "tiny", "--check", "spec-valid").output
    )


def test_without_git_production_is_not_compared_and_line_1_says_so(sluice, work) -> None:
    work.git("config", "core.bare", "false")
    (work.root / ".git").rename(work.root / "elsewhere")
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT)
    assert "nothing is compared with production" in result.output.splitlines()[0]


def test_comment_needs_commits_and_a_token(sluice, work, monkeypatch) -> None:
    monkeypatch.delenv("SLUICE_TOKEN", raising=False)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    said = sluice("validate", "-C", work.root, "tiny", *LIGHT, "--comment", "o/r#1").stderr
    assert "--changed BASE..HEAD" in said
    work.write("docs/x.md", "words")
    work.commit()
    said = sluice("validate", "-C", work.root, "--changed", "HEAD~1..HEAD", "--comment", "o/r#1").stderr
    assert "SLUICE_TOKEN" in said


def test_progress_is_for_terminals_only(work) -> None:
    command = [str(Path(sys.executable).parent / "sluice"), "validate", "-C", str(work.root), "tiny", *LIGHT]
    plain = subprocess.run(command, capture_output=True, text=True, check=True)
    assert plain.stderr == ""
    master, slave = os.openpty()
    shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, text=True, check=True)
    os.close(slave)
    assert b"\x1b[" in os.read(master, 4096)
    os.close(master)
    assert "\x1b" not in shown.stdout
