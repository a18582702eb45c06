"""Networks by torch, trained and exported in a Python that has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from zoo import figures, sources
from zoo.kinds import forecasting, sequences
from zoo.model import ROWS, Absent, Model, Version, lists, table

TITLE = "Networks by torch"
TEXT = """
    `torch.onnx.export` gives dimensions names of its own (`x_dynamic_axes_1`), another for each tensor:
    `sluice new model` takes them for what they are, an open batch. Rows of more than one dimension are lists
    in the table. A network that ends in logits is judged by what needs no probability; export it with its
    softmax or sigmoid where `log_loss` and the like are wanted.
"""
EXPORT = Path(__file__).resolve().parents[1] / "torch_export.py"


def models() -> Iterator[Model]:
    python = _python()
    data = {
        "torch-binary": sources.two_classes(seed=121),
        "torch-pictures": _square(sources.digits()),
        "torch-logits": _square(sources.digits()),
        "torch-recurrent": sources.waves(seed=122),
        "torch-multi-label": sources.label_sets(seed=123),
        "torch-forecast": _deep(forecasting.series(seed=124)),
        "torch-tokens": sequences.topics(seed=125),
        "torch-embedding": sources.places(seed=126)[0],
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, split in data.items():
            parts = {
                f"{kind}{number}": part
                for number in (1, 2)
                for kind, part in zip(("rows", "truth"), split.part(number), strict=True)
            }
            np.savez(Path(folder) / f"{name}.npz", test=split.test, **parts)
        subprocess.run([python, str(EXPORT), folder], check=True, env=_environment())
        for name, split in data.items():
            yield _model(name, split, Path(folder))


def _python() -> str:
    """A Python with torch: the one that ZOO_TORCH names, this one, or the system's. Raises Absent."""
    named = os.environ.get("ZOO_TORCH")
    system = shutil.which("python3", path=os.defpath)
    for python in [named] if named else [sys.executable, system]:
        if (
            python
            and subprocess.run(
                [python, "-c", "import torch"], env=_environment(), capture_output=True
            ).returncode
            == 0
        ):
            return python
    raise Absent(
        "no torch here: install it (Debian: apt-get install python3-torch), or name a Python with ZOO_TORCH"
    )


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}


def _square(split: sources.Split) -> sources.Split:
    train, test = (part.reshape(-1, 1, 8, 8) / np.float32(16) for part in (split.train, split.test))
    return sources.Split(train, split.train_labels, test, split.test_labels)


def _deep(split: sources.Split) -> sources.Split:
    train, test = (part[:, :, None] / np.float32(16) for part in (split.train, split.test))
    return sources.Split(train, split.train_labels, test, split.test_labels)


def _binary(truth: np.ndarray, said: np.ndarray) -> list[figures.Figure]:
    return figures.binary(truth, said[:, 0])


def _logits(truth: np.ndarray, said: np.ndarray) -> list[figures.Figure]:
    """What needs no probabilities: only the order within a row counts."""
    odds = np.exp(said - said.max(axis=1, keepdims=True))
    every = figures.multiclass(truth, odds / odds.sum(axis=1, keepdims=True))
    return [one for one in every if one[0]["metric"] not in {"log_loss", "roc_auc_ovr"}]


def _embedding(truth: np.ndarray, said: np.ndarray) -> list[figures.Figure]:
    return figures.retrieval(truth, said, _roles(len(truth)))


def _roles(rows: int) -> np.ndarray:
    return np.array((["gallery", "query", "query"] * rows)[:rows])


Judge = Callable[[np.ndarray, np.ndarray], list[figures.Figure]]
JUDGES: dict[str, Judge] = {
    "torch-binary": _binary,
    "torch-recurrent": _binary,
    "torch-pictures": figures.multiclass,
    "torch-tokens": figures.multiclass,
    "torch-logits": _logits,
    "torch-multi-label": figures.multilabel,
    "torch-forecast": figures.regression,
    "torch-embedding": _embedding,
}
OPTIONS = {
    "torch-forecast": ("--task", "forecasting"),
    "torch-embedding": ("--task", "retrieval", "--group", "role"),
}


def _model(name: str, split: sources.Split, folder: Path) -> Model:
    said = np.load(folder / f"{name}-answers.npz")
    versions = [
        Version(
            (folder / f"{name}-{number}.onnx").read_bytes(),
            JUDGES[name](split.test_labels, said[f"said{number}"].astype(float)),
            {"y": said[f"said{number}"][:ROWS]},
        )
        for number in (1, 2)
    ]
    return Model(
        name,
        "torch",
        _frame(name, split.train, split.train_labels),
        _frame(name, split.test, split.test_labels),
        {"x": split.test[:ROWS]},
        (versions[0], versions[1]),
        OPTIONS.get(name, ()),
    )


def _frame(name: str, values: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    several = list(labels) if labels.ndim > 1 else labels
    if values.ndim > 2 or name == "torch-tokens":
        return lists(values, several)
    frame = table(values, np.zeros(len(values))).assign(label=several)
    return frame.assign(role=_roles(len(frame))) if name == "torch-embedding" else frame
