from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sluicegate.validators.runner import registry
from sluicegate.validators.runner.registry import checks

LIGHT = [part for name in ("spec-valid", "release-untouched", "version-rises") for part in ("--check", name)]


def judged(sluice, work, *words, code: int = 0) -> dict:
    result = sluice("validate", "-C", work.root, "--format", "json", *words)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def by_check(data: dict) -> dict[str, dict]:
    return {finding["check"]: finding for finding in data["findings"]}


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


class TestChanged:
    @pytest.fixture(autouse=True)
    def branch(self, work):
        work.git("checkout", "--quiet", "-b", "topic")

    def test_heads_blobs_are_judged_not_the_work_tree(self, sluice, work) -> None:
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        head = work.commit()
        work.write("models/tiny/model.yaml", "nonsense: [")
        result = sluice("validate", "-C", work.root, "--changed", "main..topic", *LIGHT)
        assert result.exit_code == 0, result.output
        first = result.output.splitlines()[0]
        assert first.startswith(f"✔ pass at {head[:12]} · ")
        assert "· a merge starts the release of tiny (new → 2)" in first

    def test_a_lowered_version_is_refused(self, sluice, work) -> None:
        work.git("checkout", "--quiet", "main")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 3")
        work.commit()
        work.git("checkout", "--quiet", "-b", "lower")
        work.edit("models/tiny/model.yaml", "version: 3", "version: 2")
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..lower", *LIGHT, code=1))["version-rises"]
        assert (found["verdict"], found["observed"], found["threshold"]) == ("fail", 2, 3)

    def test_a_release_alone_is_refused(self, sluice, work, digest) -> None:
        work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", code=1)
        assert data["models"] == {}
        (found,) = [finding for finding in data["findings"] if finding["verdict"] != "pass"]
        assert (found["check"], found["verdict"]) == ("release-untouched", "fail")
        assert found["path"] == "environments/production/tiny/release.yaml"

    def test_a_release_beside_a_model_refuses_the_change(self, sluice, work, digest) -> None:
        work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", *LIGHT, code=1)
        found = by_check(data)["release-untouched"]
        assert (data["verdict"], found["verdict"], found["model"]) == ("fail", "fail", "")

    def test_what_main_did_meanwhile_is_not_the_pull_requests(self, sluice, work, digest) -> None:
        """The gate commits releases to main while the pull request is open."""
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        work.git("checkout", "--quiet", "main")
        work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", *LIGHT)
        assert by_check(data)["release-untouched"]["verdict"] == "pass"

    def test_what_touches_no_model_passes(self, sluice, work) -> None:
        work.write("docs/x.md", "words")
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic")
        assert {f["check"] for f in data["findings"]} == {
            id for id, check in checks().items() if check.scope == "repository"
        }
        assert (data["verdict"], data["models"]) == ("pass", {})

    def test_no_change_at_all_passes(self, sluice, work) -> None:
        assert judged(sluice, work, "--changed", "main..main")["verdict"] == "pass"

    def test_a_broken_environment_is_refused_at_its_line(self, sluice, work) -> None:
        work.edit("environments/dev/environment.yaml", "traffic: embedded", "traffic: smoke")
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..topic", code=1))["environment-valid"]
        assert (found["verdict"], found["line"]) == ("fail", 6)

    def test_an_environment_with_a_release_cannot_be_taken_away(self, sluice, work, digest) -> None:
        """Also where the release came to main after the branch was made."""
        work.git("rm", "--quiet", "environments/production/environment.yaml")
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..topic"))["environment-valid"]
        assert (found["verdict"], "nothing is released there" in found["message"]) == ("pass", True)
        work.git("checkout", "--quiet", "main")
        work.release("production", "tiny", 1, work.git("rev-parse", "main"), digest)
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..topic", code=1))["environment-valid"]
        assert found["verdict"] == "fail"
        assert "environments/production/tiny/release.yaml is there" in found["message"]

    def test_what_others_wait_for_cannot_be_taken_away(self, sluice, work) -> None:
        work.git("rm", "--quiet", "environments/dev/environment.yaml")
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", code=1)
        (found,) = [f for f in data["findings"] if f["verdict"] == "fail"]
        assert (found["check"], found["path"]) == (
            "environment-valid",
            "environments/production/environment.yaml",
        )
        assert (found["line"], "no environment 'dev'" in found["message"]) == (9, True)

    def test_environments_that_wait_for_each_other_are_refused(self, sluice, work) -> None:
        work.edit("environments/dev/environment.yaml", "traffic:", "after: production\n  traffic:")
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", code=1)
        said = [f["message"] for f in data["findings"] if f["verdict"] == "fail"]
        assert said == [
            "spec.after: waits for itself: dev after production after dev",
            "spec.after: waits for itself: production after dev after production",
        ]

    def test_an_unreadable_environment_never_makes_another_production(self, sluice, work) -> None:
        work.git("checkout", "--quiet", "main")
        work.edit("environments/production/environment.yaml", "traffic: embedded", "traffic: smoke")
        work.commit()
        work.git("checkout", "--quiet", "-b", "next")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
        assert result.exit_code == 1
        assert "environments/production/environment.yaml:6:" in result.stderr
        judged(sluice, work, "--changed", "main..next", "--production", "production", *LIGHT)
        work.git("checkout", "--quiet", "-b", "mended", "main")
        work.edit("environments/production/environment.yaml", "traffic: smoke", "traffic: embedded")
        work.commit()
        judged(sluice, work, "--changed", "main..mended")

    def test_a_model_that_is_served_cannot_be_taken_away(self, sluice, work, digest) -> None:
        work.git("checkout", "--quiet", "main")
        work.release("dev", "tiny", 1, work.git("rev-parse", "main"), digest)
        work.commit()
        work.git("checkout", "--quiet", "-b", "gone")
        work.git("rm", "-r", "--quiet", "models/tiny")
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..gone", code=1))["model-removed"]
        assert "dev still serves it" in found["message"]

    def test_a_model_that_nobody_serves_can(self, sluice, work) -> None:
        work.git("rm", "-r", "--quiet", "models/tiny")
        work.commit()
        found = by_check(judged(sluice, work, "--changed", "main..topic"))["model-removed"]
        assert found["verdict"] == "pass"

    def test_a_link_in_place_of_a_model_is_judged(self, sluice, work) -> None:
        (work.root / "models/evil").symlink_to("/etc")
        work.commit()
        data = judged(sluice, work, "--changed", "main..topic", *LIGHT, code=1)
        assert data["models"] == {"evil": "fail"}

    def test_production_is_what_main_serves(self, sluice, work, digest) -> None:
        revision = work.git("rev-parse", "main")
        work.git("checkout", "--quiet", "main")
        work.release("production", "tiny", 1, revision, digest)
        work.commit()
        work.git("checkout", "--quiet", "-b", "next")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
        assert "(1 → 2)" in result.output.splitlines()[0]

    def test_a_revision_that_is_not_in_this_clone_is_a_named_error(self, sluice, work, digest) -> None:
        work.git("checkout", "--quiet", "main")
        work.release("production", "tiny", 1, "1" * 40, digest)
        work.commit()
        work.git("checkout", "--quiet", "-b", "next")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        result = sluice("validate", "-C", work.root, "--changed", "main..next", *LIGHT)
        assert result.exit_code == 1
        assert "fetch-depth: 0" in result.stderr

    def test_a_break_names_the_callers_until_it_is_declared(self, sluice, work, digest) -> None:
        revision = work.git("rev-parse", "main")
        work.git("checkout", "--quiet", "main")
        work.release("production", "tiny", 1, revision, digest)
        file = work.root / "environments/production/environment.yaml"
        callers = '  callers: [{name: shop, models: [tiny], contact: "@shop/oncall"}]'
        file.write_text(f"{file.read_text()}{callers}\n")
        work.commit()
        work.git("checkout", "--quiet", "-b", "next")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.edit("models/tiny/model.yaml", 'columns: ["a", "b"]', 'columns: ["b", "a"]')
        work.commit()
        command = ("--changed", "main..next", "--check", "signature-compatible")
        (refused, *_) = judged(sluice, work, *command, code=1)["findings"]
        assert refused["verdict"] == "fail"
        assert "column 0 is b, and was a" in refused["message"]
        assert "stable in production; callers: shop (@shop/oncall)" in refused["message"]
        work.edit("models/tiny/model.yaml", "  version: 2", "  version: 2\n  breaking: b comes first now")
        work.commit()
        (declared, *_) = judged(sluice, work, *command)["findings"]
        assert declared["verdict"] == "waived"
        assert declared["message"].endswith("shop (@shop/oncall)); declared: b comes first now")

    def test_a_changed_exam_is_said_in_line_1(self, sluice, work) -> None:
        work.edit("models/tiny/model.yaml", "margin: 0.01}\n  latency", "margin: 0.9}\n  latency")
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        result = sluice("validate", "-C", work.root, "--changed", "main..topic", *LIGHT)
        assert "tiny changes its own exam: `quality` rules" in result.output.splitlines()[0]

    def test_a_bare_repository_will_do(self, sluice, work, tmp_path) -> None:
        work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
        work.commit()
        work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
        result = sluice("validate", "-C", tmp_path / "bare.git", "--changed", "main..topic", *LIGHT)
        assert result.exit_code == 0, result.output
        assert "is bare" in sluice("validate", "-C", tmp_path / "bare.git", "--all").stderr

    def test_a_linked_work_tree_will_do(self, sluice, work, tmp_path) -> None:
        work.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
        result = sluice("validate", "-C", tmp_path / "linked" / "models", "--changed", "main..topic")
        assert result.exit_code == 0, result.output


def test_output_goes_whole_to_a_file(sluice, work, tmp_path) -> None:
    file, page = tmp_path / "out" / "report.xml", tmp_path / "report.html"
    file.parent.mkdir()
    written = ["--format", "junit", "--output", file, "--also", f"html={page}"]
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT, *written)
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text().startswith("<?xml")
    assert page.read_text().startswith("<!doctype html>")
    assert [path.name for path in file.parent.iterdir()] == ["report.xml"]


def test_an_output_that_cannot_be_written(sluice, work, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT, "--output", tmp_path / "file" / "x")
    assert result.exit_code == 1
    assert "there is no directory" in result.stderr


@pytest.mark.parametrize("words", [["--output", "{}"], ["--also", "sarif={}"]])
def test_a_directory_that_is_not_there_is_not_made(sluice, work, tmp_path, words) -> None:
    absent = tmp_path / "absent" / "deep" / "x"
    words = [word.format(absent) for word in words]
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT, *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no directory" in result.stderr
    assert "create it, or name another" in result.stderr
    assert not (tmp_path / "absent").exists()


def test_a_directory_is_no_output(sluice, work, tmp_path) -> None:
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT, "--output", tmp_path)
    assert (result.exit_code, "is a directory; name a file in it" in result.stderr) == (1, True)


def test_a_pipe_is_written_to_and_not_replaced(sluice, work, tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    result = sluice("validate", "-C", work.root, "tiny", *LIGHT, "--format", "json", "--output", pipe)
    assert result.exit_code == 0, result.output
    assert json.loads(os.read(reader, 1 << 16))["verdict"] == "pass"
    os.close(reader)
    assert pipe.is_fifo()


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
