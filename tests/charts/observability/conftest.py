"""A Prometheus that scrapes the real server, the gate's telemetry, and recordings of what else there is."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import onnx
import pytest
import yaml
from onnx import TensorProto, helper
from support.http_stub import Answer, Request, StubServer

from sluicegate.gate.daemon.telemetry import Telemetry
from sluicegate.gate.daemon.telemetry_server import serve

ROOT = Path(__file__).parents[3]
RECORDED = Path(__file__).parent / "recorded"
MODEL = ROOT / "models" / "digits"
RULES = sorted(ROOT.glob("charts/*/files/rules/*.yaml"))
SCRAPE = "500ms"


@contextmanager
def replay(name: str) -> Iterator[int]:
    """Serve a recording; what it counts goes on growing as it did, so that there are rates. The port."""
    lines = (RECORDED / f"{name}.prom").read_text().splitlines()
    counted = {
        words[2] for words in (line.split() for line in lines if line.startswith("# TYPE"))
        if words[3] in ("counter", "histogram", "summary")
    }  # fmt: skip
    scrapes = 0

    def grown(line: str) -> str:
        series, _, value = line.rpartition(" ")
        family = series.partition("{")[0]
        ends = (family, *(family.removesuffix(end) for end in ("_bucket", "_count", "_sum")))
        if line.startswith("#") or not counted & set(ends):
            return line
        return f"{series} {float(value) * (1 + 0.02 * scrapes)}"

    def respond(_: Request) -> Answer:
        nonlocal scrapes
        scrapes += 1
        body = "\n".join(map(grown, lines)).encode() + b"\n"
        return Answer(body=body, headers={"Content-Type": "text/plain; version=0.0.4"})

    with StubServer(respond) as server:
        yield server.port


@contextmanager
def onnx_server(track: str, file: Path, name: str, *more: str) -> Iterator[int]:
    """The real server of a model, ready. The port."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    readable, writable = os.pipe()
    words = [
        sys.executable, "-P", "-m", "sluicegate.onnx_server", "--model-file", str(file),
        "--sha256", f"sha256:{digest}",
        "--name", name, "--version", "2", "--track", track, "--ready-fd", str(writable), "--exit-with-parent",
        *more,
    ]  # fmt: skip
    with subprocess.Popen(words, pass_fds=(writable,), stderr=subprocess.DEVNULL) as process:
        os.close(writable)
        try:
            with os.fdopen(readable) as said:
                yield json.loads(said.readline())["port"]
        finally:
            process.terminate()


def digits(track: str) -> AbstractContextManager[int]:
    """The server of models/digits with its declared score."""
    edges = yaml.safe_load((MODEL / "model.yaml").read_text())["spec"]["score"]["edges"]
    score = (
        "--score-output",
        "probabilities",
        "--score-reduce",
        "max",
        "--score-edges",
        ",".join(map(str, edges)),
    )
    return onnx_server(track, MODEL / "model.onnx", "digits", *score)


def mean(folder: Path) -> AbstractContextManager[int]:
    """The server of a model that answers NaN where there is a gap, which neither of the repository's does."""
    value = helper.make_tensor_value_info
    node = helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1], keepdims=0)
    ends = ([value("image", TensorProto.FLOAT, ["batch", 64])], [value("mean", TensorProto.FLOAT, ["batch"])])
    made = helper.make_model(
        helper.make_graph([node], "g", *ends), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.save(made, folder / "mean.onnx")
    return onnx_server("stable", folder / "mean.onnx", "mean")


@contextmanager
def traffic(**ports: int) -> Iterator[None]:
    """Requests to every port until the end: most are good, some have a gap, some are of a wrong shape.

    `ports` are by the model's name and anything behind an underscore.
    """
    stop, dice = threading.Event(), random.Random(1)

    def go() -> None:
        links = [
            (name.partition("_")[0], http.client.HTTPConnection("127.0.0.1", port, timeout=10))
            for name, port in ports.items()
        ]
        while not stop.wait(0.01):
            for model, link in links:
                kind = dice.random()
                data: list[float | None] = [float(dice.randrange(17)) for _ in range(64)]
                if kind < 0.1:
                    data = data[:-1]
                elif kind < 0.2:
                    data[0] = None
                tensor = {"name": "image", "datatype": "FP32", "shape": [1, len(data)], "data": data}
                link.request("POST", f"/v2/models/{model}/infer", json.dumps({"inputs": [tensor]}))
                link.getresponse().read()

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def gate() -> Iterator[int]:
    """The gate's own telemetry, as it stands in the middle of a release of `toy`. The port."""
    telemetry = Telemetry(60)
    of = ("dev", "toy")
    telemetry.tick_began()
    for gauge, value in (
        (telemetry.problem, 0), (telemetry.weight, 25), (telemetry.running, 1), (telemetry.held, 0),
        (telemetry.data, time.time()),
    ):  # fmt: skip
        gauge.labels(*of).set(value)
    for decision in ("advance", "hold", "rollback", "finish", "wait"):
        telemetry.evaluations.labels(*of, decision).inc()
    telemetry.lower.labels(*of, "error_rate").set(-0.001)
    telemetry.upper.labels(*of, "error_rate").set(0.004)
    telemetry.leader.set(1)
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.3):
            telemetry.tick_ended()
            telemetry.tick_began()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        with serve(telemetry, "127.0.0.1", 0) as port:
            yield port
    finally:
        stop.set()
        thread.join()


class Prometheus:
    """Asking it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        """The `data` of an answer. Raises AssertionError with Prometheus' own words."""
        try:
            with urllib.request.urlopen(
                f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=10
            ) as said:
                return json.load(said)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from error

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query."""
        result: list[dict[str, Any]] = self.get("/api/v1/query", query=expression)["result"]
        return result


def _target(port: int, **labels: str) -> dict[str, Any]:
    return {"targets": [f"127.0.0.1:{port}"], "labels": labels}


def _of(namespace: str, model: str, track: str) -> dict[str, str]:
    return {"namespace": namespace, "model": model, "track": track, "pod": f"{model}-{track}"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """All rules loaded; labels are put on targets as the chart's ServiceMonitor and the cluster test do."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.fail("no prometheus: install Debian's package `prometheus` (it brings promtool too)")
    folder = tmp_path_factory.mktemp("prometheus")
    with ExitStack() as stack:
        start: Callable[..., int] = stack.enter_context
        servers = {track: start(digits(track)) for track in ("stable", "canary")}
        gaps = start(mean(folder))
        stack.enter_context(
            traffic(digits_stable=servers["stable"], digits_canary=servers["canary"], mean=gaps)
        )
        triton = start(replay("triton"))
        jobs: dict[str, tuple[bool, list[dict[str, Any]]]] = {
            "servers": (False, [
                # The recording of traefik is of the model `toy` in models-dev: so are these servers then.
                *(_target(port, **_of("models-dev", "toy", track)) for track, port in servers.items()),
                *(_target(triton, **_of("models-gpu", "resnet", track)) for track in servers),
                _target(gaps, **_of("models-dev", "mean", "stable")),
            ]),
            "traefik": (False, [_target(start(replay("traefik")), namespace="gateway", pod="traefik-0")]),
            "istio": (False, [_target(start(replay("istio")), namespace="istio-ingress", pod="gateway-0")]),
            "kube": (True, [_target(start(replay("kube-state-metrics")), namespace="monitoring")]),
            "gate": (False, [_target(start(gate()), namespace="sluicegate", pod="gate-0")]),
        }  # fmt: skip
        drop = [{"regex": "exported_(namespace|model|track|pod)", "action": "labeldrop"}]
        settings = {
            "global": {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE, "evaluation_interval": SCRAPE},
            "rule_files": [str(path) for path in RULES],
            "scrape_configs": [
                {"job_name": name, "honor_labels": honor, "static_configs": targets,
                 "metric_relabel_configs": [] if honor else drop}
                for name, (honor, targets) in jobs.items()
            ],
        }  # fmt: skip
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = [
            program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = stack.enter_context(subprocess.Popen(words, stdout=log, stderr=log))
        stack.callback(process.terminate)
        asked = Prometheus(f"http://127.0.0.1:{port}")
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            try:
                urllib.request.urlopen(f"{asked.url}/-/ready", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail(f"waited 60 s for Prometheus to be ready: {(folder / 'log').read_text()[-2000:]}")
        yield asked
