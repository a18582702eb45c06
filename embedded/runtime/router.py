"""The router: splits requests by the committed weight and counts as a gateway does.

It is a process of its own that outlives every server. Its HTTP side serves and reports, nothing more; its
configuration comes as JSON lines on standard input, from the supervisor alone:

    {"model": M, "tracks": {"stable": {"id", "port", "version", "digest", "weight"}, "canary": ...},
     "shadow": P, "unit": H}

A track `baseline` is there where the release has one. `unit` is the request header by which users are
assigned and counted, or null. `port` is null while the server is down. A backend that is no longer named is
drained; when its last request
has been answered, `{"idle": ID, "port": N}` is written to standard output, whose first line says that the
router runs. P percent of the requests that stable answers are copied to the canary, and both answers are
compared by `shadow`. The end of standard input ends the router.
"""

import argparse
import asyncio
import json
import random
import socket
import sys
import time
from functools import partial
from typing import Any

from sluicegate import __version__
from sluicegate.embedded.runtime import log
from sluicegate.embedded.runtime.counts import Counts, TrackCounts, count_families
from sluicegate.embedded.runtime.http1 import BrokenConnection, Response, get, post
from sluicegate.embedded.runtime.listener import JSON, MAX_BODY_BYTES, Answer, Request, serve
from sluicegate.embedded.runtime.route import Backend, Route, route_families
from sluicegate.embedded.runtime.shadow import Shadow
from sluicegate.embedded.runtime.users import Users
from sluicegate.embedded.runtime.windows import Moment, Windows, moment_of
from sluicegate.onnx_server.extension import EXTENSION, HEADER
from sluicegate.onnx_server.shadow.counts import pair_families
from sluicegate.specs.metrics_text import family, line

_START = "process_start_time_seconds"
_START_LINES = family(_START, "gauge", "Start since the epoch.", [line(_START, {}, time.time())])
_ABOUT = json.dumps({"name": "sluice-router", "version": __version__, "extensions": [EXTENSION]}).encode()
_LOOK_SECONDS = 1.0
"""How long the metrics of a server may take."""


class Router:
    """The routes in effect and the counts, and the answer to each request."""

    def __init__(self, seed: int, timeout: float) -> None:
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311  # assignment to tracks, reproducible on purpose
        self._timeout = timeout
        self._routes: dict[str, Route] = {}
        self._counts: Counts = {}
        self._first: Counts = {}
        self._users: dict[str, Users] = {}
        self._probes: dict[Backend, asyncio.Task[None]] = {}
        self._draining: set[Backend] = set()
        self._windows: dict[str, Windows] = {}
        self._shadows: dict[str, Shadow] = {}

    def configure(
        self,
        model: str,
        tracks: dict[str, dict[str, Any] | None],
        percent: int = 0,
        unit: str | None = None,
    ) -> None:
        """Put a model's tracks into effect, between two requests; an empty `tracks` removes the model.

        `percent` of the requests that stable answers are copied to the canary; `unit` is the header by which
        users are assigned and counted.
        """
        old = self._routes.pop(model, None)
        known = {(b.id, b.port): b for b in old.backends.values()} if old else {}
        backends: dict[str, Backend] = {}
        weights: dict[str, float] = {}
        for track, config in tracks.items():
            if config is None:
                continue
            backend = known.pop((config["id"], config["port"]), None) or Backend(model, track, config)
            backends[track] = backend
            weights[track] = config["weight"]
            self._counts.setdefault((model, track), TrackCounts())
            if backend not in self._probes and backend.pool is not None:
                self._probes[backend] = asyncio.create_task(backend.probe())
        if backends:
            self._routes[model] = Route(backends, weights, unit)
        self._shadow(model, backends, percent)
        self._begin_step(model, old)
        for backend in known.values():
            self._retire(backend)

    def _shadow(self, model: str, backends: dict[str, Backend], percent: int) -> None:
        """Begin, go on with or end the copies of a model's requests; its counts are those of one artifact."""
        canary = backends.get("canary")
        known = self._shadows.pop(model, None)
        if canary is None or "stable" not in backends or percent == 0:
            return
        if known is None or not known.is_of(canary, percent):
            known = Shadow(model, canary, percent, self._seed)
        known.canary = canary
        self._shadows[model] = known

    def _begin_step(self, model: str, old: Route | None) -> None:
        """Count windows and users anew where a weight or an artifact is another; a server may come back."""
        new = self._routes.get(model)
        if model in self._windows and old is not None and new is not None and new.splits_as(old):
            # Copies in the dark may begin later than the step: they are all that is counted there.
            if model in self._shadows:
                self._windows[model].begin()
            return
        if model in self._windows:
            self._windows.pop(model).end()
        self._users.pop(model, None)
        users = None if new is None else new.users(model, self._seed)
        if new is not None and users is not None:
            self._users[model] = users
            for track in new.backends:
                self._first.setdefault((model, track), TrackCounts())
        if new is not None:
            self._windows[model] = Windows(partial(self._look, model))
            if new.weights.get("canary", 0) > 0 or model in self._shadows:
                self._windows[model].begin()

    async def _look(self, model: str) -> Moment:
        """Everything that is counted about a model now: the servers first, as their answers come first."""
        route = self._routes.get(model)
        backends = route.backends if route is not None else {}
        texts = dict(zip(backends, await asyncio.gather(*map(self._text_of, backends.values())), strict=True))
        return moment_of({**texts, "gateway": self._lines(model)})

    async def _text_of(self, backend: Backend) -> list[str]:
        """The lines of a server's metrics; none where it does not answer."""
        try:
            response = await self._exchange(backend, get("/metrics"), _LOOK_SECONDS)
        except (BrokenConnection, TimeoutError):
            return []
        return response.body.decode("utf-8", "replace").splitlines() if response.status == 200 else []

    def _retire(self, backend: Backend) -> None:
        self._draining.add(backend)
        probe = self._probes.pop(backend, None)
        if probe is None:
            self._drained(backend)
        else:
            probe.add_done_callback(lambda _: self._drained(backend))
            probe.cancel()

    async def _exchange(self, backend: Backend, request: bytes, seconds: float | None = None) -> Response:
        try:
            return await backend.exchange(request, seconds or self._timeout)
        finally:
            if self._draining:
                self._drained(backend)

    def _drained(self, backend: Backend) -> None:
        if backend.in_flight or backend not in self._draining:
            return
        self._draining.discard(backend)
        if backend.pool is not None:
            backend.pool.close()
        print(json.dumps({"idle": backend.id, "port": backend.port}), flush=True)

    async def answer(self, request: Request) -> Answer:  # noqa: PLR0911  # one a path
        """Answer one request."""
        parts = request.path.split("/")
        of_a_model = len(parts) > 3 and parts[1:3] == ["v2", "models"]
        if request.method == "POST" and of_a_model and parts[4:] == ["infer"]:
            return await self._infer(parts[3], request)
        if of_a_model:
            return await self._of_model(parts[3], parts[4:], request)
        if len(parts) == 5 and parts[1] == "servers":
            return await self._of_track(parts[2], parts[3], parts[4], request)
        if request.method != "GET":
            return _problem(404, f"nothing at {request.method} {request.path}")
        if request.path == "/metrics":
            return Answer(200, self.text().encode(), b"text/plain; version=0.0.4; charset=utf-8")
        if request.path == "/v2":
            return Answer(200, _ABOUT)
        if request.path in ("/v2/health/live", "/v2/health/ready"):
            return Answer(200, b'{"%s":true}' % parts[3].encode())
        if len(parts) == 3 and parts[1] == "windows" and parts[2] in self._windows:
            return Answer(200, await self._windows[parts[2]].text())
        return _problem(404, f"nothing at {request.path}")

    async def _infer(self, model: str, request: Request) -> Answer:
        route = self._routes.get(model)
        if route is None:
            return _problem(404, f"no model '{model}' is released here")
        started = time.perf_counter()
        users = self._users.get(model)
        user = None if users is None else request.headers.get(users.header)
        is_first = users is not None and (user is None or users.is_first(user))
        draw = self._random.random() if users is None or user is None else users.share(user)
        track = route.draw(draw)
        body = request.body
        answer = await self._forward(model, track, route.backends.get(track), request)
        seconds = time.perf_counter() - started
        self._counts.setdefault((model, track), TrackCounts()).add(answer.status, seconds)
        if is_first:
            self._first.setdefault((model, track), TrackCounts()).add(answer.status, seconds)
        answer.headers += b"x-sluice-track: %s\r\n" % track.encode()
        shadow = self._shadows.get(model)
        is_json = HEADER.encode() not in request.headers and answer.kind == JSON
        compared = is_json and track == "stable" and 200 <= answer.status < 300  # raw tensors are not
        if shadow is not None and compared and body is not None:
            shadow.copy(body, answer.body, self._exchange)
        return answer

    async def _of_model(self, model: str, rest: list[str], request: Request) -> Answer:
        """Metadata and readiness of a model or one of its versions, and requests to one version.

        A request to a version is a person's choice and no traffic of the release: nothing counts it.
        """
        route = self._routes.get(model)
        if route is None:
            return _problem(404, f"no model '{model}' is released here")
        version = rest[1] if len(rest) > 1 and rest[0] == "versions" else None
        what = rest if version is None else rest[2:]
        track = route.track_of(version)
        if track is None:
            return _problem(
                404, f"'{model}' has the versions {', '.join(route.versions())} here, not {version}"
            )
        backend = route.backends[track]
        if request.method == "POST" and what == ["infer"]:
            return await self._forward(model, track, backend, request)
        if request.method != "GET" or what not in ([], ["ready"]):
            return _problem(404, f"nothing at {request.method} {request.path}")
        answer = await self._asked(track, backend, get("/".join([f"/v2/models/{model}", *what])))
        if what or version is not None or answer.status != 200:
            return answer
        return Answer(200, json.dumps({**json.loads(answer.body), "versions": route.versions()}).encode())

    async def _of_track(self, model: str, track: str, what: str, request: Request) -> Answer:
        """What is asked of one track whatever its weight: it is not traffic, and nothing counts it."""
        route = self._routes.get(model)
        backend = route.backends.get(track) if route else None
        if request.method == "POST" and what == "infer":
            return await self._forward(model, track, backend, request)
        if request.method == "GET" and what == "metrics":
            return await self._server_metrics(model, track, backend)
        return _problem(404, f"nothing at {request.method} {request.path}")

    async def _forward(self, model: str, track: str, backend: Backend | None, request: Request) -> Answer:
        body = request.body
        if body is None:
            return _problem(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
        if backend is None:
            return _problem(502, f"track '{track}' has no server")
        return await self._asked(track, backend, post(f"/v2/models/{model}/infer", body, _passed_on(request)))

    async def _asked(self, track: str, backend: Backend, question: bytes) -> Answer:
        """What a track's server answers; 502 and 504 where it does not."""
        try:
            response = await self._exchange(backend, question)
        except TimeoutError:
            return _problem(504, f"track '{track}' did not answer within {self._timeout} s")
        except BrokenConnection as error:
            return _problem(502, f"track '{track}': {error}")
        json_bytes = response.headers.get(HEADER.encode())
        headers = b"" if json_bytes is None else b"%s: %s\r\n" % (HEADER.encode(), json_bytes)
        return Answer(response.status, response.body, response.headers.get(b"content-type", JSON), headers)

    async def _server_metrics(self, model: str, track: str, backend: Backend | None) -> Answer:
        if backend is None:
            return _problem(404, f"no server for model '{model}', track '{track}'")
        try:
            response = await self._exchange(backend, get("/metrics"))
        except (BrokenConnection, TimeoutError) as error:
            return _problem(502, f"track '{track}' does not answer: {error or 'timed out'}")
        return Answer(response.status, response.body, response.headers.get(b"content-type", JSON))

    def text(self) -> str:
        """All series in the Prometheus text format."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self, only: str | None = None) -> list[str]:
        """The lines about all models, or one."""
        counts = {key: count for key, count in self._counts.items() if only in (None, key[0])}
        shadows = (shadow.counts for model, shadow in self._shadows.items() if only in (None, model))
        counted = {model for model, users in self._users.items() if not users.full and only in (None, model)}
        first = {key: count for key, count in self._first.items() if key[0] in counted}
        routes = {model: route for model, route in self._routes.items() if only in (None, model)}
        return [
            *count_families(counts),
            *(count_families(first, "first_") if first else ()),
            *route_families(routes),
            *pair_families(shadows),
            *_START_LINES,
        ]


def _passed_on(request: Request) -> dict[str, str]:
    """The header without which raw tensors cannot be read."""
    json_bytes = request.headers.get(HEADER.encode())
    return {} if json_bytes is None else {HEADER: json_bytes.decode("latin-1")}


def _problem(status: int, message: str) -> Answer:
    return Answer(status, json.dumps({"error": message}).encode())


async def _apply_commands(router: Router, stop: asyncio.Event) -> None:
    """Put each line of standard input into effect; its end stops the router."""
    reader = asyncio.StreamReader(limit=1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"ready": True}), flush=True)
    try:
        while text := await reader.readline():
            message = json.loads(text)
            router.configure(
                message["model"], message["tracks"], message.get("shadow", 0), message.get("unit")
            )
    finally:
        stop.set()


async def _run(listener: socket.socket, seed: int, timeout: float) -> None:
    router = Router(seed, timeout)
    stop = asyncio.Event()
    commands = asyncio.create_task(_apply_commands(router, stop))
    await serve(listener, router.answer, stop)
    await commands


def main() -> int:
    """Run the router on a listening socket that the supervisor opened."""
    parser = argparse.ArgumentParser(prog="sluicegate.embedded.runtime.router")
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("--seed", type=int, default=0, help="of the draws that assign requests to tracks")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds until a request fails with 504")
    options = parser.parse_args()
    log.configure()
    import uvloop

    uvloop.run(_run(socket.socket(fileno=options.fd), options.seed, options.timeout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
