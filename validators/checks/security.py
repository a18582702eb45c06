"""What a model's directory may hold, and where its tensors may point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from validators.base import Finding, check, fail, passed
from validators.spec.model import ModelSpec
from validators.subject import ModelFiles
from validators.tree import KINDS

if TYPE_CHECKING:
    from validators.onnxfile import Graph

SUFFIXES = frozenset(
    {".onnx", ".yaml", ".yml", ".json", ".md", ".txt", ".py", ".parquet", ".csv", ".png", ".svg"}
)
"""What a model's directory is made of; no format here runs code when it is opened."""
NAMES = frozenset({"LICENSE", "NOTICE", ".gitattributes", ".gitignore"})
MAX_FILES = 1_000
MAX_SIZE = 2 << 30
"""Bytes of all files of one model together; protobuf itself ends at 2 GiB."""
MAGIC = {
    b"PK\x03\x04": "a zip archive (PyTorch and numpy keep pickles in one)",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a native program or library",
    b"MZ": "a native program or library",
    b"\x89HDF": "an HDF5 file (Keras keeps code in one)",
}


@check(
    "files-allowed", family="security", remedy="Remove the file, or keep it outside of the model's directory."
)
def files_allowed(files: ModelFiles) -> Iterator[Finding]:
    """The directory holds plain files of known kinds, and nothing that runs when it is opened.

    Pickles are refused by suffix and by their first bytes, whatever they are called; so are archives,
    native code, links, devices and submodules.
    """
    faults = list(_faults(files))
    yield from (fail(f"{name} {fault}", files.place(name)) for name, fault in faults)
    total = sum(entry.size for entry in files.entries.values())
    numbers: dict[str, Any] = {"observed": total, "threshold": MAX_SIZE}
    if total > MAX_SIZE or len(files.entries) > MAX_FILES:
        yield fail(
            f"{len(files.entries):,} files of {total:,} bytes; allowed are {MAX_FILES:,} and {MAX_SIZE:,}",
            **numbers,
        )
    elif not faults:
        yield passed(f"{len(files.entries)} files of {total:,} bytes, all of known kinds", **numbers)


def _faults(files: ModelFiles) -> Iterator[tuple[str, str]]:
    for name, entry in files.entries.items():
        path = PurePosixPath(name)
        if not entry.plain:
            yield name, f"is {KINDS.get(entry.mode, 'no plain file')}"
        elif path.suffix.lower() not in SUFFIXES and path.name not in NAMES:
            yield name, f"is of a kind that is not allowed ({path.suffix or 'no suffix'})"
        else:
            kind = disguised(files.head(name))
            if kind is not None:
                yield name, f"is {kind}, whatever its name says"


def disguised(head: bytes) -> str | None:
    """What a file is by its first bytes, when that is refused (pickle: PROTO opcode, PEP 307 and 3154)."""
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return "a pickle, which runs code when it is opened"
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)


@check(
    "external-data-escape",
    family="security",
    isolated=True,
    remedy="Keep every tensor's bytes in the ONNX file (onnx.save_model, save_as_external_data=False).",
)
def external_data_escape(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """External data stays inside the model's directory, inside its file, and under a digest.

    onnxruntime opens the path that the model names; one that leads out reads, or maps, any file of the
    server. A range beyond the file's end, or one laid over another, makes it read what nobody judged.
    """
    from validators.engine import external_faults

    at = files.place(spec.artifact.path)
    faults = [fault for _, fault in external_faults(graph, files)]
    yield from (fail(fault, at) for fault in faults)
    if not faults:
        yield passed("every tensor's bytes lie in the ONNX file itself", at)
