"""What a case is, and how its files are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hostile import threats
from hostile.expected import Expected, threats_of

Content = bytes | Callable[[Path], None]
"""A file's bytes, or what makes it at a path: a link, say."""


@dataclass(frozen=True)
class Case(Expected):
    """Files that must be refused."""

    files: Mapping[str, Content]

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
    for threat, module in threats_of(threats):
        for name, files, check, says in module.cases():
            yield Case(threat, name, check, says, files)


def link(target: str) -> Callable[[Path], None]:
    """A symbolic link."""
    return lambda path: path.symlink_to(target)


def hard_link(target: str) -> Callable[[Path], None]:
    """A second name of a file beside it."""
    return lambda path: path.hardlink_to(path.parent / target)


def on_demand(make: Callable[[], bytes]) -> Callable[[Path], None]:
    """Bytes that take a while to make: whoever only reads the names of the cases does not wait for them."""

    def write(path: Path) -> None:
        path.write_bytes(make())

    return write


def pipe(path: Path) -> None:
    """A FIFO, which nobody writes to."""
    os.mkfifo(path)
