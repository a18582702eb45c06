"""Shares of the reference data: as a server would count the same rows, and as model.yaml has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sluicegate.onnx_server.columns import Columns
from sluicegate.onnx_server.watched import Watched
from sluicegate.specs.model import Tensor
from sluicegate.specs.yamlio import parse
from sluicegate.validators.evaluation.input_shares import Shares, above, equal, proposal
from sluicegate.validators.runner.inputs import Unavailable

FRAME = pd.DataFrame(
    {"size": [0.1, 0.3, np.nan, 5.0, 7.0], "carrier": ["AA", "DL", "AA", None, "UA"], "word": list("abcde")}
)
SPEC: Any = SimpleNamespace(
    signature=SimpleNamespace(
        inputs=[Tensor("x", "float32", ("n", 2), ("size", "word")), Tensor("carrier", "string", ("n",))]
    )
)


def test_the_shares_are_those_that_a_server_counts_of_the_same_rows():
    """0.3 is 0.30000001 as a float32, and above the edge 0.3 there as in the server."""
    edges = (0.3, 5.0)
    columns = Columns((Watched("size", "x", 0, edges=edges),), {})
    for value in FRAME["size"].astype("float32"):
        columns.observe({"x": np.array([[value, 0]], dtype=np.float32)})
    samples = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in columns.collect()
        for sample in family.samples
    }
    rows = samples["sluice_server_input_rows_total", None]
    numbers = samples["sluice_server_input_count", None]
    counted = [(numbers - samples["sluice_server_input_bucket", str(edge)]) / rows for edge in edges]
    found = above(FRAME, SPEC, "size", edges)
    assert found == Shares((rows - numbers) / rows, tuple(counted)) == Shares(0.2, (0.6, 0.2))


def test_categories_are_shares_of_all_rows():
    assert equal(FRAME, "carrier", ("AA", "UA", "XX")).reference == (0.4, 0.2, 0.0)


def test_what_is_proposed_can_be_read_again():
    wide = pd.DataFrame({"size": np.arange(1000.0), "carrier": ["AA"] * 999 + ["DL"]})
    number, word = (parse(proposal(wide, SPEC, name).encode(), "x").value for name in ("size", "carrier"))
    assert len(number["size"]["edges"]) == 9
    assert number["size"]["reference"] == pytest.approx(np.arange(0.9, 0.05, -0.1), abs=0.001)
    assert word == {"carrier": {"values": ["AA", "DL"], "reference": [0.999, 0.001]}}


@pytest.mark.parametrize(
    ("name", "why"),
    [("nope", "no input column 'nope'"), ("word", "'word' of the reference is not of numbers")],
)
def test_a_column_that_is_none_is_refused(name: str, why: str):
    with pytest.raises(Unavailable, match=why):
        proposal(FRAME, SPEC, name)
