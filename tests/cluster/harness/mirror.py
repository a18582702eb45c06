"""A mirror of the forge's raw files that swaps what it was told to: one byte of a file is another.

Run as `python -m harness.mirror`; `start` runs it in the run's namespace, where pods reach it.
"""

from __future__ import annotations

import argparse
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import forge
from harness.run import Run
from harness.web import answers

DAEMON = "mirror"
PORT = 3100
READY = "/ready"
SECONDS = 30


def address(run: Run) -> str:
    """Where `/REVISION/PATH` is, as at `forge.raw_url`."""
    return f"http://{run.node}:{PORT}"


def start(run: Run, swapped: Sequence[str]) -> None:
    """Start it; the files `swapped` (each REVISION/PATH) come with another byte. Raises `NotReady`."""
    command: list[str | Path] = [sys.executable, "-P", "-m", "harness.mirror", "--host", run.node]
    command += ["--port", str(PORT), "--source", forge.raw_url(run), *swapped]
    env = {"PYTHONPATH": str(Path(__file__).parents[1])}
    run.start(DAEMON, command, env=env, ready=lambda: answers(f"{address(run)}{READY}"))


def stop(run: Run) -> None:
    """End it."""
    run.stop(DAEMON)
    run.forget(DAEMON)


def given_swapped(run: Run) -> int:
    """How many swapped files it has given away."""
    return run.log(DAEMON).read_text().count("swapped ")


def swap(data: bytes) -> bytes:
    """The same number of bytes, the one in the middle another."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


class Handler(BaseHTTPRequestHandler):
    """Every GET is asked of the source."""

    def __init__(self, source: str, swapped: frozenset[str], *arguments: object) -> None:
        self.source, self.swapped = source, swapped
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """The source's own answer, but for the files that are swapped."""
        if self.path == READY:
            self._send(200, b"")
            return
        try:
            with urllib.request.urlopen(self.source + self.path, timeout=SECONDS) as answer:
                status, data = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, data = error.code, error.read()
        if status == 200 and self.path.lstrip("/") in self.swapped:
            data = swap(data)
            self.log_message("swapped %s", self.path)
        self._send(status, data)

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    """Serve until the end."""
    parser = argparse.ArgumentParser(prog="harness.mirror")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--source", required=True, help="BASE: a file is BASE/REVISION/PATH")
    parser.add_argument("swapped", nargs="*", metavar="REVISION/PATH")
    options = parser.parse_args()
    handler = partial(Handler, options.source, frozenset(options.swapped))
    ThreadingHTTPServer((options.host, options.port), handler).serve_forever()


if __name__ == "__main__":
    main()
