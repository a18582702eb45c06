from __future__ import annotations

import socket

import pytest

from sluicegate.embedded.listening import PortTaken, listen


def test_a_port_is_taken_once() -> None:
    with listen(0) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 is taken") as taken:
            listen(port)
        assert taken.value.remedy == "give another port, or 0 for a free one"


def test_an_address_that_this_machine_does_not_have_is_not_a_taken_port() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        listen(0, "192.0.2.1")


def test_ipv6() -> None:
    with listen(0, "::1") as listener:
        assert listener.family == socket.AF_INET6
