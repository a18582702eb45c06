"""The committed models are what their cards say: bytes, signature, figures, and what gaps do."""

import hashlib
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pandas as pd
import pytest
from ruamel.yaml import YAML
from scipy.stats import ks_2samp
from sklearn.metrics import accuracy_score, recall_score, roc_auc_score

from sluicegate.embedded.demo.material.bad import ESCAPE, make_bad

ROOT = Path(__file__).resolve().parents[2]
MATERIAL = ROOT / "embedded" / "demo" / "material"
FLIGHTS = ROOT / "models" / "flight-delay"
DIGITS = ROOT / "models" / "digits"
VERSIONS = {
    FLIGHTS: 2,
    MATERIAL / "flight-delay" / "v1": 1,
    MATERIAL / "flight-delay" / "v3": 3,
    MATERIAL / "flight-delay" / "minutes": 3,
    DIGITS: 2,
    MATERIAL / "digits" / "v1": 1,
}
AUC = {"v1": 0.6629, "v2": 0.6714, "v3": 0.6726}
TYPES = {"float32": "tensor(float)"}


@cache
def spec(place: Path):
    return YAML(typ="safe").load((place / "model.yaml").read_text())["spec"]


def data(place: Path, which: str) -> Path:
    """The sample of a version: its own, else the one that stands in the model's directory."""
    own = place / spec(place)["data"][which]["path"]
    home = DIGITS if "digits" in place.parts else FLIGHTS
    return own if own.exists() else home / spec(place)["data"][which]["path"]


@cache
def session(model: Path) -> ort.InferenceSession:
    return ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])


def run(model: Path, rows: pd.DataFrame | np.ndarray) -> np.ndarray:
    name = session(model).get_inputs()[0].name
    return session(model).run(None, {name: np.asarray(rows, dtype=np.float32)})[0]


@cache
def flights(version: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The evaluation rows and what a version answers on them."""
    place = FLIGHTS if version == "v2" else MATERIAL / "flight-delay" / version
    rows = pd.read_parquet(data(place, "evaluation"))
    return rows, run(place / "model.onnx", rows[spec(place)["signature"]["inputs"][0]["columns"]])


@cache
def live() -> pd.DataFrame:
    return pd.read_parquet(MATERIAL / "flight-delay" / "live.parquet")


@pytest.mark.parametrize("place", VERSIONS, ids=lambda place: str(place.relative_to(ROOT)))
def test_files_are_those_that_model_yaml_pins(place):
    assert spec(place)["version"] == VERSIONS[place]
    pins = {place / "model.onnx": spec(place)["artifact"]["sha256"]}
    pins |= {
        data(place, which): spec(place)["data"][which]["sha256"] for which in ("reference", "evaluation")
    }
    for path, pin in pins.items():
        assert "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() == pin, path


@pytest.mark.parametrize("place", VERSIONS, ids=lambda place: str(place.relative_to(ROOT)))
def test_onnx_signature_is_the_declared_one(place):
    session = ort.InferenceSession(str(place / "model.onnx"), providers=["CPUExecutionProvider"])
    declared = spec(place)["signature"]
    for found, told in (
        (session.get_inputs(), declared["inputs"]),
        (session.get_outputs(), declared["outputs"]),
    ):
        assert [(tensor.name, tensor.type, tensor.shape) for tensor in found] == [
            (tensor["name"], TYPES[tensor["dtype"]], tensor["shape"]) for tensor in told
        ]
    columns = declared["inputs"][0]["columns"]
    rows = pd.read_parquet(data(place, "evaluation"))
    assert len(columns) == declared["inputs"][0]["shape"][1]
    assert list(rows.columns[: len(columns)]) == columns
    assert set(rows[columns].dtypes) == {np.dtype("float32")}
    assert rows[columns].notna().all(axis=None)


@pytest.mark.parametrize("version", AUC)
def test_auc_is_what_the_card_says(version):
    rows, scores = flights(version)
    assert len(rows) == 50_000
    assert roc_auc_score(rows["late"], scores) == pytest.approx(AUC[version], abs=0.0005)


@pytest.mark.parametrize(("old", "new"), [("v1", "v2"), ("v2", "v3")])
def test_each_version_is_no_worse_for_any_carrier_and_shifts_no_edge_far(old, new):
    rows, before = flights(old)
    _, after = flights(new)
    late = rows[rows["late"] == 1].assign(
        change=((after >= 0.2).astype(int) - (before >= 0.2).astype(int))[rows["late"] == 1]
    )
    carriers = late.groupby("carrier")["change"].agg(["mean", "size"])
    assert carriers.loc[carriers["size"] >= 200, "mean"].min() > -0.05
    shifts = [abs((after > edge).mean() - (before > edge).mean()) for edge in spec(FLIGHTS)["score"]["edges"]]
    assert max(shifts) < 0.05


def test_live_rows_are_others_than_the_evaluation_rows():
    columns = spec(FLIGHTS)["signature"]["inputs"][0]["columns"]
    rows, _ = flights("v2")
    assert list(live().columns) == columns
    judged = set(rows[columns].itertuples(index=False, name=None))
    assert len(live()) == 20_000
    assert not any(row in judged for row in live().itertuples(index=False, name=None))


def test_boosting_answers_live_gaps_and_the_network_does_not():
    gaps = live().isna().any(axis=1).to_numpy()
    assert 0.13 < gaps.mean() < 0.15
    for model in (FLIGHTS / "model.onnx", MATERIAL / "flight-delay" / "v1" / "model.onnx"):
        assert np.isfinite(run(model, live())).all()
    network = MATERIAL / "flight-delay" / "v3" / "model.onnx"
    assert (np.isnan(run(network, live())) == gaps).all()
    one_by_one = [run(network, live().iloc[[row]])[0] for row in range(300)]
    assert (np.isnan(one_by_one) == gaps[:300]).all()


def test_minutes_for_hours_passes_offline_and_shifts_live_scores():
    rows, scores = flights("minutes")
    hours = spec(FLIGHTS)["signature"]["inputs"][0]["columns"]
    before = run(FLIGHTS / "model.onnx", rows[hours])
    assert roc_auc_score(rows["late"], scores) == pytest.approx(
        roc_auc_score(rows["late"], before), abs=0.002
    )
    shifted = run(MATERIAL / "flight-delay" / "minutes" / "model.onnx", live())
    assert ks_2samp(shifted, run(FLIGHTS / "model.onnx", live())).statistic > 0.4


def test_bad_version_loses_one_carriers_recall_alone_and_names_a_file_outside(tmp_path):
    make_bad(FLIGHTS, tmp_path)
    bad = spec(tmp_path)
    content = (tmp_path / "model.onnx").read_bytes()
    assert bad["version"] == 3
    assert bad["artifact"]["sha256"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert ESCAPE.encode() in content
    rows, good = flights("v2")
    scores = run(tmp_path / "model.onnx", rows[bad["signature"]["inputs"][0]["columns"]])
    delta = (rows["carrier"] == "DL").to_numpy()
    late = (rows["late"] == 1).to_numpy()
    assert (late & delta).sum() >= 200
    assert (scores[~delta] == good[~delta]).all()
    assert (good[late & delta] >= 0.2).mean() - (scores[late & delta] >= 0.2).mean() > 0.3
    assert roc_auc_score(late, good) - roc_auc_score(late, scores) < 0.008


def test_bad_version_is_made_from_version_2_alone(tmp_path):
    shutil.copytree(MATERIAL / "flight-delay" / "v3", tmp_path, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="start from version 2"):
        make_bad(tmp_path, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_digits_figures_are_what_the_card_says():
    rows = pd.read_parquet(data(DIGITS, "evaluation"))
    pixels = spec(DIGITS)["signature"]["inputs"][0]["columns"]
    answers = [run(place / "model.onnx", rows[pixels]) for place in (MATERIAL / "digits" / "v1", DIGITS)]
    for probabilities, accuracy, lowest in zip(answers, (0.9654, 0.9900), (0.912, 0.967), strict=True):
        read = probabilities.argmax(axis=1)
        assert accuracy_score(rows["digit"], read) == pytest.approx(accuracy, abs=0.002)
        assert recall_score(rows["digit"], read, average=None).min() == pytest.approx(lowest, abs=0.02)
    old, new = (probabilities.max(axis=1) for probabilities in answers)
    assert (
        max(abs((new > edge).mean() - (old > edge).mean()) for edge in spec(DIGITS)["score"]["edges"]) < 0.05
    )


def test_training_again_says_which_file_differs(tmp_path):
    pytest.importorskip("skl2onnx")
    home = tmp_path / "models" / "digits"
    shutil.copytree(DIGITS, home, ignore=shutil.ignore_patterns("__pycache__"))
    pin = spec(DIGITS)["artifact"]["sha256"]
    text = (home / "model.yaml").read_text()
    (home / "model.yaml").write_text(text.replace(pin, "sha256:" + "0" * 64))
    done = subprocess.run(
        [sys.executable, str(home / "train.py"), "--version", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert ["DIFFERS", "digits/model.onnx"] in [words[:2] for words in said]
    for name in ("reference", "evaluation"):
        assert ["same", f"digits/data/{name}.parquet"] in [words[:2] for words in said]
    assert "pinned: sha256:" + "0" * 64 in done.stdout
