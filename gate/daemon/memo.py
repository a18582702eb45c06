"""What is known of a repository at one tip, and what of it still holds at the next.

A tick at a tip that did not move reads nothing again; at a new tip only what is of the files that differ is
forgotten. So what is kept is bounded by what the tip names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon.brought import Brought
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs import layout

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Memo:
    """All that is kept of one repository from one tick to the next. `of` gives it for a tip."""

    def __init__(self, repository: Repository, tip: str) -> None:
        self.tip = tip
        self.brought = Brought(repository, tip)
        self.facts: dict[str, object] = {}
        """What is true of this tip alone, by name."""
        self.settled: dict[str, dict[str, Outcome]] = {}
        """By model, then environment: outcomes that stay as they are until a file of theirs changes."""
        self._repository = repository
        self._loaded: dict[str, dict[Hashable, object]] = {}
        self._made: dict[tuple[str, ...], object] = {}
        self._made_before: dict[tuple[str, ...], object] = {}

    @classmethod
    def of(cls, repository: Repository, tip: str) -> Memo:
        """What is known of the repository, at this tip. Raises GitError."""
        known = repository.memo
        if isinstance(known, cls):
            if not known.brought.broken and (known.tip == tip or known._follow(tip)):
                return known
            known.brought.close()
        memo = cls(repository, tip)
        repository.memo = memo
        return memo

    @classmethod
    def kept(cls, repository: Repository, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """`remembered` by what is known of the repository, whatever its tip; made anew where nothing is."""
        memo = repository.memo
        return memo.remembered(key, make) if isinstance(memo, cls) else make()

    def __len__(self) -> int:
        """How many things are kept."""
        loaded = sum(map(len, self._loaded.values()))
        return loaded + sum(map(len, self.settled.values())) + len(self._made) + len(self._made_before)

    def loaded(self, path: str, key: Hashable, load: Callable[[], T]) -> T:
        """What `load` makes of a content of the file at `path`, made once for each `key`."""
        made = self._loaded.get(path, {})
        if key not in made:
            value = load()
            self._loaded.setdefault(path, {})[key] = value
            return value
        return cast(T, made[key])

    def remembered(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """What `make` makes of contents that the key names, once; kept while each tip asks for it again."""
        if key not in self._made:
            self._made[key] = self._made_before.pop(key) if key in self._made_before else make()
        return cast(T, self._made[key])

    def fact(self, name: str, find: Callable[[], T]) -> T:
        """What is true of this tip, found once."""
        if name not in self.facts:
            self.facts[name] = find()
        return cast(T, self.facts[name])

    def _follow(self, tip: str) -> bool:
        """Go on to a later tip, and forget what changed; False where its history is not that of this one."""
        try:
            changed = [change.path for change in self._repository.moved(self.tip, tip)]
            if not self.brought.follow(tip):
                return False
        except GitError as error:  # this tip is gone from the copy: nothing can be compared with it
            _log.info("what is known of %s is forgotten: %s", self.tip[:12], error)
            return False
        for path in changed:
            self._loaded.pop(path, None)
            self._unsettle(path)
        self.facts.clear()
        self._made_before = self._made
        self._made = {}
        self.tip = tip
        return True

    def _unsettle(self, path: str) -> None:
        """Forget the outcomes that depend on a file: a model's own, or all for an environment's spec."""
        release = layout.released_by(path)
        model = layout.model_specified_by(path) if release is None else release.model
        if layout.environment_specified_by(path) is not None:
            self.settled.clear()
        elif model is not None:
            self.settled.pop(model, None)
