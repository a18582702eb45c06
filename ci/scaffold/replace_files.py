"""Replacing files of a model together with its model.yaml: all of them, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from sluicegate.ci.scaffold.directory import digest
from sluicegate.specs import layout
from sluicegate.specs.model import File
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Replacement:
    """A file that takes the place of another of the directory, or of none."""

    source: Path
    old: str | None
    file: File
    """Its path in the directory, and its digest."""


def replace_files(
    directory: Path, replaced: Sequence[Replacement], text: bytes, gone: Sequence[str] = ()
) -> None:
    """Copy all of them beside what they replace, then rename; `text` is the new model.yaml, and goes last.

    The files that are `gone` are removed after it.

    Raises InputError where one cannot be written, or changes while it is copied; all is as before then. A
    kill between two renames leaves files that model.yaml does not pin: `sluice validate` refuses them.
    """
    with ExitStack() as leftovers:
        try:
            _replace(directory, replaced, text, leftovers)
            _remove_old(directory, replaced, gone)
        except OSError as problem:
            raise InputError.of(
                f"{problem.filename} cannot be written: {problem.strerror}",
                "free some space, or make the directory writable; nothing was changed",
            ) from problem


def _replace(directory: Path, replaced: Sequence[Replacement], text: bytes, leftovers: ExitStack) -> None:
    parts: dict[Path, Path] = {}
    for one in replaced:
        target = directory / one.file.path
        if one.file.path != one.old and os.path.lexists(target):
            raise InputError.of(f"{one.file.path} already exists", "remove or rename it")
        target.parent.mkdir(parents=True, exist_ok=True)
        parts[target] = _beside(target, "part", leftovers)
        shutil.copyfile(one.source, parts[target])
        if digest(parts[target]) != one.file.sha256:
            raise InputError.of(f"{one.source} changed while it was read", "run it again")
    model_yaml = directory / layout.MODEL_FILE
    parts[model_yaml] = _beside(model_yaml, "part", leftovers)
    parts[model_yaml].write_bytes(text)
    _rename(parts, leftovers)


def _remove_old(directory: Path, replaced: Sequence[Replacement], gone: Sequence[str]) -> None:
    renamed = [one.old for one in replaced if one.old not in (None, one.file.path)]
    for path in (*renamed, *gone):
        (directory / str(path)).unlink()


def _rename(parts: dict[Path, Path], leftovers: ExitStack) -> None:
    """Rename in order; where one fails, those before it are put back."""
    with ExitStack() as undo:
        for target, part in parts.items():
            if target.exists():
                kept = _beside(target, "kept", leftovers)
                os.link(target, kept)
                undo.callback(os.replace, kept, target)
            else:
                undo.callback(target.unlink, missing_ok=True)
            part.replace(target)
        undo.pop_all()


def _beside(target: Path, word: str, leftovers: ExitStack) -> Path:
    """A hidden name in the same folder, gone at the end."""
    path = target.with_name(f".{target.name}.{os.getpid()}.{word}")
    leftovers.callback(_remove, path)
    return path


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
