"""A git that notes each of its commands in a file, first on PATH: what a test counts is what really ran."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


class CountingGit:
    """The commands since the last `clear`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = shutil.which("git")
        assert real is not None
        folder.mkdir()
        self._log = folder / "log"
        script = folder / "git"
        script.write_text(f'#!/bin/sh\necho "$*" >> "{self._log}"\nexec "{real}" "$@"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        self.clear()

    def clear(self) -> None:
        self._log.write_text("")

    @property
    def commands(self) -> list[str]:
        """The subcommand of each process that was started, in order."""
        return [_subcommand(line.split()) for line in self._log.read_text().splitlines()]


def _subcommand(words: list[str]) -> str:
    settings = {at + 1 for at, word in enumerate(words) if word == "-c"}
    return next(word for at, word in enumerate(words) if not word.startswith("-") and at not in settings)
