"""The smoke test of a dark canary: it answers rows of its own evaluation set as the validators do.

The expected answers come from the contained child that judges pull requests; this process loads neither model
nor data, and checks what the child says. Whether a canary is at fault is said only where it answered itself.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sluicegate.gate.adapters.inference import Inference, Unreachable, canary
from sluicegate.gate.core.decision import Smoke
from sluicegate.gate.daemon.smoke import DarkCanary
from sluicegate.gate.metrics.base import gates
from sluicegate.specs import layout, repository
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document
from sluicegate.validators.evaluation.sample import sampled_requests
from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.submission.candidate import Candidate

ROWS = 20
LIMITS = Limits(wall_s=120, total_s=120)
"""Of the child that computes what is expected."""
SECONDS = 10.0
"""For one answer."""
TOLERANCE = {"fp32": 1e-3}
"""By precision: how far an output may be from the expected one, times its size where that is above 1. Triton
on a GPU multiplies fp32 by fewer bits than a CPU does; onnx-server does so where it was asked to."""
MOST_DIMENSIONS = 16
REDUCED_TOLERANCE = 5e-2
"""For every precision below fp32."""


@dataclass(frozen=True)
class Row:
    """One request, and what it should get."""

    number: int
    """Of the evaluation set, from 1."""
    inputs: Sequence[Any]
    outputs: Mapping[str, Any]
    """By name: `shape` and flat `data`."""


def smoke_test(dark: DarkCanary) -> Smoke:
    """Ask the canary. Never a pass where it could not be asked, or where nothing could be expected."""
    try:
        way = canary(dark.environment, dark.model)
        with tempfile.TemporaryDirectory(prefix="sluice-smoke-") as folder:
            inputs = inputs_of(dark.tree, dark.model, Path(folder))
            rows = expected_rows(inputs)
            spec = inputs["spec"]
    except Unreachable as error:
        return _not_run(error.message, error.remedy)
    except Unavailable as problem:
        return _not_run(f"what it should answer is not known: {problem.reason}", problem.remedy)
    tolerance = TOLERANCE.get(spec.serving.precision, REDUCED_TOLERANCE)
    bare_nan = spec.serving.engine == "triton"
    return ask(way, rows, tolerance, bare_nan=bare_nan)


def load(tree: Tree, directory: str) -> tuple[Document, ModelSpec]:
    """The model of a directory, without what single checks declare, as the gate has it. Raises InputError."""
    document = repository.read(tree, f"{directory}/{layout.MODEL_FILE}")
    return document, load_model(document, gates=gates(), sections=None)


def inputs_of(tree: Tree, model: str, workdir: Path) -> Inputs:
    """What the checks of a model may ask for; files are written to `workdir`."""
    return Inputs({**Candidate(model, tree, load).subject().given, "workdir": workdir})


def expected_rows(inputs: Inputs, number: int = ROWS) -> list[Row]:
    """Rows of the evaluation set with the answers of the contained onnxruntime. Raises Unavailable."""
    text = computed(sampled_requests, inputs, {"sample_size": number}, LIMITS)
    try:
        return [Row(int(row["row"]), row["inputs"], row["outputs"]) for row in json.loads(text)]
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise Unavailable(
            f"the process that loads the model returned an invalid sample: {problem}"
        ) from problem


def ask(way: Inference, rows: Sequence[Row], tolerance: float, *, bare_nan: bool) -> Smoke:
    """Send each row; the first that is not answered as it should be ends it.

    `bare_nan`: a missing number goes as NaN, which is not JSON, as Triton reads it, and not as null.
    """
    for asked, row in enumerate(rows):
        body = json.dumps(
            {
                "inputs": row.inputs if bare_nan else without_nan(row.inputs),
                "outputs": [{"name": name} for name in row.outputs],
            },
            separators=(",", ":"),
        )
        try:
            answer = way.infer(body.encode(), SECONDS)
        except Unreachable as error:
            return _not_run(error.message, error.remedy, asked)
        if answer.status != 200:
            said = answer.body[:200].decode("utf-8", "replace").strip()
            reason = f"row {row.number} of its evaluation set was answered with {answer.status}: {said}"
            return Smoke("failed", _one_line(reason), asked + 1, asked)
        wrong = next(differences(answer.body, row.outputs, tolerance), None)
        if wrong is not None:
            reason = f"row {row.number} of its evaluation set: {wrong}"
            return Smoke("failed", _one_line(reason), asked + 1, asked + 1)
    reason = f"{len(rows)} rows of its evaluation set are answered as expected"
    return Smoke("passed", reason, len(rows), len(rows))


def differences(body: bytes, expected: Mapping[str, Any], tolerance: float) -> Iterator[str]:
    """How an answer differs from the expected outputs, one sentence an output."""
    try:
        outputs = {output["name"]: output for output in json.loads(body)["outputs"]}
    except (ValueError, TypeError, KeyError, RecursionError):
        yield "the answer is not one of the Open Inference Protocol"
        return
    for name, wanted in expected.items():
        output = outputs.get(name)
        if output is None:
            yield f"output {name!r} is missing"
            continue
        if output.get("shape") != wanted["shape"]:
            yield f"output {name!r} has the shape {output.get('shape')}, expected {wanted['shape']}"
            continue
        wrong = _first_difference(_flat(output.get("data")), wanted["data"], tolerance)
        if wrong is not None:
            yield f"output {name!r} {wrong}"


def _first_difference(values: list[Any], wanted: Sequence[Any], tolerance: float) -> str | None:
    if len(values) != len(wanted):
        return f"has {len(values)} values, expected {len(wanted)}"
    for value, right in zip(values, wanted, strict=True):
        if _number(right) and not math.isfinite(right):
            continue  # JSON has no form for it, and what a server writes in its place is its own affair
        if _number(right) and not (_number(value) and math.isfinite(value)):
            return f"is {value!r}, not a finite number; expected {right:.6g}"
        if not _same(value, right, tolerance):
            return f"is {_shown(value)}, expected {_shown(right)}"
    return None


def _same(value: Any, right: Any, tolerance: float) -> bool:
    if isinstance(right, float):
        return bool(abs(value - right) <= tolerance * max(1.0, abs(right)))
    return bool(value == right)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)[:100]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(data: Any) -> list[Any]:
    """Data that may be nested by rows, as the protocol allows."""
    flat = data if isinstance(data, list) else []
    for _ in range(MOST_DIMENSIONS):
        if not any(isinstance(item, list) for item in flat):
            break
        flat = list(chain.from_iterable(item if isinstance(item, list) else [item] for item in flat))
    return flat


def without_nan(inputs: Sequence[Any]) -> list[Any]:
    """The inputs with null for each number that is missing."""
    return [
        {**tensor, "data": [None if value != value else value for value in tensor["data"]]}  # noqa: PLR0124
        for tensor in inputs
    ]


def _not_run(reason: str, remedy: str | None, asked: int = 0) -> Smoke:
    return Smoke("not_run", _one_line(f"{reason}; {remedy}" if remedy else reason), asked, asked)


def _one_line(text: str) -> str:
    return " ".join(text.split())
