"""Virtual environments of their own, for tests of what is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def run(
    *words: str | Path, cwd: Path, check: bool = True, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a program without this process's own Python settings; where `check`, it must end with 0."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env=CLEAN, capture_output=True, text=True, check=False, timeout=timeout,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    directory: Path

    @classmethod
    def make(cls, directory: Path) -> Environment:
        """A new, empty one, of the Python that runs the tests."""
        run(UV, "venv", "--quiet", "--python", sys.executable, directory, cwd=ROOT)
        return cls(directory)

    @property
    def packages(self) -> Path:
        """Where it has what is installed."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.directory / "lib" / version / "site-packages"

    def program(self, name: str) -> Path:
        """A program that is installed in it."""
        return self.directory / "bin" / name

    def pip(self, command: str, *words: str | Path) -> None:
        """`uv pip` in it."""
        run(UV, "pip", command, "--quiet", "--python", self.program("python"), *words, cwd=ROOT)

    def evaluate(self, code: str, cwd: Path) -> str:
        """What a line of Python prints there."""
        return run(self.program("python"), "-c", code, cwd=cwd).stdout.strip()
