"""Whether git holds a version of a model, so that its files may be replaced."""

from __future__ import annotations

import filecmp
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError


def require_committed(
    work: WorkTree, repository: Repository, directory: str, version: int, files: Iterable[str]
) -> None:
    """Raises InputError where model.yaml or one of these files of a model differs from the last commit."""
    head = repository.commit_named("HEAD")
    committed = repository.tree(head) if head is not None else None
    with tempfile.TemporaryDirectory(prefix="sluice-committed-") as folder:
        if committed is not None:
            committed.copy(directory, Path(folder))
        for file in (layout.MODEL_FILE, *files):
            before = Path(folder, file)
            if not before.is_file() or not filecmp.cmp(before, work.root / directory / file, shallow=False):
                raise InputError.of(
                    f"{directory}/{file} differs from the last commit",
                    f"commit version {version} first: the next one is compared with it",
                )
