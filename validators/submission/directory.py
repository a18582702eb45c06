"""What is wrong with the files of a directory: names, kinds, and what they are inside."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sluicegate.specs import model_signature
from sluicegate.specs.tree import KINDS
from sluicegate.validators.submission.data_size import SMALLER, size_fault
from sluicegate.validators.submission.fault import Fault
from sluicegate.validators.submission.file_type import Budget, disallowed_content
from sluicegate.validators.submission.files import ModelFiles
from sluicegate.validators.submission.formulas import formula_fault
from sluicegate.validators.submission.parquet_size import footer_text
from sluicegate.validators.submission.secrets import secrets_in

SUFFIXES = frozenset(
    {".onnx", ".yaml", ".yml", ".json", ".md", ".txt", ".py", ".parquet", ".csv", ".npz", ".npy"}
    | {".png", ".svg"}
)
"""What a model's directory is made of; no format here runs code when it is opened."""
EXTERNAL = frozenset({".bin", ".data", ".onnx_data", ".weights"})
"""Of files of weights, where model.yaml pins them: read as numbers alone, at offsets that are judged."""
NAMES = frozenset({model_signature.FILE, "LICENSE", "LICENCE", "COPYING", "NOTICE", ".gitignore"})
GIT_FILES = frozenset({".gitattributes", ".lfsconfig", ".gitmodules"})
"""Files that change what git makes of others: filters, endings, where LFS and submodules are fetched."""
NAME = re.compile(r"(?:\.gitignore|[A-Za-z0-9_][A-Za-z0-9 ._+=@()-]{0,199})")
"""What each part of a path looks like."""
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?|.*[ .]", re.IGNORECASE)
"""Names that Windows takes for a device, or cuts off the end of (Naming Files, Paths, and Namespaces)."""
PROSE = frozenset({".md", ".txt", ".py", ".yaml", ".yml", ".json", ""})
"""Suffixes of texts that are searched for secrets; rows of data are not."""
MAX_PROSE = 1 << 20
"""Bytes of one text that are searched."""
NO_FORMULA = "Take the cell out, or keep the table as parquet, which no spreadsheet computes."


@dataclass(frozen=True)
class FileFault(Fault):
    """A fault of one file."""

    name: str = ""


def directory_faults(files: ModelFiles) -> Iterator[FileFault]:
    """Every file at fault; of a kind of file that is there many times the same bytes are judged once."""
    yield from _names(files)
    budget = Budget()
    judged: dict[str, str | None] = {}
    sizes = Counter(entry.size for entry in files.entries.values() if entry.plain)
    for name, entry in files.entries.items():
        path = PurePosixPath(name)
        if not entry.plain:
            words = f"{name} is {KINDS.get(entry.mode, 'not a plain file')}"
            yield FileFault("entry", words, name=name)
        elif path.name in GIT_FILES:
            words = f"{name} changes what git makes of other files"
            yield FileFault(
                "git", words, "Keep it at the repository's root, where an owner sees it.", name=name
            )
        elif name in files.pinned and path.suffix.lower() in EXTERNAL:
            continue
        elif path.suffix.lower() not in SUFFIXES and path.name not in NAMES:
            words = f"{name} is of a kind that is not allowed ({path.suffix or 'no suffix'})"
            yield FileFault("suffix", words, name=name)
        else:
            key = name if sizes[entry.size] == 1 else f"{files.digest(name)} {path.suffix.lower()}"
            if key not in judged:
                judged[key] = disallowed_content(files.directory / name, budget)
            kind = judged[key]
            if kind is not None:
                yield FileFault("content", f"{name} is {kind}, whatever its name says", name=name)
            else:
                yield from _too_large(files, name) or _what_it_says(files, name)


def _too_large(files: ModelFiles, name: str) -> list[FileFault]:
    fault = size_fault(files.directory / name)
    return [] if fault is None else [FileFault("size", f"{name} {fault}", SMALLER, name=name)]


def _what_it_says(files: ModelFiles, name: str) -> Iterator[FileFault]:
    yield from _secrets(files, name)
    if PurePosixPath(name).suffix.lower() == ".csv":
        fault = formula_fault(files.directory / name)
        if fault is not None:
            yield FileFault("formula", f"{name} {fault}", NO_FORMULA, name=name)


def _names(files: ModelFiles) -> Iterator[FileFault]:
    same: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name in files.entries:
        for path in (PurePosixPath(name), *PurePosixPath(name).parents[:-1]):
            same[unicodedata.normalize("NFKC", path.as_posix()).casefold()][path.as_posix()] = None
        wrong = [part for part in PurePosixPath(name).parts if not NAME.fullmatch(part)]
        if wrong and not (files.entries[name].plain and PurePosixPath(name).name in GIT_FILES):
            words = f"the name {wrong[0][:80]!r} is not made of letters, digits and ordinary signs"
            yield FileFault("name", words, "Rename it.", name=name)
        elif any(map(RESERVED.fullmatch, PurePosixPath(name).parts)):
            yield FileFault("name", f"{name} has a name that Windows cannot store", "Rename it.", name=name)
    for twins in same.values():
        names = list(twins)
        if len(names) > 1:
            words = f"{' and '.join(names[:3])} differ only in case: some systems keep one of them"
            yield FileFault("case", words, "Rename or remove one of them.", name=names[-1])


def _secrets(files: ModelFiles, name: str) -> Iterator[FileFault]:
    for kind in secrets_in(_prose(files.directory / name)):
        yield FileFault(
            "secret",
            f"{name} holds {kind}",
            "Take the secret out and revoke it: whoever has the file has it.",
            name=name,
        )


def _prose(path: Path) -> str:
    """What people wrote of a file or in it; not the rows of data."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return footer_text(path)
    if suffix not in PROSE:
        return ""
    with path.open("rb") as stream:
        return stream.read(MAX_PROSE).decode("utf-8", "replace")
