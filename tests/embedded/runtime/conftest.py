"""A real bare repository with models and releases, a real runtime over it, and real load.

`http1` is tested by what uses it, `test_listener` and `test_load`; `measure` is `make bench`, which times and
judges nothing.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render

COLUMNS = ["a", "b", "c"]


def _artifact(scale: float, limit: float | None = None, note: str = "") -> bytes:
    """probability[batch] = scale x mean of features[batch, 3], 1 more where the mean is above a limit.

    NaN where a feature is NaN. `note` changes the bytes, and no answer.
    """
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["features"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("Mul", ["mean", "scale"], ["scaled"]),
            helper.make_node("Greater", ["mean", "limit"], ["above"]),
            helper.make_node("Cast", ["above"], ["more"], to=TensorProto.FLOAT),
            helper.make_node("Add", ["scaled", "more"], ["probability"]),
        ],
        "g",
        [value("features", TensorProto.FLOAT, ["batch", 3])],
        [value("probability", TensorProto.FLOAT, ["batch"])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [], [scale]),
            helper.make_tensor("limit", TensorProto.FLOAT, [], [1e30 if limit is None else limit]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.doc_string = note
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _describe(model: str, version: int, digest: str, **changes: object) -> str:
    """A model.yaml; `changes` replace parts of its `spec`."""
    spec = {
        "version": version,
        "artifact": {"path": "model.onnx", "sha256": digest},
        "signature": {
            "inputs": [{"name": "features", "dtype": "float32", "shape": ["batch", 3]}],
            "outputs": [{"name": "probability", "dtype": "float32", "shape": ["batch"]}],
        },
        "score": {"output": "probability", "edges": [0.1, 0.2]},
    }
    metadata = {"name": model, "owners": ["@team"]}
    document = {"apiVersion": "sluicegate.dev/v1", "kind": "Model", "metadata": metadata}
    return json.dumps(document | {"spec": spec | changes}, indent=1)


class World:
    """A bare repository and a clone that pushes to it; version N of a model scales by N / 10."""

    def __init__(self, root: Path) -> None:
        self.git = BareRepository.create(root / "hub.git")
        self.bare = self.git.path
        self._clone = Clone.create(root / "clone", Signature("tester", "tester@example.org"), str(self.bare))

    def write(self, path: str, content: str | bytes | None) -> str:
        """Commit one file (None: remove it, or a directory) and push; the commit id."""
        file = self._clone.directory / path
        if content is None and file.is_dir():
            shutil.rmtree(file)
        elif content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        sha = self._clone.commit_all(path)
        self._clone.push("main")
        return sha

    def version(
        self, version: int, model: str = "m", artifact: bytes | None = None, **changes: object
    ) -> Version:
        """Commit a version of a model, with these changes of its `spec`; as a release names it."""
        artifact = artifact or _artifact(version / 10)
        digest = f"sha256:{hashlib.sha256(artifact).hexdigest()}"
        self.write(f"models/{model}/model.onnx", artifact)
        revision = self.write(f"models/{model}/model.yaml", _describe(model, version, digest, **changes))
        return Version(version, revision, digest)

    def release(
        self,
        stable: Version | None,
        canary: Version | None = None,
        weight: int = 0,
        model: str = "m",
        *,
        baseline: bool = False,
    ) -> str:
        """Commit a release, as the gate writes it; `weight` is the canary's, and a baseline's."""
        release = Release(model, "production", stable=stable, canary=canary, weight=weight, baseline=baseline)
        return self.write(f"environments/production/{model}/release.yaml", render(release))


@pytest.fixture(scope="session")
def describe() -> Callable[..., str]:
    """`describe("m", 1, digest, score={...})`: the text of a model.yaml."""
    return _describe


@pytest.fixture(scope="session")
def make_artifact() -> Callable[..., bytes]:
    """`make_artifact(scale, limit, note)`: the bytes of a model, see `_artifact`."""
    return _artifact


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="session")
def rows(tmp_path_factory) -> Path:
    """200 rows in which nothing is missing."""
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    generator = np.random.default_rng(7)
    pd.DataFrame(generator.uniform(0, 3, (200, 3)).astype("float32"), columns=COLUMNS).to_parquet(path)
    return path


@pytest.fixture
def running(world, tmp_path):
    """Start the runtime of production over the world; stopped at the test's end."""
    started = []

    def start(**options) -> Runtime:
        started.append(
            Runtime(options.pop("repository", world.bare), "production", tmp_path / "root", **options)
        )
        return started[-1]

    yield start
    for runtime in started:
        runtime.stop()


@pytest.fixture
def load(rows):
    """Start a load process on a URL; `finish()` lets it end and returns its last counts."""
    processes = []

    class LoadProcess:
        def __init__(self, url: str, *options: str) -> None:
            command = [
                sys.executable,
                "-P",
                "-m",
                "sluicegate.embedded.runtime.load",
                "--url",
                url,
                "--rows",
                str(rows),
            ]
            command += ["--columns", ",".join(COLUMNS), "--until-input-ends"]
            command += ["--progress-seconds", "0.3", "--seconds", "600", *options]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            processes.append(self._process)

        def progress(self) -> dict:
            return json.loads(self._process.stdout.readline())

        def wait(self) -> dict:
            while not (last := self.progress())["done"]:
                pass
            return last

        def finish(self) -> dict:
            self._process.stdin.close()
            return self.wait()

    yield LoadProcess
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def until():
    """Return once a condition holds; the test fails if it does not within 30 s."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "what was waited for did not come"
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def samples() -> Callable[[str], list]:
    """All samples at a metrics address."""

    def read(url: str) -> list:
        with urllib.request.urlopen(url, timeout=10) as response:
            text = response.read().decode()
        return [s for family in text_string_to_metric_families(text) for s in family.samples]

    return read


@pytest.fixture(scope="session")
def gateway_counts(samples):
    """{track: {code: requests}} as the router counts them, zeros left out."""

    def read(runtime: Runtime) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for s in samples(runtime.metrics_url):
            if s.name == "sluice_gateway_requests_total" and s.value:
                counts.setdefault(s.labels["track"], {})[s.labels["code"]] = int(s.value)
        return counts

    return read


@pytest.fixture(scope="session")
def infer():
    """One request: (status, track, document)."""

    def call(runtime: Runtime, values=(1, 1, 1), model="m") -> tuple[int, str | None, dict]:
        tensor = {"name": "features", "datatype": "FP32", "shape": [1, 3], "data": list(values)}
        request = urllib.request.Request(runtime.infer_url(model), json.dumps({"inputs": [tensor]}).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.headers["x-sluice-track"], json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, error.headers["x-sluice-track"], json.loads(error.read())

    return call


@pytest.fixture(scope="session")
def server_pids():
    """{track: pid} of the servers that a runtime runs."""

    def read(runtime: Runtime) -> dict[str, int]:
        pids = {}
        for pid in Path(f"/proc/{runtime.pid}/task/{runtime.pid}/children").read_text().split():
            arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            if "sluicegate.onnx_server" in arguments:
                pids[arguments[arguments.index("--track") + 1]] = int(pid)
        return pids

    return read
