from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from sluicegate.specs import crash_log


def crash() -> Exception:
    try:
        raise KeyError("https://bot:hunter22@git.example/m.git")
    except KeyError as error:
        return error


def test_a_log_says_what_a_maintainer_asks_for() -> None:
    text = crash_log.content(crash(), ["sluice", "gate", "run", "--token", "s3cr3t-value"])
    for name in ("version: 0.", "python: 3.", "platform: ", "packages: click 8.", "time: 20"):
        assert f"\n{name}" in text
    assert "\ncommand: sluice gate run --token '***'\n" in text
    assert "Traceback (most recent call last)" in text and "KeyError" in text
    assert "hunter22" not in text and "s3cr3t" not in text


def test_the_state_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = crash_log.write(crash(), ["sluice"])
    assert path.parent == tmp_path / "state" / "sluicegate"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_it_the_cache_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert crash_log.write(crash(), ["sluice"]).parent == tmp_path / ".cache" / "sluicegate"


def test_a_directory_in_a_work_tree_of_git_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / ".git").mkdir(parents=True)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert crash_log.write(crash(), ["sluice"]).parent == temporary


def test_it_is_an_error_where_nothing_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        crash_log.write(crash(), ["sluice"])


def test_the_oldest_logs_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    directory = tmp_path / "sluicegate"
    directory.mkdir()
    for number in range(crash_log.KEPT):
        (directory / f"sluice-crash-2020-{number:02}.log").touch()
    newest = crash_log.write(crash(), ["sluice"])
    left = sorted(path.name for path in directory.iterdir())
    assert len(left) == crash_log.KEPT
    assert newest.name in left and "sluice-crash-2020-00.log" not in left
