"""What a check in the contained child depends on, as one digest: the key of the result cache.

The child has no repository, no network and no variable of the environment (`containment.py`). Its findings
depend on what it is sent, on the code that is installed, on its limits and on the machine, and on nothing
else: all of that is in the key, so nobody has to declare what a check reads.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import sluicegate
from sluicegate.specs.plugins import plugin_directories
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.inputs import sent_for
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check

FORMAT = "sluicegate result 1"
"""Goes into each key: findings of another format are of other keys."""
JUDGING = ("specs", "validators")
"""The folders of the package whose code a child runs."""
_CPU = ("model name", "CPU implementer", "CPU part", "flags", "Features")
_GPUS = Path("/proc/driver/nvidia/gpus")
_VARIABLES = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
"""Variables that the template keeps, and that change which library or device computes."""


class Unkeyed(Exception):
    """A value of a kind that has no digest here: what depends on it is not kept."""


@runtime_checkable
class Keyed(Protocol):
    """A value that says itself what identifies it, such as files that lie in a temporary directory."""

    def cache_parts(self) -> Any:
        """What two equal values have in common, of kinds that `digest_of` knows."""


def key_of(check: Check, given: Mapping[str, Any], limits: Limits, judge: str) -> str | None:
    """The key of a check's findings; None where they must not be kept.

    `given` is what the child is sent, `judge` the digest of code and machine (`judge_digest`). None where an
    input is missing, and for one of a kind that has no digest.
    """
    needed = sorted(sent_for(check.inputs))
    if any(name not in given for name in needed):
        return None
    try:
        content = digest_of({name: given[name] for name in needed})
    except Unkeyed:
        return None
    return digest_of((FORMAT, judge, check.id, limits, content))


def digest_of(value: Any) -> str:
    """The SHA-256 of plain data, dataclasses and `Keyed` values, in hex. Raises Unkeyed."""
    whole = hashlib.sha256()
    for part in _parts(value):
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """The value in pieces, so that different values have different ones."""
    yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
    if isinstance(value, Document):  # its nodes follow from its text
        yield from _parts((value.path, value.text))
    elif isinstance(value, Keyed):
        yield from _parts(value.cache_parts())
    elif isinstance(value, Enum):
        yield from _parts(value.value)
    elif value is None or isinstance(value, bool | int | float | str):
        yield repr(value).encode("utf-8", "backslashreplace")
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, date | datetime):
        yield value.isoformat().encode()
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _parts({field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, Mapping):
        yield from sorted(f"{digest_of(name)} {digest_of(one)}".encode() for name, one in value.items())
    elif isinstance(value, Set):
        yield from sorted(digest_of(one).encode() for one in value)
    elif isinstance(value, Sequence):
        yield from (digest_of(one).encode() for one in value)
    else:
        raise Unkeyed(f"a {type(value).__name__} has no digest")


@cache
def judge_digest() -> str:
    """What judges here: our code and that of plug-ins, every installed distribution, Python, the machine."""
    ours = Path(sluicegate.__file__).parent
    folders = [ours / name for name in JUDGING]
    sources = [_sources(place) for place in (*folders, *plugin_directories())]
    return digest_of((FORMAT, sources, sorted(_distributions()), _python(), _machine()))


def _sources(place: Path) -> Mapping[str, str]:
    """By path below the place, the digest of each file of code; a place may be a single file."""
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if _is_code(path))
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _is_code(path: Path) -> bool:
    return path.suffix in {".py", ".so", ".json", ".yaml"} and path.is_file()


def _distributions() -> Iterator[str]:
    """Name and version of each, as the name of its directory says (the format `dist-info`)."""
    for folder in map(Path, sys.path):
        yield from (found.name for found in folder.glob("*.dist-info"))


def _python() -> tuple[str, ...]:
    return (sys.version, *platform.libc_ver(), *(os.environ.get(name, "") for name in _VARIABLES))


def _machine() -> tuple[Any, ...]:
    """Timings and the last digits of figures depend on it."""
    return (platform.machine(), len(os.sched_getaffinity(0)), sorted(set(_processor())), sorted(_gpus()))


def _processor() -> Iterator[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    yield from (line for line in text.splitlines() if line.partition("\t")[0].strip() in _CPU)


def _gpus() -> Iterator[str]:
    for path in _GPUS.glob("*/information"):
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from (line for line in text.splitlines() if line.startswith("Model"))
