"""The HTTP surface: Open Inference Protocol v2 and /metrics, as a Starlette application."""

from dataclasses import dataclass
from time import perf_counter

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sluicegate import __version__
from sluicegate.onnx_server.errors import RequestError
from sluicegate.onnx_server.extension import EXTENSION, HEADER
from sluicegate.onnx_server.metrics import Counted, Metrics
from sluicegate.onnx_server.model import Model
from sluicegate.onnx_server.process import Drain
from sluicegate.onnx_server.protocol import read_request, write_response
from sluicegate.onnx_server.score import Score
from sluicegate.onnx_server.shadow import HEADER as SHADOW_HEADER

_JSON = (b"content-type", b"application/json")
_SHADOW = SHADOW_HEADER.encode()
_JSON_BYTES = HEADER.encode()
_RAW = (b"content-type", b"application/octet-stream")
_CLOSE = (b"connection", b"close")


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """The request's body; None if the client disconnected. Raises RequestError 413 beyond `limit` bytes."""
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise RequestError(413, "too_large", f"the body is larger than {limit} bytes")
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        return None
    if len(body) > limit:
        raise RequestError(413, "too_large", f"the body is larger than {limit} bytes")
    return body


def json_bytes(scope: Scope) -> str | None:
    """The header that says how much of the body is JSON, where raw tensors follow; None without one."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _JSON_BYTES), None)


def is_copy(scope: Scope) -> bool:
    """Whether a request is a copy of one that another track answered: nobody gets what is answered to it."""
    return any(name == _SHADOW for name, _ in scope["headers"])


@dataclass(frozen=True)
class Served:
    """A loaded model under its name and version, and what its score is."""

    model: Model
    name: str
    version: str
    score: Score

    def answers_to(self, path: dict[str, str]) -> bool:
        """Whether a path names this model and, if it names a version, this one."""
        return path["name"] == self.name and path.get("version", self.version) == self.version


class Infer:
    """POST .../infer as a bare ASGI application: the one path where microseconds count.

    The model runs in the event loop: a server has one model and its own core, and a second request would
    only wait in a thread instead of in the socket.
    """

    def __init__(self, served: Served, metrics: Metrics, limit: int, drain: Drain) -> None:
        self._drain = drain
        self._served = served
        self._metrics: Counted = metrics
        self._copies: Counted = metrics.copies
        self._limit = limit
        self._outputs = list(served.model.outputs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and count it once: as 200, or as its error's code and reason."""
        started = perf_counter()
        metrics = self._copies if is_copy(scope) else self._metrics
        try:
            body = await read_body(scope, receive, self._limit)
            if body is None:
                return
            content, json_size = self._answer(scope["path_params"], body, json_bytes(scope), metrics)
            status = 200
            metrics.ok.inc()
        except RequestError as error:
            content, json_size = orjson.dumps({"error": str(error)}), None
            status = error.status
            metrics.failed(status, error.reason)
        metrics.duration.observe(perf_counter() - started)
        length = (b"content-length", b"%d" % len(content))
        headers = [_JSON, length] if json_size is None else [_RAW, length, (_JSON_BYTES, b"%d" % json_size)]
        if self._drain.begun:
            headers.append(_CLOSE)
        start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _answer(
        self, path: dict[str, str], body: bytes, json_size: str | None, metrics: Counted
    ) -> tuple[bytes, int | None]:
        served = self._served
        model = served.model
        if not served.answers_to(path):
            raise RequestError(
                404, "unknown_model", f"this server has {served.name} version {served.version}"
            )
        request = read_request(body, model.inputs, self._outputs, json_size)
        metrics.columns.observe(request.feeds)
        run = served.score.outputs(request.outputs)
        arrays = model.run(run, request.feeds)
        answered = arrays[: len(request.outputs)]
        content = write_response(served.name, served.version, request, model.outputs, answered)
        score = served.score.of(run, arrays)
        if score is not None:
            metrics.score.observe(score)
        return content


def build_app(served: Served, metrics: Metrics, limit: int, drain: Drain) -> ASGIApp:
    """The application, for bodies of at most `limit` bytes.

    It is built once the model is loaded, so whenever it answers it is ready, until its drain has begun:
    then readiness is 503 and each answer closes its connection, and requests are served all the same.
    """
    name = served.name
    version = served.version
    model = served.model

    def known(request: Request) -> None:
        if not served.answers_to(request.path_params):
            raise HTTPException(404, f"this server has {name} version {version}")

    async def server(_: Request) -> Response:
        return _json({"name": "onnx-server", "version": __version__, "extensions": [EXTENSION]})

    async def live(_: Request) -> Response:
        return _json({"live": True})

    async def ready(_: Request) -> Response:
        return _json({"ready": not drain.begun}, 503 if drain.begun else 200)

    async def model_metadata(request: Request) -> Response:
        known(request)
        return _json(
            {
                "name": name,
                "versions": [version],
                "platform": "onnx_onnxv1",
                "inputs": [spec.metadata() for spec in model.inputs.values()],
                "outputs": [spec.metadata() for spec in model.outputs.values()],
            }
        )

    async def model_ready(request: Request) -> Response:
        known(request)
        return _json({"name": name, "ready": not drain.begun}, 503 if drain.begun else 200)

    async def exposition(_: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def failed(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _json({"error": str(getattr(error, "detail", error))}, status)

    infer = Infer(served, metrics, limit, drain)
    routes = [
        Route("/v2/models/{name}/infer", infer, methods=["POST"]),
        Route("/v2/models/{name}/versions/{version}/infer", infer, methods=["POST"]),
        Route("/v2/health/live", live),
        Route("/v2/health/ready", ready),
        Route("/v2", server),
        Route("/metrics", exposition),
    ]
    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        routes += [Route(path, model_metadata), Route(f"{path}/ready", model_ready)]
    routed = Starlette(routes=routes, exception_handlers={HTTPException: failed})
    hot = f"/v2/models/{name}/infer"

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # Routing and middleware cost as much again as everything else but the model.
        if scope["type"] == "http" and scope["path"] == hot and scope["method"] == "POST":
            await infer({**scope, "path_params": {"name": name}}, receive, send)
        else:
            await routed(scope, receive, send)

    return application
