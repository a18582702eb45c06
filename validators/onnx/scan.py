"""Judging bare files and directories without a spec: what `sluice scan` runs in its child."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from sluicegate.specs.tree import FileEntry, WorkTree
from sluicegate.validators.onnx.checker import checker_fault
from sluicegate.validators.onnx.external import external_faults
from sluicegate.validators.onnx.external_values import external_not_finite
from sluicegate.validators.onnx.facts import Graph, GraphError, read_graph
from sluicegate.validators.onnx.rules.bounds import bounds
from sluicegate.validators.onnx.rules.encoding import encoding
from sluicegate.validators.onnx.rules.randomness import randomness
from sluicegate.validators.onnx.rules.structure import structure, versions
from sluicegate.validators.onnx.rules.texts import names, personal_data, secrets
from sluicegate.validators.onnx.rules.weights import not_finite_faults, weights
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.submission.directory import directory_faults
from sluicegate.validators.submission.fault import Fault, grouped
from sluicegate.validators.submission.files import MAX_FILES, ModelFiles

RULES = (
    ("onnx-format", encoding),
    ("onnx-graph", structure),
    ("onnx-graph", versions),
    ("onnx-bounds", bounds),
    ("onnx-weights", weights),
    ("onnx-random", randomness),
    ("onnx-texts", names),
    ("onnx-texts", secrets),
    ("personal-data", personal_data),
)
"""What is asked of every ONNX file, with the check that asks it in `sluice validate`."""
EXPORT = "Export the model again."


@dataclass(frozen=True)
class Refusal:
    """One fault: the check that finds it, the file below the scanned path, and what to do."""

    check: str
    path: str
    message: str
    remedy: str | None


def scanned(target: Path) -> Iterator[Finding]:
    """In the child: keep as JSON what is at fault, and what that took."""
    refusals = [asdict(one) for one in refusals_of(target)]
    used = resource.getrusage(resource.RUSAGE_SELF)
    taken = {"cpu_s": round(used.ru_utime + used.ru_stime, 3), "peak_rss_bytes": used.ru_maxrss << 10}
    keep(json.dumps({"findings": refusals, **taken}).encode())
    yield passed("scanned")


def refusals_of(target: Path) -> Iterator[Refusal]:
    """What is at fault with a file, or with a directory and all below it. Nothing is loaded or expanded."""
    if target.is_dir() and not target.is_symlink():
        root, tree = target, WorkTree(target)
        entries = {entry.path: entry for entry in tree.entries("")}
    else:
        root, tree = target.parent, WorkTree(target.parent)
        entries = {entry.path: entry for entry in tree.entries(target.name)}
    if len(entries) > MAX_FILES:
        words = f"{len(entries):,} files, more than {MAX_FILES:,}"
        yield Refusal("files-allowed", "", words, "Scan its parts one by one.")
        return
    files = ModelFiles("", entries, root)
    for fault in grouped(directory_faults(files)):
        yield Refusal("files-allowed", fault.name, fault.words, fault.remedy)
    for name, entry in entries.items():
        if entry.plain and PurePosixPath(name).suffix.lower() == ".onnx":
            yield from _model(files, entry)


def _model(files: ModelFiles, entry: FileEntry) -> Iterator[Refusal]:
    refused = False
    for check, fault in static_faults(files, entry.path):
        refused = True
        yield Refusal(check, entry.path, fault.words, fault.remedy)
    if not refused and (words := checker_fault(files.directory / entry.path)) is not None:
        yield Refusal("onnx-graph", entry.path, f"onnx.checker: {words}", EXPORT)


def static_faults(files: ModelFiles, name: str) -> Iterator[tuple[str, Fault]]:
    """What the static rules refuse of one ONNX file, each with its check; onnx itself is not asked."""
    try:
        graph = read_graph(files.directory / name)
    except GraphError as problem:
        yield "onnx-graph", Fault("unreadable", problem.message, problem.remedy)
        return
    yield from _faults(graph, files, name)


def _faults(graph: Graph, files: ModelFiles, name: str) -> Iterator[tuple[str, Fault]]:
    for check, rule in RULES:
        for fault in grouped(rule(graph)):
            if fault.refuses:
                yield check, fault
    beside = _beside(files, name)
    for fault in grouped(not_finite_faults(external_not_finite(graph, beside))):
        if fault.refuses:
            yield "onnx-weights", fault
    for fault in grouped(fault for _, fault in external_faults(graph, beside)):
        if not fault.kind.startswith("digest "):  # a bare file has no spec that could pin another
            yield "external-data-escape", fault


def _beside(files: ModelFiles, name: str) -> ModelFiles:
    """The files of the directory that a model lies in: its tensors are named from there."""
    folder = PurePosixPath(name).parent
    directory = files.directory / folder
    entries = WorkTree(directory).entries("")
    return ModelFiles("", {entry.path: entry for entry in entries}, directory)
