"""What other tools do with the same file: `refuses`, `accepts`, `hangs` or `dies`."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
from pathlib import Path

CHECKER_S = 5.0
"""Seconds that onnx.checker gets for a file."""
MODELAUDIT_S = 60
"""Seconds that modelaudit gets for a directory, its start of some seconds included."""


def verdicts(folder: Path, *, onnx: bool) -> dict[str, str]:
    """Of each tool that is here, what it does with a directory; onnx.checker where a model is at fault."""
    said = {"onnx.checker": checker(folder / "model.onnx")} if onnx else {}
    if (program := shutil.which("modelaudit")) is not None:
        said["modelaudit"] = modelaudit(program, folder)
    return said


def checker(path: Path) -> str:
    """onnx.checker in full, in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=_check, args=(str(path),))
    process.start()
    process.join(CHECKER_S)
    if process.is_alive():
        process.kill()
        process.join()
        return "hangs"
    return {0: "accepts", 1: "refuses"}.get(process.exitcode or 0, "dies")


def _check(path: str) -> None:
    import resource

    import onnx

    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    try:
        onnx.checker.check_model(path, full_check=True)
    except MemoryError:
        raise SystemExit(2) from None
    except Exception:  # whatever it raises is a refusal
        raise SystemExit(1) from None


def modelaudit(program: str, folder: Path) -> str:
    """`modelaudit scan` of a directory, nothing sent to anybody; it exits with 1 where it finds something."""
    words = [program, "scan", "--format", "json", "--quiet", str(folder)]
    environment = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1"}
    try:
        done = subprocess.run(words, capture_output=True, env=environment, timeout=MODELAUDIT_S, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    return {0: "accepts", 1: "refuses"}.get(done.returncode, "dies")
