"""The next version of a model in another precision: its artifact, and its part of model.yaml."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sluicegate.ci.model_reader import load, read_text
from sluicegate.ci.scaffold.committed import require_committed
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import Document, InputError, add_key, splice
from sluicegate.validators.evaluation.conversion import converted
from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.submission.candidate import Candidate

LARGEST = 2 << 30
"""Bytes; the largest ONNX file that protobuf can hold."""
LIMITS = Limits(wall_s=1800, total_s=1800, cpu_s=3600, memory=16 << 30, file=LARGEST)
"""Of the child that converts: several copies of the model, and of its data."""
_PRECISION = re.compile(r"\.(fp32|fp16|bf16|int8)$")


@dataclass(frozen=True)
class Conversion:
    """What was written. Sizes are bytes, `largest_difference` a share of its output's range."""

    model: str
    precision: str
    from_version: int
    to_version: int
    artifact: str
    """The new file, from the repository's root."""
    bytes_before: int
    bytes_after: int
    operators: Mapping[str, int]
    """By type, how many more of them than before."""
    notes: tuple[str, ...]
    rows: int
    """Of the reference, on which both were compared."""
    largest_difference: float | None


def convert(work: WorkTree, repository: Repository, name: str, precision: str, *, static: bool) -> Conversion:
    """Write the next version of models/NAME, whole or not at all. Raises InputError.

    The artifact goes under a name of its own before model.yaml, in one rename, becomes the new version: a
    crash in between leaves the old version as it was.
    """
    directory = layout.model_directory(name)
    document, spec = load(work, directory)
    require_committed(work, repository, directory, spec.version, [spec.artifact.path])
    header, artifact = _converted(work, name, precision, static=static)
    path = _artifact_path(spec.artifact.path, precision)
    text = _next_version(document, spec, path, artifact, precision)
    read_text(text, f"{directory}/{layout.MODEL_FILE}")
    before = (work.root / directory / spec.artifact.path).stat().st_size
    _write(work.root / directory, path, artifact, text, spec.artifact.path)
    return Conversion(
        name,
        precision,
        spec.version,
        spec.version + 1,
        f"{directory}/{path}",
        before,
        len(artifact),
        header["operators"],
        tuple(header["notes"]),
        header["rows"],
        header["largest_difference"],
    )


def _converted(work: WorkTree, name: str, precision: str, *, static: bool) -> tuple[dict[str, Any], bytes]:
    """The converted model and its description, from the contained child. Raises InputError."""
    with tempfile.TemporaryDirectory(prefix="sluice-convert-") as scratch:
        inputs = Inputs({**Candidate(name, work, load).subject().given, "workdir": Path(scratch)})
        given = {"precision": precision, "static": static}
        try:
            result = computed(converted, inputs, given, LIMITS, most=LARGEST)
        except Unavailable as problem:
            remedy = (problem.remedy or "see what `sluice validate` says of it").rstrip(".")
            raise InputError.of(f"{name} could not be converted: {problem.reason}", remedy) from problem
    line, _, artifact = result.partition(b"\n")
    try:
        said = json.loads(line)
        header: dict[str, Any] = {
            "operators": {str(key): int(value) for key, value in said["operators"].items()},
            "notes": [str(note) for note in said["notes"]],
            "rows": int(said["rows"]),
            "largest_difference": None,
        }
        if said["largest_difference"] is not None:
            header["largest_difference"] = float(said["largest_difference"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise InputError.of(
            f"{name} could not be converted: the process that loads it returned an invalid result: {problem}",
            "see what `sluice validate` says of it",
        ) from problem
    return header, artifact


def _artifact_path(path: str, precision: str) -> str:
    """`model.onnx` becomes `model.fp16.onnx`, a name that shows the precision."""
    pure = PurePosixPath(path)
    stem = _PRECISION.sub("", pure.stem)
    return pure.with_name(f"{stem}.{precision}{pure.suffix}").as_posix()


def _next_version(document: Document, spec: ModelSpec, path: str, artifact: bytes, precision: str) -> bytes:
    """model.yaml of the next version; every other byte stays as it is. Raises InputError."""
    changes: dict[tuple[str | int, ...], Any] = {
        ("spec", "version"): spec.version + 1,
        ("spec", "artifact", "path"): path,
        ("spec", "artifact", "sha256"): f"sha256:{hashlib.sha256(artifact).hexdigest()}",
    }
    own: dict[str, dict[str, Any]] = {
        "serving": {"precision": precision},
        "lineage": {"converted_from": spec.version},
    }
    written = document.value["spec"]
    missing: list[tuple[tuple[str | int, ...], str, Any]] = []
    for section, values in own.items():
        for key, value in values.items():
            if section not in written:
                missing.append((("spec",), section, values))
            elif key not in written[section]:
                missing.append((("spec", section), key, value))
            else:
                changes["spec", section, key] = value
    text = splice(document.text, changes)
    for parent, key, value in missing:
        text = add_key(text, parent, key, value)
    return text


def _write(directory: Path, path: str, artifact: bytes, text: bytes, old: str) -> None:
    """Artifact, then model.yaml; the old artifact, which git has, goes last. Raises InputError."""
    target = directory / path
    if os.path.lexists(target):
        raise InputError.of(f"{target.name} already exists", "remove or rename it")
    parts = {target: artifact, directory / layout.MODEL_FILE: text}
    partial = {file: file.with_name(f".{file.name}.{os.getpid()}.part") for file in parts}
    try:
        for file, data in parts.items():
            partial[file].write_bytes(data)
        partial[target].replace(target)
        partial[directory / layout.MODEL_FILE].replace(directory / layout.MODEL_FILE)
    except BaseException as problem:
        for file in (*partial.values(), target):
            with suppress(OSError):
                file.unlink()
        if isinstance(problem, OSError):
            message = f"{problem.filename} cannot be written: {problem.strerror}"
            raise InputError.of(
                message, "free some space, or make the directory writable; nothing was changed"
            ) from problem
        raise
    (directory / old).unlink()
