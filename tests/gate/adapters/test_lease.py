"""The election over real HTTP; the server keeps the API's rule that a write of an old version is a 409."""

import json
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from kubernetes import client
from support.clock import ManualClock
from support.http_stub import Answer, Request, StubServer

from sluicegate.gate.adapters.lease import Lease, LeaseError, connect

COLLECTION = "/apis/coordination.k8s.io/v1/namespaces/gate/leases"


class Api:
    """One Lease `gate/it`."""

    def __init__(self) -> None:
        self.record: dict | None = None
        self.version = 0
        self.refuse: int | None = None
        self.before_write = lambda: None
        self.lock = threading.Lock()
        self.server = StubServer(self.respond)

    def respond(self, request: Request) -> Answer:
        status, document = {"GET": self.read, "POST": self.create, "PUT": self.replace}[request.method](
            request
        )
        return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def read(self, request: Request) -> tuple[int, dict]:
        assert request.target == f"{COLLECTION}/it"
        if self.refuse is not None:
            return self.refuse, {}
        if self.record is None:
            return 404, {}
        return 200, self.record

    def create(self, request: Request) -> tuple[int, dict]:
        with self.lock:
            if self.record is not None:
                return 409, {}
            return 201, self.keep(json.loads(request.body))

    def replace(self, request: Request) -> tuple[int, dict]:
        before, self.before_write = self.before_write, lambda: None
        before()
        document = json.loads(request.body)
        with self.lock:
            if self.record is None:
                return 404, {}
            if document["metadata"]["resourceVersion"] != self.record["metadata"]["resourceVersion"]:
                return 409, {}
            return 200, self.keep(document)

    def keep(self, document: dict) -> dict:
        for moment in ("renewTime", "acquireTime"):
            # As the API's MicroTime wants it: six digits, always.
            datetime.strptime(document["spec"][moment], "%Y-%m-%dT%H:%M:%S.%fZ")
        assert isinstance(document["spec"]["leaseDurationSeconds"], int)
        self.version += 1
        self.record = document | {"metadata": document["metadata"] | {"resourceVersion": str(self.version)}}
        return self.record


@pytest.fixture
def api():
    api = Api()
    with api.server:
        yield api


def lease(api: Api, holder: str, clock: ManualClock, seconds: float = 15) -> Lease:
    configuration = client.Configuration()
    configuration.host = api.server.url
    configuration.retries = False
    objects = client.CustomObjectsApi(client.ApiClient(configuration))
    return Lease(objects, "gate", "it", holder, seconds=seconds, clock=clock)


def test_the_first_takes_it_and_the_second_waits(api: Api):
    clock = ManualClock()
    one, two = lease(api, "one", clock), lease(api, "two", clock)
    assert one.attempt() is None and one.held
    assert two.attempt() == "one holds it" and not two.held
    assert api.record["spec"]["holderIdentity"] == "one"


def test_a_holder_stops_before_another_may_begin(api: Api):
    one_clock, two_clock = ManualClock(), ManualClock()
    one, two = lease(api, "one", one_clock), lease(api, "two", two_clock)
    one.attempt()
    two.attempt()
    for passed in range(1, 15):
        one_clock.now = two_clock.now = 100.0 + passed
        assert two.attempt() == "one holds it"
        assert one.held == (passed < 10)
    two_clock.now = 115.0
    assert two.attempt() is None and two.held and not one.held
    assert api.record["spec"]["leaseTransitions"] == 1
    assert one.attempt() == "two holds it"


def test_a_renewed_record_is_outlived_from_its_last_change_only(api: Api):
    one_clock, two_clock = ManualClock(), ManualClock()
    # A clock an hour ahead is no reason to take what lives.
    two_clock.now = 3700.0
    one, two = lease(api, "one", one_clock), lease(api, "two", two_clock)
    one.attempt()
    two.attempt()
    for _ in range(5):
        one_clock.now += 9
        two_clock.now += 9
        assert one.attempt() is None
        assert two.attempt() == "one holds it"
    acquired = api.record["spec"]["acquireTime"]
    assert one.attempt() is None and api.record["spec"]["acquireTime"] == acquired
    assert api.record["spec"]["leaseTransitions"] == 0


def test_of_two_that_write_at_once_one_is_refused(api: Api):
    clock = ManualClock()
    gone, one, two = (lease(api, name, clock) for name in ("gone", "one", "two"))
    gone.attempt()
    gone.release()
    api.before_write = lambda: two.attempt()
    assert one.attempt() == "another gate took it first"
    assert not one.held and two.held and api.record["spec"]["holderIdentity"] == "two"


def test_a_released_lease_is_free_at_once(api: Api):
    clock = ManualClock()
    one, two = lease(api, "one", clock), lease(api, "two", clock)
    one.attempt()
    one.release()
    assert not one.held and two.attempt() is None and two.held


def test_a_release_takes_nothing_from_another(api: Api):
    one_clock, two_clock = ManualClock(), ManualClock()
    one, two = lease(api, "one", one_clock), lease(api, "two", two_clock)
    one.attempt()
    two.attempt()
    two_clock.now += 15
    two.attempt()
    one.release()
    assert api.record["spec"]["holderIdentity"] == "two"


def test_an_account_without_rights_is_named_with_its_remedy(api: Api):
    api.refuse = 403
    with pytest.raises(LeaseError, match=r"gate/it cannot be taken.*403.*get, create and update leases"):
        lease(api, "one", ManualClock()).attempt()


def test_a_server_that_is_gone_ends_the_holding_by_time(api: Api):
    clock = ManualClock()
    one = lease(api, "one", clock)
    one.attempt()
    api.server.close()
    assert "cannot be reached" in one.attempt()
    assert one.held
    clock.now += 10
    assert not one.held


def test_it_is_renewed_while_inside_and_given_back_after(api: Api):
    heard, twice = [], threading.Event()

    def on_attempt(failure: str | None) -> None:
        heard.append(failure)
        if len(heard) == 3:
            twice.set()

    one = lease(api, "one", time.monotonic, seconds=1)
    with one.keep(on_attempt) as held:
        assert twice.wait(30) and held.held
    assert set(heard) == {None} and api.version >= 4
    assert api.record["spec"]["holderIdentity"] == "" and not one.held


def test_what_changes_is_logged_once(api: Api, caplog: pytest.LogCaptureFixture):
    """Another gate has it, gives it back, the server goes: five lines, however many attempts there were."""
    caplog.set_level("INFO", "sluicegate.gate.adapters.lease")
    other = lease(api, "other", ManualClock())
    other.attempt()
    clock = ManualClock()
    one = lease(api, "one", clock, seconds=1)
    attempts = threading.Semaphore(0)

    def wait() -> None:
        for _ in range(3):
            assert attempts.acquire(timeout=30)

    with one.keep(lambda _: attempts.release()):
        wait()
        other.release()
        wait()
        api.refuse = 500
        wait()
        clock.now += 10
        wait()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "the lease gate/it is not held by this process: other holds it"),
        ("INFO", "the lease gate/it is given back"),
        ("INFO", "the lease gate/it is held by this process"),
        (
            "WARNING",
            "the lease gate/it could not be renewed and is running out: the API server answers 500 "
            "Internal Server Error",
        ),
        (
            "INFO",
            "the lease gate/it is not held by this process: the API server answers 500 Internal Server Error",
        ),
    ]


def test_without_a_cluster_the_remedy_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(LeaseError) as refused:
        connect()
    assert refused.value.message.startswith("no cluster is configured (")
    assert refused.value.remedy == "run the gate in a pod, set KUBECONFIG, or leave out --lease"
