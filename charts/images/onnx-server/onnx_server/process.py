"""The process around the application: its socket, its readiness, and its end with its parent."""

import asyncio
import ctypes
import errno
import json
import os
import signal
import socket
import sys
import threading
import time
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from onnx_server.errors import PortTaken

_PR_SET_PDEATHSIG = 1


def exit_with_parent() -> None:
    """End this process when its parent dies, even if it is stopped or hangs at that moment.

    Linux sends the signal itself (prctl(2), PR_SET_PDEATHSIG); elsewhere a thread looks every second.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        threading.Thread(target=watch_parent, args=(parent,), daemon=True).start()


def watch_parent(parent: int) -> None:
    """Return never; kill this process once its parent is no longer `parent`."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


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


class _OneWrite:
    """A transport that sends what is written in one turn of the loop at once.

    uvicorn writes a response's head and its body apart: a second system call here, a second wake-up there.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._pieces: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._pieces:
            self._transport.write(b"".join(self._pieces))
            self._pieces.clear()


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, _OneWrite(transport)))


class _Server(uvicorn.Server):
    """Says on a file descriptor that it is ready: one JSON line with its port."""

    def __init__(self, config: uvicorn.Config, ready_fd: int | None) -> None:
        super().__init__(config)
        self._ready_fd = ready_fd

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_fd is not None and sockets:
            os.write(self._ready_fd, json.dumps({"port": sockets[0].getsockname()[1]}).encode() + b"\n")
            os.close(self._ready_fd)


def serve(app: ASGIApp, listener: socket.socket, ready_fd: int | None) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered first, for at most ten seconds.

    Idle connections stay open for two minutes: a proxy in front must be the one that closes them, or a
    request meets a connection that is just going away.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=_Protocol,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=10,
    )
    _Server(config, ready_fd).run(sockets=[listener])
