"""The machine: Python, onnxruntime, the kernel's containment, locale, GPU, space."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sluicegate.ci.doctor import Line, Patient, line
from sluicegate.validators.providers.serving import GPU_DEVICE

LEAST_FREE = 2 << 30
"""Bytes; a model, its data and the copies that are judged."""
_PYTHON = ((3, 11), (3, 14))
_PROBE = (
    "import tempfile, pathlib; from sluicegate.validators.runner.containment import contain; "
    "contain([], pathlib.Path(tempfile.mkdtemp()))"
)


def lines(patient: Patient) -> Iterator[Line]:
    """What any repository needs of a machine."""
    least, beyond = _PYTHON
    yield line(
        "Python", least <= sys.version_info[:2] < beyond, platform.python_version(), "every command",
        f"use Python {'.'.join(map(str, least))} or later",
    )  # fmt: skip
    yield _onnxruntime()
    yield _gpu(patient)
    yield _containment()
    yield _locale()
    yield from _space()


def _onnxruntime() -> Line:
    """In a process of its own: the library takes seconds, and its wheel may not fit the processor."""
    code = "import onnxruntime as o; print(o.__version__, *o.get_available_providers())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = done.stdout.strip() or (done.stderr.strip().splitlines() or ["it cannot be imported"])[-1]
    return line(
        "onnxruntime", done.returncode == 0, found[:200], "to run models: validate, new model, serving",
        "pip install 'sluicegate[cpu]', or 'sluicegate[gpu]' where a GPU is",
    )  # fmt: skip


def _gpu(patient: Patient) -> Line:
    from sluicegate.ci.doctor.repository import pools

    asked = pools(patient)
    there = GPU_DEVICE.exists()
    purpose = f"to time models as {', '.join(asked)} will serve them" if asked else "to time models on a GPU"
    found = str(GPU_DEVICE) if there else "no NVIDIA driver here"
    if not there and asked:
        return Line("GPU", "not needed", f"{found}: timings are the processor's", purpose, needed=False)
    return line("GPU", there, found, purpose, "", needed=False)


def _containment() -> Line:
    """Contains a child for good, as the one that loads a submission's model is."""
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=False)
    found = "Landlock and seccomp" if done.returncode == 0 else done.stderr.strip().splitlines()[-1][-200:]
    return line(
        "containment", done.returncode == 0, found, "to load models of pull requests without trusting them",
        "use Linux 6.2 or later with Landlock; SLUICE_SANDBOX=limits goes without, for models that you trust",
    )  # fmt: skip


def _locale() -> Line:
    try:
        before = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, "en_US.UTF-8")
        locale.setlocale(locale.LC_CTYPE, before)
        there = True
    except locale.Error:
        there = False
    return line(
        "locale", there, "en_US.UTF-8" if there else "no en_US.UTF-8",
        "text models whose StringNormalizer names it, as scikit-learn's by default",
        "install it (Debian: package locales-all), or export such a model with the locale C",
        needed=False,
    )  # fmt: skip


def _space() -> Iterator[Line]:
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    places = {Path(tempfile.gettempdir()): "copies of models and data while they are judged"}
    places |= {_existing(state): "logs of crashes"}
    for folder, purpose in places.items():
        free = shutil.disk_usage(folder).free
        found = f"{free / (1 << 30):.1f} GiB free in {folder}"
        yield line("space", free >= LEAST_FREE, found, purpose, f"free {LEAST_FREE >> 30} GiB, or set TMPDIR")


def _existing(folder: Path) -> Path:
    return next(above for above in (folder, *folder.parents) if above.is_dir())


def has(module: str) -> bool:
    """Whether a package can be imported."""
    return find_spec(module) is not None
