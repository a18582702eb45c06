"""What a model's directory says must be installed, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.fault import Fault, grouped
from sluicegate.validators.submission.file_type import other_coding
from sluicegate.validators.submission.files import ModelFiles
from sluicegate.validators.submission.requirements import FILES, MOST_BYTES, pins, sources, unpinned

PIN = "Pin each package with `==`, as `uv pip compile` or `pip-compile` does."
FROM_AN_INDEX = "Name packages and versions alone; let the machine that installs them say from which index."


@dataclass(frozen=True)
class LineFault(Fault):
    """A fault of one line of a file."""

    name: str = ""
    line: int = 1


@check("requirements-pinned", family="quality", static=True, remedy=PIN)
def requirements_pinned(files: ModelFiles) -> Iterator[Finding]:
    """What the model's directory asks pip for is pinned, and comes from the index alone.

    A line of requirements*.txt that names an address, a path, another file or another index is code of
    whoever owns that place, on each machine that installs the file: refused. A package without `==` is
    another one tomorrow: inconclusive. Nothing is installed here. Pins without a hash are counted and
    accepted: an index may then give other bytes for the same version. A waiver may accept an index of one's
    own.
    """
    names = [name for name, entry in files.entries.items() if entry.plain and FILES.fullmatch(name)]
    if not names:
        yield skipped(f"{files.path} has no requirements.txt")
        return
    faults = [fault for name in names for fault in _faults(files, name)]
    for fault in grouped(faults):
        found = fail if fault.refuses else inconclusive
        yield found(fault.words, files.position(fault.name, fault.line), remedy=fault.remedy)
    if not faults:
        every = [pin for name in names for pin in pins(_text(files, name))]
        bare = sum(not pin.hashed for pin in every)
        words = f"{len(every):,} packages are pinned, {bare:,} of them without a hash"
        yield passed(words, files.position(names[0]), observed=len(every))


def _faults(files: ModelFiles, name: str) -> Iterator[LineFault]:
    if files.entries[name].size > MOST_BYTES:
        words = f"{name} has over {MOST_BYTES:,} bytes"
        yield LineFault("size", words, "Pin fewer packages.", refuses=False, name=name)
        return
    coding = other_coding(files.directory / name)
    if coding is not None:
        words = f"{name} is read by pip as other text than it shows: its coding is {coding!r}"
        yield LineFault("coding", words, "Write it in UTF-8, and take the coding out.", name=name)
    text = _text(files, name)
    for source in sources(text):
        words = f"{name}:{source.line} has {source.what}"
        yield LineFault("source", words, FROM_AN_INDEX, name=name, line=source.line)
    for line in unpinned(text):
        words = f"{name}:{line} pins no version"
        yield LineFault("version", words, PIN, refuses=False, name=name, line=line)


def _text(files: ModelFiles, name: str) -> str:
    return files.head(name, MOST_BYTES).decode("utf-8", "replace")
