from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sluicegate.validators.helm.command import TOOL, ToolAbsent, ToolError, run, tool

PYTHON = Path(sys.executable).resolve()


def python(code: str, folder: Path, **limits):
    return run([PYTHON, "-I", "-c", code], folder, replace(TOOL, **limits))


def test_it_runs_to_its_end_in_a_folder_with_nothing_of_ours_around(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", "secret")
    code = "import os, sys; print(dict(os.environ), os.getcwd()); sys.exit('no\\nreason')"
    done = python(code, tmp_path)
    assert done.code == 1
    assert done.stderr == "no\nreason\n"
    said = done.output.decode()
    assert "secret" not in said
    assert said.strip().endswith(str(tmp_path))
    assert "'PATH': '/nonexistent'" in said


@pytest.mark.parametrize(
    ("code", "limits", "said"),
    [
        ("while True: pass", {"cpu_s": 1}, "over the CPU limit of 1 s"),
        ("import time; time.sleep(60)", {"wall_s": 0.5}, "over the wall limit of 0.5 s"),
        ("print('x' * 200_000)", {"file": 100_000}, "over the limit of 100000 bytes of output"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", {}, "its process ended by SIGSEGV"),
    ],
)
def test_a_limit_is_named(tmp_path, code, limits, said) -> None:
    with pytest.raises(ToolError, match=said):
        python(code, tmp_path, **limits)


def test_memory_is_limited(tmp_path) -> None:
    done = python("x = bytearray(1 << 30)", tmp_path, memory=512 << 20)
    assert "MemoryError" in done.stderr


def test_nothing_that_it_started_is_left(tmp_path) -> None:
    code = "import os, time; print(os.fork() or [time.sleep(60)], flush=True)"
    child = Path("/proc") / python(code, tmp_path).output.decode().strip() / "stat"
    deadline = time.monotonic() + 10
    while child.exists() and child.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "the child outlived its parent by 10 s"


def test_where_a_tool_is(tmp_path, monkeypatch) -> None:
    here = tmp_path / "helm"
    here.write_text("#!/bin/sh\n")
    here.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SLUICE_HELM", raising=False)
    assert tool("helm", "SLUICE_HELM", "Install it") == here
    monkeypatch.setenv("SLUICE_HELM", str(PYTHON))
    assert tool("helm", "SLUICE_HELM", "Install it") == PYTHON
    monkeypatch.setenv("SLUICE_HELM", str(tmp_path / "gone"))
    with pytest.raises(ToolAbsent, match=r"SLUICE_HELM='.*gone' is not a program"):
        tool("helm", "SLUICE_HELM", "Install it")
    monkeypatch.delenv("SLUICE_HELM")
    here.unlink()
    with pytest.raises(ToolAbsent, match="helm is not on PATH") as caught:
        tool("helm", "SLUICE_HELM", "Install it")
    assert caught.value.remedy == "Install it, or name it with SLUICE_HELM."
