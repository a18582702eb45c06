"""Small real models with evaluation rows, in a real repository: what a canary is, and what it should be."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from support.clock import START
from support.repositories import bare_repository
from support.specs import environment_yaml

PEOPLE = ("A Person", "person@example.org")
NAME = "m"
ENVIRONMENT = "production"


def artifact(scale: float, features: int = 3) -> bytes:
    """y[batch] = scale x mean of x[batch, features]; NaN where a feature or `scale` is."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("Mul", ["mean", "scale"], ["y"]),
        ],
        "g",
        [value("x", TensorProto.FLOAT, ["batch", features])],
        [value("y", TensorProto.FLOAT, ["batch"])],
        [helper.make_tensor("scale", TensorProto.FLOAT, [], [scale])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def evaluation_rows(number: int = 200, features: int = 3, missing: Sequence[int] = ()) -> pd.DataFrame:
    """Rows with a label; in the rows of `missing` the first feature is NaN."""
    draws = np.random.default_rng(7).uniform(1, 3, (number, features)).astype("float32")
    draws[list(missing), 0] = np.nan
    frame = pd.DataFrame(draws, columns=[f"f{at}" for at in range(features)])
    return frame.assign(label=0)


def model_files(version: int, model: bytes, rows: pd.DataFrame, serving: str = "{}") -> dict[str, bytes]:
    """models/m: its model.yaml, artifact and evaluation rows."""
    buffer = io.BytesIO()
    rows.to_parquet(buffer)
    table = buffer.getvalue()
    features = [name for name in rows.columns if name != "label"]
    text = dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata: {{name: {NAME}, owners: ["@team"]}}
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "{digest(model)}"}}
          signature:
            inputs:
              - {{name: x, dtype: float32, shape: [batch, {len(features)}], columns: [{", ".join(features)}]}}
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/rows.parquet, sha256: "{digest(table)}"}}
            evaluation: {{path: data/rows.parquet, sha256: "{digest(table)}"}}
            label: label
          rollout:
            steps: [5, 50, 100]
            min_requests: 0
            min_seconds: 0
            gates: [{{metric: error_rate, margin: 0.1}}]
          serving: {serving}
        """)
    return {
        f"models/{NAME}/model.yaml": text.encode(),
        f"models/{NAME}/model.onnx": model,
        f"models/{NAME}/data/rows.parquet": table,
    }


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Shelf:
    """A bare repository in which people put versions of the model `m`, and releases of it."""

    def __init__(self, folder: Path) -> None:
        self.bare = bare_repository(folder / "remote.git")
        self.repository = Repository(self.bare)
        self.repository.fetch()

    def commit(self, changes: dict[str, bytes]) -> str:
        """A commit by people on main."""
        self.repository.fetch()
        sha = self.repository.commit(self.repository.tip("main"), changes, "by people", START, PEOPLE)
        self.repository.push({"main": sha})
        return sha

    def version(self, number: int, model: bytes, rows: pd.DataFrame | None = None, **more: str) -> Version:
        """Merge a version."""
        frame = evaluation_rows() if rows is None else rows
        return Version(number, self.commit(model_files(number, model, frame, **more)), digest(model))

    def environment(self, url: str) -> str:
        """The environment, whose router answers at `url`."""
        path = f"environments/{ENVIRONMENT}/environment.yaml"
        return self.commit({path: environment_yaml(ENVIRONMENT, url=url, smoke=True)})

    def dark(self, canary: Version) -> str:
        """Its release.yaml: this version dark, the first one."""
        release = Release(NAME, ENVIRONMENT, canary=canary, weight=0)
        return self.commit({f"environments/{ENVIRONMENT}/{NAME}/release.yaml": render(release)})
