"""What a model's directory may hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from sluicegate.specs.tree import KINDS
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.file_type import disallowed_content
from sluicegate.validators.submission.files import MAX_SIZE, ModelFiles

SUFFIXES = frozenset(
    {".onnx", ".yaml", ".yml", ".json", ".md", ".txt", ".py", ".parquet", ".csv", ".npz", ".npy"}
    | {".png", ".svg"}
)
"""What a model's directory is made of; no format here runs code when it is opened."""
EXTERNAL = frozenset({".bin", ".data", ".onnx_data", ".weights"})
"""Of files of external data, which hold weights alone, where model.yaml pins them."""
NAMES = frozenset({"LICENSE", "NOTICE", ".gitattributes", ".gitignore"})


@check(
    "files-allowed", family="security", remedy="Remove the file, or keep it outside of the model's directory."
)
def files_allowed(files: ModelFiles) -> Iterator[Finding]:
    """The directory holds plain files of known kinds, and nothing that runs when it is opened.

    Pickles are refused by suffix and, whatever they are called, by the first opcode that calls what it
    imports; so are archives and native code by their first bytes, links, devices and submodules. What has a
    text's suffix must be text in UTF-8, .json must parse, and numpy's arrays hold no objects. How many files
    and bytes there are is judged by their listing, before any is read.
    """
    faults = list(_faults(files))
    yield from (fail(f"{name} {fault}", files.position(name)) for name, fault in faults)
    total = sum(entry.size for entry in files.entries.values())
    if not faults:
        message = f"{len(files.entries)} files of {total:,} bytes, all of known kinds"
        yield passed(message, observed=total, threshold=MAX_SIZE)


def _known(path: PurePosixPath, pinned: bool) -> bool:
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or path.name in NAMES or (pinned and suffix in EXTERNAL)


def _faults(files: ModelFiles) -> Iterator[tuple[str, str]]:
    for name, entry in files.entries.items():
        path = PurePosixPath(name)
        if not entry.plain:
            yield name, f"is {KINDS.get(entry.mode, 'not a plain file')}"
        elif not _known(path, name in files.pinned):
            yield name, f"is of a kind that is not allowed ({path.suffix or 'no suffix'})"
        else:
            kind = disallowed_content(files.directory / name)
            if kind is not None:
                yield name, f"is {kind}, whatever its name says"
