"""`sluice init` in a stranger's repository: what it writes, keeps and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

ACTION = f"octo/sluicegate@{'a' * 40}"


@pytest.fixture
def init(sluice, tmp_path):
    def run(*words: str, root: Path = tmp_path, code: int = 0):
        result = sluice("init", root, "--action", ACTION, "--owner", "@octo/ml", *words)
        assert result.exit_code == code, result.output
        return result

    return run


def test_an_empty_repository_gets_all_of_it(init, tmp_path) -> None:
    assert init().output.count("wrote ") == 13
    assert (tmp_path / ".github/workflows/sluice-validate.yaml").is_file()
    assert (tmp_path / ".github/CODEOWNERS").read_text().endswith("*  @octo/ml\n")


def test_a_second_time_changes_nothing(init) -> None:
    init()
    assert init().output.count("unchanged ") == 13


def test_an_update_writes_workflows_again_and_keeps_what_is_yours(init, tmp_path) -> None:
    init()
    workflow, owners = (tmp_path / ".github" / name for name in ("workflows/sluice-gate.yaml", "CODEOWNERS"))
    workflow.write_text("old")
    owners.write_text("* @me\n")
    said = init().output
    assert "wrote      .github/workflows/sluice-gate.yaml" in said
    assert "kept       .github/CODEOWNERS (yours)" in said
    assert workflow.read_text() != "old"
    assert owners.read_text() == "* @me\n"


def test_each_model_is_owned_by_whom_its_model_yaml_names(init, work) -> None:
    init(root=work.root)
    assert "/models/tiny/  @data/flights\n" in (work.root / ".github/CODEOWNERS").read_text()


def test_an_owner_that_github_does_not_know_is_said_and_left_out(init, work) -> None:
    work.edit("models/tiny/model.yaml", "@data/flights", "Olga <olga@example.org>")
    result = init(root=work.root)
    assert "no owner that GitHub knows" in result.stderr
    assert "tiny" not in (work.root / ".github/CODEOWNERS").read_text()


@pytest.mark.parametrize(
    "action", ["sluicegate", "octo/sluicegate@v1", "octo/sluicegate@main", "../x/y", "a/b@" + "a" * 39]
)
def test_an_action_by_a_name_that_moves_is_refused(sluice, tmp_path, action) -> None:
    result = sluice("init", tmp_path, "--action", action, "--owner", "@octo/ml")
    assert result.exit_code == 2
    assert "OWNER/NAME" in result.stderr
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize("owner", ["octo", "@octo/ml @x", "@a\n* @evil", ""])
def test_an_owner_that_is_none_is_refused(sluice, tmp_path, owner) -> None:
    result = sluice("init", tmp_path, "--action", ACTION, "--owner", owner)
    assert result.exit_code == 2
    assert not (tmp_path / ".github").exists()


def test_without_a_commit_it_is_the_one_of_this_sluice_or_nothing(sluice, tmp_path, monkeypatch) -> None:
    from sluicegate.gate.daemon import code

    monkeypatch.setattr(code, "code_commit", lambda: "b" * 40)
    result = sluice("init", tmp_path, "--action", "octo/sluicegate", "--owner", "@octo/ml")
    assert result.exit_code == 0, result.output
    text = (tmp_path / ".github/workflows/sluice-validate.yaml").read_text()
    assert f"octo/sluicegate/ci@{'b' * 40} # v" in text
    monkeypatch.setattr(code, "code_commit", lambda: f"{'b' * 40}-dirty")
    refused = sluice("init", tmp_path / "other", "--action", "octo/sluicegate", "--owner", "@octo/ml")
    assert refused.exit_code == 1
    assert "--action octo/sluicegate@COMMIT" in refused.stderr
