"""Git over HTTP: `git http-backend`(1) as a CGI program, streamed both ways, so memory stays bounded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sluicegate.embedded.forge.auth import BadCredentials, Token, may
from sluicegate.embedded.forge.pulls import refresh
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.gate.adapters.git.command import command_line, environment

PUSH_BYTES = 1024 * 1024 * 1024
_SERVICES = ("git-upload-pack", "git-receive-pack")
_CHUNK = 64 * 1024
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="forge"', "Cache-Control": "no-cache"}


class Denied(Exception):
    """The request is answered without git: status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class GitHttp:
    """The ASGI application behind /OWNER/NAME.git/...: smart protocol only; a push needs write permission."""

    def __init__(self, state: ForgeState) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            repository, service, account = await self._admit(request)
        except Denied as error:
            headers = _CHALLENGE if error.status == 401 else {}
            await Response(f"{error}\n", error.status, headers, "text/plain")(scope, receive, send)
            return
        await run_in_threadpool(refresh, self._state, repository)
        await self._serve(request, repository, service, account, send)

    async def _admit(self, request: Request) -> tuple[Repository, str, Token | None]:
        try:
            account = self._state.accounts.from_header(request.headers.get("authorization"))
        except BadCredentials as error:
            raise Denied(401, "Bad credentials: give a token that the forge was started with") from error
        path = request.path_params
        repository = await run_in_threadpool(self._state.repository, path["owner"], path["repo"])
        if repository is None:
            raise Denied(404, "Repository not found")
        rest = path["rest"]
        advertising = rest == "info/refs"
        service = parse_qs(request.url.query).get("service", [""])[0] if advertising else rest
        method = "GET" if advertising else "POST"
        if service not in _SERVICES or request.method != method:
            raise Denied(404, "Only git's smart HTTP protocol is spoken here: use git 1.6.6 or later")
        if service == "git-receive-pack" and not may(account, "write", repository.owner):
            raise Denied(401 if account is None else 403, "A push needs a token with write permission")
        return repository, service, account

    async def _serve(
        self, request: Request, repository: Repository, service: str, account: Token | None, send: Send
    ) -> None:
        settings = (
            f"safe.directory={repository.git.path}", "http.receivepack=true", "http.getanyfile=false",
            "receive.hideRefs=refs/pull/", "receive.fsckObjects=true", "receive.autogc=false",
            f"receive.maxInputSize={PUSH_BYTES}", "http.maxRequestBuffer=64m",
        )  # fmt: skip
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command_line(None, "http-backend", settings=settings), stdin=pipe, stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL, env=_cgi(self._state, request, repository, account),
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - for the type checker: both are pipes
        feeding = asyncio.create_task(_feed(request, process.stdin))
        try:
            status, headers = await _cgi_head(process.stdout)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            async for part in _chunks(process.stdout):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await process.wait()
            if service == "git-receive-pack":
                await run_in_threadpool(refresh, self._state, repository, account.login if account else None)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding
            if process.returncode is None:
                process.kill()
                await process.wait()


def _cgi(
    state: ForgeState, request: Request, repository: Repository, account: Token | None
) -> dict[str, str]:
    """RFC 3875 variables; the path is built from checked names, never from the request's own."""
    headers = request.headers
    variables = {
        "GIT_PROJECT_ROOT": str(state.root), "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{repository.full_name}.git/{request.path_params['rest']}",
        "QUERY_STRING": request.url.query, "CONTENT_TYPE": headers.get("content-type", ""),
        "REMOTE_USER": account.login if account else "", "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1", "GATEWAY_INTERFACE": "CGI/1.1",
    }  # fmt: skip
    optional = {
        "CONTENT_LENGTH": "content-length", "HTTP_CONTENT_ENCODING": "content-encoding",
        "GIT_PROTOCOL": "git-protocol",
    }  # fmt: skip
    variables |= {name: headers[header] for name, header in optional.items() if header in headers}
    return environment({name: value.replace("\0", "") for name, value in variables.items()})


async def _feed(request: Request, stdin: asyncio.StreamWriter) -> None:
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > PUSH_BYTES:
                break
            stdin.write(part)
            await stdin.drain()
    except (ClientDisconnect, ConnectionError):
        pass  # git sees the end of its input, and says what is missing
    finally:
        with contextlib.suppress(ConnectionError):
            stdin.close()


async def _cgi_head(stdout: asyncio.StreamReader) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Status and headers that the CGI program wrote; 500 if it wrote none."""
    status = 200
    headers = []
    while (line := (await stdout.readline()).rstrip(b"\r\n")) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.strip().lower(), value.strip()))
    return (status, headers) if headers or status != 200 else (500, [(b"content-type", b"text/plain")])


async def _chunks(stdout: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while part := await stdout.read(_CHUNK):
        yield part
