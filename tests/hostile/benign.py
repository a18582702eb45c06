"""Sound models: onnx's own backend suite, as far as onnxruntime loads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx
import onnxruntime
from onnx.backend.test.case import node as suite

from hostile.judged import scan

DRAW = ("draw random numbers", "draw, as in training")
"""How `onnx-random` ends."""


@dataclass(frozen=True)
class Sound:
    """A model that the engine loads, and why it was refused, if it was."""

    name: str
    refused: str
    """What is said of it, joined by `; `."""

    @property
    def draws(self) -> bool:
        """Whether nothing else is said than that it draws: then it is not one that has to pass."""
        return all(words.endswith(DRAW) for words in self.refused.split("; "))


def benign_rows(folder: Path) -> list[Sound]:
    """Every model of the suite that the engine loads."""
    folder.mkdir(parents=True)
    names = []
    for number, (name, data) in enumerate(_models()):
        if _loads(data):
            (folder / f"{number}.onnx").write_bytes(data)
            names.append((name, folder / f"{number}.onnx"))
    results = scan([place for _, place in names])
    return [
        Sound(name, "; ".join(str(one["message"]) for one in result["findings"]))  # type: ignore[attr-defined]
        for (name, _), result in zip(names, results, strict=True)
    ]


def _models():
    for path in sorted((Path(onnx.__file__).parent / "backend/test/data").rglob("*.onnx")):
        yield path.parent.name, path.read_bytes()
    for one in suite.collect_testcases(None):
        if one.model is not None:
            yield one.name, one.model.SerializeToString()


def _loads(data: bytes) -> bool:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception:  # whatever it does not load is not the engine's
        return False
    return True
