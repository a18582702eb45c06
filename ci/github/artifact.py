"""A report as a job without rights leaves it: an archive that anyone may have made, read as hostile data.

Nothing is unpacked to disk. What is not the report is looked at for its name and its size alone. A refusal
has a name, which the comment and the status of the pull request say.
"""

from __future__ import annotations

import io
import json
import math
import stat
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sluicegate.ci.report import json_report
from sluicegate.ci.report.text_format import clean
from sluicegate.validators.runner.finding import Finding, FromCache, Report, Verdict

ARTIFACT = "sluice-report"
REPORT = "report.json"
SCHEMA = Path(json_report.__file__).parent / "report.schema.json"
LARGEST_ARCHIVE = 32 << 20
"""Bytes as it is downloaded."""
LARGEST_FILE = 16 << 20
"""Bytes of the report, unpacked."""
LARGEST_WHOLE = 256 << 20
"""Bytes that all files say they have, unpacked."""
MOST_FILES = 50
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
Refusal = Literal[
    "no-report",
    "too-large",
    "unsafe-archive",
    "not-json",
    "other-schema",
    "partial",
    "other-head",
    "other-base",
    "other-code",
    "other-models",
    "fewer-checks",
    "other-verdict",
    "other-facts",
    "not-waived",
    "changes-the-judge",
]
"""Why a report is not believed."""


class Refused(Exception):
    """A report that is not believed; `kind` is its name, the message a sentence without its full stop."""

    def __init__(self, kind: Refusal, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Claim:
    """A report that is not believed yet, and what it says of itself."""

    report: Report
    verdict: Verdict
    complete: bool


def read_artifact(archive: bytes) -> Claim:
    """What an archive claims. Raises Refused."""
    data = _json(_member(archive))
    report = report_of(data)
    return Claim(report, Verdict(data["verdict"]), data["complete"])


def report_of(data: Any) -> Report:
    """The report that JSON is; it has to be of the committed schema. Raises Refused."""
    wrong = best_match(_schema().iter_errors(data))
    if wrong is not None:
        raise Refused("other-schema", f"{clean(wrong.json_path, 100)}: {clean(wrong.message, 200)}")
    return Report(
        findings=tuple(map(_finding, data["findings"])),
        seconds=data["seconds"],
        head=data["head"],
        notes=tuple(data["notes"]),
        models={name: Verdict(verdict) for name, verdict in data["models"].items()},
        versions={name: (before, after) for name, (before, after) in data["versions"].items()},
        base=data["base"],
        contents=data["contents"],
        checks=tuple(data["checks"]),
        code=data["code"],
        judge=data.get("judge", ""),
        cached={name: _cached(one) for name, one in data.get("cached", {}).items()},
        left_out=tuple(data["left_out"]),
    )


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_bytes()))


def _member(archive: bytes) -> bytes:
    """The bytes of the report in the archive. Raises Refused."""
    if len(archive) > LARGEST_ARCHIVE:
        raise Refused("too-large", f"the archive has more than {LARGEST_ARCHIVE:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            _require_safe(packed.infolist())
            return _read(packed)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise Refused("unsafe-archive", f"the archive cannot be read: {clean(error, 200)}") from error
    except (ValueError, OverflowError) as error:
        raise Refused("unsafe-archive", f"the archive makes no sense: {clean(error, 200)}") from error


def _require_safe(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise Refused("unsafe-archive", f"the archive has {len(members):,} files, more than {MOST_FILES}")
    names = [member.filename for member in members]
    if len(set(map(str.casefold, names))) < len(names):
        raise Refused("unsafe-archive", "a name is in the archive twice")
    for member in members:
        _require_plain(member)
    whole = sum(member.file_size for member in members)
    if whole > LARGEST_WHOLE:
        raise Refused("unsafe-archive", f"the archive would unpack to {whole:,} bytes")


def _require_plain(member: zipfile.ZipInfo) -> None:
    """A file of its own in the archive's own directory, packed as upload-artifact packs."""
    name = clean(member.filename, 100)
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in member.filename or "\0" in member.orig_filename:
        raise Refused("unsafe-archive", f"{name} leads out of the archive")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused("unsafe-archive", f"{name} is a link or a device")
    if member.flag_bits & 0x1 or member.compress_type not in _READABLE:
        raise Refused("unsafe-archive", f"{name} is encrypted, or packed in an unusual way")


def _read(packed: zipfile.ZipFile) -> bytes:
    if REPORT not in packed.namelist():
        raise Refused("no-report", f"the archive has no {REPORT}")
    with packed.open(REPORT) as member:
        # The size that the archive says is hostile as well: what is read is what counts.
        content = member.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Refused("too-large", f"{REPORT} has more than {LARGEST_FILE:,} bytes")
    return content


def _json(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused("not-json", f"{REPORT} is not JSON: {clean(error, 200)}") from error


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are there once: two readers must not see two reports."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _cached(data: Mapping[str, Any]) -> FromCache:
    try:
        judged = datetime.fromisoformat(data["judged"])
    except ValueError as error:
        raise Refused("other-schema", f"{clean(data['judged'], 60)} is not a timestamp") from error
    if judged.tzinfo is None:
        raise Refused("other-schema", f"{clean(data['judged'], 60)} names no time zone")
    return FromCache(tuple(data["checks"]), judged)


def _finding(data: Mapping[str, Any]) -> Finding:
    values = {**data, "verdict": Verdict(data["verdict"]), "diff": tuple(data["diff"])}
    values["graph"] = tuple((a, b) for a, b in data["graph"])
    for name in ("interval", "production_interval"):
        values[name] = _pair(data[name])
    return Finding(**values)


def _pair(bounds: Sequence[float | None] | None) -> tuple[float, float] | None:
    """(lower, upper); JSON has null for a bound that is infinite."""
    if bounds is None:
        return None
    lower, upper = bounds
    return (-math.inf if lower is None else lower, math.inf if upper is None else upper)
