"""Comments as GitHub's webhook delivers them: signed, taken in at once, carried out one after the other.

docs.github.com, "Validating webhook deliveries": HMAC-SHA256 of the body in `X-Hub-Signature-256`. GitHub
waits ten seconds for an answer, and a command may take longer, so each delivery is queued.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from sluicegate.ci.github.commands.event import LARGEST, Comment, read
from sluicegate.specs.yamlio import InputError

logger = logging.getLogger(__name__)

EVENT = "issue_comment"
WAITING = 100
"""Deliveries that wait at most; any more are refused, and GitHub shows them as failed."""
SECONDS = 30.0
"""How long a client may take to send its request."""
Act = Callable[[Comment], None]


def signed(body: bytes, header: str | None, secret: bytes) -> bool:
    """Whether the holder of the secret signed these bytes; never without a secret."""
    wanted = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return bool(secret) and header is not None and hmac.compare_digest(wanted.encode(), header.encode())


class Receiver:
    """An HTTP server that takes deliveries in, and one thread that carries them out in order.

    Raises OSError for an address that cannot be had.
    """

    def __init__(self, host: str, port: int, secret: bytes, act: Act) -> None:
        self._secret = secret
        self._act = act
        self._waiting: queue.Queue[Comment | None] = queue.Queue(WAITING)
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self._worker = threading.Thread(target=self._work, name="commands")
        self._listener = threading.Thread(target=self._server.serve_forever, name="webhooks", daemon=True)
        self.port: int = self._server.server_address[1]
        """The port that it has, also where 0 was asked for."""

    def __enter__(self) -> Receiver:
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

    def take(self, event: str | None, signature: str | None, body: bytes) -> tuple[int, str]:
        """The status and the words that answer a delivery; a comment is queued."""
        if not signed(body, signature, self._secret):
            return 401, "the signature is not that of the secret"
        if event == "ping":
            return 200, "pong"
        if event != EVENT:
            return 202, f"only {EVENT} is read"
        try:
            comment = read(json.loads(body))
        except (ValueError, RecursionError, InputError) as error:
            return 400, f"no event of a comment: {type(error).__name__}"
        try:
            self._waiting.put_nowait(comment)
        except queue.Full:
            return 503, "too many comments wait; deliver it again"
        return 202, "taken in"

    def _work(self) -> None:
        while (comment := self._waiting.get()) is not None:
            try:
                self._act(comment)
            except Exception:
                logger.exception("%s#%d: the comment was not carried out", comment.repository, comment.number)
            finally:
                self._waiting.task_done()
        self._waiting.task_done()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = SECONDS

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isdecimal() or int(length) > LARGEST:
                    self._say(413, f"a delivery has a length, of {LARGEST:,} bytes at most")
                    return
                body = self.rfile.read(int(length))
                names = ("X-GitHub-Event", "X-Hub-Signature-256")
                event, signature = (self.headers.get(name) for name in names)
                self._say(*receiver.take(event, signature, body))

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
