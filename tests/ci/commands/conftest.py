"""A real git repository with a tiny real model, made by `sluice new model` itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper
from support.repositories import git
from support.small_models import rows
from support.specs import environment_yaml

from sluicegate.ci.__main__ import main


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


@pytest.fixture
def sluice() -> Callable[..., Result]:
    """`sluice("validate", "--all")`: the command in this process; exit code, stdout, stderr."""

    def run(*words: Any, **more: Any) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], **more)

    return run


@pytest.fixture
def wanted(tmp_path: Path) -> list[Any]:
    """The options of `sluice new model` for the tiny model."""
    return options(tmp_path)


def options(tmp_path: Path) -> list[Any]:
    """Likewise, with its files made below a folder."""
    folder = tmp_path / "material"
    folder.mkdir()
    return [
        "--onnx", tiny_model(folder / "tiny.onnx"), "--reference", rows(folder / "reference.parquet", 1),
        "--evaluation", rows(folder / "evaluation.parquet", 2), "--label", "late",
        "--owner", "@data/flights", "--task", "binary-classification", "--score", "none",
    ]  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A work tree with its own git."""

    root: Path

    def git(self, *words: str) -> str:
        return git(*words, cwd=self.root)

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

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
        before = Version(version - 1, more["before"], digest) if "before" in more else None
        history = () if before is None else (before,)
        text = render(Release(model, environment, stable=stable, hold=hold, history=history)).decode()
        self.write(f"environments/{environment}/{model}/release.yaml", text)


@pytest.fixture
def work(tmp_path: Path, wanted: list[Any]) -> Work:
    """models/tiny version 1 on main, environments dev -> production, nothing released."""
    return new_work(tmp_path, wanted)


@pytest.fixture(scope="module")
def make_work() -> Callable[[Path], Work]:
    """Likewise in a folder, for what a module shares."""
    return lambda folder: new_work(folder, options(folder))


def new_work(folder: Path, wanted: list[Any]) -> Work:
    made = Work(folder / "work")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    words = ["new", "model", "tiny", "-C", made.root, *wanted]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    made.write("environments/dev/environment.yaml", environment_yaml("dev", namespace="models-dev"))
    made.write(
        "environments/production/environment.yaml",
        environment_yaml("production", namespace="models-production", after="dev"),
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
