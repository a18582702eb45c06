import socket
import struct
import threading
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from support.clock import ManualClock

from sluicegate.gate.daemon.telemetry import Telemetry
from sluicegate.gate.daemon.telemetry_server import serve
from sluicegate.specs.yamlio import InputError


def test_metrics_are_served_as_text_for_prometheus():
    telemetry = Telemetry(60)
    telemetry.leader.set(1)
    with serve(telemetry, "127.0.0.1", 0) as port, urlopen(f"http://127.0.0.1:{port}/metrics?x") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "sluice_gate_leader 1.0" in answer.read().decode().splitlines()


def test_health_is_an_answer_of_200_or_503():
    clock = ManualClock(0)
    telemetry = Telemetry(60, clock)
    with serve(telemetry, "127.0.0.1", 0) as port:
        address = f"http://127.0.0.1:{port}/healthz"
        assert urlopen(address).status == 200
        clock.now = 61
        with pytest.raises(HTTPError, match="503"):
            urlopen(address)
        telemetry.tick_ended()
        assert urlopen(address).status == 200


def test_any_other_path_is_not_there():
    with serve(Telemetry(60), "127.0.0.1", 0) as port, pytest.raises(HTTPError, match="404"):
        urlopen(f"http://127.0.0.1:{port}/other")


def test_a_port_that_is_taken_is_named():
    with (
        serve(Telemetry(60), "127.0.0.1", 0) as port,
        pytest.raises(InputError, match=f"127.0.0.1:{port} .*name a free port"),
        serve(Telemetry(60), "127.0.0.1", port),
    ):
        pass


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
