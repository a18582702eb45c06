"""The bare copy of a remote on this disk: kept between runs or temporary, and tidied after a kill."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.folder_lock import NAME, FolderLock, TemporaryFolder

PREFIX = "sluice-git-"
"""How the folders of temporary copies begin."""
_LEFT_BY_GIT = (
    "*.lock",
    "refs/**/*.lock",
    "fast_import_crash_*",
    "objects/tmp_*",
    "objects/*/tmp_*",
    "objects/pack/*.keep",
)
"""What git commands leave in a repository when they are killed."""
_log = logging.getLogger(__name__)


class LocalCopy:
    """A git directory used as it is: somebody else's, so nothing of it is locked, tidied or removed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def tidy(self) -> None:
        """Remove what ended git commands left behind, if nobody else works here."""

    def close(self) -> None:
        """Let go of it."""


class KeptCopy(LocalCopy):
    """A copy of our own that stays; created, or finished, if it is not there. Raises GitError."""

    def __init__(self, directory: Path, branch: str) -> None:
        super().__init__(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(directory)
        self.tidy()
        if not _complete(directory):
            BareRepository.create(directory, branch)

    def tidy(self) -> None:
        """See `LocalCopy`."""
        if self._lock.take_alone():
            _remove_leftovers(self.directory)
        self._lock.share()

    def close(self) -> None:
        """See `LocalCopy`."""
        self._lock.close()


class TemporaryCopy(KeptCopy):
    """A copy that goes when it is closed, or with the next one after its process was killed."""

    def __init__(self, branch: str) -> None:
        self._folder = TemporaryFolder(PREFIX)
        super().__init__(self._folder.path / "copy.git", branch)

    def close(self) -> None:
        """Remove it."""
        super().close()
        self._folder.close()


def _complete(directory: Path) -> bool:
    """Whether its creation came to an end; git finishes one that did not."""
    config = directory / "config"
    made = all((directory / name).exists() for name in ("HEAD", "objects/pack", "refs/heads"))
    return made and config.is_file() and "bare = " in config.read_text(encoding="utf-8")


def _remove_leftovers(directory: Path) -> None:
    for path in _leftovers(directory):
        _log.info("removing %s, which an ended git command left", path)
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _leftovers(directory: Path) -> Iterator[Path]:
    for pattern in _LEFT_BY_GIT:
        yield from (path for path in directory.glob(pattern) if path.name != NAME)
    for path in directory.glob("objects/pack/pack-*"):
        if not path.with_suffix(".idx").exists():
            yield path
