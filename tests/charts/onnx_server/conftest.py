"""Small real ONNX models, and the real server as a process."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from prometheus_client.parser import text_string_to_metric_families
from support.http_stub import Answer, Site


def _model(nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def row_mean() -> onnx.ModelProto:
    """probability[batch] = mean of features[batch, 3]; NaN where a feature is NaN."""
    value = helper.make_tensor_value_info
    return _model(
        [helper.make_node("ReduceMean", ["features"], ["probability"], axes=[1], keepdims=0)],
        [value("features", TensorProto.FLOAT, ["batch", 3])],
        [value("probability", TensorProto.FLOAT, ["batch"])],
    )


def two_inputs() -> onnx.ModelProto:
    """total[batch, 2] = a + cast(b); echo = b; flag = the NOT of c."""
    value = helper.make_tensor_value_info
    return _model(
        [
            helper.make_node("Cast", ["b"], ["b_float"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["a", "b_float"], ["total"]),
            helper.make_node("Identity", ["b"], ["echo"]),
            helper.make_node("Not", ["c"], ["flag"]),
        ],
        [
            value("a", TensorProto.FLOAT, ["batch", 2]),
            value("b", TensorProto.UINT8, ["batch", 2]),
            value("c", TensorProto.BOOL, [1]),
        ],
        [
            value("total", TensorProto.FLOAT, ["batch", 2]),
            value("echo", TensorProto.UINT8, ["batch", 2]),
            value("flag", TensorProto.BOOL, [1]),
        ],
    )


def found() -> onnx.ModelProto:
    """scores[found] = those of x[batch] that are above 0."""
    value = helper.make_tensor_value_info
    return _model(
        [
            helper.make_node("Greater", ["x", "zero"], ["above"]),
            helper.make_node("Compress", ["x", "above"], ["scores"], axis=0),
        ],
        [value("x", TensorProto.FLOAT, ["batch"])],
        [value("scores", TensorProto.FLOAT, ["found"])],
        [helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])],
    )


def mean_beside() -> onnx.ModelProto:
    """y[batch] = x, and mean, one number over all rows."""
    value = helper.make_tensor_value_info
    return _model(
        [
            helper.make_node("Identity", ["x"], ["y"]),
            helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        ],
        [value("x", TensorProto.FLOAT, ["batch"])],
        [value("y", TensorProto.FLOAT, ["batch"]), value("mean", TensorProto.FLOAT, [])],
    )


def open_row() -> onnx.ModelProto:
    """y[batch, any] = x[batch, 2]: only a run shows that a row has two numbers."""
    value = helper.make_tensor_value_info
    return _model(
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", TensorProto.FLOAT, ["batch", 2])],
        [value("y", TensorProto.FLOAT, ["batch", "any"])],
    )


def external() -> onnx.ModelProto:
    """A model whose weight lies in the file w.bin beside it."""
    value = helper.make_tensor_value_info
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="w.bin")
    return _model(
        [helper.make_node("Mul", ["x", "w"], ["y"])],
        [value("x", TensorProto.FLOAT, ["batch"])],
        [value("y", TensorProto.FLOAT, ["batch"])],
        [weight],
    )


def sequence() -> onnx.ModelProto:
    """A model whose output is a sequence, which the protocol cannot carry."""
    output = helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)
    return _model(
        [helper.make_node("SequenceConstruct", ["x"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [output],
    )


SERVER = [sys.executable, "-P", "-m", "sluicegate.onnx_server"]
MODELS = {f.__name__: f for f in (row_mean, two_inputs, mean_beside, open_row, found, external, sequence)}


@dataclass
class Served:
    """A running server: what a client needs, and its pid."""

    url: str
    pid: int
    digest: str

    def call(self, path: str, body: object = None) -> tuple[int, dict]:
        """(status, document) of a GET, or of a POST of `body` (bytes as they are)."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, data), timeout=10
            ) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """The values at /metrics by name and sorted labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as response:
            text = response.read().decode()
        return {
            (s.name, tuple(sorted(s.labels.items()))): s.value
            for family in text_string_to_metric_families(text)
            for s in family.samples
        }


@pytest.fixture(scope="session")
def artifact(tmp_path_factory) -> Callable[[str], tuple[Path, str]]:
    """Write one of MODELS; its path and digest."""

    def write(name: str) -> tuple[Path, str]:
        path = tmp_path_factory.mktemp(name) / "model.onnx"
        path.write_bytes(MODELS[name]().SerializeToString())
        return path, f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    return write


def command(path: Path, digest: str, *options: str) -> list[str]:
    base = [
        *SERVER,
        "--model-file",
        str(path),
        "--sha256",
        digest,
    ]
    return [*base, "--name", "m", "--version", "2", "--track", "canary", *options]


@contextlib.contextmanager
def running(path: Path, digest: str, *options: str) -> Iterator[Served]:
    with started(command(path, digest), *options) as served:
        served.digest = digest
        yield served


@contextlib.contextmanager
def started(base: list[str], *options: str) -> Iterator[Served]:
    read_end, write_end = os.pipe()
    arguments = [*base, "--exit-with-parent", "--ready-fd", str(write_end), *options]
    process = subprocess.Popen(arguments, pass_fds=(write_end,), stderr=subprocess.PIPE)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as pipe:
            line = pipe.readline()
        assert line, process.stderr.read().decode()
        yield Served(f"http://127.0.0.1:{json.loads(line)['port']}", process.pid, "")
    finally:
        process.terminate()
        process.communicate(timeout=15)


@pytest.fixture(scope="session")
def serve(artifact):
    """Start a server for one of MODELS: `with serve("row_mean", *options) as served`."""

    def start(name: str, *options: str):
        return running(*artifact(name), *options)

    return start


@pytest.fixture(scope="session")
def refused():
    """Run the command to its end: (exit code, standard error)."""

    def run(path: Path, digest: str, *options: str, cwd: Path | None = None, env=None) -> tuple[int, str]:
        result = subprocess.run(
            command(path, digest, *options), capture_output=True, text=True, cwd=cwd, env=env, timeout=60
        )
        return result.returncode, result.stderr

    return run


@pytest.fixture
def website() -> Iterator[Site]:
    with Site() as site:
        yield site


REVISION = "0123456789abcdef0123456789abcdef01234567"
CONTENT = row_mean().SerializeToString()
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MODEL_YAML = f"""
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: mean
  owners: ["@team"]
spec:
  version: 3
  task: regression
  artifact: {{path: model.onnx, sha256: "{DIGEST}"}}
  signature:
    inputs: [{{name: features, dtype: float32, shape: [batch, 3]}}]
    outputs: [{{name: probability, dtype: float32, shape: [batch]}}]
  score: {{output: probability, edges: [0.25, 0.5]}}
  serving: {{max_batch: 8}}
"""


@dataclass
class Fetched:
    code: int
    message: str
    into: Path

    @property
    def files(self) -> list[str]:
        """What lies below `--into`, hidden files too."""
        return sorted(str(p.relative_to(self.into)) for p in self.into.rglob("*") if not p.is_dir())


@pytest.fixture
def repository(website):
    """A website that has the model `mean`, version 3, at REVISION."""
    at = f"/{REVISION}/models/mean"
    website.pages |= {
        f"{at}/model.yaml": Answer(body=MODEL_YAML.encode()),
        f"{at}/model.onnx": Answer(body=CONTENT),
    }
    return website


@pytest.fixture
def fetch(tmp_path, request):
    """Run `onnx-server fetch` for the model `mean` to its end; options given replace the usual ones."""

    def run(*options: str, layout: str = "ort", start: bool = False, **changed: str):
        into = tmp_path / "models"
        usual = {
            "revision": REVISION, "model": "mean", "version": "3", "digest": DIGEST, "layout": layout,
            "into": str(into), "retry-seconds": "1", "deadline-seconds": "30",
        }  # fmt: skip
        if "url" not in changed:
            usual["url"] = request.getfixturevalue("website").url
        usual |= {name.replace("_", "-"): value for name, value in changed.items()}
        words = [word for name, value in usual.items() for word in (f"--{name}", value)]
        command = [*SERVER, "fetch", *words, *options]
        if start:
            return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return Fetched(done.returncode, done.stderr, into)

    return run


@pytest.fixture
def serve_config():
    """Start the server from a server.json: `with serve_config(path, *options) as served`."""

    @contextlib.contextmanager
    def start(path: Path, *options: str) -> Iterator[Served]:
        with started([*SERVER, "--config", str(path)], *options) as served:
            yield served

    return start


@pytest.fixture(scope="session")
def start_server():
    """Start `onnx-server` with these words: `with start_server(["shadow", ...], *options) as served`."""

    def start(words: list[str], *options: str):
        return started([*SERVER, *words], *options)

    return start


@pytest.fixture(scope="session")
def refused_words():
    """Run `onnx-server` with these words alone to its end: (exit code, standard error)."""

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*SERVER, *words],
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stderr

    return run
