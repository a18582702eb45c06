from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from sluicegate.ci import logs

LOGGER = logging.getLogger("sluicegate.tests.logs")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The process's logging as it was: its handlers and our level are global."""
    root = logging.getLogger()
    ours = logging.getLogger(logs.OURS)
    handlers = list(root.handlers)
    level = ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


def fail() -> None:
    raise ValueError("line one\n\x1b[31mline two")


@pytest.mark.parametrize(
    ("verbosity", "shown"), [(0, ["warning"]), (1, ["info", "warning"]), (2, ["debug", "info", "warning"])]
)
def test_each_v_shows_one_level_more(
    verbosity: int, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json", verbosity)
    LOGGER.debug("a")
    LOGGER.info("b")
    LOGGER.warning("c")
    written = capsys.readouterr()
    assert [json.loads(line)["level"] for line in written.err.splitlines()] == shown
    assert written.out == ""


def test_what_a_library_logs_below_a_warning_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text", 2)
    logging.getLogger("urllib3").info("a header")
    assert capsys.readouterr().err == ""


def test_a_second_call_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", 2)
    logs.configure("text", 0)
    LOGGER.info("hidden")
    LOGGER.warning("shown")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_text_has_time_level_and_logger_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    LOGGER.warning("the lease is %s", "lost")
    line = capsys.readouterr().err
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{stamp} WARNING sluicegate\.tests\.logs: the lease is lost\n", line)


def test_text_carries_no_control_characters_and_no_forged_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    LOGGER.warning("title \x1b]0;x\x07 \r\n2026-01-01T00:00:00.000Z INFO sluicegate: forged\u202e")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert not set("\x1b\x07\r\u202e") & set(written)


def test_a_traceback_is_indented_below_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    try:
        fail()
    except ValueError:
        LOGGER.exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR sluicegate.tests.logs: it failed")
    assert rest[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)
    assert "    line two" in rest


def test_json_is_one_ascii_object_a_line_with_the_exception(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    try:
        fail()
    except ValueError:
        LOGGER.exception("modèle \x1b[31m")
    written = capsys.readouterr().err
    assert written.isascii() and written.count("\n") == 1 and "\x1b" not in written
    data = json.loads(written)
    assert set(data) == {"time", "level", "logger", "message", "exception"}
    assert (data["level"], data["logger"], data["message"]) == ("error", LOGGER.name, "modèle \x1b[31m")
    assert data["exception"].startswith("Traceback") and "ValueError: line one" in data["exception"]


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_credentials_are_masked(log_format: logs.LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(log_format)
    LOGGER.warning("fetch of https://bot:hunter22@git.example/m.git failed")
    assert "hunter22" not in capsys.readouterr().err


def test_the_stream_is_the_standard_error_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    logs.configure("text")
    replaced = io.StringIO()
    monkeypatch.setattr(sys, "stderr", replaced)
    LOGGER.warning("here")
    assert "here" in replaced.getvalue()
