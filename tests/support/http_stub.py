"""A real HTTP server on loopback whose answers a test decides."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What a client sent. `target` is the path with its query, as sent; `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True)
class Answer:
    """What the server sends; `cut` ends the body early, `trickle` seconds lie between single bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    trickle: float = 0.0


class StubServer:
    """Answers each request with `respond(request)`; plain bytes are a 200.

    `requests` holds what arrived, in order. `closing` is set when the server closes, for an answer that hangs
    until then. With `certificate`, a PEM file of key and certificate, it speaks TLS only.
    """

    def __init__(
        self, respond: Callable[[Request], Answer | bytes], *, certificate: Path | None = None
    ) -> None:
        self.requests: list[Request] = []
        self.closing = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def handle(self) -> None:
                # A client may leave in the middle of an answer, or of the handshake.
                with contextlib.suppress(OSError):
                    super().handle()

            def handle_any(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                request = Request(self.command, self.path, headers, body)
                stub.requests.append(request)
                answer = respond(request)
                self.send(answer if isinstance(answer, Answer) else Answer(body=answer))

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if answer.trickle:
                    self.send_slowly(answer)
                else:
                    self.wfile.write(answer.body[: answer.cut])

            def send_slowly(self, answer: Answer) -> None:
                for index in range(len(answer.body)):
                    self.wfile.write(answer.body[index : index + 1])
                    if stub.closing.wait(answer.trickle):
                        return

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop; from then on its port refuses connections."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Page = Answer | bytes | Callable[[Request], Answer | bytes] | list[Answer]


class Site(StubServer):
    """A server whose answers a test sets by path; every other path is a 404.

    `pages[path]` is a body, an answer, a function of the request, or a list of answers to send in turn;
    the last of a list is repeated.
    """

    def __init__(self, *, certificate: Path | None = None) -> None:
        self.pages: dict[str, Page] = {}
        super().__init__(self._respond, certificate=certificate)

    @property
    def paths(self) -> list[str]:
        """The paths that were requested, in order."""
        return [request.path for request in self.requests]

    def hang(self, _: Request) -> bytes:
        """A page that answers only when the server closes."""
        self.closing.wait(30)
        return b""

    def _respond(self, request: Request) -> Answer | bytes:
        page = self.pages.get(request.path, Answer(404, b"nothing here"))
        if isinstance(page, list):
            return page.pop(0) if len(page) > 1 else page[0]
        if callable(page):
            return page(request)
        return page
