"""A model of another format as an ONNX file, compared with its library's own answers."""

from __future__ import annotations

import io
import json
import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sluicegate.ci.scaffold.formats.base import Array, features_of, format_of, missing
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.computed import computed, keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.limits import Limits

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 2 << 30
"""Bytes; the largest ONNX file that protobuf can hold."""
LIMITS = Limits(wall_s=900, total_s=900, cpu_s=1800, memory=32 << 30, file=LARGEST, files=1024)
"""Of the child that reads the model: torch and tensorflow map 10 GB before any is loaded."""
TOLERANCE = 1e-3
"""How far an answer may be from the library's own, times its size where that is above 1."""
CI_VARIABLES = (
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TF_BUILD",
    "BUILDKITE",
    "CIRCLECI",
    "TEAMCITY_VERSION",
    "BITBUCKET_BUILD_NUMBER",
    "CODEBUILD_BUILD_ID",
)
"""One of them is set wherever a pull request is built."""


@dataclass(frozen=True)
class Source:
    """A file of another format."""

    format: str
    path: Path
    tolerance: float = TOLERANCE


@contextmanager
def imported(source: Source, new: NewModel) -> Iterator[tuple[NewModel, str]]:
    """`new` with the ONNX file that was made of the source, and in words how far both agree.

    A pickle is opened in a contained child, on a machine where no CI runs. Raises InputError where the
    converter is not installed, the file is of another kind, cannot be converted, or gives other answers.
    """
    _require(source)
    with tempfile.TemporaryDirectory(prefix="sluice-import-") as scratch:
        target = Path(scratch) / "model.onnx"
        try:
            columns, expected = _convert(source, new, target)
            words = _compare(source, new, target, columns, expected)
        except Unavailable as problem:
            remedy = (problem.remedy or "fix it, or export it to ONNX yourself and pass --onnx").rstrip(".")
            raise InputError.of(
                f"{source.path} could not be converted: {problem.reason}", remedy
            ) from problem
        taken = columns["names"] if columns["together"] else ()
        yield replace(new, onnx=target, columns=tuple(taken)), words


def _require(source: Source) -> None:
    """Raises InputError for what must not, or cannot, be read here."""
    declared = format_of(source.format)
    if not source.path.is_file():
        raise InputError.of(f"{source.path} is not a file", "pass the path of an existing file")
    if source.path.suffix.lower() not in declared.SUFFIXES:
        raise InputError.of(
            f"{source.path} does not end in {' or '.join(suffix for suffix in declared.SUFFIXES)}",
            f"save it with {declared.SAVE_AS}",
        )
    if declared.RUNS_CODE:
        _require_own_machine(source)
    if absent := missing(declared):
        raise InputError.of(
            f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed, which --from "
            f"{source.format} needs",
            f"run: pip install {shlex.quote(f'sluicegate[{source.format}]')}",
        )


def _require_own_machine(source: Source) -> None:
    require_own_machine(
        f"{source.path} may run code when it is opened",
        "convert it on your own machine, and commit the ONNX file",
    )


def require_own_machine(reason: str, remedy: str) -> None:
    """Raises InputError where CI runs."""
    found = next((name for name in CI_VARIABLES if os.environ.get(name)), None)
    if found is not None:
        raise InputError.of(f"{reason}, and this is a CI job ({found} is set)", remedy)


def _convert(source: Source, new: NewModel, target: Path) -> tuple[dict[str, Any], bytes]:
    """Write the ONNX file; its columns, and the library's answers as .npz. Raises Unavailable."""
    given: dict[str, Any] = {
        "source": replace(source, path=source.path.resolve()),
        "new": _absolute(new),
    }
    inputs = Inputs({"workdir": target.parent})
    read = [given["source"].path, given["new"].reference]
    result = computed(converted, inputs, given, LIMITS, most=LARGEST, read=read)
    line, _, rest = result.partition(b"\n")
    try:
        said = json.loads(line)
        names = [str(name) for name in said["names"]]
        length = int(said["answers"])
        together = bool(said["together"])
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise Unavailable(f"the process that opened it returned an invalid result: {problem}") from problem
    target.write_bytes(rest[length:])
    return {"names": names, "together": together}, rest[:length]


def _absolute(new: NewModel) -> NewModel:
    return replace(new, reference=new.reference.resolve())


def converted(source: Source, new: NewModel) -> Iterator[Finding]:
    """In the child: keep the columns, the library's answers, and the ONNX file. Raises Unavailable."""
    declared = format_of(source.format)
    try:
        model = declared.load(source.path)
        table = _rows(new.reference)
        features = features_of(table, declared.columns(model), new.columns, (*new.labels, new.group))
        made = declared.to_onnx(model, features)
        answers = declared.answers(model, features)
    except Unavailable:
        raise
    except Exception as problem:
        raise Unavailable(
            f"{source.format} rejects it: {type(problem).__name__}: {problem}",
            remedy="Save it anew, with the library's version that is installed here; name the model's "
            "columns in its order: --columns a,b,c; or export it to ONNX yourself and pass --onnx.",
        ) from problem
    packed = io.BytesIO()
    np.savez(packed, **{str(at): part for at, part in enumerate(answers) if part is not None})
    header = {
        "names": features.names,
        "together": len(made.graph.input) == 1,
        "answers": len(packed.getvalue()),
    }
    keep(json.dumps(header).encode() + b"\n" + packed.getvalue() + made.SerializeToString())
    yield passed("converted")


def _rows(path: Path) -> pd.DataFrame:
    from sluicegate.validators.evaluation.tables import read_table

    return read_table(path, {}, path.name)


def _compare(source: Source, new: NewModel, target: Path, columns: dict[str, Any], expected: bytes) -> str:
    """How far both agree, in words. Raises Unavailable where they do not."""
    absolute = _absolute(new)
    given = {"model": target, "new": absolute, "columns": columns, "expected": expected}
    text = computed(compared, Inputs({"workdir": target.parent}), given, LIMITS, read=[absolute.reference])
    try:
        said = json.loads(text)
        largest, row, rows = float(said["largest"]), int(said["row"]), int(said["rows"])
        output, beyond = str(said["output"]), said["by_row"]
        count = sum(float(one) > source.tolerance for one in beyond)
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise Unavailable(f"the process that ran it returned an invalid comparison: {problem}") from problem
    if count:
        raise Unavailable(
            f"its answers to {count:,} of {rows:,} reference rows differ from {source.format}'s own by more "
            f"than {source.tolerance:g}, most in output {output!r}, row {row}: {largest:.3g}",
            remedy="Train on float32 columns, as requests are sent; or allow a larger gap: --tolerance.",
        )
    own = f"{source.format}'s own within {largest:.2g} (output {output!r})"
    return f"its answers to {rows:,} reference rows are {own}"


def compared(model: Path, new: NewModel, columns: dict[str, Any], expected: bytes) -> Iterator[Finding]:
    """In a child of its own: keep as JSON how far the ONNX model's answers are from the expected ones.

    Raises Unavailable.
    """
    from sluicegate.validators.onnx.engine import load
    from sluicegate.validators.onnx.facts import read_graph
    from sluicegate.validators.onnx.rules.loading import harmful

    for _, fault in harmful(read_graph(model)):
        raise Unavailable(fault.words, remedy=fault.remedy)
    session = load(model)
    table = _rows(new.reference)
    feeds = _feeds(session, table[columns["names"]], together=columns["together"])
    names = [output.name for output in session.get_outputs()]
    given = session.run(names, feeds)
    with np.load(io.BytesIO(expected), allow_pickle=False) as archive:
        wanted = {int(at): archive[at] for at in archive.files}
    if not wanted or max(wanted) >= len(names):
        raise Unavailable(f"the graph has {len(names)} outputs, and the library gives {len(wanted)} answers")
    gaps = {names[at]: _gaps(given[at], values) for at, values in wanted.items()}
    output = max(gaps, key=lambda name: float(gaps[name].max(initial=0.0)))
    by_row = np.maximum.reduce(list(gaps.values()))
    row = int(by_row.argmax())
    keep(
        json.dumps(
            {
                "largest": float(by_row[row]),
                "row": row + 1,
                "rows": len(by_row),
                "output": output,
                "by_row": by_row.tolist(),
            }
        ).encode()
    )
    yield passed("compared")


def _feeds(session: Any, frame: pd.DataFrame, *, together: bool) -> dict[str, Array]:
    from sluicegate.ci.scaffold.formats.base import Features
    from sluicegate.validators.evaluation.feeds import fitted, stacked

    kinds = {"tensor(float)": "float32", "tensor(int64)": "int64", "tensor(string)": "string"}
    if together:
        return {session.get_inputs()[0].name: Features(frame).matrix}
    feeds = {}
    for at, value in enumerate(session.get_inputs()):
        name = str(frame.columns[at])
        feeds[value.name] = fitted(stacked(frame[name]), kinds[value.type], name).reshape(-1, 1)
    return feeds


def _gaps(given: Array, wanted: Array) -> Array:
    """Of each row the largest difference, over what was wanted where that is above 1; infinite for NaN."""
    if wanted.dtype.kind not in "fiub":
        return np.where(np.asarray(given).astype(str) == wanted.astype(str), 0.0, np.inf)
    new, old = (values.reshape(len(wanted), -1).astype(np.float64) for values in (np.asarray(given), wanted))
    if new.shape != old.shape:
        raise Unavailable(
            f"the graph answers with {new.shape[1]} numbers a row, and the library with {old.shape[1]}"
        )
    same = (new == old) | (np.isnan(new) & np.isnan(old))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(new - old) / np.maximum(1.0, np.abs(old)))
    worst: Array = np.where(np.isnan(gap), np.inf, gap).max(axis=1, initial=0.0)
    return worst
