"""One process that the children of all runs of a worker are forked from: its imports are made once.

Each run of the product has one of its own; what a child may do is the same, see `runner.template`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from sluicegate.validators.runner import run
from sluicegate.validators.runner.sandbox import MAIN
from sluicegate.validators.runner.template import Template, template_of

USUAL = ("pandas", "onnxruntime", "pytest")
"""What nearly every child imports that does more than read."""


class WarmTemplate(Template):
    """Stays between runs, and imports only what no run before has asked for."""

    def __init__(self) -> None:
        super().__init__(MAIN)
        self._here: set[str] = set()
        self._free = threading.Lock()
        self._owner = os.getpid()

    @contextmanager
    def of_a_run(self, code: str, loads: Sequence[str] = ()) -> Iterator[Template]:
        """Stands in for `template_of`; a run beside another, or in another process, has its own."""
        mine = code == MAIN and os.getpid() == self._owner and self._free.acquire(blocking=False)
        if not mine:
            with template_of(code, loads) as other:
                yield other
            return
        try:
            self._loads = tuple(name for name in (*USUAL, *loads) if name not in self._here)
            yield self
        finally:
            self._free.release()

    def load(self) -> None:
        self._here.update(self._loads)
        super().load()

    def _end(self) -> None:
        super()._end()
        self._here.clear()


@contextmanager
def one_template() -> Iterator[None]:
    """All runs in this process take their children from one template."""
    warm = WarmTemplate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "template_of", warm.of_a_run)
        yield
    warm.close()
