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
from types import FrameType
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sluicegate.onnx_server.errors import AddressUnusable, PortTaken

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


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket on `host` (an address) and `port` (0: any free one).

    `::` takes IPv4 too. Raises PortTaken and AddressUnusable.
    """
    six = ":" in host
    listener = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if six:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken", "give another one, or 0 for any free one") from error
        raise AddressUnusable(
            f"cannot listen on {host} port {port}: {error}",
            "give an address of this machine, such as 127.0.0.1 or 0.0.0.0, and a port it may take",
        ) from error
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


class Drain:
    """The time between "not ready" and the end, in which a gateway takes the server out of its endpoints."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: float | None = None

    @property
    def begun(self) -> bool:
        """Whether the server is going away."""
        return self._ends is not None

    def begin(self) -> None:
        """Start it; a second signal ends it at once."""
        self._ends = time.monotonic() + (0 if self.begun else self._seconds)

    @property
    def over(self) -> bool:
        """Whether the server may stop now."""
        return self._ends is not None and time.monotonic() >= self._ends


class _Server(uvicorn.Server):
    """Says on a file descriptor that it is ready (one JSON line with its port), drains before it stops."""

    def __init__(self, config: uvicorn.Config, ready_fd: int | None, drain: Drain) -> None:
        super().__init__(config)
        self._ready_fd = ready_fd
        self._drain = drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._drain.begin()
        if self._drain.over:
            super().handle_exit(sig, frame)
        else:
            self._captured_signals.append(sig)  # uvicorn raises it again at its end

    async def on_tick(self, counter: int) -> bool:
        if self._drain.over:
            self.should_exit = True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_fd is not None and sockets:
            os.write(self._ready_fd, json.dumps({"port": sockets[0].getsockname()[1]}).encode() + b"\n")
            os.close(self._ready_fd)


def serve(
    app: ASGIApp, listener: socket.socket, ready_fd: int | None, drain: Drain, finish: int = 10
) -> None:
    """Serve until SIGTERM or SIGINT, and through the drain; requests in flight are answered first.

    Those that are not answered `finish` seconds after the drain are given up.

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
        timeout_graceful_shutdown=finish,
    )
    _Server(config, ready_fd, drain).run(sockets=[listener])
