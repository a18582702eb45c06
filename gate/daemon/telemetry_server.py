"""Telemetry over HTTP: `/metrics` for Prometheus, `/healthz` for a probe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from sluicegate.gate.daemon.telemetry import Telemetry
from sluicegate.specs.yamlio import InputError


@contextmanager
def serve(telemetry: Telemetry, host: str, port: int) -> Iterator[int]:
    """Answer over HTTP while inside; gives the port (0 takes a free one).

    Raises InputError for an address that cannot be listened on.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def handle(self) -> None:
            # A probe that did not wait for its answer is not a fault of the gate: no traceback.
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(200, generate_latest(telemetry.registry), CONTENT_TYPE_PLAIN_0_0_4)
            elif path == "/healthz":
                self._answer_health()
            else:
                self._answer(404, b"there are /metrics and /healthz\n")

        def _answer_health(self) -> None:
            if telemetry.healthy:
                self._answer(200, b"ok\n")
            else:
                self._answer(503, b"no tick ended for too long\n")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes and scrapes are not logged."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        raise InputError.of(
            f"metrics cannot be served on {host}:{port} ({error})",
            "name a free port and an address of this machine with --metrics-port and --metrics-host",
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
