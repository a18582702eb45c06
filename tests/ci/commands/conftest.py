"""A real git repository with a tiny real model, made by `sluice new model` itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper

from sluicegate.ci.__main__ import main

ENVIRONMENT = """\
apiVersion: sluicegate.dev/v1
kind: Environment
metadata: {{name: {name}}}
spec:
  namespace: models-{name}
  traffic: embedded
{after}  metrics: {{source: scrape, url: "http://127.0.0.1:8000"}}
"""


def tiny_model(path: Path, *, external: bool = False) -> Path:
    """sigmoid(x0 + x1): features[batch, 2] -> probability[batch], opset 17."""
    nodes = [
        helper.make_node("MatMul", ["features", "w"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["probability"]),
    ]
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 2])
    probability = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch"])
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 1.0])
    if external:
        weights.ClearField("float_data")
        weights.data_location = TensorProto.EXTERNAL
        entry = weights.external_data.add()
        entry.key, entry.value = "location", "../../secret"
    graph = helper.make_graph(nodes, "tiny", [features], [probability], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def rows(path: Path, seed: int = 0, count: int = 400) -> Path:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(count, 2))
    label = (values.sum(axis=1) + generator.normal(size=count) > 0).astype(int)
    pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "late": label}).to_parquet(path)
    return path


@pytest.fixture
def sluice() -> Callable[..., Result]:
    """`sluice("validate", "--all")`: the command in this process; exit code, stdout, stderr."""

    def run(*words: Any, **more: Any) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], **more)

    return run


@pytest.fixture
def wanted(tmp_path: Path) -> list[Any]:
    """The options of `sluice new model` for the tiny model."""
    folder = tmp_path / "material"
    folder.mkdir()
    return [
        "--onnx", tiny_model(folder / "tiny.onnx"), "--reference", rows(folder / "reference.parquet", 1),
        "--evaluation", rows(folder / "evaluation.parquet", 2), "--label", "late",
        "--owner", "@data/flights", "--task", "binary-classification",
    ]  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A work tree with its own git."""

    root: Path

    def git(self, *words: str) -> str:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@localhost", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@localhost",
        }  # fmt: skip
        done = subprocess.run(
            ["git", *words], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def commit(self, message: str = "Change") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def release(
        self, environment: str, model: str, version: int, revision: str, digest: str, **more: str
    ) -> None:
        """A release.yaml of a stable version, as the gate writes it."""
        from datetime import UTC, datetime

        from sluicegate.specs.release import Hold, Release, Version
        from sluicegate.specs.release_file import render

        hold = Hold(datetime(2026, 11, 1, tzinfo=UTC), more["hold"]) if "hold" in more else None
        stable = Version(version, revision, digest)
        text = render(Release(model, environment, stable=stable, hold=hold)).decode()
        self.write(f"environments/{environment}/{model}/release.yaml", text)


@pytest.fixture
def work(tmp_path: Path, wanted: list[Any], sluice: Callable[..., Result]) -> Work:
    """models/tiny version 1 on main, environments dev -> production, nothing released."""
    made = Work(tmp_path / "work")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    result = sluice("new", "model", "tiny", "-C", made.root, *wanted)
    assert result.exit_code == 0, result.output
    made.write("environments/dev/environment.yaml", ENVIRONMENT.format(name="dev", after=""))
    made.write(
        "environments/production/environment.yaml",
        ENVIRONMENT.format(name="production", after="  after: dev\n"),
    )
    made.commit("Begin")
    return made


@pytest.fixture
def digest(work: Work) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256((work.root / "models/tiny/model.onnx").read_bytes()).hexdigest()


@pytest.fixture
def external_model(tmp_path: Path) -> Path:
    """A model whose weights lie outside of its directory."""
    path = tiny_model(tmp_path / "external.onnx", external=True)
    assert onnx.load_model(str(path), load_external_data=False).graph.initializer[0].data_location
    return path
