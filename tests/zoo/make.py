"""Write every model of the zoo: `python -m zoo.make DIRECTORY [KIND...]`, with the zoo's own packages.

Each becomes DIRECTORY/KIND/NAME with model.onnx, next.onnx, two tables and expected.json. What cannot be made
here, as without torch, is a line in DIRECTORY/KIND/absent.txt.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zoo import kinds
from zoo.model import Absent, Model

DATATYPES = {
    "float16": "FP16", "float32": "FP32", "float64": "FP64", "int64": "INT64", "int32": "INT32",
    "int16": "INT16", "int8": "INT8", "uint8": "UINT8", "bool": "BOOL", "object": "BYTES",
}  # fmt: skip
"""By numpy's name, the Open Inference Protocol's."""


def write(model: Model, directory: Path) -> None:
    """The model's files."""
    directory.mkdir(parents=True)
    first, second = model.versions
    (directory / "model.onnx").write_bytes(first.onnx)
    (directory / "next.onnx").write_bytes(second.onnx)
    for name, frame in (("reference", model.reference), ("evaluation", model.evaluation)):
        _write_table(frame, directory / f"{name}.{model.form}")
    expected = {
        "library": model.library,
        "options": model.options,
        "form": model.form,
        "tolerance": model.tolerance,
        "reason": model.reason,
        "request": [_tensor(name, value) for name, value in model.request.items()],
        "versions": [
            {
                "figures": [{"rule": dict(rule), "value": float(value)} for rule, value in version.figures],
                "answers": [_tensor(name, value) for name, value in version.answers.items()],
            }
            for version in model.versions
        ],
    }
    (directory / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)


def _tensor(name: str, value: np.ndarray) -> dict[str, Any]:
    """A tensor of the protocol; a missing number is null."""
    value = np.asarray(value)
    flat = value.reshape(-1).tolist()
    if value.dtype.kind == "f":
        flat = [None if number != number else number for number in flat]
    return {
        "name": name,
        "datatype": DATATYPES.get(value.dtype.name, "BYTES"),
        "shape": list(value.shape),
        "data": flat,
    }


def main(arguments: list[str]) -> None:
    """Make all kinds, or those that are named."""
    target = Path(arguments[0])
    for found in pkgutil.iter_modules(kinds.__path__):
        if arguments[1:] and found.name not in arguments[1:]:
            continue
        kind = importlib.import_module(f"zoo.kinds.{found.name}")
        folder = target / found.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        about = {"title": kind.TITLE, "text": " ".join(kind.TEXT.split())}
        (folder / "kind.json").write_text(json.dumps(about), encoding="utf-8")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for model in kind.models():
                    write(model, folder / model.name)
                    print(f"made {found.name}/{model.name}", flush=True)
        except Absent as missing:
            (folder / "absent.txt").write_text(f"{missing}\n", encoding="utf-8")
            print(f"{found.name}: {missing}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
