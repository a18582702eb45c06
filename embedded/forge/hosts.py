"""Which address the forge listens on, and which names in a Host header it answers to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sluicegate.embedded.listening import LOOPBACK
from sluicegate.specs.errors import SluiceError

_ALWAYS = frozenset({LOOPBACK, "localhost", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class BadHost(SluiceError):
    """An address or a name given at start cannot be used."""


def checked_address(host: str) -> str:
    """An address that the forge may listen on, in its usual form. Raises `BadHost`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise BadHost(
            f"--host {host!r} is not an IP address", f"give one of this machine's, as {LOOPBACK}"
        ) from error
    if address.is_unspecified:
        raise BadHost(f"--host {host} is every address of this machine, the forge answers to one", "give one")
    if not (address.is_loopback or address.is_private):
        raise BadHost(
            f"--host {host} is a public address, and the forge speaks plain HTTP",
            "give a loopback or private one",
        )
    return str(address)


def in_url(host: str) -> str:
    """The address as a URL has it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def names_answered(host: str, public: Iterable[str] = ()) -> frozenset[str]:
    """The loopback names, the address listened on and the public names. Raises `BadHost` for an odd name."""
    names = [name.lower() for name in public]
    for name in names:
        if not _NAME.fullmatch(name):
            raise BadHost(
                f"--public-name {name!r} is not a host name", "write it without scheme, port and path"
            )
    return _ALWAYS | {in_url(str(ipaddress.ip_address(host)))} | set(names)


class KnownHosts:
    """Refuses a Host that the forge was not started with, so that no other site reaches it by rebinding.

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
                message = f"Misdirected: the forge answers to {', '.join(sorted(self._names))} only\n"
                await PlainTextResponse(message, 421)(scope, receive, send)
                return
        await self._app(scope, receive, send)
