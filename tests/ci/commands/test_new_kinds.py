"""Models of common kinds, from their ONNX file and data alone to their figures: scikit-learn's own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_absolute_error
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline

OPSETS = {"": 17, "ai.onnx.ml": 3, "com.microsoft": 1}


def halves(folder: Path, table: pd.DataFrame) -> None:
    """Reference and evaluation, the index left in as train_test_split does."""
    shuffled = table.sample(frac=1, random_state=0)
    middle = len(table) // 2
    shuffled[:middle].to_parquet(folder / "reference.parquet")
    shuffled[middle:].to_parquet(folder / "evaluation.parquet")


def iris(folder: Path) -> float:
    """Three classes by name; the accuracy on the evaluation rows."""
    table, names = load_iris(return_X_y=True, as_frame=True)
    table = table.drop_duplicates()
    names = names[table.index]
    table["species"] = load_iris().target_names[names]
    halves(folder, table)
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "evaluation"))
    inputs = list(table.columns[:4])
    model = LogisticRegression(max_iter=1000).fit(train[inputs].to_numpy(np.float32), train["species"])
    options = {id(model): {"zipmap": False}}
    written = to_onnx(model, train[inputs].to_numpy(np.float32)[:1], options=options, target_opset=OPSETS)
    (folder / "m.onnx").write_bytes(written.SerializeToString())
    return float(model.score(test[inputs].to_numpy(np.float32), test["species"]))


def reviews(folder: Path) -> float:
    """Text by TfidfVectorizer, two classes by name."""
    random = np.random.default_rng(0)
    good, bad, other = (["great", "fine", "love"], ["poor", "broken", "hate"], ["phone", "case", "cable"])
    late = random.random(400) < 0.5
    text = [
        " ".join([*random.choice(good if yes else bad, 2), *random.choice(other, 3), f"n{number}"])
        for number, yes in enumerate(late)
    ]
    halves(folder, pd.DataFrame({"text": text, "target": np.where(late, "good", "bad")}))
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "evaluation"))
    model = make_pipeline(TfidfVectorizer(max_features=9), LogisticRegression())
    model.fit(train["text"], train["target"])
    options = {id(model): {"zipmap": False}, TfidfVectorizer: {"locale": "C"}}
    written = to_onnx(
        model,
        initial_types=[("text", StringTensorType([None, 1]))],
        options=options,
        target_opset=OPSETS,
    )
    (folder / "m.onnx").write_bytes(written.SerializeToString())
    return float(model.score(test["text"], test["target"]))


def images(folder: Path) -> float:
    """Bright or dark uint8 pictures [3, 8, 8] in an archive; a threshold on their mean is always right."""
    random = np.random.default_rng(0)
    bright = random.random(300) < 0.5
    pixels = random.integers(0, 100, (300, 3, 8, 8)) + 120 * bright[:, None, None, None]
    for name, rows in (("reference", slice(0, 150)), ("evaluation", slice(150, 300))):
        labels = bright[rows].astype(np.int64)
        np.savez(folder / f"{name}.npz", image=pixels[rows].astype(np.uint8), label=labels)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["image"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["f"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Sub", ["mean", "middle"], ["s"]),
            helper.make_node("Sigmoid", ["s"], ["p"]),
        ],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["N"])],
        [numpy_helper.from_array(np.float32(110), "middle")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "m.onnx").write_bytes(made.SerializeToString())
    return 1.0


def prices(folder: Path) -> float:
    """A regression with fractions; the mean absolute error on the evaluation rows."""
    random = np.random.default_rng(0)
    values = random.normal(size=(600, 3)).astype(np.float32)
    price = 100_000 + values @ np.array([3.0, 2.0, 1.0]) + random.normal(size=600)
    halves(folder, pd.DataFrame(values, columns=["a", "b", "c"]).assign(price=price))
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "evaluation"))
    inputs = ["a", "b", "c"]
    model = LinearRegression().fit(train[inputs].to_numpy(np.float64), train["price"])
    written = to_onnx(model, train[inputs].to_numpy(np.float64)[:1], target_opset=OPSETS)
    (folder / "m.onnx").write_bytes(written.SerializeToString())
    return float(mean_absolute_error(test["price"], model.predict(test[inputs].to_numpy(np.float64))))


def people(folder: Path) -> float:
    """Embeddings of 20 people, half the rows a gallery; how often the nearest of 10 holds the right one."""
    random = np.random.default_rng(0)
    person = random.integers(0, 20, 800)
    middles = random.normal(size=(20, 3))
    values = (middles[person] + 0.5 * random.normal(size=(800, 3))).astype(np.float32)
    role = np.where(random.random(800) < 0.5, "gallery", "query")
    table = pd.DataFrame({"x": list(values), "label": [f"p{one}" for one in person], "role": role})
    halves(folder, table)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["embedding"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 3])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "m.onnx").write_bytes(made.SerializeToString())
    test = pd.read_parquet(folder / "evaluation.parquet")
    gallery, queries = (test[test["role"] == one] for one in ("gallery", "query"))
    nearest = NearestNeighbors(n_neighbors=10, metric="cosine").fit(np.stack(gallery["x"]))
    found = gallery["label"].to_numpy()[nearest.kneighbors(np.stack(queries["x"]))[1]]
    return float((found == queries["label"].to_numpy()[:, None]).any(axis=1).mean())


@pytest.mark.parametrize(
    ("kind", "metric", "options"),
    [
        (prices, "mae", []),
        (people, "recall_at_k", ["--task", "retrieval", "--label", "label", "--group", "role"]),
    ],
)
def test_the_first_rules_are_about_the_measured_figure_and_hold(kind, metric, options, tmp_path, sluice):
    right = kind(tmp_path)
    words = [
        part for name in ("reference", "evaluation") for part in (f"--{name}", tmp_path / f"{name}.parquet")
    ]
    words += ["--onnx", tmp_path / "m.onnx", "--owner", "@me", *options]
    made = sluice("new", "model", "m", "-C", tmp_path, *words)
    assert made.exit_code == 0, made.output
    written = (tmp_path / "models/m/model.yaml").read_text()
    assert f"# {metric} on the evaluation rows is {right:.4g} (" in written
    judged = sluice("validate", "m", "-C", tmp_path, "--format", "json", "--check", "quality")
    findings = json.loads(judged.stdout)["findings"]
    level, against = (one for one in findings if one["check"] == "quality")
    assert (level["verdict"], against["verdict"]) == ("pass", "skipped")
    assert level["observed"] == against["observed"] == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("kind", [iris, reviews, images])
def test_the_figure_is_scikit_learns_own(kind, tmp_path, sluice) -> None:
    right = kind(tmp_path)
    tables = [next(tmp_path.glob(f"{name}.*")) for name in ("reference", "evaluation")]
    words = ["--onnx", tmp_path / "m.onnx", "--reference", tables[0], "--evaluation", tables[1]]
    words += ["--owner", "@me"]
    made = sluice("new", "model", "m", "-C", tmp_path, *words)
    assert made.exit_code == 0, made.output
    path = tmp_path / "models/m/model.yaml"
    rules = "  quality:\n    - {metric: accuracy, at_least: 0.01}\n  latency:"
    path.write_text(re.sub(r"  quality:.*?  latency:", rules, path.read_text(), flags=re.DOTALL))
    checks = [
        word for name in ("spec-valid", "onnx-graph", "score-edges", "quality") for word in ("--check", name)
    ]
    judged = sluice("validate", "m", "-C", tmp_path, "--format", "json", *checks)
    report = json.loads(judged.stdout)
    found = [one for one in report["findings"] if one["verdict"] != "skipped"]
    assert [one["message"] for one in found if one["verdict"] != "pass"] == []
    (figure,) = [one["observed"] for one in found if one["check"] == "quality"]
    assert figure == pytest.approx(right, abs=1e-9)
