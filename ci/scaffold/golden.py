"""Golden rows of a model: its present answers as a file, declared in `tests.golden` of model.yaml."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.ci.model_reader import load, read_text
from sluicegate.ci.scaffold.score import LIMITS
from sluicegate.specs import layout
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import Document, InputError, add_item, add_key, splice
from sluicegate.specs.yamlio.problems import Location
from sluicegate.validators.evaluation.expected.recorded import SUFFIXES, recorded_rows
from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.file_type import disallowed_content

FILE = "tests/golden"
"""Below the model's directory, less its suffix."""
FILES = tuple(FILE + suffix for suffix in SUFFIXES)
NAME = "recorded answers"
"""Of the golden rows, until their owner gives them a better one."""


@dataclass(frozen=True)
class Recorded:
    """What was written."""

    path: str
    """The file, from the repository's root."""
    version: int
    rows: int
    outputs: tuple[str, ...]


def record(
    work: WorkTree, name: str, *, rows: int, tolerance: float, relative: float, replace: bool
) -> Recorded:
    """Write golden rows of models/NAME with its present answers, and declare them; whole, or not at all.

    Raises InputError where the model cannot be run on them, and for a file that exists unless `replace`.
    """
    directory = layout.model_directory(name)
    document, spec = load(work, directory)
    old = [file for file in FILES if os.path.lexists(work.root / directory / file)]
    if old and not replace:
        raise InputError.of(
            f"{directory}/{old[0]} already exists",
            "pass --replace to record the present answers over it, or rename it in model.yaml as well",
        )
    with tempfile.TemporaryDirectory(prefix="sluice-golden-") as scratch:
        inputs = Inputs({**Candidate(name, work, load).subject().given, "workdir": Path(scratch)})
        header, table = _computed(name, inputs, rows)
        _require_table(Path(scratch) / f"golden{header['suffix']}", table)
    file = FILE + header["suffix"]
    text = _declared(document, {"file": file, "tolerance": tolerance, "relative": relative})
    read_text(text, layout.model_path(name))
    _write(work.root / directory, {file: table, layout.MODEL_FILE: text})
    for other in set(old) - {file}:
        (work.root / directory / other).unlink()
    return Recorded(f"{directory}/{file}", spec.version, header["rows"], header["outputs"])


def _computed(name: str, inputs: Inputs, rows: int) -> tuple[dict[str, Any], bytes]:
    """The table and what it holds, from the contained child that runs the model. Raises InputError."""
    try:
        result = computed(recorded_rows, inputs, {"sample_size": rows}, LIMITS)
        line, _, table = result.partition(b"\n")
        said = json.loads(line)
        header = {
            "suffix": SUFFIXES[SUFFIXES.index(said["suffix"])],
            "rows": int(said["rows"]),
            "outputs": tuple(str(output)[:80] for output in said["outputs"]),
        }
    except Unavailable as problem:
        remedy = (problem.remedy or f"see what `sluice validate {name}` reports").rstrip(".")
        raise InputError.of(f"no answers of {name} are recorded: {problem.reason}", remedy) from problem
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise InputError.of(
            f"no answers of {name} are recorded: the process that runs it returned an invalid table",
            f"see what `sluice validate {name}` reports",
        ) from problem
    return header, table


def _require_table(path: Path, table: bytes) -> None:
    """Raises InputError where the bytes are of a kind that no model's directory may hold."""
    path.write_bytes(table)
    kind = disallowed_content(path)
    if kind is not None:
        raise InputError.of(f"the process that runs the model returned {kind}", "use a model that you trust")


def _declared(document: Document, entry: dict[str, Any]) -> bytes:
    """model.yaml with the golden file declared; where it was, with these tolerances. Raises InputError."""
    tests = document.value["spec"].get("tests")
    new = {"name": NAME, **entry}
    if tests is None:
        return add_key(document.text, ("spec",), "tests", {"golden": [new]})
    golden = tests.get("golden")
    if golden is None:
        return add_key(document.text, ("spec", "tests"), "golden", [new])
    for number, one in enumerate(golden):
        if one.get("file") in FILES:
            return _updated(document.text, ("spec", "tests", "golden", number), one, entry)
    return add_item(document.text, ("spec", "tests", "golden"), new)


def _updated(text: bytes, at: Location, old: dict[str, Any], entry: dict[str, Any]) -> bytes:
    text = splice(text, {(*at, key): value for key, value in entry.items() if key in old})
    for key, value in entry.items():
        if key not in old:
            text = add_key(text, at, key, value)
    return text


def _write(directory: Path, files: dict[str, bytes]) -> None:
    """Each file whole, in one rename. Raises InputError."""
    partial: list[Path] = []
    try:
        for name, data in files.items():
            target = directory / name
            target.parent.mkdir(exist_ok=True)
            partial.append(target.with_name(f".{target.name}.{os.getpid()}.part"))
            partial[-1].write_bytes(data)
        for name, part in zip(files, partial, strict=True):
            part.replace(directory / name)
    except OSError as problem:
        for part in partial:
            with suppress(OSError):
                part.unlink()
        raise InputError.of(
            f"{problem.filename} cannot be written: {problem.strerror}",
            "free some space, or make the directory writable",
        ) from problem
