"""The loop with its lease and telemetry; the lease's API is a record in memory that refuses stale writes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from kubernetes.client.exceptions import ApiException
from prometheus_client import generate_latest
from support.clock import ManualClock
from support.gate_scene import MODEL, Scene
from support.repositories import git
from support.specs import model_yaml

from sluicegate.gate.adapters.git.command import PushRefused
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.lease import Lease, LeaseError
from sluicegate.gate.daemon.daemon import Daemon
from sluicegate.gate.daemon.outcome import Outcome


class LeaseApi:
    """The part of `kubernetes.client.CustomObjectsApi` that a lease uses, for one Lease."""

    def __init__(self) -> None:
        self.record: dict | None = None
        self.refuse = 0

    def _check(self, stale: bool) -> None:
        if self.refuse:
            raise ApiException(status=self.refuse, reason="Refused")
        if stale:
            raise ApiException(status=409, reason="Conflict")

    def _keep(self, record: dict, version: int) -> dict:
        self.record = record | {"metadata": record["metadata"] | {"resourceVersion": str(version)}}
        return self.record

    def get_namespaced_custom_object(self, *_: object, **__: object) -> dict:
        self._check(stale=False)
        if self.record is None:
            raise ApiException(status=404, reason="Not Found")
        return self.record

    def create_namespaced_custom_object(self, *words: dict, **_: object) -> dict:
        self._check(stale=self.record is not None)
        return self._keep(words[-1], 1)

    def replace_namespaced_custom_object(self, *words: dict, **_: object) -> dict:
        version = self.record["metadata"]["resourceVersion"]
        self._check(stale=words[-1]["metadata"]["resourceVersion"] != version)
        return self._keep(words[-1], int(version) + 1)


def daemon(scene: Scene, **options) -> Daemon:
    """One that does not wait between its ticks."""
    return Daemon(scene.gateway, clock=scene.clock, interval=options.pop("interval", 0.001), **options)


def series(daemon: Daemon) -> list[str]:
    return generate_latest(daemon.telemetry.registry).decode().splitlines()


def test_it_goes_on_after_a_failed_tick_and_ends_when_nothing_moves(scene: Scene):
    scene.merge_version(1)
    hook = scene.refuse_pushes()
    errors: list[Exception] = []
    outcomes: list[Outcome] = []

    def on_error(error: Exception) -> None:
        errors.append(error)
        hook.unlink()

    it = daemon(scene)
    it.run(scene.repository, on_outcome=outcomes.append, on_error=on_error, until_idle=True)
    assert [type(error) for error in errors] == [PushRefused]
    assert scene.release().stable.version == 1
    assert outcomes[-1].kind == "wait"
    assert 'sluice_gate_errors_total{kind="push_refused"} 1.0' in series(it)
    assert f"sluice_gate_tick_seconds_count {len(outcomes) + 1}.0" in series(it)


def test_it_stops_after_the_tick_that_is_under_way(scene: Scene):
    scene.merge_version(1)
    it = daemon(scene, interval=60)
    outcomes: list[Outcome] = []

    def stop(outcome: Outcome) -> None:
        outcomes.append(outcome)
        it.stop()

    it.run(scene.repository, on_outcome=stop)
    assert [outcome.kind for outcome in outcomes] == ["advance"]
    assert scene.release().canary is not None


def test_it_does_nothing_once_it_is_stopped(scene: Scene):
    scene.merge_version(1)
    it = daemon(scene)
    it.stop()
    it.run(scene.repository)
    assert "gate-evidence" not in scene.repository.remote()
    assert "sluice_gate_tick_seconds_count 0.0" in series(it)


def test_only_what_is_selected_is_evaluated_on_the_branch(scene: Scene):
    scene.merge({f"models/{name}/model.yaml": model_yaml(name) for name in "mn"})
    with Repository(scene.bare, branches=("other", "gate-evidence")) as repository:
        git("branch", "other", "main", cwd=scene.bare)
        outcomes: list[Outcome] = []
        daemon(scene).run(
            repository,
            branch="other",
            only=lambda _, model: model == "n",
            on_outcome=outcomes.append,
            until_idle=True,
        )
    assert {outcome.model for outcome in outcomes} == {"n"}
    assert scene.release(model="n").stable is None, "main is as it was"


def test_each_outcome_is_counted(scene: Scene):
    scene.release_version_1()
    it = daemon(scene)
    it.run(scene.repository, until_idle=True)
    labels = 'decision="wait",environment="production",model="m"'
    assert f"sluice_gate_looks_total{{{labels}}} 1.0" in series(it)
    assert "sluice_gate_leader 1.0" in series(it)


def test_telemetry_is_served_while_inside(scene: Scene):
    with daemon(scene).serve_telemetry("127.0.0.1", 0) as port:
        assert urlopen(f"http://127.0.0.1:{port}/healthz").status == 200
    with pytest.raises(URLError):
        urlopen(f"http://127.0.0.1:{port}/healthz")


def test_a_problem_is_logged_once_while_it_stays_and_when_it_is_gone(
    scene: Scene, caplog: pytest.LogCaptureFixture
):
    scene.release_version_1()
    scene.merge({MODEL: b"]["})
    it = daemon(scene)
    kinds: list[str] = []

    def on_outcome(outcome: Outcome) -> None:
        kinds.append(outcome.kind)
        if len(kinds) == 2:
            scene.merge({MODEL: model_yaml()})
        if len(kinds) == 3:
            it.stop()

    with caplog.at_level("INFO", "sluicegate.gate.daemon.daemon"):
        it.run(scene.repository, on_outcome=on_outcome)
    assert kinds == ["problem", "problem", "wait"]
    begins, gone = caplog.messages
    assert begins.startswith("m in production: problem: models/m/model.yaml:")
    assert gone == "m in production: the problem is gone"


def test_a_failed_tick_is_an_error_in_the_log_with_its_traceback_at_debug(
    scene: Scene, caplog: pytest.LogCaptureFixture
):
    scene.merge_version(1)
    scene.refuse_pushes("only people write main")
    it = daemon(scene)
    with caplog.at_level("DEBUG", "sluicegate.gate.daemon.daemon"):
        it.run(scene.repository, on_error=lambda _: it.stop())
    error, traceback = caplog.records
    assert (error.levelname, error.exc_info) == ("ERROR", None)
    assert error.message.startswith("the tick failed, the next one tries again: ")
    assert "only people write main" in error.message
    assert traceback.levelname == "DEBUG" and traceback.exc_info is not None


class CountedLease(Lease):
    """Lets a test wait until it was attempted."""

    def __init__(self, api: LeaseApi, seconds: float) -> None:
        super().__init__(api, "gate", "it", "two", seconds=seconds)
        self._attempts = threading.Semaphore(0)

    def attempt(self) -> str | None:
        failure = super().attempt()
        self._attempts.release()
        return failure

    def wait_for(self, attempts: int) -> None:
        for _ in range(attempts):
            assert self._attempts.acquire(timeout=30)


@contextmanager
def running(it: Daemon, repository: Repository, **options) -> Iterator[threading.Thread]:
    """The daemon in a thread that ends with the test, whatever becomes of it."""
    thread = threading.Thread(target=it.run, args=(repository,), kwargs=options, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        it.stop()
        thread.join(30)


def test_a_gate_without_the_lease_waits_and_acts_once_it_is_given_back(scene: Scene):
    scene.merge_version(1)
    api = LeaseApi()
    lease = CountedLease(api, seconds=1)
    two = daemon(scene, lease=lease)
    held: list[bool] = []

    def only(_environment: str, _model: str) -> bool:
        held.append(lease.held)
        return True

    one = Lease(api, "gate", "it", "one", seconds=600)
    one.attempt()
    with running(two, scene.repository, only=only, until_idle=True) as thread:
        lease.wait_for(4)
        assert "sluice_gate_leader 0.0" in series(two)
        one.release()
        thread.join(30)
        assert not thread.is_alive()
    assert all(held) and scene.release().stable.version == 1
    assert api.record["spec"]["holderIdentity"] == "", "given back at the end"


def test_a_gate_that_only_waits_for_its_turn_is_healthy(scene: Scene):
    api = LeaseApi()
    Lease(api, "gate", "it", "one").attempt()
    clock = ManualClock()
    lease = CountedLease(api, seconds=0.05)
    it = daemon(scene, lease=lease, monotonic=clock)
    with running(it, scene.repository):
        lease.wait_for(1)
        clock.now += 301
        for _ in range(50):
            # An attempt begins after the one before it was reported.
            lease.wait_for(1)
            if it.telemetry.healthy:
                break
        assert it.telemetry.healthy
    assert "sluice_gate_tick_seconds_count 0.0" in series(it)
    clock.now += 301
    assert not it.telemetry.healthy


def test_a_lease_that_can_never_be_had_ends_the_run(scene: Scene):
    api = LeaseApi()
    api.refuse = 403
    with pytest.raises(LeaseError, match="get, create and update leases"):
        daemon(scene, lease=Lease(api, "gate", "it", "one")).run(scene.repository)


def test_nothing_is_pushed_once_the_lease_is_lost(scene: Scene):
    """The lease runs out while the tick reads the figures: what it decided is not written."""
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick()
    clock = ManualClock()
    lease = Lease(LeaseApi(), "gate", "it", "one", clock=clock)
    lease.attempt()
    it = daemon(scene, lease=lease)
    with Repository(scene.bare, push_guard=it.guard_push) as repository:
        sha = repository.commit(repository.tip("main"), {"a": b"1"}, "a", datetime.now(UTC))
        clock.now += 15
        before = repository.remote()
        with pytest.raises(PushRefused, match=r"gate/it was lost before the push.*decides again"):
            repository.push({"main": sha})
        assert repository.remote() == before
        lease.attempt()
        repository.fetch()
        sha = repository.commit(repository.tip("main"), {"a": b"1"}, "a", datetime.now(UTC))
        repository.push({"main": sha})
        assert repository.remote()["main"] == sha


def test_a_gate_that_needs_no_lease_may_always_push(scene: Scene):
    it = daemon(scene)
    assert it.may_act
    it.guard_push()
