"""Main of one repository, followed: the commit that it is at, and the files of any commit."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.adapters.git.tree import GitTree

_FETCH_SECONDS = 1.0


class MainBranch:
    """`source` is a git directory, which is read in place, or a URL, which is mirrored under `root`.

    Nothing is written to the repository itself. Raises NotARepository, GitAbsent.
    """

    def __init__(self, source: Path | str, root: Path) -> None:
        self._mirrored = "://" in str(source)
        self._next_fetch = 0.0
        self._failure: GitError | None = None
        if self._mirrored:
            self._repository = Repository(str(source), root / "mirror.git", (MAIN,))
            self.fetch()
        else:
            self._repository = Repository.in_place(Path(source), (MAIN,))

    def fetch(self) -> None:
        """Bring the mirror of a URL up to date, at most once a second; a directory needs none.

        Raises GitError, between two fetches too if the last one failed.
        """
        if not self._mirrored:
            return
        if monotonic() >= self._next_fetch:
            self._next_fetch = monotonic() + _FETCH_SECONDS
            self._failure = None
            try:
                self._repository.fetch()
            except GitError as error:
                self._failure = error
        if self._failure is not None:
            raise self._failure

    def tip(self) -> str | None:
        """Main's commit id now; None while there is no main. Raises GitError."""
        return self._repository.tip_now(MAIN)

    def tree(self, revision: str) -> GitTree:
        """The files of a commit. Raises GitError for one that is not here."""
        return self._repository.tree(revision)

    def close(self) -> None:
        """End the reading process."""
        self._repository.close()
