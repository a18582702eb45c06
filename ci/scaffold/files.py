"""Files for somebody's folder: which are new, which are there already, which a person has edited."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

from sluicegate.specs.yamlio import InputError

State = Literal["new", "unchanged", "outdated", "yours"]


@dataclass(frozen=True)
class Planned:
    """A file that is to be there: `new`, `unchanged`, `outdated` (to be written again), or `yours` (kept)."""

    path: str
    state: State
    text: str

    @property
    def is_written(self) -> bool:
        """Whether it has to be written."""
        return self.state in ("new", "outdated")


def plan(
    root: Path,
    files: Mapping[str, str],
    renewed: Collection[str] = (),
    earlier: Mapping[str, str] = MappingProxyType({}),
) -> list[Planned]:
    """What writing these files would do. Those that are `renewed` do not keep what is there.

    Nor do those that are still as `earlier` has them: as we wrote them, and nobody's work. Raises InputError
    where something other than a directory of this folder is in the way.
    """
    return [
        Planned(path, _state(root, path, text, path in renewed, earlier.get(path)), text)
        for path, text in files.items()
    ]


def _state(root: Path, path: str, text: str, renewed: bool, earlier: str | None) -> State:
    _require_way(root, path)
    file = root / path
    if not os.path.lexists(file):
        return "new"
    plain = file.is_file() and not file.is_symlink()
    if not plain:
        return "yours"
    there = file.read_bytes()
    if there == text.encode():
        return "unchanged"
    as_we_wrote_it = earlier is not None and there == earlier.encode()
    return "outdated" if renewed or as_we_wrote_it else "yours"


def _require_way(root: Path, path: str) -> None:
    """Raises InputError where a folder above a file is a link or a file: nothing is written elsewhere."""
    for above in reversed(PurePosixPath(path).parents[:-1]):
        folder = root / above
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            kind = "a symbolic link" if folder.is_symlink() else "a file"
            raise InputError.of(
                f"{above} is {kind}, and {path} belongs below it", "move it away; nothing was written"
            )


def others(root: Path, own: Collection[str]) -> list[str]:
    """What lies in a folder beside git and these paths: its own names, in order; folders end with `/`."""
    known = {PurePosixPath(path).parts[0] for path in own} | {".git"}
    found = [] if not root.is_dir() else [entry for entry in root.iterdir() if entry.name not in known]
    return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in found)
