"""What `sluice up` is made of that lies above what is embedded."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from sluicegate.ci.commands._gate_output import sentences
from sluicegate.ci.report import rollout
from sluicegate.ci.report.rollout.picture import picture
from sluicegate.ci.report.up_page import overview
from sluicegate.ci.smoke import expected_rows, inputs_of, smoke_test, without_nan
from sluicegate.embedded.runtime.errors import RowsUnusable
from sluicegate.embedded.up.whole import Parts
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.inputs import Unavailable


def parts() -> Parts:
    """Everything that the command brings."""
    return Parts(smoke_test, picture, requests, sentences, overview, rollout.render)


def requests(tree: Tree, model: str, number: int) -> list[bytes]:
    """Rows of a model's evaluation set as bodies of requests. Raises RowsUnusable."""
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-rows-") as folder:
            rows = expected_rows(inputs_of(tree, model, Path(folder)), number)
    except Unavailable as problem:
        remedy = problem.remedy or "declare `data.evaluation` in its model.yaml"
        raise RowsUnusable(problem.reason, remedy) from None
    return [_body([_shortened(tensor) for tensor in without_nan(row.inputs)]) for row in rows]


def _body(inputs: list[Any]) -> bytes:
    return json.dumps({"inputs": inputs}, separators=(",", ":"), allow_nan=False).encode()


def _shortened(tensor: dict[str, Any]) -> dict[str, Any]:
    """The same numbers with as few digits as their type needs: 5.1 in FP32 is no 5.099999904632568."""
    if tensor["datatype"] != "FP32":
        return tensor
    data = [None if value is None else float(str(np.float32(value))) for value in tensor["data"]]
    return {**tensor, "data": data}
