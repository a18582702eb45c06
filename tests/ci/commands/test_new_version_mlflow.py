"""`sluice new version --from mlflow:` against a real MLflow server on SQLite: `make test-mlflow`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip(
    "mlflow.server", reason="the extra `mlflow` and its server are not installed: make test-mlflow"
)

from support.forges import PERSON
from support.mlflow_server import VARIABLES, WEBHOOKS, mlflow_server, register

from sluicegate.ci.github.client import connect
from sluicegate.ci.model_reader import load
from sluicegate.embedded.forge import Forge
from sluicegate.specs.tree import WorkTree

MODEL = "models/tiny/model.yaml"
SECRET = "what MLflow and we know"


def wide(scale: float) -> onnx.ModelProto:
    """sigmoid(x @ W @ v), W of 4 KiB: enough for a file of external data."""
    hidden = np.full((2, 512), scale / 512, np.float32)
    nodes = [
        helper.make_node("MatMul", ["features", "W"], ["h"]),
        helper.make_node("ReduceSum", ["h", "axis"], ["s"], keepdims=0),
        helper.make_node("Sigmoid", ["s"], ["probability"]),
    ]
    weights = [numpy_helper.from_array(hidden, "W"), numpy_helper.from_array(np.array([1], np.int64), "axis")]
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 2])
    answer = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n"])
    graph = helper.make_graph(nodes, "wide", [features], [answer], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    with mlflow_server(folder, **WEBHOOKS) as address, pytest.MonkeyPatch.context() as patch:
        for name, value in {**VARIABLES, "MLFLOW_TRACKING_URI": address}.items():
            patch.setenv(name, value)
        mlflow.set_tracking_uri(None)
        yield address


@pytest.fixture(scope="module")
def versions(server: str) -> list[str]:
    """Of the registered model `wide-and-deep`: in one file, and with external data, which is @champion."""
    from mlflow import MlflowClient
    from mlflow.models import infer_signature

    rows = np.zeros((1, 2), np.float64)
    one = register("wide-and-deep", wide(1), signature=infer_signature(rows, np.zeros(1, np.float32)))
    two = register("wide-and-deep", wide(2), external=True)
    MlflowClient().set_registered_model_alias("wide-and-deep", "champion", two)
    return [one, two]


def spec_of(work):
    return load(WorkTree(work.root), "models/tiny")[1]


def test_a_registered_version_is_the_next_one_with_its_lineage(sluice, work, versions) -> None:
    said = sluice(
        "new", "version", "tiny", "-C", work.root, "--from", f"mlflow:/models/wide-and-deep/{versions[0]}"
    )
    assert said.exit_code == 0, said.output
    assert f"from mlflow:/models/wide-and-deep/{versions[0]}" in said.output
    assert "MLflow's signature says float64 for the input features, and the graph float32" in said.output
    spec = spec_of(work)
    assert (spec.version, spec.artifact.path) == (2, "model.onnx")
    assert onnx.load(work.root / "models/tiny/model.onnx").graph.name == "wide"
    lineage = spec.lineage
    assert lineage.run.startswith("mlflow:/0/")
    assert lineage.code == f"git+https://git.example.org/team/train.git@{'3c1e' * 10}"
    assert lineage.dataset.startswith("flights@")
    assert (lineage.metrics, lineage.parameters) == ({"auc": 0.71}, {"depth": "6"})
    assert "secret" not in (work.root / MODEL).read_text()


def test_an_alias_names_a_version_and_external_data_comes_with_it(sluice, work, versions) -> None:
    said = sluice(
        "new", "version", "tiny", "-C", work.root, "--from", "mlflow:/models/wide-and-deep@champion"
    )
    assert said.exit_code == 0, said.output
    assert f"from mlflow:/models/wide-and-deep/{versions[1]}" in said.output
    main, other = spec_of(work).artifact.files
    assert main.local == "model.onnx"
    assert (work.root / "models/tiny" / other.local).stat().st_size >= 4096
    judged = sluice(
        "validate", "tiny", "-C", work.root, "--check", "artifact-digests", "--check", "external-data-escape"
    )
    assert judged.exit_code == 0, judged.output


def test_what_cannot_be_taken_is_named_and_nothing_is_written(
    sluice, work, versions, server, tmp_path
) -> None:
    import mlflow

    class Echo(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: list[str]) -> list[str]:
            return model_input

    with mlflow.start_run():
        mlflow.pyfunc.log_model(
            name="model", python_model=Echo(), registered_model_name="echo", pip_requirements=["mlflow"]
        )
    for address, words in {
        "mlflow:/models/echo/1": "has the flavours python_function, and not onnx",
        "mlflow:/models/nobody/1": "check name, version and path",
        "mlflow:/models/wide-and-deep@nobody": "mlflow:/models/wide-and-deep@nobody",
        "mlflow:/runs/abc": "names no registered model",
    }.items():
        refused = sluice("new", "version", "tiny", "-C", work.root, "--from", address)
        assert (refused.exit_code, words in refused.stderr) == (1, True), refused.output
    assert work.git("status", "--short") == ""


def test_without_a_server_none_is_made_up(sluice, work, monkeypatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    refused = sluice("new", "version", "tiny", "-C", work.root, "--from", "mlflow:/models/m/1")
    assert refused.exit_code == 1
    assert "no server of MLflow is named; set MLFLOW_TRACKING_URI" in refused.stderr


@contextmanager
def listening(origin: str, api: str, *options: str) -> Iterator[tuple[str, IO[str]]]:
    """`sluice mlflow listen`, a process of its own: its address, and the lines that it prints."""
    words = [Path(sys.executable).parent / "sluice", "mlflow", "listen", "--address=127.0.0.1:0"]
    words += [f"--repo={origin}", f"--api={api}", "--author=MLflow <mlflow@example.org>"]
    secrets = {"SLUICE_MLFLOW_SECRET": SECRET, "SLUICE_TOKEN": PERSON.secret}
    with subprocess.Popen(
        [*words, "--model=deep=tiny", *options], env={**os.environ, **secrets},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            said = process.stderr.readline()
            assert said.startswith("webhooks at http://127.0.0.1:"), said + process.stderr.read()
            yield said.split()[-1], process.stdout
        finally:
            process.terminate()


def test_webhooks_that_mlflow_itself_sends_open_one_pull_request(work, server, tmp_path) -> None:
    from mlflow import MlflowClient

    registry = MlflowClient()
    with Forge(tmp_path / "forge", [PERSON]) as forge:
        client = connect(forge.api, PERSON.secret)
        client.github.get_user().create_repo("models")
        origin = forge.git_url(PERSON.login, "models", PERSON)
        work.git("push", "--quiet", origin, "main")
        with (
            listening(origin, forge.api) as (created, said),
            listening(origin, forge.api, "--alias=champion") as (aliased, said_of_aliases),
        ):
            stranger = registry.create_webhook("other", created, ["model_version.created"], secret="other")
            assert registry.test_webhook(stranger.webhook_id).response_status == 401
            registry.delete_webhook(stranger.webhook_id)
            ours = registry.create_webhook("created", created, ["model_version.created"], secret=SECRET)
            assert registry.test_webhook(ours.webhook_id).response_status == 202
            assert "not followed, see --model" in said.readline()  # MLflow's example

            version = register("deep", wide(3))
            proposed = said.readline()
            registry.create_webhook("alias", aliased, ["model_version_alias.created"], secret=SECRET)
            registry.set_registered_model_alias("deep", "challenger", version)
            registry.set_registered_model_alias("deep", "champion", version)
            again = said_of_aliases.readline()
        (pull,) = client.github.get_repo(f"{PERSON.login}/models").get_pulls(state="all")
        assert proposed == f"mlflow:/models/deep/{version}: {pull.html_url}\n"
        assert again == f"mlflow:/models/deep/{version}: {pull.html_url} is there already\n"
        assert (pull.title, pull.head.ref) == ("tiny: version 2", f"tiny-mlflow-{version}")
        assert f"mlflow:/models/deep/{version}" in pull.body
        assert {file.filename for file in pull.get_files()} == {MODEL, "models/tiny/model.onnx"}
        client.github.close()
