"""The protocol over real HTTP, against the real server process."""

import socket

import pytest

INFER = "/v2/models/m/infer"


def features(data, shape, **more):
    return {"inputs": [{"name": "features", "datatype": "FP32", "shape": shape, "data": data}], **more}


@pytest.fixture(scope="module")
def mean(serve):
    with serve("row_mean", "--score-output", "probability", "--score-edges", "0.25,0.5") as served:
        yield served


@pytest.fixture(scope="module")
def mixed(serve):
    with serve("two_inputs", "--score-output", "total", "--score-reduce", "max") as served:
        yield served


def test_metadata_and_health(mean):
    assert mean.call("/v2")[1]["name"] == "onnx-server"
    assert mean.call("/v2/health/live") == (200, {"live": True})
    assert mean.call("/v2/health/ready") == (200, {"ready": True})
    for base in ("/v2/models/m", "/v2/models/m/versions/2"):
        status, document = mean.call(base)
        assert status == 200
        assert document["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 3]}]
        assert document["outputs"] == [{"name": "probability", "datatype": "FP32", "shape": [-1]}]
        assert mean.call(f"{base}/ready") == (200, {"name": "m", "ready": True})


@pytest.mark.parametrize(
    "path", ["/v2/models/x", "/v2/models/m/versions/1", "/v2/models/x/ready", "/v2/models/x/versions/2", "/x"]
)
def test_what_is_not_here_is_404(mean, path):
    status, document = mean.call(path)
    assert status == 404
    assert document["error"]


@pytest.mark.parametrize("path", ["/v2/models/x/infer", "/v2/models/m/versions/1/infer"])
def test_infer_on_another_model_or_version_is_404(mean, path):
    assert mean.call(path, features([1, 2, 3], [1, 3]))[0] == 404


@pytest.mark.parametrize("path", [INFER, "/v2/models/m/versions/2/infer"])
@pytest.mark.parametrize("data", [[1, 2.0, 3, 4, 5, 6.0], [[1, 2.0, 3], [4, 5, 6.0]]])
def test_flat_and_nested_data_give_the_same(mean, path, data):
    status, document = mean.call(path, features(data, [2, 3], id="a-1"))
    assert status == 200
    assert document == {
        "model_name": "m",
        "model_version": "2",
        "id": "a-1",
        "outputs": [{"name": "probability", "datatype": "FP32", "shape": [2], "data": [2.0, 5.0]}],
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"inputs": [{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,NaN,3]}]}', "not JSON"),
        (
            b'{"inputs": [{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,Infinity,3]}]}',
            "not JSON",
        ),
        (b'{"inputs": [{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,1e400,3]}]}', "not JSON"),
        ([], "object"),
        ({}, "'inputs' is missing"),
        ({"inputs": {}}, "must be a list"),
        ({"inputs": [1]}, "'name'"),
        ({"inputs": []}, "missing input features"),
        ({"inputs": [{"name": "age"}]}, "unknown input 'age'"),
        (features([1, 2, 3], [1, 3], id=5), "'id'"),
        (features([1, 2, 3], [1, 3], parameters=[]), "'parameters'"),
        (features([1, 2, 3], [1, 3], outputs=[{"name": "logit"}]), "unknown output 'logit'"),
        (features([1, 2, 3], [1, 3], outputs=[{"name": "probability"}] * 2), "twice"),
        ({"inputs": features([1, 2, 3], [1, 3])["inputs"] * 2}, "twice"),
        ({"inputs": [{"name": "features", "datatype": "FP64", "shape": [1, 3], "data": [1, 2, 3]}]}, "FP64"),
        (features([1, 2, 3], [3]), "dimensions"),
        (features([1, 2, 3, 4], [1, 4]), "does not fit"),
        (features([1, 2, 3], [-1, 3]), "whole numbers"),
        (features([1, 2, 3], [True, 3]), "whole numbers"),
        (features([], [0, 3]), "has no rows"),
        (features([1, 2, 3], "1,3"), "whole numbers"),
        (features([1, 2], [1, 3]), "2 values"),
        (features([1, 2, 3], [10**12, 3]), "3 values"),
        (features([[1, 2, 3], [4, 5]], [2, 3]), "nested"),
        (features([[[1], 2, 3]], [1, 3]), "list"),
        (features([1, 2, [3]], [1, 3]), "list"),
        (features("123", [1, 3]), "must be a list"),
        (features([1, "2", 3], [1, 3]), "str"),
        (features([1, True, 3], [1, 3]), "bool"),
        (features([1, 1e39, 3], [1, 3]), "outside FP32"),
    ],
)
def test_a_wrong_request_is_400_and_says_why(mean, body, words):
    status, document = mean.call(INFER, body)
    assert status == 400
    assert words in document["error"]


@pytest.mark.parametrize("key", ["id", "outputs", "parameters"])
def test_null_is_an_optional_field_that_is_not_set(mean, key):
    """What clients and proxies send that serialise every field."""
    body = features([1, 2, 3], [1, 3]) | {key: None}
    body["inputs"][0]["parameters"] = None
    assert mean.call(INFER, body)[0] == 200


def test_a_missing_value_reaches_the_model_as_nan_whose_answer_is_never_returned(mean):
    status, document = mean.call(INFER, features([1, None, 3], [1, 3]))
    assert status == 500
    assert "not finite" in document["error"]


def test_a_missing_value_that_the_model_can_take_is_answered(mixed):
    body = mixed_request()
    body["inputs"][0]["data"] = [None, 1]
    body["outputs"] = [{"name": "echo"}, {"name": "flag"}]
    status, document = mixed.call(INFER, body)
    assert status == 200
    assert [output["data"] for output in document["outputs"]] == [[3, 4], [False]]


def mixed_request(**more):
    return {
        "inputs": [
            {"name": "a", "datatype": "FP32", "shape": [1, 2], "data": [0.5, 1]},
            {"name": "b", "datatype": "UINT8", "shape": [1, 2], "data": [3, 4]},
            {"name": "c", "datatype": "BOOL", "shape": [1], "data": [True]},
        ],
        **more,
    }


def test_outputs_are_those_asked_for_in_their_order(mixed):
    _, document = mixed.call(INFER, mixed_request(outputs=[{"name": "flag"}, {"name": "total"}]))
    assert [(o["name"], o["data"]) for o in document["outputs"]] == [("flag", [False]), ("total", [3.5, 5.0])]
    _, document = mixed.call(INFER, mixed_request())
    assert [o["name"] for o in document["outputs"]] == ["total", "echo", "flag"]


@pytest.mark.parametrize(
    ("index", "change"),
    [
        (1, {"data": [3, 256]}),
        (1, {"data": [-1, 4]}),
        (1, {"data": [3, 4.0]}),
        (1, {"data": [3, None]}),
        (2, {"data": [1]}),
        (2, {"data": [None]}),
        (1, {"shape": [2, 2], "data": [1, 2, 3, 4]}),  # one symbol, two sizes
    ],
)
def test_integers_booleans_and_shared_dimensions_are_strict(mixed, index, change):
    body = mixed_request()
    body["inputs"][index] |= change
    assert mixed.call(INFER, body)[0] == 400


def test_a_body_beyond_the_limit_is_413(serve):
    with serve("row_mean", "--max-body-bytes", "200") as served:
        assert served.call(INFER, features([1, 2, 3], [1, 3], id="x" * 300))[0] == 413
        chunked = b"POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(served.url.rsplit(":", 1)[1]))) as client:
            client.sendall(chunked + b"12c\r\n" + b" " * 300 + b"\r\n0\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 413")
        assert served.call(INFER, features([1, 2, 3], [1, 3]))[0] == 200


def test_counts_are_exact_and_labelled(serve):
    with serve("row_mean", "--score-output", "probability", "--score-edges", "0.25,0.5") as served:
        for first in (0.0, 0.3, 0.5, 2.0):
            assert served.call(INFER, features([[first] * 3, [9, 9, 9]], [2, 3]))[0] == 200
        served.call(INFER, features([None, 1, 1], [1, 3]))
        served.call(INFER, b"{")
        served.call("/v2/models/x/infer", b"{}")
        served.call("/v2/health/ready")
        seen = served.samples()
        labels = {"model": "m", "track": "canary", "digest": served.digest}

        def value(name, **more):
            return seen.get((name, tuple(sorted((labels | more).items()))))

        assert [value("sluice_server_requests_total", code=c) for c in ("200", "400", "404", "500")] == [
            4,
            1,
            1,
            1,
        ]
        reasons = ("json", "unknown_model", "non_finite_output")
        assert [value("sluice_server_errors_total", reason=r) for r in reasons] == [1, 1, 1]
        # The first row alone is the score; an edge belongs to the bucket below it.
        assert [value("sluice_server_score_bucket", le=le) for le in ("0.25", "0.5", "+Inf")] == [1, 3, 4]
        assert value("sluice_server_request_duration_seconds_count") == 7
        for le in ("0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1.0"):
            assert value("sluice_server_request_duration_seconds_bucket", le=le) is not None
        assert seen[("process_start_time_seconds", ())] > 1e9


def test_a_score_over_several_values_is_their_maximum(serve):
    with serve(
        "two_inputs", "--score-output", "total", "--score-reduce", "max", "--score-edges", "4,6"
    ) as served:
        served.call(INFER, mixed_request())
        counts = {
            dict(labels)["le"]: value
            for (name, labels), value in served.samples().items()
            if name == "sluice_server_score_bucket"
        }
        assert counts == {"4.0": 0, "6.0": 1, "+Inf": 1}


def scored(served) -> dict[str, float]:
    """The score's cumulated buckets."""
    return {
        dict(labels)["le"]: value
        for (name, labels), value in served.samples().items()
        if name == "sluice_server_score_bucket"
    }


def test_a_score_is_counted_that_the_client_did_not_ask_for(serve):
    with serve(
        "two_inputs", "--score-output", "total", "--score-reduce", "max", "--score-edges", "4"
    ) as served:
        status, answer = served.call(INFER, mixed_request(outputs=[{"name": "flag"}]))
        assert (status, [output["name"] for output in answer["outputs"]]) == (200, ["flag"])
        assert scored(served)["+Inf"] == 1


def test_the_score_is_the_number_of_its_column(serve):
    column = ("--score-column", "0", "--score-edges", "1.5,2.5,3.5,4.5,5.5")
    with serve("two_inputs", "--score-output", "total", *column) as served:
        _, answer = served.call(INFER, mixed_request())
        first = answer["outputs"][0]["data"][0]
        assert scored(served) == {
            edge: float(edge == "+Inf" or first <= float(edge))
            for edge in ("1.5", "2.5", "3.5", "4.5", "5.5", "+Inf")
        }


def test_an_answer_without_a_row_is_an_answer_without_a_score(serve):
    """A detector with its post-processing in the graph finds nothing."""
    with serve("found", "--score-output", "scores", "--score-edges", "0.5") as served:
        for value, shape in ((1.0, [1]), (-1.0, [0])):
            tensor = {"name": "x", "shape": [1], "datatype": "FP32", "data": [value]}
            status, answer = served.call(INFER, {"inputs": [tensor]})
            assert (status, answer["outputs"][0]["shape"]) == (200, shape)
        counts = served.samples()
        named = {
            name: value for (name, labels), value in counts.items() if name == "sluice_server_score_count"
        }
        assert named == {"sluice_server_score_count": 1}
        answered = [v for (n, labels), v in counts.items() if n == "sluice_server_requests_total" and v]
        assert answered == [2]
