"""Where a report goes: a file, a pipe, several formats at once."""

from __future__ import annotations

import json
import os

import pytest
from support.validating import LIGHT


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
