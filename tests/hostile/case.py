"""What a case is, and how its files are written."""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hostile import threats

Content = bytes | Callable[[Path], None]
"""A file's bytes, or what makes it at a path: a link, say."""


@dataclass(frozen=True)
class Case:
    """Files that must be refused by this check, with these words in its message."""

    threat: str
    name: str
    files: Mapping[str, Content]
    check: str
    says: str

    def write(self, folder: Path) -> Path:
        """Write them below this folder, and say where."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content)
        return folder


def every_case() -> Iterator[Case]:
    """All cases of all threats, in order."""
    for module in pkgutil.iter_modules(threats.__path__):
        threat = import_module(f"{threats.__name__}.{module.name}")
        for name, files, check, says in threat.cases():
            yield Case(module.name, name, files, check, says)


def link(target: str) -> Callable[[Path], None]:
    """A symbolic link."""
    return lambda path: path.symlink_to(target)


def hard_link(target: str) -> Callable[[Path], None]:
    """A second name of a file beside it."""
    return lambda path: path.hardlink_to(path.parent / target)


def pipe(path: Path) -> None:
    """A FIFO, which nobody writes to."""
    os.mkfifo(path)
