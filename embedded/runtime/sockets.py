"""Listening on loopback."""

import errno
import socket

from sluicegate.embedded.runtime.errors import PortTaken


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1 and `port` (0: any free one). Raises PortTaken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"port {port} is taken; give another one, or 0 for any free one") from error
    listener.listen(1024)
    return listener
