"""Pictures, taggers, detectors and decoders, from their ONNX file and data alone to a judged model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from support.extras import DEEPCHECKS
from support.kinds import decoder_model, encoded

from sluicegate.ci.__main__ import main

node = helper.make_node


def save(folder: Path, nodes, inputs, outputs, **constants) -> None:
    sides = [[helper.make_tensor_value_info(*one) for one in side] for side in (inputs, outputs)]
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "g", *sides, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "m.onnx")


def halves(folder: Path, table: pd.DataFrame) -> None:
    middle = len(table) // 2
    table[:middle].to_parquet(folder / "reference.parquet")
    table[middle:].to_parquet(folder / "evaluation.parquet")


def made(folder: Path, *options: str) -> tuple[dict, str]:
    """model.yaml as `new model` writes it, and what it says."""
    words = ["new", "model", "m", "-C", str(folder), "--onnx", str(folder / "m.onnx"), "--owner", "@me"]
    for name in ("reference", "evaluation"):
        words += [f"--{name}", str(folder / f"{name}.parquet")]
    result = CliRunner().invoke(main, [*words, *options])
    assert result.exit_code == 0, result.output
    return yaml.safe_load((folder / "models/m/model.yaml").read_text())["spec"], result.output


CHECKS = ("spec-valid", "onnx-graph", "onnx-signature", "quality", "decoder-cache", "latency")
OF_DATA = ("data-integrity", "data-drift") if DEEPCHECKS else ()


def verdicts(folder: Path) -> dict[str, set[str]]:
    words = ["validate", "m", "-C", str(folder), "--format", "json"]
    result = CliRunner().invoke(
        main, [*words, *(word for name in (*CHECKS, *OF_DATA) for word in ("--check", name))]
    )
    found: dict[str, set[str]] = {}
    for finding in json.loads(result.stdout)["findings"]:
        found.setdefault(finding["check"], set()).add(f"{finding['verdict']}")
        assert finding["verdict"] in ("pass", "skipped"), finding["message"]
    return found


@pytest.mark.parametrize("by_path", [False, True], ids=["bytes", "paths"])
def test_pictures_are_decoded_and_paths_become_bytes(by_path, tmp_path) -> None:
    random = np.random.default_rng(0)
    bright = random.random(200) < 0.5
    drawn = [encoded(random.integers(0, 90, (9, 9, 3)) + 140 * light) for light in bright]
    values: list = drawn
    if by_path:
        (tmp_path / "pictures").mkdir()
        values = [f"pictures/{number}.png" for number in range(200)]
        for path, data in zip(values, drawn, strict=True):
            (tmp_path / path).write_bytes(data)
    halves(tmp_path, pd.DataFrame({"file": values, "label": bright.astype(int)}))
    save(
        tmp_path,
        [
            node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
            node("Sub", ["mean", "middle"], ["s"]),
            node("Mul", ["s", "steep"], ["t"]),
            node("Sigmoid", ["t"], ["p"]),
        ],
        [("x", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [("p", TensorProto.FLOAT, ["N"])],
        middle=np.float32(0.45),
        steep=np.float32(20),
    )
    spec, said = made(tmp_path)
    assert spec["task"] == "binary-classification"
    assert spec["inputs"]["x"]["image"] == {"size": [8, 8], "layout": "nchw", "channels": "rgb"}
    assert spec["signature"]["inputs"][0]["columns"] == ["file"]
    assert "'x' is filled by pictures of column 'file'" in said
    table = pd.read_parquet(tmp_path / "models/m" / spec["data"]["evaluation"]["path"])
    assert isinstance(table["file"].iloc[0], bytes)
    assert verdicts(tmp_path)["quality"] == {"pass", "skipped"}


def test_a_tagger_is_known_by_labels_as_long_as_its_tokens(tmp_path) -> None:
    random = np.random.default_rng(0)
    ids = [random.integers(0, 4, random.integers(8, 14)).tolist() for _ in range(80)]
    tags = [[("O", "B-PER", "I-PER", "O")[word] for word in own] for own in ids]
    halves(tmp_path, pd.DataFrame({"ids": ids, "tags": tags}))
    save(
        tmp_path,
        [node("Gather", ["table", "ids"], ["logits"])],
        [("ids", TensorProto.INT64, ["batch", "tokens"])],
        [("logits", TensorProto.FLOAT, ["batch", "tokens", 3])],
        table=np.eye(3, dtype=np.float32)[[0, 1, 2, 0]],
    )
    spec, said = made(tmp_path, "--classes", "O,B-PER,I-PER")
    assert (spec["task"], spec["classes"]) == ("token-tagging", ["O", "B-PER", "I-PER"])
    assert "guessed: the task is token-tagging" in said
    assert verdicts(tmp_path)["quality"] == {"pass", "skipped"}


def test_tags_of_words_need_the_order_of_the_outputs_numbers(tmp_path) -> None:
    halves(tmp_path, pd.DataFrame({"ids": [[0, 1]] * 40, "tags": [["O", "B-PER"]] * 40}))
    save(
        tmp_path,
        [node("Gather", ["table", "ids"], ["logits"])],
        [("ids", TensorProto.INT64, ["batch", "tokens"])],
        [("logits", TensorProto.FLOAT, ["batch", "tokens", 2])],
        table=np.eye(2, dtype=np.float32),
    )
    words = ["new", "model", "m", "-C", str(tmp_path), "--onnx", str(tmp_path / "m.onnx"), "--owner", "@me"]
    words += ["--reference", str(tmp_path / "reference.parquet")]
    result = CliRunner().invoke(main, [*words, "--evaluation", str(tmp_path / "evaluation.parquet")])
    assert result.exit_code == 1
    assert "list them in the order of the output's numbers: --classes O,B-PER,I-PER" in result.output


def test_a_decoder_is_known_by_its_cache_and_predicts_its_own_tokens(tmp_path) -> None:
    random = np.random.default_rng(0)
    ids = [random.integers(0, 8, random.integers(8, 14)).tolist() for _ in range(80)]
    halves(tmp_path, pd.DataFrame({"input_ids": ids}))
    model = decoder_model()
    renamed = {"ids": "input_ids", "mask": "attention_mask"}
    for value in model.graph.input:
        value.name = renamed.get(value.name, value.name)
    for one in model.graph.node:
        one.input[:] = [renamed.get(name, name) for name in one.input]
    onnx.save(model, tmp_path / "m.onnx")
    spec, said = made(tmp_path)
    assert (spec["task"], spec["data"]["label"]) == ("language-model", "input_ids")
    assert spec["inputs"] == {"attention_mask": {"made": "mask"}, "past": {"cache": "present"}}
    assert "guessed: the label is the next token of 'input_ids'" in said
    found = verdicts(tmp_path)
    assert found["decoder-cache"] == {"pass"}
    assert found["quality"] == {"pass", "skipped"}


def test_a_detector_is_known_by_its_outputs_and_two_columns_of_lists(tmp_path) -> None:
    random = np.random.default_rng(0)
    corner = random.uniform(0, 50, (80, 3, 2))
    boxes = np.concatenate([corner, corner + random.uniform(5, 20, (80, 3, 2))], axis=2)
    table = pd.DataFrame(
        {
            "x": [own.tolist() for own in boxes],
            "true_boxes": [own[: 1 + number % 3].tolist() for number, own in enumerate(boxes)],
            "true_classes": [[0] * (1 + number % 3) for number in range(80)],
        }
    )
    halves(tmp_path, table)
    save(
        tmp_path,
        [
            node("Identity", ["x"], ["boxes"]),
            node("ReduceMax", ["x"], ["size"], axes=[2], keepdims=0),
            node("Sigmoid", ["size"], ["scores"]),
            node("Mul", ["size", "zero"], ["none"]),
            node("Cast", ["none"], ["labels"], to=TensorProto.INT64),
        ],
        [("x", TensorProto.FLOAT, ["batch", 3, 4])],
        [
            ("boxes", TensorProto.FLOAT, ["batch", 3, 4]),
            ("scores", TensorProto.FLOAT, ["batch", 3]),
            ("labels", TensorProto.INT64, ["batch", 3]),
        ],
        zero=np.float32(0),
    )
    spec, _ = made(tmp_path, "--label", "true_boxes,true_classes")
    assert spec["task"] == "detection"
    assert spec["detection"] == {"boxes": "boxes", "scores": "scores", "labels": "labels"}
    assert "average_precision on the evaluation rows" in (tmp_path / "models/m/model.yaml").read_text()
    assert verdicts(tmp_path)["quality"] == {"pass", "skipped"}


def test_scores_around_zero_get_a_threshold_and_a_word_about_it(tmp_path) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 2)).astype(np.float32)
    label = (values.sum(axis=1) + random.normal(size=300) > 0).astype(int)
    halves(tmp_path, pd.DataFrame(values, columns=["a", "b"]).assign(label=label))
    save(
        tmp_path,
        [node("MatMul", ["x", "w"], ["score"])],
        [("x", TensorProto.FLOAT, ["N", 2])],
        [("score", TensorProto.FLOAT, ["N", 1])],
        w=np.ones((2, 1), np.float32),
    )
    spec, said = made(tmp_path)
    assert spec["decision"] == {"output": "score", "threshold": 0}
    assert "guessed `threshold: 0`, the boundary of logits" in said
    assert verdicts(tmp_path)["quality"] == {"pass", "skipped"}


def linear(folder: Path, *, offset: float) -> None:
    """A binary model whose score is the sum of two inputs and an offset; its table has other names."""
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 2)).astype(np.float32)
    label = (values.sum(axis=1) + random.normal(size=300) > 0).astype(int)
    halves(folder, pd.DataFrame({"Größe": values[:, 0], "Flight time": values[:, 1], "label": label}))
    save(
        folder,
        [node("Add", ["gro\u0308ße", "flight_time"], ["sum"]), node("Add", ["sum", "offset"], ["score"])],
        [(name, TensorProto.FLOAT, ["N", 1]) for name in ("gro\u0308ße", "flight_time")],
        [("score", TensorProto.FLOAT, ["N", 1])],
        offset=np.array([offset], np.float32),
    )


def test_an_input_takes_the_column_whose_name_is_only_written_otherwise(tmp_path) -> None:
    linear(tmp_path, offset=0)
    spec, said = made(tmp_path)
    assert [one["columns"] for one in spec["signature"]["inputs"]] == [["Größe"], ["Flight time"]]
    assert "guessed: the input 'flight_time' takes the column 'Flight time'" in said
    assert "roc_auc on the evaluation rows" in (tmp_path / "models/m/model.yaml").read_text()


def test_no_threshold_is_guessed_that_decides_all_rows_alike(tmp_path) -> None:
    linear(tmp_path, offset=50)
    spec, said = made(tmp_path)
    assert "decision" not in spec or "threshold" not in spec["decision"]
    assert "0 is not among them: name `decision: {threshold: ...}`" in said
