"""The files of an artifact that are not in the repository, brought beside those that are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sluicegate.specs.artifact import PinnedFile
from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.cache import Cache, directory, place
from sluicegate.specs.artifacts.fetch import chunks, hashed
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import FileEntry
from sluicegate.validators.submission.files import ModelFiles

MODE = "100644"


def with_fetched(files: ModelFiles, spec: ModelSpec, access: Access) -> ModelFiles:
    """The directory with what its model.yaml names elsewhere; what could not be had is a fault of that file.

    The bytes come through this user's cache, which holds them against their digest.
    """
    entries = dict(files.entries)
    absent: dict[str, str] = {}
    digests: dict[str, str] = {}
    for file in spec.artifact.files:
        if file.uri is None:
            continue
        try:
            size = _bring(file, files.directory, entries, access)
        except SluiceError as error:
            absent[file.local] = f"could not be had: {error}"
            continue
        entries[file.local] = FileEntry(file.local, MODE, size)
        digests[file.local] = file.sha256
    pinned = frozenset(file.local for file in spec.artifact.files)
    return replace(files, entries=entries, absent=absent, pinned=pinned, _digests=digests)


def _bring(file: PinnedFile, root: Path, entries: Mapping[str, FileEntry], access: Access) -> int:
    """Its size in bytes. Raises SluiceError."""
    target = root / file.local
    if file.local in entries and target.is_file():
        with target.open("rb") as stream:
            if hashed(chunks(stream)) == file.sha256:
                return target.stat().st_size
    if target.exists() or any(file.local.startswith(f"{name}/") for name in entries):
        raise SluiceError(f"the repository has another {file.local}", "remove that file, or the uri")
    place(Cache(directory()).fetch(file.reference, access), target)
    return target.stat().st_size
