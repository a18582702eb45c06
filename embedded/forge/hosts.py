"""Which address the forge listens on, and which names in a Host header it answers to."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
_ALWAYS = frozenset({LOOPBACK, "localhost", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class BadHost(ValueError):
    """An address or a name given at start cannot be used; the message says what to give."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket on one address of this machine. Raises `BadHost`, `OSError` (taken, or not this machine's)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise BadHost(
            f"--host {host!r} is no IP address: give one of this machine's, as 127.0.0.1"
        ) from error
    if address.is_unspecified:
        raise BadHost(
            f"--host {host} is every address of this machine, and the forge answers to one: give that one"
        )
    if not (address.is_loopback or address.is_private):
        raise BadHost(
            f"--host {host} is a public address, and the forge speaks plain HTTP: "
            "give a loopback or private one"
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    return socket.create_server((str(address), port), family=family, backlog=1024)


def in_url(host: str) -> str:
    """The address as it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def names_answered(host: str, public: Iterable[str] = ()) -> frozenset[str]:
    """The loopback names, the address listened on and the public names. Raises `BadHost` for an odd name."""
    given = [name.lower() for name in public]
    for name in given:
        if not _NAME.fullmatch(name):
            raise BadHost(f"--public-name {name!r} is no host name: write it without scheme, port and path")
    return _ALWAYS | {in_url(str(ipaddress.ip_address(host)))} | set(given)


class KnownHosts:
    """Refuses a Host that the forge was not started with, so that no page elsewhere reaches it by rebinding.

    DNS rebinding: a name of an attacker's that resolves to this machine, called by a victim's browser.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http":
            host = _HOST.fullmatch(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))
            if host is None or host["name"].lower() not in self._names:
                words = f"Misdirected: the forge answers to {', '.join(sorted(self._names))} only\n"
                await PlainTextResponse(words, 421)(scope, receive, send)
                return
        await self._app(scope, receive, send)
