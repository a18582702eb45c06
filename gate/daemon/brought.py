"""Which commit brought the version that a model.yaml has: one process tells the history of all models."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.history import History, Step
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.yamlio import InputError, parse

WALK = 200
"""Commits of model.yaml that are searched for the one that brought its version."""


@dataclass(frozen=True)
class Identity:
    """What makes a version, as a model.yaml says it that need not be well-formed otherwise."""

    version: object = None
    artifact: object = None


def identity(text: bytes, path: str) -> Identity:
    """The version that a model.yaml says it is."""
    value = parse(text, path).value
    spec = value.get("spec") if isinstance(value, dict) else None
    return Identity(spec.get("version"), spec.get("artifact")) if isinstance(spec, dict) else Identity()


@dataclass
class _Chain:
    """The commits that changed one model.yaml, newest first, each with the blob it left (None: removed)."""

    steps: list[tuple[str, str | None]] = field(default_factory=list)
    complete: bool = False
    """Whether older commits do not matter: the last one here has another version than the one before."""


class Brought:
    """The history of all model.yaml as of a tip, read no further back than was needed, and never twice.

    Safe to use from several threads.
    """

    def __init__(self, repository: Repository, tip: str) -> None:
        self._repository = repository
        self._tip = tip
        self._chains: dict[str, _Chain] = {}
        self._lock = threading.Lock()
        self._older: History | None = History(repository.directory, tip, layout.MODELS)
        self.broken = False
        """Whether the history could not be read on: nothing is answered any more that needs older commits."""

    def close(self) -> None:
        """End the process that tells older commits."""
        with self._lock:
            if self._older is not None:
                self._older.close()

    def follow(self, tip: str) -> bool:
        """Go on to a tip that has this one in its first-parent history.

        False for any other tip: then nothing that is known here holds. Raises GitError.
        """
        with self._lock:
            with contextlib.closing(
                History(self._repository.directory, tip, layout.MODELS, self._tip)
            ) as history:
                newer = list(history)
            if not newer or newer[-1].parent != self._tip:
                return False
            for step in reversed(newer):
                self._note(step, newest=True)
            self._tip = tip
            return True

    def revision(self, path: str, wanted: Identity) -> str:
        """The oldest commit since which the model at `path` has been this version, which it is at the tip.

        Along the first parents; a version is its number and its artifact. Raises InputError where that is
        more than WALK of its commits ago, GitError.
        """
        with self._lock:
            chain = self._chains.setdefault(path, _Chain())
            at = 0
            while at < WALK:
                if at == len(chain.steps) and not self._extended(chain):
                    break
                if self._identity(chain.steps[at][1], path) != wanted:
                    chain.complete = True
                    del chain.steps[at + 1 :]
                    break
                at += 1
        if at in (0, WALK):
            raise InputError.of(
                f"the commit that brought version {wanted.version} is not among the last {WALK} of this file",
                "merge a higher version",
                path,
            )
        return chain.steps[at - 1][0]

    def between(self, path: str, newest: str, oldest: str) -> list[str]:
        """The commits that changed a model.yaml, newest first, from one to the other; none where not known.

        Reads no further back than it took to find out which commit brought the newest version.
        """
        with self._lock:
            commits = [sha for sha, _ in self._chains.get(path, _Chain()).steps]
        if newest not in commits or oldest not in commits:
            return []
        return commits[commits.index(newest) : commits.index(oldest) + 1]

    def blob(self, path: str, commit: str) -> str | None:
        """The blob that a commit left at a model.yaml; None where that is not known, or it removed it."""
        with self._lock:
            return dict(self._chains.get(path, _Chain()).steps).get(commit)

    def _extended(self, chain: _Chain) -> bool:
        """Read on until this chain has one more commit; False where there is none."""
        before = len(chain.steps)
        while not chain.complete and self._older is not None and len(chain.steps) == before:
            if self.broken:
                raise GitError(f"the history of {self._tip} broke off", "run again")
            try:
                self._note(next(self._older), newest=False)
            except StopIteration:
                self._older = None
            except GitError:
                self.broken = True
                raise
        return len(chain.steps) > before

    def _note(self, step: Step, *, newest: bool) -> None:
        for change in step.changes:
            if layout.model_specified_by(change.path) is None:
                continue
            chain = self._chains.setdefault(change.path, _Chain())
            if newest:
                chain.steps.insert(0, (step.sha, change.oid))
            elif not chain.complete:
                chain.steps.append((step.sha, change.oid))

    def _identity(self, blob: str | None, path: str) -> Identity | None:
        """What a model.yaml says; None where it was removed."""
        return None if blob is None else identity(self._repository.blob(blob), path)
