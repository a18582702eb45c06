"""Train digits again, from public data alone: `python models/digits/train.py --check`.

The data is scikit-learn's `load_digits` (UCI, Optical Recognition of Handwritten Digits, CC BY 4.0): 1,797
scanned digits of 8 x 8 pixels, each 0 to 16. One half is learnt from, the other half judges.

| version | learner |
|---|---|
| 1 | logistic regression on the raw pixels |
| 2 | support vector machine, radial basis, probabilities after Platt |
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from importlib.metadata import version as installed
from pathlib import Path

# One thread and one fixed family of instructions, before numpy loads: sums are then rounded alike everywhere.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")

import numpy as np
import onnx
import onnxruntime as ort
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper
from ruamel.yaml import YAML
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

HERE = Path(__file__).resolve().parent
PLACES = {"1": HERE.parents[1] / "embedded" / "demo" / "material" / "digits" / "v1", "2": HERE}
MADE_WITH = {
    "numpy": "1.26.4",
    "scikit-learn": "1.7.2",
    "skl2onnx": "1.20.0",
    "onnx": "1.23.2",
    "pyarrow": "25.0.1",
}
SEED = 7
PIXELS = [f"pixel_{row}{column}" for row in range(8) for column in range(8)]


def samples() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference (900 images, all that is learnt from) and evaluation (897), with PIXELS and `digit`."""
    images, labels = load_digits(return_X_y=True)
    table = pd.DataFrame(images.astype("float32"), columns=PIXELS).assign(digit=labels.astype("int8"))
    reference, evaluation = train_test_split(table, test_size=897, stratify=labels, random_state=SEED)
    return reference.reset_index(drop=True), evaluation.reset_index(drop=True)


def learner(version: str) -> LogisticRegression | SVC:
    if version == "1":
        return LogisticRegression(C=0.01, max_iter=5000)
    return SVC(gamma=0.001, probability=True, random_state=SEED)


def to_signature(fitted: LogisticRegression | SVC, version: int) -> bytes:
    """ONNX with the declared signature alone: `image` [batch, 64] to `probabilities` [batch, 10]."""
    model = to_onnx(
        fitted,
        initial_types=[("image", FloatTensorType([None, len(PIXELS)]))],
        options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    graph = model.graph
    wanted, kept = {"probabilities"}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.insert(0, node)
            wanted |= set(node.input)
    cut = helper.make_graph(
        kept,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", len(PIXELS)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        [tensor for tensor in graph.initializer if tensor.name in wanted],
    )
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    made = helper.make_model(
        cut,
        opset_imports=[helper.make_opsetid(domain, opsets[domain]) for domain in ("", "ai.onnx.ml")],
        ir_version=8,
        producer_name="skl2onnx",
        model_version=version,
        doc_string="Probability of each of the ten digits for a scan of 8 x 8 pixels.",
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def make(version: str, target: Path) -> list[str]:
    """Write the files of one version below `target`; returns their names below it."""
    target.mkdir(parents=True)
    reference, evaluation = samples()
    fitted = learner(version).fit(reference[PIXELS].to_numpy(), reference["digit"])
    (target / "model.onnx").write_bytes(to_signature(fitted, int(version)))
    if version == "1":
        return ["model.onnx"]
    (target / "data").mkdir()
    for name, part in (("reference", reference), ("evaluation", evaluation)):
        plain = pa.Table.from_pandas(part, preserve_index=False).replace_schema_metadata(None)
        path = target / "data" / f"{name}.parquet"
        pq.write_table(plain, path, compression="zstd", compression_level=19)
    return ["model.onnx", "data/reference.parquet", "data/evaluation.parquet"]


def sha256(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def pinned(place: Path) -> dict[str, str]:
    """The digests that the model.yaml of a version declares, by file name."""
    spec = YAML(typ="safe").load((place / "model.yaml").read_text(encoding="utf-8"))["spec"]
    entries = [spec["artifact"], spec["data"]["reference"], spec["data"]["evaluation"]]
    return {entry["path"]: entry["sha256"] for entry in entries}


def scores(path: Path, rows: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"image": rows})[0])


def compare(made: Path, place: Path, names: list[str]) -> bool:
    """Say of each file whether its bytes are those that model.yaml pins."""
    pins = pinned(place) if (place / "model.yaml").exists() else {}
    same = True
    for name in names:
        got = sha256(made / name)
        want = pins.get(name, got)
        print(f"  {'same   ' if want == got else 'DIFFERS'}  {place.name}/{name}  {got}")
        if want != got:
            same = False
            print(f"           pinned: {want}")
        if want != got and name.endswith(".onnx"):
            rows = samples()[1][PIXELS].to_numpy()
            gap = np.abs(scores(made / name, rows) - scores(place / name, rows)).max()
            print(f"           on the evaluation rows the scores differ by at most {gap:.2g}")
    return same


def explain() -> None:
    """Why bytes may differ: another version of a library, else another processor."""
    others = {name: installed(name) for name, pin in MADE_WITH.items() if installed(name) != pin}
    for name, found in others.items():
        print(f"  made with {name} {MADE_WITH[name]}, here is {found}; requirements.lock names what was used")
    if not others:
        print("  the libraries are those it was made with: what is left is train.py itself, or the processor")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train digits; exit 0 if the digests are those pinned.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--version", choices=list(PLACES), help="make this version, compare, write it into its place"
    )
    what.add_argument("--check", action="store_true", help="make all, compare, write nothing")
    chosen = parser.parse_args(arguments)
    same = True
    with tempfile.TemporaryDirectory() as beside:
        for version in PLACES if chosen.check else [chosen.version]:
            made, place = Path(beside) / version, PLACES[version]
            same &= compare(made, place, make(version, made))
            if not chosen.check:
                shutil.copytree(made, place, dirs_exist_ok=True)
    if not same:
        explain()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
