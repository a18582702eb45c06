"""The router answers all of the Open Inference Protocol v2, from the server of the right version."""

import json
import struct
import urllib.error
import urllib.request

import pytest


@pytest.fixture
def split(world, running):
    """Version 1 with 75 % of the traffic, version 2 with 25 %."""
    one, two = world.version(1), world.version(2)
    world.release(one, two, 25)
    runtime = running(seed=11)
    runtime.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    return runtime


def ask(runtime, path: str, body: bytes | None = None, **headers: str):
    request = urllib.request.Request(f"{runtime.url}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def document(runtime, path: str, body: bytes | None = None):
    status, _, content = ask(runtime, path, body)
    return status, json.loads(content)


ROW = b'{"inputs":[{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,1,1]}]}'


def test_the_server_and_its_models(split) -> None:
    about = document(split, "/v2")[1]
    assert (about["name"], about["extensions"]) == ("sluice-router", ["binary_tensor_data"])
    for path in ("/v2/health/live", "/v2/health/ready"):
        assert document(split, path)[0] == 200
    status, metadata = document(split, "/v2/models/m")
    assert status == 200
    assert metadata["versions"] == ["1", "2"]
    assert metadata["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 3]}]
    assert document(split, "/v2/models/m/versions/2")[1]["versions"] == ["2"]
    for path in ("/v2/models/m/ready", "/v2/models/m/versions/2/ready"):
        assert document(split, path) == (200, {"name": "m", "ready": True})


def test_a_version_is_asked_by_its_number_and_not_counted_as_traffic(split, gateway_counts) -> None:
    for version, scale in (("1", 0.1), ("2", 0.2)):
        status, answer = document(split, f"/v2/models/m/versions/{version}/infer", ROW)
        assert (status, answer["model_version"]) == (200, version)
        assert answer["outputs"][0]["data"] == [pytest.approx(scale)]
    assert gateway_counts(split) == {}


@pytest.mark.parametrize(
    "path",
    [
        "/v2/models/x",
        "/v2/models/x/ready",
        "/v2/models/m/versions/3",
        "/v2/models/m/versions",
        "/v2/models/m/x",
    ],
)
def test_what_is_not_here_is_404(split, path) -> None:
    status, answer = document(split, path)
    assert status == 404
    assert answer["error"]


def test_raw_tensors_pass_in_both_directions(split) -> None:
    head = {"name": "features", "datatype": "FP32", "shape": [1, 3], "parameters": {"binary_data_size": 12}}
    text = json.dumps({"inputs": [head], "parameters": {"binary_data_output": True}}).encode()
    body = text + struct.pack("<3f", 1, 1, 1)
    name = "Inference-Header-Content-Length"
    path = "/v2/models/m/versions/2/infer"
    status, headers, content = ask(split, path, body, **{name: str(len(text))})
    assert status == 200
    assert struct.unpack("<f", content[int(headers[name]) :]) == (pytest.approx(0.2),)


def test_the_client_of_triton(split) -> None:
    client_of = pytest.importorskip("tritonclient.http", reason="tritonclient is not installed")
    import numpy as np

    client = client_of.InferenceServerClient(split.url.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("m")
    assert client.get_server_metadata()["name"] == "sluice-router"
    assert client.get_model_metadata("m", "2")["versions"] == ["2"]
    given = client_of.InferInput("features", [1, 3], "FP32")
    given.set_data_from_numpy(np.ones((1, 3), np.float32))
    for outputs in (None, [client_of.InferRequestedOutput("probability", binary_data=True)]):
        answer = client.infer("m", [given], "2", outputs=outputs)
        assert answer.as_numpy("probability").tolist() == [pytest.approx(0.2)]
