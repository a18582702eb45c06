from __future__ import annotations

import json
import os
import pickle
import signal
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from sluicegate.ci.__main__ import COMMANDS, LazyGroup, Terminated, main, terminable

HEAVY = (
    "numpy",
    "pandas",
    "pydantic",
    "onnx",
    "onnxruntime",
    "matplotlib",
    "rich",
    "github",
    "sklearn",
    "ruamel",
)


def sluice(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "sluice"), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from sluicegate.ci.__main__ import main; main(['--help'], standalone_mode=False); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_takes_little_more_than_importing_click() -> None:
    """Machines differ: the help is compared with a bare `import click` on the same one."""

    def seconds(*words: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        return time.perf_counter() - began

    pairs = [
        (
            seconds("-c", "from sluicegate.ci.__main__ import main; main(['--help'])"),
            seconds("-c", "import click"),
        )
        for _ in range(5)
    ]
    ratio = min(helped for helped, _ in pairs) / statistics.median(bare for _, bare in pairs)
    assert ratio < 2


def test_help_lists_every_command() -> None:
    done = sluice("--help")
    assert done.returncode == 0
    for name, lazy in COMMANDS.items():
        assert f"  {name}" in done.stdout
        assert lazy.help[:30] in done.stdout


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("gate", "demo")])
def test_each_command_can_be_imported(name: str) -> None:
    command = LazyGroup().get_command(
        main.make_context("sluice", ["--debug", name, "--help"], resilient_parsing=True), name
    )
    assert command is not None
    assert command.name == name


def test_the_version() -> None:
    assert sluice("--version").stdout.startswith("sluice 0.")


def test_wrong_usage_is_2() -> None:
    assert sluice("nonsense").returncode == 2
    assert sluice("validate", "--format", "nonsense", "x").returncode == 2
    assert sluice("validate").returncode == 2


def test_bad_input_is_1_with_a_remedy_and_no_traceback(tmp_path: Path) -> None:
    done = sluice("validate", "nothing", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "sluice new model" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in sluice("--debug", "validate", "nothing", cwd=tmp_path).stderr


def crashing(
    error: str, *options: str, setup: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """A real process whose subcommand raises, as a broken one would."""
    code = (
        "import sys, types, click\n"
        "import sluicegate.ci.__main__ as program\n"
        f"{setup}\n"
        "module = types.ModuleType('broken')\n"
        "@click.command()\n"
        "def crash():\n"
        f"    raise {error}\n"
        "module.crash = crash\n"
        "sys.modules['sluicegate.ci.commands.broken'] = module\n"
        "program.COMMANDS['crash'] = program.Lazy('broken:crash', '')\n"
        f"program.main([*{options!r}, 'crash'])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_crash_is_3_and_names_a_log_with_the_traceback(tmp_path: Path) -> None:
    done = crashing("ZeroDivisionError('by nought')", XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 3
    (log,) = (tmp_path / "sluicegate").iterdir()
    expected = f"sluice crashed: ZeroDivisionError: by nought; details are in {log}; please report it\n"
    assert (done.stdout, done.stderr) == ("", expected)
    text = log.read_text()
    assert "Traceback (most recent call last)" in text and "ZeroDivisionError: by nought" in text


def test_a_crash_with_debug_shows_the_traceback_as_well(tmp_path: Path) -> None:
    done = crashing("ZeroDivisionError('by nought')", "--debug", XDG_STATE_HOME=str(tmp_path))
    assert "Traceback (most recent call last)" in done.stderr
    assert "details are in" in done.stderr


def test_a_crash_shows_the_traceback_where_no_log_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    done = crashing(
        "ZeroDivisionError('by nought')",
        setup=f"import tempfile; tempfile.tempdir = {str(file)!r}",
        XDG_STATE_HOME=str(file),
        HOME=str(file),
    )
    assert done.returncode == 3
    assert done.stderr.startswith("Traceback (most recent call last)")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("sluice crashed: ZeroDivisionError: by nought; its log could not be written (")
    assert last.endswith("; please report it with the traceback")


def test_a_crash_tells_no_secret(tmp_path: Path) -> None:
    error = "ValueError('https://bot:hunter22@git.example refused abcdefgh-token \\x1b[31m')"
    done = crashing(error, XDG_STATE_HOME=str(tmp_path), SLUICE_TOKEN="abcdefgh-token")
    (log,) = (tmp_path / "sluicegate").iterdir()
    for text in (done.stderr, log.read_text()):
        assert "https://***@git.example refused ***" in text
        assert "hunter22" not in text and "abcdefgh" not in text
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("program.SluiceError('it is broken', 'fix it')", 1, "it is broken; fix it"),
        ("KeyboardInterrupt", 130, "interrupted"),
        (
            "ZeroDivisionError('by nought')",
            3,
            "sluice crashed: ZeroDivisionError: by nought; details are in ",
        ),
    ],
)
def test_with_json_lines_the_last_words_are_one_too(
    error: str, code: int, message: str, tmp_path: Path
) -> None:
    done = crashing(error, "--log-format", "json", XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == code
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["level"] == "error"
    assert line["message"].startswith(message)


def test_the_log_goes_to_standard_error_and_v_shows_more(tmp_path: Path) -> None:
    setup = "import logging"
    error = "[logging.getLogger('sluicegate.x').info('a step'), SystemExit(0)][1]"
    assert crashing(error, setup=setup).stderr == ""
    done = crashing(error, "-v", setup=setup)
    assert done.stdout == "" and done.stderr.endswith(" INFO sluicegate.x: a step\n")
    by_variable = crashing(error, "-v", setup=setup, SLUICE_LOG_FORMAT="json")
    assert json.loads(by_variable.stderr)["message"] == "a step"


def test_an_interrupt_is_130() -> None:
    done = crashing("KeyboardInterrupt")
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


def test_sigterm_is_143_and_unwinds() -> None:
    """The handler belongs to the command: the former one is back afterwards."""
    done = crashing("__import__('os').kill(__import__('os').getpid(), __import__('signal').SIGTERM)")
    assert (done.returncode, done.stderr.strip()) == (143, "ended by SIGTERM")
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), terminable():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


class Looked(ModuleType):
    """A module whose attributes are made by Python code, as a plug-in's types are."""

    def __getattr__(self, name: str) -> object:
        signal.raise_signal(signal.SIGTERM)
        raise AttributeError(name)


def test_sigterm_is_heard_where_an_error_takes_its_place(monkeypatch) -> None:
    """pickle reports whatever a module raises while it looks a class up as an error of its own."""
    monkeypatch.setitem(sys.modules, "looked", Looked("looked"))
    made = type("Made", (), {"__module__": "looked"})
    with pytest.raises(Terminated), terminable():
        pickle.dumps(made())
    with pytest.raises(Terminated), terminable(), suppress(pickle.PicklingError):
        pickle.dumps(made())


def test_a_reader_that_leaves_early_is_not_a_crash() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [str(Path(sys.executable).parent / "sluice"), "checks"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
