"""What is common to a hostile artifact and a hostile pull request: who must refuse it, and in which words."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

Found = Iterable[tuple[str, str]]
"""(check, message) of what was refused."""


@dataclass(frozen=True)
class Expected:
    """Something that must be refused by this check, with these words in its message."""

    threat: str
    """The module that makes it."""
    name: str
    check: str
    says: str

    def named_in(self, found: Found) -> bool:
        """Whether it was refused for what is wrong with it."""
        return any(check == self.check and self.says in message for check, message in found)


def threats_of(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    """Each module of a package, one a threat, in order."""
    for module in pkgutil.iter_modules(package.__path__):
        yield module.name, import_module(f"{package.__name__}.{module.name}")
