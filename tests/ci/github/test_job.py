"""What a step says to its job; where the files go is tested with the workflows."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.ci.github.job import SUMMARY_BYTES, add_summary, set_outputs
from sluicegate.specs.yamlio import InputError


@pytest.fixture
def files(tmp_path: Path, monkeypatch) -> Path:
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def test_outputs_are_added_to_those_of_before(files: Path) -> None:
    set_outputs({"verdict": "pass"})
    set_outputs({"head": "a=b"})
    assert (files / "GITHUB_OUTPUT").read_text() == "verdict=pass\nhead=a=b\n"


@pytest.mark.parametrize("value", ["a\nverdict=pass", "a\rb"])
def test_a_value_begins_no_other_output(files: Path, value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        set_outputs({"head": value})
    assert not (files / "GITHUB_OUTPUT").exists()


def test_a_summary_that_github_would_not_show_is_named(files: Path) -> None:
    add_summary("é" * SUMMARY_BYTES)
    assert "longer than GitHub shows" in (files / "GITHUB_STEP_SUMMARY").read_text()


def test_outside_of_actions_nothing_is_written(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)
    set_outputs({"verdict": "pass"})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path))
    with pytest.raises(InputError, match="unset GITHUB_OUTPUT"):
        set_outputs({"verdict": "pass"})
