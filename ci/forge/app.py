"""The whole forge as one ASGI application."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ci.forge import pages
from ci.forge.api import ENDPOINTS
from ci.forge.backend import GitHttp
from ci.forge.body import ApiError
from ci.forge.http import API, Endpoint, answer, error_response
from ci.forge.hub import Hub

_LOCAL = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


class LocalOnly:
    """Refuses a Host that is not this machine's, so that no page elsewhere reaches it by DNS rebinding."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if not _LOCAL.fullmatch(host):
                words = "Misdirected: the forge answers to 127.0.0.1 and localhost only\n"
                await PlainTextResponse(words, 421)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _route(hub: Hub, endpoint: Endpoint) -> Route:
    async def run(request: Request) -> Response:
        return await answer(hub, endpoint, request)

    return Route(f"{API}{endpoint.path}", run, methods=[endpoint.method])


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    # GitHub answers 404 for a method that a path does not have.
    status, message = (404, "Not Found") if status in (404, 405) else (status, "Server Error")
    return error_response(ApiError(status, message)) if _is_api(request) else _page(status, message)


async def _crashed(request: Request, _: Exception) -> Response:
    message = "Server Error: the forge's log has the traceback"
    return error_response(ApiError(500, message)) if _is_api(request) else _page(500, message)


def _page(status: int, message: str) -> Response:
    return pages.show("error.html", {"message": message}, status)


def build(hub: Hub) -> ASGIApp:
    """The application: API below /api/v3, git at /OWNER/NAME.git, pages elsewhere."""
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: _refused,
        Exception: _crashed,
    }
    git = Route("/{owner}/{repo}.git/{rest:path}", GitHttp(hub), methods=None)
    app = Starlette(
        routes=[*(_route(hub, endpoint) for endpoint in ENDPOINTS), git, *pages.ROUTES],
        exception_handlers=handlers,
    )
    app.state.hub = hub
    return LocalOnly(app)
