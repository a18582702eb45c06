"""The election over real HTTP; the server keeps the API's rule that a write of an old version is a 409."""

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kubernetes import client
from support.clock import ManualClock

from sluicegate.gate.adapters.lease import Lease, LeaseError, connect

COLLECTION = "/apis/coordination.k8s.io/v1/namespaces/gate/leases"


class Api:
    """One Lease `gate/it`."""

    def __init__(self) -> None:
        self.record: dict | None = None
        self.version = 0
        self.refuse: int | None = None
        self.before_write = lambda: None
        api, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == f"{COLLECTION}/it"
                if api.refuse or api.record is None:
                    return self.say(api.refuse or 404, {})
                return self.say(200, api.record)

            def body(self) -> dict:
                return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

            def do_POST(self) -> None:
                said = self.body()
                with lock:
                    if api.record is not None:
                        return self.say(409, {})
                    return self.say(201, api.keep(said))

            def do_PUT(self) -> None:
                said = self.body()
                before, api.before_write = api.before_write, lambda: None
                before()
                with lock:
                    if api.record is None:
                        return self.say(404, {})
                    if said["metadata"]["resourceVersion"] != api.record["metadata"]["resourceVersion"]:
                        return self.say(409, {})
                    return self.say(200, api.keep(said))

            def say(self, status: int, body: dict) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def keep(self, said: dict) -> dict:
        for moment in ("renewTime", "acquireTime"):
            # As the API's MicroTime wants it: six digits, always.
            datetime.strptime(said["spec"][moment], "%Y-%m-%dT%H:%M:%S.%fZ")
        assert isinstance(said["spec"]["leaseDurationSeconds"], int)
        self.version += 1
        self.record = said | {"metadata": said["metadata"] | {"resourceVersion": str(self.version)}}
        return self.record

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def api():
    api = Api()
    yield api
    api.close()


def lease(api: Api, holder: str, clock: ManualClock, seconds: float = 15) -> Lease:
    configuration = client.Configuration()
    configuration.host = f"http://127.0.0.1:{api.server.server_port}"
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


def test_of_two_that_write_at_once_one_is_told_so(api: Api):
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
    api.close()
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

    import time

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
