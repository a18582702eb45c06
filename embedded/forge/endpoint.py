"""The frame of every API request: credentials, rights, body, GitHub's errors, ETag, pages of lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.auth import BadCredentials, Token, may
from sluicegate.embedded.forge.request_body import Model, parse, read
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.wire import COMMON_HEADERS, OWN
from sluicegate.gate.adapters.git.command import RefMoved

BODY_BYTES = 40 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """What a handler answers: JSON data, or bytes with their media type; `data` None is an empty body."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    media: str = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """One API request, ready for its handler. `base` is `http://host:port`, as the client named it."""

    state: ForgeState
    base: str
    request: Request
    body: Json
    account: Token | None
    found: Repository | None
    content: bytes = b""
    """The body of an endpoint that takes bytes."""

    @property
    def repository(self) -> Repository:
        """The repository of the path. Raises `ApiError` 404."""
        if self.found is None:
            raise ApiError(404, "Not Found")
        return self.found

    @property
    def user(self) -> Token:
        """Who asks; only for endpoints that need an account. Raises `ApiError` 401."""
        if self.account is None:
            raise ApiError(401, "Requires authentication")
        return self.account

    def read(self, model: type[Model]) -> Model:
        """The body as the request that the endpoint takes. Raises `ApiError` 422."""
        return read(self.body, model)

    def text(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A whole number of the path. Raises `ApiError` 404 for one that no row can have."""
        value = int(self.request.path_params[name])
        if value >= 2**62:
            raise ApiError(404, "Not Found")
        return value

    def query(self, name: str, default: str = "") -> str:
        """A parameter after the question mark."""
        return self.request.query_params.get(name, default)

    def page(self, items: Sequence[T], render: Callable[[list[T]], Any]) -> Reply:
        """One page of a list (30 by default, at most 100) with its Link header (RFC 8288)."""
        size = min(max(_whole(self.query("per_page"), 30), 1), 100)
        page = max(_whole(self.query("page"), 1), 1)
        last = max(-(-len(items) // size), 1)
        pages: dict[str, int] = {}
        if page > 1:
            pages |= {"first": 1, "prev": page - 1}
        if page < last:
            pages |= {"next": page + 1, "last": last}
        links = [f'<{self._url_of_page(number)}>; rel="{rel}"' for rel, number in pages.items()]
        data = render(list(items[(page - 1) * size : page * size]))
        return Reply(data, headers={"Link": ", ".join(links)} if links else {})

    def _url_of_page(self, page: int) -> str:
        parameters = [(key, value) for key, value in self.request.query_params.multi_items() if key != "page"]
        return f"{self.base}{self.request.url.path}?{urlencode([*parameters, ('page', str(page))])}"


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path below /api/v3; `need` is the permission: "" (anyone), read, write or admin.

    `binary`: the body is taken as it is, whatever its media type.
    """

    method: str
    path: str
    run: Handler
    need: str = ""
    binary: bool = False


async def answer(state: ForgeState, endpoint: Endpoint, request: Request) -> Response:
    """Run the endpoint's handler; every refusal becomes GitHub's error JSON."""
    try:
        account = state.accounts.from_header(request.headers.get("authorization"))
    except BadCredentials:
        return error_response(ApiError(401, "Bad credentials"))
    payer = account.id if account else 0
    try:
        if OWN not in request.url.path and endpoint.path != "/rate_limit":
            state.quota.take(payer, request.method)
        call = await _prepare(state, endpoint, request, account)
        reply = await run_in_threadpool(endpoint.run, call)
    except RefMoved as error:
        response: Response = error_response(
            ApiError(409, f"A reference moved meanwhile; read again and repeat. {error.message}")
        )
    except ApiError as error:
        response = error_response(error)
    else:
        response = _respond(request, reply)
        if response.status_code == 304 and account:
            state.quota.give_back(payer)
    response.headers.update(state.quota.headers(payer))
    return response


async def _prepare(state: ForgeState, endpoint: Endpoint, request: Request, account: Token | None) -> Call:
    if endpoint.need and account is None:
        raise ApiError(401, "Requires authentication")
    _check_accept(request.headers.get("accept", "*/*"))
    path = request.path_params
    found = None
    if "owner" in path and "repo" in path:
        found = await run_in_threadpool(state.repository, path["owner"], path["repo"])
        if found is None:
            raise ApiError(404, "Not Found")
    if endpoint.need and not may(account, endpoint.need, found.owner if found else ""):
        raise ApiError(403, f"Must have {endpoint.need} permission: use a token that has it")
    content = b"" if request.method in ("GET", "HEAD") else await _read(request)
    body = {} if endpoint.binary else parse(content, request.headers.get("content-type", ""))
    base = f"{request.url.scheme}://{request.headers['host']}"
    return Call(state, base, request, body, account, found, content)


async def _read(request: Request) -> bytes:
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise ApiError(413, f"Payload too large: at most {BODY_BYTES} bytes; push with git instead")
        parts.append(part)
    return b"".join(parts)


def _check_accept(accept: str) -> None:
    kinds = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    if not any(kind in ("*/*", "application/*") or "json" in kind or "vnd.github" in kind for kind in kinds):
        raise ApiError(415, "Unsupported 'Accept' header: Must accept 'application/json'.")


def _respond(request: Request, reply: Reply) -> Response:
    headers = {**COMMON_HEADERS, **reply.headers}
    if reply.raw is None and reply.data is None:
        return Response(status_code=reply.status, headers=headers)
    content = reply.raw if reply.raw is not None else json.dumps(reply.data, ensure_ascii=False).encode()
    if request.method in ("GET", "HEAD") and reply.status == 200:
        tag = f'W/"{hashlib.sha256(content).hexdigest()}"'
        headers |= {"ETag": tag, "Cache-Control": "private, max-age=0, must-revalidate"}
        known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
        if tag in known or tag.removeprefix("W/") in known:
            return Response(status_code=304, headers=headers)
    return Response(content, reply.status, headers, reply.media)


def error_response(error: ApiError) -> JSONResponse:
    """GitHub's error JSON."""
    body: Json = {"message": error.message, "documentation_url": "https://docs.github.com/rest"}
    if error.errors:
        body["errors"] = list(error.errors)
    return JSONResponse(body | {"status": str(error.status)}, error.status, COMMON_HEADERS | error.headers)


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
