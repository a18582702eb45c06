"""The whole forge as one ASGI application."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sluicegate.embedded.forge import pages
from sluicegate.embedded.forge.api import ENDPOINTS
from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.backend import GitHttp
from sluicegate.embedded.forge.endpoint import Endpoint, answer, error_response
from sluicegate.embedded.forge.faults import FaultyApi
from sluicegate.embedded.forge.hosts import KnownHosts, names_answered
from sluicegate.embedded.forge.journal import VARIABLE, Journal
from sluicegate.embedded.forge.state import ForgeState
from sluicegate.embedded.forge.webhooks import watch
from sluicegate.embedded.forge.wire import API
from sluicegate.embedded.listening import LOOPBACK


def _route(state: ForgeState, endpoint: Endpoint) -> Route:
    async def run(request: Request) -> Response:
        return await answer(state, endpoint, request)

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


def build(state: ForgeState, names: frozenset[str] | None = None) -> ASGIApp:
    """The application: API below /api/v3, git at /OWNER/NAME.git, pages elsewhere.

    `names` are the hosts that it answers to; loopback's if none are given.
    """
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: _refused,
        Exception: _crashed,
    }
    git = Route("/{owner}/{repo}.git/{rest:path}", GitHttp(state), methods=None)
    app = Starlette(
        routes=[*(_route(state, endpoint) for endpoint in ENDPOINTS), git, *pages.ROUTES],
        exception_handlers=handlers,
    )
    app.state.forge = state
    watch(state)
    directory = os.environ.get(VARIABLE)
    # What a fault answers is not the forge's own, so it is not written down.
    written = Journal(app, Path(directory)) if directory else app
    faulty = FaultyApi(written, state.faults, state.accounts)
    return KnownHosts(faulty, names or names_answered(LOOPBACK))
