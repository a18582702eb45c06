"""Ensembles of trees: a sound one has no fault, and each way to lead the engine astray is named."""

import pytest
from onnx import TensorProto, helper

from sluicegate.validators.onnx.facts import graph_of

NODES = {
    "nodes_treeids": [0, 0, 0, 1],
    "nodes_nodeids": [0, 1, 2, 0],
    "nodes_featureids": [1, 0, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF", "LEAF"],
    "nodes_truenodeids": [1, 0, 0, 0],
    "nodes_falsenodeids": [2, 0, 0, 0],
    "target_treeids": [0, 0, 1],
    "target_nodeids": [1, 2, 0],
    "target_ids": [0, 1, 0],
    "n_targets": 2,
}


def faults(columns=2, **changed):
    """Of two trees, one of them a leaf alone, over a row of so many columns."""
    node = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **{**NODES, **changed}
    )
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", columns])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    model = helper.make_model(helper.make_graph([node], "g", inputs, outputs), ir_version=8)
    return graph_of(model.SerializeToString()).tree_faults


@pytest.mark.parametrize("columns", [2, "columns", -1])
def test_a_sound_ensemble_has_no_fault(columns):
    assert faults(columns) == ()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"nodes_truenodeids": [0, 0, 0, 0]}, "in a circle"),
        ({"nodes_falsenodeids": [1, 0, 0, 0]}, "two lead to the same"),
        ({"nodes_falsenodeids": [9, 0, 0, 0]}, "one that is not there"),
        ({"nodes_featureids": [2, 0, 0, 0]}, "column 2 of 2"),
        ({"target_ids": [0, 2, 0]}, "target 2, of 2"),
        ({"target_nodeids": [1, 2, 5]}, "a node that is not there"),
        ({"nodes_modes": ["BRANCH_LEQ"]}, "differ in length"),
        ({"n_targets": 10**6}, "more than 100,000"),
    ],
)
def test_what_leads_astray_is_named(changed, words):
    (found,) = faults(**changed)
    assert words in found


def test_columns_of_a_leaf_are_read_by_nobody():
    assert faults(nodes_featureids=[1, 99, 99, -1]) == ()
