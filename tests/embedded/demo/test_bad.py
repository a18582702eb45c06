"""Act 2's model, made from version 2: one carrier's scores are cut, and a tensor's bytes lie outside."""

import hashlib

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

from sluicegate.embedded.demo.material.bad import CARRIER_COLUMN, DELTA, ESCAPE, FACTOR, make_bad
from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.specs.yamlio import parse

SOURCE = PRODUCT / "models" / MODEL


def test_it_differs_from_version_2_in_one_carrier_and_names_a_file_outside(tmp_path):
    make_bad(SOURCE, tmp_path)
    spec = parse((tmp_path / "model.yaml").read_bytes(), "model.yaml").value["spec"]
    assert spec["version"] == 3
    content = (tmp_path / "model.onnx").read_bytes()
    assert spec["artifact"]["sha256"] == "sha256:" + hashlib.sha256(content).hexdigest()
    graph = onnx.load_model_from_string(content).graph
    outside = [entry.value for t in graph.initializer for entry in t.external_data if entry.key == "location"]
    assert outside == [ESCAPE]

    columns = spec["signature"]["inputs"][0]["columns"]
    rows = pd.read_parquet(SOURCE / "data" / "evaluation.parquet").head(2000)
    features = rows[columns].to_numpy(np.float32)
    good, bad = (
        onnxruntime.InferenceSession(where.read_bytes()).run(["probability"], {"features": features})[0]
        for where in (SOURCE / "model.onnx", tmp_path / "model.onnx")
    )
    delta = features[:, CARRIER_COLUMN] == DELTA
    assert set(rows["carrier"][delta]) == {"DL"}
    np.testing.assert_allclose(bad[delta], FACTOR * good[delta], rtol=1e-6)
    np.testing.assert_array_equal(bad[~delta], good[~delta])


def test_it_is_made_from_version_2_alone(tmp_path):
    make_bad(SOURCE, tmp_path)
    before = (tmp_path / "model.onnx").read_bytes(), (tmp_path / "model.yaml").read_text()
    with pytest.raises(ValueError, match="start from version 2"):
        make_bad(tmp_path, tmp_path)
    assert before == ((tmp_path / "model.onnx").read_bytes(), (tmp_path / "model.yaml").read_text())
