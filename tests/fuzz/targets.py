"""One function a parser: it returns, or raises the parser's own error. Anything else is a fault."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sluicegate.ci.github.commands.parse import parse as parse_comment
from sluicegate.ci.report.log_commands import in_text
from sluicegate.gate.adapters.exposition import parse as parse_metrics
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.core.trailers import parse as parse_trailers
from sluicegate.specs.codeowners import parse as parse_codeowners
from sluicegate.specs.model_signature import SignatureProblem, faults
from sluicegate.specs.yamlio import parse as parse_yaml
from sluicegate.validators.evaluation.privacy import look
from sluicegate.validators.onnx.facts import GraphError, graph_of
from sluicegate.validators.runner.answers import AnswerError, read_answer
from sluicegate.validators.submission.data_size import size_fault
from sluicegate.validators.submission.numpy_file import numpy_fault
from sluicegate.validators.submission.requirements import pins, unpinned

_FOLDER = tempfile.TemporaryDirectory(prefix="fuzz-")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def wire(data: bytes) -> None:
    """An ONNX file's facts."""
    try:
        graph_of(data)
    except GraphError:
        return


def yaml(data: bytes) -> None:
    """A spec; what is wrong is among its problems."""
    parse_yaml(data, "models/x/model.yaml")


def metrics(data: bytes) -> None:
    """A scraped text of metrics."""
    try:
        parse_metrics(data.decode(errors="replace"), NOW, "router")
    except NoData:
        return


def trailers(data: bytes) -> None:
    """A commit's message."""
    parse_trailers(data.decode(errors="replace"))


def comment(data: bytes) -> None:
    """A comment that may hold commands."""
    parse_comment(data.decode(errors="replace"))


def codeowners(data: bytes) -> None:
    """CODEOWNERS, and a path that it may match."""
    parse_codeowners(data.decode(errors="replace")).rule("models/x/model.yaml")


def signature(data: bytes) -> None:
    """A model's signature; no key is trusted, so none may pass."""
    try:
        list(faults(data, {}, {}))
    except SignatureProblem:
        return
    raise AssertionError("a signature passed without a key")


def answer(data: bytes) -> None:
    """A line of a contained child."""
    try:
        read_answer(data, "quality")
    except AnswerError:
        return


def texts(data: bytes) -> None:
    """A log of a report, and a requirements.txt."""
    text = data.decode(errors="replace")
    assert not any(line.strip().startswith("::") for line in in_text(text).split("\n"))
    list(pins(text)), list(unpinned(text))


def csv(data: bytes) -> None:
    """A CSV file: its size, and its cells as texts."""
    path = _written(".csv", data)
    if size_fault(path) is None:
        look(path)


def npy(data: bytes) -> None:
    """The head of an array."""
    _arrays(_written(".npy", data))


def npz(data: bytes) -> None:
    """The heads of an archive's arrays."""
    _arrays(_written(".npz", data))


def parquet(data: bytes) -> None:
    """A parquet file's footer and pages."""
    size_fault(_written(".parquet", data))


def _arrays(path: Path) -> None:
    if numpy_fault(path) is None:
        size_fault(path)


def _written(suffix: str, data: bytes) -> Path:
    path = Path(_FOLDER.name, f"fed{suffix}")
    path.write_bytes(data)
    return path


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (
        wire,
        yaml,
        metrics,
        trailers,
        comment,
        codeowners,
        signature,
        answer,
        texts,
        csv,
        npy,
        npz,
        parquet,
    )
}
