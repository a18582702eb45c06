"""Webhooks over HTTP: bounded, taken in at once, and carried out one after the other.

Who sends them waits some seconds for an answer, and what follows may take longer, so each one is queued.
"""

from __future__ import annotations

import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Generic, Self, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
WAITING = 100
"""Deliveries that wait at most; any more are refused, and the sender sees them as failed."""
SECONDS = 30.0
"""How long a client may take to send its request."""


class Deliveries(ABC, Generic[T]):
    """An HTTP server that takes deliveries in, and one thread that carries them out in order.

    Raises OSError for an address that cannot be had.
    """

    largest = 1 << 20
    """Bytes of a body."""

    def __init__(self, host: str, port: int, act: Callable[[T], None]) -> None:
        self._act = act
        self._waiting: queue.Queue[T | None] = queue.Queue(WAITING)
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self._worker = threading.Thread(target=self._work, name="deliveries")
        self._listener = threading.Thread(target=self._server.serve_forever, name="webhooks", daemon=True)
        self.port: int = self._server.server_address[1]
        """The port that it has, also where 0 was asked for."""

    def __enter__(self) -> Self:
        self._worker.start()
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._waiting.put(None)
        self._worker.join()

    def finish(self) -> None:
        """Wait until everything that was taken in is carried out."""
        self._waiting.join()

    @abstractmethod
    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """The status and the words that answer a delivery, which may be queued; names are in lower case."""

    def named(self, one: T) -> str:
        """What a delivery is called in the log."""
        return repr(one)

    def queued(self, one: T) -> tuple[int, str]:
        """Let it be carried out, if there is room; the answer."""
        try:
            self._waiting.put_nowait(one)
        except queue.Full:
            return 503, "too many deliveries wait; deliver it again"
        return 202, "taken in"

    def _work(self) -> None:
        while (one := self._waiting.get()) is not None:
            try:
                self._act(one)
            except Exception:  # one delivery that fails ends neither the thread nor those behind it
                logger.exception("%s was not carried out", self.named(one))
            finally:
                self._waiting.task_done()
        self._waiting.task_done()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = SECONDS

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdecimal() or int(length) > receiver.largest:
                    self._say(413, f"a delivery has a length, of {receiver.largest:,} bytes at most")
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._say(*receiver.answer(headers, self.rfile.read(int(length))))

            def _say(self, status: int, words: str) -> None:
                text = f"{words}\n".encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                logger.debug(format, *args)

        return Handler
