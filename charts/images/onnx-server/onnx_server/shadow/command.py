"""`onnx-server shadow`: takes copies of requests from a gateway, and compares what both tracks answer."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sluicegate.onnx_server.app import json_bytes, read_body
from sluicegate.onnx_server.errors import RequestError, ServeError
from sluicegate.onnx_server.process import Drain, exit_with_parent, listen, serve
from sluicegate.onnx_server.shadow.comparer import Comparer, Track
from sluicegate.onnx_server.shadow.counts import PairCounts
from sluicegate.specs import names


def _address(text: str) -> str:
    parts = urlsplit(text)
    try:
        plain = (parts.scheme, bool(parts.hostname), parts.path, parts.port) == ("http", True, "", parts.port)
    except ValueError:
        plain = False
    if not plain or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not http://HOST:PORT")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(names.NAME, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a model's name")
    return text


def _digest(text: str) -> str:
    if not re.fullmatch(names.SHA256, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a sha256: digest")
    return text


def _in_flight(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, above 0 and up to 600")
    return seconds


def parser() -> argparse.ArgumentParser:
    """The options of `onnx-server shadow`."""
    made = argparse.ArgumentParser(
        prog="onnx-server shadow",
        description="Send each copy of a request to both tracks, compare the answers, count the pairs.",
    )
    add = made.add_argument
    add("--model", required=True, type=_name)
    add("--digest", required=True, type=_digest, help="the canary's artifact, a label of all that is counted")
    add("--stable", required=True, type=_address, help="http://HOST:PORT of stable's servers")
    add("--canary", required=True, type=_address)
    add("--timeout", type=_seconds, default=10.0, help="seconds that one answer may take")
    add(
        "--in-flight",
        type=_in_flight,
        default=32,
        help="copies under way at a time; more are dropped",
    )
    add("--max-body-bytes", type=int, default=16 * 1024 * 1024)
    add("--host", default="127.0.0.1", help="0.0.0.0 or :: in a container")
    add("--port", type=int, default=0, help="0: any free one")
    add("--ready-fd", type=int, help="where to write one JSON line with the port when ready")
    add("--exit-with-parent", action="store_true")
    return made


class Copies:
    """Takes copies, so many at a time, and answers each at once: nobody waits for what comes of it."""

    def __init__(self, comparer: Comparer, model: str, in_flight: int, limit: int) -> None:
        self._comparer = comparer
        self._model = model
        self._limit = limit
        self._free = in_flight
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="copy")

    async def take(self, request: Request) -> Response:
        """Take one copy of a request."""
        try:
            body = await read_body(request.scope, request.receive, self._limit)
        except RequestError:
            body = None
        # A version in the path is one that only one of the tracks has; raw tensors are not compared.
        plain = request.url.path == f"/v2/models/{self._model}/infer" and json_bytes(request.scope) is None
        if body is None or not plain:
            self._comparer.drop("request")
        elif self._free == 0:
            self._comparer.drop("busy")
        else:
            self._free -= 1
            self._begin(body)
        return Response(status_code=202)

    def _begin(self, body: bytes) -> None:
        comparing = asyncio.get_running_loop().run_in_executor(self._pool, self._comparer.compare, body)
        comparing.add_done_callback(self._ended)

    def _ended(self, _: object) -> None:
        self._free += 1


def build_app(comparer: Comparer, copies: Copies) -> ASGIApp:
    """The application: copies are taken at any path, figures are at /metrics."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)

    async def metrics(_: Request) -> Response:
        text = comparer.text().encode() + generate_latest(registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def health(_: Request) -> Response:
        return Response(b'{"ready":true}', media_type="application/json")

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/v2/health/live", health),
            Route("/v2/health/ready", health),
            Route("/{path:path}", copies.take, methods=["POST"]),
        ]
    )


def main(arguments: list[str]) -> int:
    """Run the command; an exit code and a named message if it cannot start."""
    options = parser().parse_args(arguments)
    if options.exit_with_parent:
        exit_with_parent()
    tracks = (Track(options.stable, options.timeout), Track(options.canary, options.timeout))
    comparer = Comparer(options.model, *tracks, PairCounts(options.model, options.digest))
    copies = Copies(comparer, options.model, options.in_flight, options.max_body_bytes)
    try:
        listener = listen(options.port, options.host)
        serve(build_app(comparer, copies), listener, options.ready_fd, Drain(0))
    except ServeError as error:
        print(f"onnx-server shadow: {type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    return 0
