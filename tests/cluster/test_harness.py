"""The harness' own parts that need neither root nor a cluster."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from harness import build, certificates, charts, doctor, environments, found, images, registry, teardown
from harness.run import CommandFailed, NotReady, Run, call
from harness.wait import NotYet, TooSlow, until
from ruamel.yaml import YAML
from support import registries

from sluicegate.specs import repository
from sluicegate.specs.tree import WorkTree

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(60)
"""
LISTENER = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(60)
"""


class Here(Run):
    """A run whose processes stay in this network namespace."""

    _enter = ()


@pytest.fixture
def run(tmp_path: Path):
    made = Here(tmp_path / "run", "test", 200)
    yield made
    for name in made.daemons():
        made.stop(name, grace=0)


def test_until_returns_what_the_condition_gave():
    answers = iter([None, False, "there"])
    assert until("an answer", lambda: next(answers), 5, 0) == "there"


def test_until_says_what_it_waited_for_and_the_last_state():
    def never() -> bool:
        raise NotYet("2 of 3 pods")

    with pytest.raises(TooSlow, match=r"waited 0 s for three pods; last seen: 2 of 3 pods"):
        until("three pods", never, 0)


def test_until_tolerates_only_what_it_was_told():
    def broken() -> bool:
        raise OSError("connection refused")

    with pytest.raises(TooSlow, match="connection refused"):
        until("an API server", broken, 0, tolerate=(OSError,))
    with pytest.raises(OSError):
        until("an API server", broken, 0)


def test_a_daemon_is_started_once_and_stopped_by_pid(run: Here):
    run.start("sleeper", ["sleep", "60"])
    first = run.record("sleeper")
    run.start("sleeper", ["sleep", "60"])
    assert run.record("sleeper") == first
    run.stop("sleeper")
    assert not run.running("sleeper")
    run.restart("sleeper")
    assert run.running("sleeper")
    assert run.record("sleeper").command == first.command


def test_a_process_that_ignores_sigterm_is_killed(run: Here):
    run.start(
        "stubborn", [sys.executable, "-c", STUBBORN], ready=lambda: "here" in run.log("stubborn").read_text()
    )
    run.stop("stubborn", grace=0.2)
    assert not run.running("stubborn")


def test_a_reused_pid_is_left_alone(run: Here):
    """The record of a process that ended, whose number another one has now."""
    run.start("other", ["sleep", "60"])
    other = run.record("other")
    replace(other, started=other.started - 1).write(run.root / "pids" / "gone")
    assert not run.running("gone")
    run.stop("gone", grace=0)
    assert run.running("other")


def test_one_that_ends_at_once_is_named_with_its_log(run: Here):
    with pytest.raises(NotReady, match=r"(?s)broken ended.*no such flag.*Remedy"):
        run.start("broken", ["sh", "-c", "echo no such flag; exit 2"], ready=lambda: False)


def test_one_that_is_never_ready_is_named_with_its_limit(run: Here):
    with pytest.raises(NotReady, match=r"slow is not ready after 0.1 s"):
        run.start("slow", ["sleep", "60"], ready=lambda: False, seconds=0.1)


def test_listening_sees_the_loopback(run: Here):
    run.start(
        "server", [sys.executable, "-c", LISTENER], ready=lambda: run.log("server").read_text().endswith("\n")
    )
    assert run.listening("server", int(run.log("server").read_text()))
    assert not run.listening("server", 1)


def test_a_failed_command_shows_what_it_printed():
    with pytest.raises(CommandFailed, match=r"(?s)exit status 3.*out.*bad"):
        call(["sh", "-c", "echo out; echo bad >&2; exit 3"])
    with pytest.raises(CommandFailed, match="no-such-program is not installed"):
        call(["no-such-program"])


@pytest.mark.parametrize(
    ("name", "value"), [("INDEX", "0"), ("INDEX", "255"), ("INDEX", "x"), ("NAME", "../x")]
)
def test_a_bad_name_or_index_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"SLUICE_CLUSTER_{name}", value)
    with pytest.raises(ValueError, match=f"SLUICE_CLUSTER_{name}"):
        Run.here()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with one program and no requirements, in the place of the pinned ones."""
    module = tmp_path / "modules" / "small"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example.test/small\n\ngo 1.21\n")
    (module / "go.sum").write_text("")
    (module / "main.go").write_text(
        'package main\n\nvar version = "none"\n\nfunc main() { print(version) }\n'
    )
    monkeypatch.setattr(build, "MODULES", module.parent)
    monkeypatch.setattr(build, "TOOLS", {"small": build.Tool("small", ".", ("main.version=7",))})
    monkeypatch.setenv("SLUICE_TOOLS_DIR", str(tmp_path / "cache"))
    build.version.cache_clear()
    yield module
    build.version.cache_clear()


def test_a_tool_is_built_once_by_two_at_a_time(small: Path, capfd: pytest.CaptureFixture[str]):
    two = [threading.Thread(target=build.tool, args=("small",)) for _ in range(2)]
    for each in two:
        each.start()
    for each in two:
        each.join()
    path = build.tool("small")
    assert "building small (1 of 1) ..." in capfd.readouterr().err
    assert call(["sh", "-c", f"{path} 2>&1"]) == "7"
    assert sorted(each.name for each in path.parent.iterdir()) == [".small.lock", "small"]


def test_the_key_follows_the_sums_and_the_flags(small: Path, monkeypatch: pytest.MonkeyPatch):
    before = build.place("small")
    (small / "go.sum").write_text("other\n")
    after = build.place("small")
    monkeypatch.setattr(build, "TOOLS", {"small": build.Tool("small", ".")})
    assert len({before, after, build.place("small")}) == 3


def test_a_failed_build_leaves_nothing(small: Path):
    (small / "main.go").write_text("package main\n\nfunc main() { wrong }\n")
    with pytest.raises(build.BuildFailed, match=r"(?s)small did not build.*wrong.*Remedy"):
        build.tool("small")
    assert not build.place("small").exists()


def test_a_go_that_is_missing_or_too_old_is_named(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (small / "go.mod").write_text("module example.test/small\n\ngo 99.1\n")
    with pytest.raises(build.NoGo, match=r"`go` is 1\..*ask for 99\.1.*Remedy"):
        build.tool("small")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(build.NoGo, match="no `go` on PATH"):
        build.tool("small")


def test_the_doctor_names_packages_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLUICE_TOOLS_DIR", str(tmp_path / "tools"))
    monkeypatch.setenv("SLUICE_CLUSTER_DIR", str(tmp_path / ("long" * 30)))
    monkeypatch.setattr(doctor, "PROGRAMS", {**doctor.PROGRAMS, "no-such-program": "its-package"})
    said = "\n".join(doctor.check())
    assert "apt-get install its-package" in said
    assert "Give SLUICE_CLUSTER_DIR a shorter path" in said
    assert not list(tmp_path.iterdir())


def test_certificates_are_signed_for_the_node(tmp_path: Path):
    run = Run(tmp_path, "test", 200)
    certificates.start(run)
    pki = tmp_path / "pki"
    verify = ["openssl", "verify", "-CAfile", str(pki / "ca.crt"), "-verify_ip", run.node]
    assert call([*verify, str(pki / "apiserver.crt")]).endswith("OK\n")
    with pytest.raises(CommandFailed):
        call([*verify[:-1], "10.0.0.9", str(pki / "apiserver.crt")])
    token = (pki / "token").read_text()
    certificates.start(run)
    assert (pki / "token").read_text() == token, "a second start keeps what is there"
    assert run.kubeconfig.stat().st_mode & 0o077 == 0


def test_a_chart_is_pushed_by_tls_to_the_registry_of_the_run(run: Here, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Here, "node", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(registry, "PORT", taken.getsockname()[1])
    certificates.start(run)
    registry.start(run)
    pin = registry.push(run, charts.CHARTS / "onnx-serving")
    assert pin["repository"] == f"oci://127.0.0.1:{registry.PORT}/charts/onnx-serving"
    assert re.fullmatch("sha256:[0-9a-f]{64}", pin["digest"])
    with pytest.raises(CommandFailed, match="exit status 60"):  # nobody else trusts its certificate
        call(["curl", "--silent", "--fail", f"https://127.0.0.1:{registry.PORT}/v2/"])


def test_the_key_of_an_image_follows_its_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for each in (
        "charts/images/onnx-server/onnx_server",
        "charts/images/onnx-server/__pycache__",
        "specs",
        "sluicegate",
    ):
        (tmp_path / each).mkdir(parents=True)
    source = tmp_path / "charts/images/onnx-server/onnx_server/app.py"
    source.write_text("1")
    monkeypatch.setattr(images, "REPOSITORY", tmp_path)

    def key() -> str:
        images.key.cache_clear()
        return images.key("onnx-server")

    before = key()
    (tmp_path / "charts/images/onnx-server/__pycache__/x.pyc").write_text("compiled")
    assert key() == before
    source.write_text("2")
    assert key() != before
    images.key.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="asks for other processes' namespaces")
def test_an_end_of_nothing_is_no_error(tmp_path: Path):
    run = Run(tmp_path / "none", "no-run", 254)
    began = time.monotonic()
    teardown.stop(run)
    assert teardown.left(run) == []
    assert time.monotonic() - began < 10


def test_a_run_forgets_its_own_pods_and_no_other_runs(run: Here, tmp_path: Path, monkeypatch):
    results, links, pod = tmp_path / "results", tmp_path / "links", "0123456789abcdef" * 4
    monkeypatch.setattr(teardown, "RESULTS", results)
    monkeypatch.setattr(teardown, "LINKS", links)
    ours = [f"{run.namespace}-{pod}-eth0", f"{run.namespace}-2-{pod}-eth0"]
    others = [f"{run.namespace}-c-{pod}-eth0", f"{run.namespace}2-{pod}-eth0", f"cni-loopback-{pod}-lo"]
    results.mkdir()
    for name in ours + others:
        (results / name).touch()
    links.mkdir()
    (links / "ours").symlink_to(run.root / "pods" / "a")
    (links / "other").symlink_to(f"{run.root}-c/pods/a")
    teardown._forget_pods(run)
    assert sorted(path.name for path in results.iterdir()) == sorted(others)
    assert [path.name for path in links.iterdir()] == ["other"]


@pytest.fixture
def chart(tmp_path: Path) -> Iterator[str]:
    """The serving chart, at its version, in a registry on loopback."""
    with registries.serving(registries.distribution, tmp_path) as address:
        helm, repository = found.tool("helm"), f"oci://{address}/charts"
        call([helm, "package", "--destination", str(tmp_path), str(charts.CHARTS / "onnx-serving")])
        (archive,) = tmp_path.glob("onnx-serving-*.tgz")
        call([helm, "push", str(archive), repository, "--plain-http"])
        yield f"{repository}/onnx-serving:{archive.stem.removeprefix('onnx-serving-')}"


def test_environments_are_what_the_commands_write_and_a_person_adds(tmp_path: Path, chart: str):
    checkout, digest = tmp_path / "checkout", f"sha256:{'a' * 64}"
    (checkout / "environments/dev/digits").mkdir(parents=True)
    (checkout / "environments/dev/digits/release.yaml").write_text("kept")
    (checkout / "charts/gate").mkdir(parents=True)
    (checkout / "charts/gate/of-before.yaml").touch()
    place = environments.Place("http://10.0.0.1:9090", "http://10.0.0.1/raw", digest, "10.0.0.1", chart)
    environments.write(checkout, place, tmp_path / "scratch")
    known = repository.environments(WorkTree(checkout))
    assert known.unreadable == {}
    assert known.after == {
        "dev": (), "lab": (), "staging": ("dev",), "production-eu": ("staging",),
        "production-us": ("production-eu",),
    }  # fmt: skip
    lab = known.specs["lab"]
    assert (lab.require, lab.metrics.url, lab.rollout.steps) == ((), place.prometheus, (100,))
    pins = {spec.chart for spec in known.specs.values()}
    assert [f"{pin.repository}:{pin.version}" for pin in pins] == [chart]
    values = YAML(typ="safe").load(checkout / "environments/lab/values.yaml")
    assert values["images"]["ort"] == {
        "repository": "localhost/onnx-server", "digest": digest, "pullPolicy": "Never",
    }  # fmt: skip
    assert values["networkPolicy"] == {"gatewayCidrs": ["10.0.0.1/32"]}
    assert (checkout / "environments/dev/digits/release.yaml").read_text() == "kept"
    assert not (checkout / "charts/gate/of-before.yaml").exists()
    assert (checkout / "charts/gate/Chart.yaml").exists(), "the gate's chart comes from no registry"
    environments.pin(checkout / "environments/lab/environment.yaml", None)
    assert repository.environments(WorkTree(checkout)).specs["lab"].chart is None
    assert not (tmp_path / "scratch").exists()
