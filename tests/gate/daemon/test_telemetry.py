import socket
import struct
import threading
from dataclasses import replace
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.gate.adapters.git.command import GitError, PushRefused, RaceLost
from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations, Reading
from sluicegate.gate.daemon.evaluate import Outcome
from sluicegate.gate.daemon.telemetry import Pacer, Telemetry, serve
from sluicegate.specs.release import Hold, Release, Traffic, Version
from sluicegate.specs.yamlio import InputError

AT = datetime(2026, 1, 2, tzinfo=UTC)
ONE, TWO = Version(1, "a" * 40, "sha256:1"), Version(2, "b" * 40, "sha256:2")
RELEASE = Release("m", "dev", stable=ONE, canary=TWO, weight=5)
JUDGED = Judgement("error_rate", 0.01, 100, 50, 1, 1, Interval(-0.01, 0.02), None, False, False, "so")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def outcome(release: Release = RELEASE, after: Release | None = None, **more) -> Outcome:
    decision = Decision(
        more.pop("kind", "wait"), "why", release, after or release, more.pop("judged", (JUDGED,))
    )
    reading = more.pop("reading", Reading(AT, 5, True, Traffic(5, 95)))
    return Outcome("dev", "m", more.pop("at", AT), decision, seen=Observations(reading=reading), **more)


def series(telemetry: Telemetry) -> dict[tuple[str, ...], float]:
    """What a Prometheus reads: (name, label values in their names' order) -> value."""
    with serve(telemetry, "127.0.0.1", 0) as port, urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_look_is_counted_and_its_figures_shown():
    telemetry = Telemetry(60)
    telemetry.look(outcome())
    telemetry.look(outcome(after=replace(RELEASE, weight=25), kind="advance", commit="c" * 40))
    found = series(telemetry)
    assert found["sluice_gate_looks_total", "wait", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "advance", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "rollback", "dev", "m"] == 0
    assert found["sluice_gate_release_weight", "dev", "m"] == 25
    assert found["sluice_gate_release_running", "dev", "m"] == 1
    assert found["sluice_gate_release_held", "dev", "m"] == 0
    assert found["sluice_gate_excess_lower", "dev", "error_rate", "m"] == -0.01
    assert found["sluice_gate_excess_upper", "dev", "error_rate", "m"] == 0.02
    assert found["sluice_gate_data_timestamp_seconds", "dev", "m"] == AT.timestamp()


def test_what_was_decided_but_not_written_is_no_weight():
    telemetry = Telemetry(60)
    telemetry.look(outcome(after=replace(RELEASE, weight=25), kind="advance"))
    assert series(telemetry)["sluice_gate_release_weight", "dev", "m"] == 5


def test_missing_figures_leave_the_time_of_the_last_ones():
    telemetry, later = Telemetry(60), datetime(2026, 1, 3, tzinfo=UTC)
    nothing = Reading(later, 5, True)
    telemetry.look(outcome(reading=nothing))
    first = series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"]
    assert first == AT.timestamp()
    telemetry.look(outcome(reading=nothing, at=later))
    assert series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"] == first
    telemetry.look(outcome(at=later))
    assert series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"] == later.timestamp()
    telemetry.look(outcome(replace(RELEASE, canary=None, weight=0), judged=()))
    found = series(telemetry)
    assert ("sluice_gate_data_timestamp_seconds", "dev", "m") not in found
    assert not [key for key in found if key[0].startswith("sluice_gate_excess")]


def test_a_hold_and_a_problem_are_seen():
    telemetry = Telemetry(60)
    telemetry.look(outcome(replace(RELEASE, hold=Hold(AT, "x"))))
    assert series(telemetry)["sluice_gate_release_held", "dev", "m"] == 1
    telemetry.look(Outcome("dev", "m", AT, problem="broken"))
    found = series(telemetry)
    assert found["sluice_gate_problem", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "problem", "dev", "m"] == 1


def test_a_release_that_is_gone_leaves_no_series_but_a_failed_tick_forgets_none():
    telemetry = Telemetry(60)
    pacer = Pacer(threading.Event(), telemetry)
    for done in (lambda: telemetry.look(outcome()), lambda: telemetry.error(GitError("x"))):
        assert not pacer.is_set()
        done()
        pacer.wait(0)
        assert series(telemetry)["sluice_gate_release_weight", "dev", "m"] == 5
    pacer.is_set()
    pacer.wait(0)
    assert not [key for key in series(telemetry) if "dev" in key]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RaceLost("x"), "race_lost"),
        (PushRefused("x"), "push_refused"),
        (GitError("x"), "git"),
        (InputError.of("x", "y"), "input"),
        (ValueError("x"), "other"),
    ],
)
def test_errors_are_counted_by_their_kind(error: Exception, kind: str):
    telemetry = Telemetry(60)
    assert series(telemetry)["sluice_gate_errors_total", kind] == 0
    telemetry.error(error)
    assert series(telemetry)["sluice_gate_errors_total", kind] == 1


def test_a_tick_is_timed_from_its_begin_to_the_wait():
    clock, telemetry = Clock(), None
    telemetry = Telemetry(60, clock, lambda: 1234.0)
    pacer = Pacer(threading.Event(), telemetry)
    clock.now = 10
    pacer.is_set()
    clock.now = 13
    pacer.wait(0)
    found = series(telemetry)
    assert found["sluice_gate_tick_seconds_sum",] == 3 and found["sluice_gate_tick_seconds_count",] == 1
    assert found["sluice_gate_tick_timestamp_seconds",] == 1234


def test_health_is_lost_without_a_finished_tick_and_comes_back():
    clock = Clock()
    telemetry = Telemetry(60, clock)
    with serve(telemetry, "127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port}/healthz"
        clock.now = 60
        assert urlopen(address).status == 200
        clock.now = 61
        # A tick that began is not one that ended.
        telemetry.begins()
        with pytest.raises(HTTPError, match="503"):
            urlopen(address)
        telemetry.ends()
        assert urlopen(address).status == 200
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://127.0.0.1:{port}/other")


def test_a_port_that_is_taken_is_named():
    with (
        serve(Telemetry(60), "127.0.0.1", 0) as port,
        pytest.raises(InputError, match=f"127.0.0.1:{port} .*name a free port"),
        serve(Telemetry(60), "127.0.0.1", port),
    ):
        pass


def test_the_pacer_ends_with_the_stop_and_with_the_leave_to_act():
    stop, allowed = threading.Event(), [True]
    pacer = Pacer(stop, None, lambda: allowed[0])
    assert not pacer.is_set() and not pacer.wait(0)
    allowed[0] = False
    assert pacer.is_set()
    allowed[0] = True
    stop.set()
    assert pacer.is_set() and pacer.wait(60)


def test_a_probe_that_hangs_up_leaves_no_traceback(capsys):
    asked, gone = threading.Event(), threading.Event()

    def clock() -> float:
        asked.set()
        gone.wait(10)
        return 0.0

    gone.set()
    telemetry = Telemetry(60, clock)
    asked.clear()
    gone.clear()
    with serve(telemetry, "127.0.0.1", 0) as port:
        with socket.create_connection(("127.0.0.1", port)) as probe:
            probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert asked.wait(10)
            # Closed with a reset: the answer finds nobody.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()
        for thread in threading.enumerate():
            if "process_request_thread" in thread.name:
                thread.join(10)
        assert urlopen(f"http://127.0.0.1:{port}/healthz").status == 200
    assert capsys.readouterr().err == ""
