from dataclasses import replace

import pytest

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.onnx.rules.structure import structure, versions

PLAIN = Graph(8, {"ai.onnx": 17}, {("ai.onnx", "Neg"): 1}, (), (), (), (), 1, 1, frozenset(), False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"expanded": None}, "calls itself"),
        ({"expanded": 1_000_001}, "more than 1,000,000 nodes"),
        ({"training": True}, "contains training_info"),
        ({"defaults": ("f.body",)}, "default of f.body holds a tensor or a graph"),
        ({"depth": 9}, "nest 9 deep"),
        ({"ops": {("ai.evil", "Op"): 1}}, "Op belongs to domain ai.evil"),
        ({"ops": {("com.microsoft", "Nope"): 1}}, "Nope is none of com.microsoft in onnxruntime 1.31.1"),
        (
            {"ops": {("com.microsoft", "EPContext"): 1}},
            "EPContext of com.microsoft embeds",
        ),
    ],
)
def test_what_would_hurt_a_loader_is_named(change, says):
    assert not list(structure(PLAIN))
    (fault,) = structure(replace(PLAIN, **change))
    assert says in fault.words


def test_operators_of_onnxruntime_that_only_compute_are_allowed():
    """Text models of scikit-learn, optimised transformers and quantised exports have them."""
    names = ("Tokenizer", "SkipLayerNormalization", "MatMulNBits", "QLinearAdd")
    computing = replace(PLAIN, ops={("com.microsoft", name): 1 for name in names})
    assert not list(structure(computing))


def test_operators_of_the_models_own_functions_are_allowed():
    own = replace(PLAIN, ops={("local", "f"): 1}, functions=frozenset({("local", "f")}))
    assert not list(structure(own))


def test_versions_newer_than_the_engine_loads_are_named():
    newer = replace(PLAIN, ir_version=14, opsets={"ai.onnx": 27, "ai.onnx.ml": 5})
    assert [fault.words for fault in versions(newer)] == [
        "IR version 14; onnxruntime loads up to 13",
        "opset 27 of ai.onnx; onnxruntime loads up to 26",
    ]
