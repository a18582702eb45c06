"""`sluice convert` on real models in a real repository; what it writes is then judged as a pull request."""

import json
import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.repositories import git

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

SERVING = "  serving: {engine: ort, max_batch: 64}  # as in production\n"
PARITY = "  parity: {decision_flips: 0.05}\n"
"""800 rows show no less of int8."""


def network(path, scale=1.0, opset=17):
    """Two layers over two columns; `scale` multiplies a result twice, and divides it again."""
    random = np.random.default_rng(5)
    weights = {
        "w1": np.vstack([np.ones(32), np.ones(32)]) / 8 + random.normal(size=(2, 32)) / 40,
        "w2": np.ones((32, 1)) / 4,
        "by": np.array(scale),
        "flat": np.array([-1]),
    }
    nodes = [
        helper.make_node("MatMul", ["features", "w1"], ["h"]),
        helper.make_node("Mul", ["h", "by"], ["larger"]),
        helper.make_node("Mul", ["larger", "by"], ["large"]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Div", ["large", "by"], ["smaller"]),
        helper.make_node("Div", ["smaller", "by"], ["small"]),
        helper.make_node("Add", ["t", "small"], ["sum"]),
        helper.make_node("MatMul", ["sum", "w2"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["p"]),
        helper.make_node("Reshape", ["p", "flat"], ["probability"]),
    ]
    constants = [
        numpy_helper.from_array(value.astype(np.int64 if name == "flat" else np.float32), name)
        for name, value in weights.items()
    ]
    sides = (
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch"])],
    )
    graph = helper.make_graph(nodes, "g", *sides, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return path


def forest(path):
    from skl2onnx import to_onnx
    from sklearn.tree import DecisionTreeRegressor

    x = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    model = to_onnx(
        DecisionTreeRegressor(max_depth=3).fit(x, x[:, 0] > 0), x[:1], target_opset={"": 17, "ai.onnx.ml": 3}
    )
    flat = numpy_helper.from_array(np.array([-1]), "flat")
    model.graph.initializer.append(flat)
    model.graph.node.append(helper.make_node("Reshape", ["variable", "flat"], ["probability"]))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch"]))
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def repository(tmp_path, sluice, wanted):
    """A function that commits a model `m` of this ONNX file as version 1; the work tree."""

    def build(onnx_file):
        root = tmp_path / "repository"
        root.mkdir()
        git("init", "--quiet", "--initial-branch=main", cwd=root)
        words = [
            onnx_file if before == "--onnx" else word
            for before, word in zip(["", *wanted], wanted, strict=False)
        ]
        made = sluice("new", "model", "m", "-C", root, *words)
        assert made.exit_code == 0, made.output
        file = root / "models/m/model.yaml"
        file.write_text(file.read_text().replace("  rollout:", PARITY + SERVING + "  rollout:"))
        git("add", "--all", cwd=root)
        git("commit", "--quiet", "-m", "1", cwd=root)
        return root

    return build


@pytest.fixture
def source(tmp_path):
    return tmp_path / "source.onnx"


def pull_request(sluice, root):
    """The findings of `parity` once the work tree is committed on a branch."""
    git("checkout", "--quiet", "-b", "next", cwd=root)
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "-m", "2", cwd=root)
    result = sluice(
        "validate", "-C", root, "--changed", "main..next", "--check", "parity", "--format", "json"
    )
    return [one for one in json.loads(result.stdout)["findings"] if one["check"] == "parity"]


@pytest.mark.parametrize("words", [["fp16"], ["int8"], ["int8", "--static"]], ids=" ".join)
def test_the_next_version_passes_parity(sluice, repository, source, words):
    root = repository(network(source))
    result = sluice("convert", "m", "-C", root, "--json", "--precision", *words)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["from_version"], said["to_version"], said["precision"]) == (1, 2, words[0])
    assert said["bytes_after"] == (root / said["artifact"]).stat().st_size
    assert 0 < said["largest_difference"] < 0.05
    _, spec = load(WorkTree(root), "models/m")
    assert (spec.version, spec.serving.precision, spec.lineage.converted_from) == (2, words[0], 1)
    model = onnx.load(root / said["artifact"])
    for value in (*model.graph.input, *model.graph.output):
        assert value.type.tensor_type.elem_type == TensorProto.FLOAT
    findings = pull_request(sluice, root)
    assert {finding["verdict"] for finding in findings} == {"pass"}, findings
    assert len(findings) == 4


def test_a_model_larger_than_the_texts_that_git_is_read_for(sluice, repository, source):
    model = onnx.load(network(source))
    model.doc_string = model.graph.doc_string = "x" * (1 << 20)
    onnx.save(model, source)
    result = sluice("convert", "m", "-C", repository(source), "--precision", "fp16")
    assert result.exit_code == 0, result.output


def test_every_other_line_of_model_yaml_stays(sluice, repository, source):
    root = repository(network(source))
    before = (root / "models/m/model.yaml").read_text().splitlines()
    sluice("convert", "m", "-C", root, "--precision", "fp16")
    after = (root / "models/m/model.yaml").read_text().splitlines()
    gone = [line for line in before if line not in after]
    assert [line.split(":")[0].strip() for line in gone] == ["version", "artifact", "serving"]
    assert '  serving: {engine: ort, max_batch: 64, precision: "fp16"}  # as in production' in after
    assert "  lineage: {converted_from: 1}" in after


def test_the_old_file_goes_and_git_keeps_it(sluice, repository, source):
    root = repository(network(source))
    sluice("convert", "m", "-C", root, "--precision", "int8")
    names = sorted(path.name for path in (root / "models/m").iterdir())
    assert names == ["README.md", "data", "model.int8.onnx", "model.yaml"]
    assert git("cat-file", "-t", "HEAD:models/m/model.onnx", cwd=root) == "blob"


def refused(sluice, root, *words):
    """The error; the work tree has to be as it was."""
    before = git("status", "--porcelain", cwd=root)
    result = sluice("convert", "m", "-C", root, *words)
    assert result.exit_code == 1, result.output
    assert git("status", "--porcelain", cwd=root) == before
    assert not [path for path in (root / "models/m").iterdir() if path.name.startswith(".")]
    return result.stderr


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_a_tree_ensemble_has_nothing_to_convert(sluice, repository, source, precision):
    pytest.importorskip("skl2onnx")
    error = refused(sluice, repository(forest(source)), "--precision", precision)
    assert f"nothing of it can be computed in {precision}: its operators are Reshape, TreeEnsemble" in error
    assert "Leave it in fp32" in error


def test_an_overflow_in_16_bits_is_refused_though_a_cpu_hides_it(sluice, repository, source):
    error = refused(sluice, repository(network(source, scale=1000)), "--precision", "fp16")
    assert "in fp16 the answer 'probability' to reference row" in error
    assert "less than 65,504" in error


def test_what_git_does_not_hold_is_not_replaced(sluice, repository, source):
    root = repository(network(source))
    with (root / "models/m/model.yaml").open("a") as stream:
        stream.write("# a word\n")
    assert "commit version 1 first" in refused(sluice, root, "--precision", "fp16")


def test_a_file_in_the_way_stays(sluice, repository, source):
    root = repository(network(source))
    (root / "models/m/model.fp16.onnx").write_bytes(b"mine")
    assert "model.fp16.onnx already exists" in refused(sluice, root, "--precision", "fp16")
    assert (root / "models/m/model.fp16.onnx").read_bytes() == b"mine"


def test_a_version_that_cannot_be_written_whole_is_not_written(sluice, repository, source):
    root = repository(network(source))
    obstacle = root / f"models/m/.model.yaml.{os.getpid()}.part"
    obstacle.mkdir()
    result = sluice("convert", "m", "-C", root, "--precision", "fp16")
    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr
    obstacle.rmdir()
    assert git("status", "--porcelain", cwd=root) == ""


def test_a_converted_version_is_not_converted_again(sluice, repository, source):
    root = repository(network(source))
    sluice("convert", "m", "-C", root, "--precision", "fp16")
    pull_request(sluice, root)
    error = refused(sluice, root, "--precision", "int8")
    assert "version 2 computes in fp16, and only a model in fp32 is converted" in error


def test_an_unknown_model_and_a_wrong_option(sluice, repository, source):
    root = repository(network(source))
    assert "no model is called 'n'" in sluice("convert", "n", "-C", root, "--precision", "fp16").stderr
    assert sluice("convert", "m", "-C", root, "--precision", "fp16", "--static").exit_code == 2
