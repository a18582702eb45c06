"""Listening on one address of this machine, for the forge and the runtime."""

from __future__ import annotations

import errno
import ipaddress
import socket

from sluicegate.specs.errors import SluiceError

LOOPBACK = "127.0.0.1"
_BACKLOG = 1024


class PortTaken(SluiceError):
    """Something else listens on the port."""


def port_taken(host: str, port: int) -> PortTaken:
    """The error of a port that another process listens on."""
    return PortTaken(f"port {port} of {host} is taken", "give another port, or 0 for a free one")


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on an IP address and a port (0: any free one).

    Raises PortTaken, and OSError for an address or a port that this machine does not have.
    """
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise port_taken(host, port) from error
