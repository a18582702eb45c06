"""Lays out the build context of an image: Dockerfile, lock and wheels, so that it builds without a network.

    python charts/images/context.py onnx-server DIR --variant cpu
    python charts/images/context.py gate DIR

Run it with the project's own environment (pip and setuptools are in the lock). Wheels come from the package
index that pip is set to, and only with the hashes of the lock.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sluicegate.gate.daemon.code import commit_of
from sluicegate.specs.errors import SluiceError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GLIBC = 36
"""The base's glibc is 2.36 (Debian 12) or newer."""
SERVER_SPECS = (
    "__init__.py",
    "artifacts",
    "buckets.py",
    "errors.py",
    "exit_codes.py",
    "metrics_text.py",
    "names.py",
    "placement.py",
    "plugins.py",
    "yamlio",
)
"""What the server imports of `specs`: nothing that needs pydantic, which its image does not have."""
SOURCES = {
    "onnx-server": (HERE / "onnx-server", ("onnx_server", *(f"specs/{part}" for part in SERVER_SPECS))),
    "gate": (ROOT, ("ci", "gate", "specs", "validators")),
}
"""Image -> (directory of its project, what its wheel has of the package `sluicegate`)."""
VARIANTS = {"onnx-server": ("cpu", "gpu"), "gate": ("cpu",)}


class ContextFailed(SluiceError):
    """A step failed; the message has its command and its output."""


def _pip(*arguments: str | Path, env: dict[str, str] | None = None) -> None:
    command = [sys.executable, "-P", "-m", "pip", *map(str, arguments), "--disable-pip-version-check"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})}
    )
    if result.returncode:
        raise ContextFailed(
            f"{' '.join(command)} ended with {result.returncode}:\n{result.stderr[-2000:]}",
            "see whether the package index can be reached and the lock is the committed one",
        )


def _download(lock: Path, into: Path, machine: str, python: str) -> None:
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 16, -1)]
    platforms.append(f"manylinux2014_{machine}")
    target = [part for name in platforms for part in ("--platform", name)]
    _pip(
        "download", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:",
        "--implementation", "cp", "--python-version", python, *target, "-r", lock, "-d", into,
    )  # fmt: skip


def lay_out(image: str, into: Path) -> None:
    """Copy what the wheel of `image` is built from into a directory: its project, its part of the package."""
    project, parts = SOURCES[image]
    for name in ("pyproject.toml", "README.md", "setup.py"):
        if (project / name).exists():
            shutil.copy(project / name, into / name)
    for part in ("__init__.py", *parts):
        source = ROOT / "sluicegate" / part
        target = into / "sluicegate" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def _own_wheel(image: str, into: Path) -> None:
    # From a copy: setuptools writes build/ beside its sources, and would pack what an old one left there.
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        lay_out(image, copy)
        # A fixed time makes equal sources an equal wheel (reproducible-builds.org).
        _pip(
            "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", into, copy,
            env={"SOURCE_DATE_EPOCH": "1577836800", "SLUICE_REVISION": commit_of(ROOT / "sluicegate")},
        )  # fmt: skip


def write(
    image: str, into: Path, *, variant: str = "cpu", machine: str = "x86_64", python: str = "3.11"
) -> None:
    """Make the context of `image` in the new or empty directory `into`. Raises ContextFailed."""
    if image not in SOURCES or variant not in VARIANTS[image]:
        known = ", ".join(f"{name} ({' or '.join(VARIANTS[name])})" for name in SOURCES)
        raise ContextFailed(f"there is no image {image} ({variant})", f"choose among {known}")
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise ContextFailed(f"{into} is not empty", "give a new directory")
    here = HERE / image
    lock = here / (f"requirements.{variant}.lock" if len(VARIANTS[image]) > 1 else "requirements.lock")
    wheels = into / "wheels"
    wheels.mkdir()
    for name in ("Dockerfile", ".containerignore"):
        shutil.copy(here / name, into / name)
    shutil.copy(lock, into / "requirements.lock")
    _download(HERE / "pip.lock", wheels, machine, python)
    _download(lock, wheels, machine, python)
    _own_wheel(image, wheels / "own")
    (own,) = (wheels / "own").iterdir()
    with (into / "requirements.lock").open("a") as file:
        digest = hashlib.sha256(own.read_bytes()).hexdigest()
        file.write(f"./wheels/own/{own.name} \\\n    --hash=sha256:{digest}\n")


def main() -> int:
    """Run the command; an exit code and a message where it fails."""
    parser = argparse.ArgumentParser(description="Lay out the build context of an image.")
    parser.add_argument("image", choices=sorted(SOURCES))
    parser.add_argument("into", type=Path)
    parser.add_argument("--variant", default="cpu", choices=["cpu", "gpu"])
    parser.add_argument("--machine", default="x86_64", choices=["x86_64", "aarch64"])
    parser.add_argument("--python", default="3.11", help="the base's Python")
    options = parser.parse_args()
    try:
        write(
            options.image,
            options.into,
            variant=options.variant,
            machine=options.machine,
            python=options.python,
        )
    except ContextFailed as error:
        print(f"context: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
