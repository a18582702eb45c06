"""A wheel names the commit that it is built from, in sluicegate/REVISION; all else is in pyproject.toml."""

import os
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


def revision() -> str:
    """SLUICE_REVISION, else the commit of this clone, `-dirty` behind it where files differ; else nothing."""
    here = Path(__file__).resolve().parent
    given = os.environ.get("SLUICE_REVISION", "")
    if given or not (here / ".git").exists():
        return given
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=here, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


class BuildPy(build_py):
    """Builds the package, and writes the file where a commit is known."""

    def run(self) -> None:
        """See setuptools."""
        super().run()
        known = revision()
        if known and not self.editable_mode:
            (Path(self.build_lib) / "sluicegate" / "REVISION").write_text(known + "\n", encoding="ascii")


setup(cmdclass={"build_py": BuildPy})
