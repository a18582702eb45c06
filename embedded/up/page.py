"""The page of `sluice up`, over HTTP on loopback: what is served, and each rollout as it goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from sluicegate.embedded.listening import LOOPBACK, PortTaken, listen

Pages = Callable[[str], str | None]
"""By path: the page; None where there is none."""
_NAMES = (LOOPBACK, "localhost")


@contextmanager
def serve(pages: Pages, port: int, *, exactly: bool) -> Iterator[str]:
    """Answer GET while inside; gives the address. Another port where this one is taken, unless `exactly`.

    A request that names another host is refused: a page of the web could have rebound its own name.
    Raises PortTaken.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def handle(self) -> None:
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            if (self.headers.get("host") or "").partition(":")[0] not in _NAMES:
                self._answer(421, f"ask {LOOPBACK}\n", "text/plain")
                return
            page = pages(unquote(self.path.partition("?")[0]))
            if page is None:
                self._answer(404, "there is no such page\n", "text/plain")
            else:
                self._answer(200, page, "text/html")

        def _answer(self, status: int, text: str, kind: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests are not logged."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = _listener(port, exactly)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="page", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listener(port: int, exactly: bool) -> socket.socket:
    try:
        return listen(port)
    except PortTaken:
        if exactly:
            raise
        return listen(0)
