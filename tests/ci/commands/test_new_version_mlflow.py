"""`sluice new version --from mlflow:` against a real MLflow server on SQLite: `make test-mlflow`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip(
    "mlflow.server", reason="the extra `mlflow` and its server are not installed: make test-mlflow"
)

from support.forges import PERSON
from support.mlflow_server import VARIABLES, mlflow_server, register

from sluicegate.ci.github.client import connect
from sluicegate.ci.github.propose import Proposed
from sluicegate.ci.mlflow.pull_request import Home, propose_version
from sluicegate.ci.mlflow.webhook import Announced, Receiver
from sluicegate.ci.model_reader import load
from sluicegate.embedded.forge import Forge
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.specs.tree import WorkTree

MODEL = "models/tiny/model.yaml"


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

    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address, pytest.MonkeyPatch.context() as patch:
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


def test_a_webhook_that_mlflow_signed_opens_one_pull_request(work, versions, tmp_path) -> None:
    from mlflow.webhooks.delivery import _generate_hmac_signature

    payload = {
        "entity": "model_version",
        "action": "created",
        "data": {"name": "wide-and-deep", "version": versions[0]},
    }
    text, sent = json.dumps(payload), str(int(time.time()))
    headers = {
        "X-MLflow-Delivery-Id": "1",
        "X-MLflow-Timestamp": sent,
        "X-MLflow-Signature": _generate_hmac_signature("s", "1", sent, text),
    }
    found: list[Proposed] = []
    with Forge(tmp_path / "forge", [PERSON]) as forge:
        client = connect(forge.api, PERSON.secret)
        client.github.get_user().create_repo("models")
        origin = forge.git_url(PERSON.login, "models", PERSON)
        work.git("push", "--quiet", origin, "main")
        home = Home(client, f"{PERSON.login}/models", origin, Signature("MLflow", "mlflow@example.org"))

        def act(announced: Announced) -> None:
            found.append(propose_version(home, "tiny", announced.name, announced.version))

        with Receiver("127.0.0.1", 0, b"s", act) as receiver:
            for _ in range(2):
                connection = HTTPConnection("127.0.0.1", receiver.port, timeout=60)
                connection.request("POST", "/", text, headers)
                assert connection.getresponse().status == 202
                connection.close()
            receiver.finish()
        (pull,) = client.github.get_repo(home.github).get_pulls(state="all")
        assert [one.new for one in found] == [True, False]
        assert (pull.title, pull.head.ref) == ("tiny: version 2", f"tiny-mlflow-{versions[0]}")
        assert f"mlflow:/models/wide-and-deep/{versions[0]}" in pull.body
        assert {file.filename for file in pull.get_files()} == {MODEL, "models/tiny/model.onnx"}
        client.github.close()
