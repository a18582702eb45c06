"""Which addresses may be asked: hosts by name, and none inside the network for what a stranger wrote.

A pull request names hosts. Without a guard CI's machine would ask them for it, a cloud's metadata service
among them (server-side request forgery, CWE-918). So every address that a name resolves to is looked at when
the connection is made, after redirects as well.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sluicegate.specs.artifacts.errors import AddressRefused, SourceRefused

HOSTS = "SLUICE_ARTIFACT_HOSTS"
"""The variable with the hosts that a pull request's artifacts may come from: `*.example.org`."""


@dataclass(frozen=True)
class Guard:
    """What may be connected to.

    `hosts` are names or patterns of names, which may lie inside the network; None for all hosts that are
    public.
    """

    hosts: tuple[str, ...] | None = None

    def allows(self, host: str) -> bool:
        """Whether the host is one that was named."""
        return any(fnmatchcase(host.lower(), pattern) for pattern in self.hosts or ())

    def check_host(self, host: str) -> None:
        """Raises AddressRefused where hosts are named and this is none, or where it is a private address."""
        if self.hosts is not None and not self.allows(host):
            raise AddressRefused(
                f"{host} is none of the hosts that artifacts may come from ({', '.join(self.hosts)})",
                f"publish it to one of them, or let an owner add the host to {HOSTS}",
            )
        if not self.allows(host) and not _public(host):
            raise _inside(host, host)

    def connect(self, address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        """A connection, as `socket.create_connection` makes it. Raises AddressRefused.

        A proxy is connected to as it is: it is the machine's own, and resolves the names itself.
        """
        host, port = address
        if self.allows(host) or host in _proxies():
            return socket.create_connection(address, *rest, **more)
        self.check_host(host)
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for number in found:
            if not _public(number):
                raise _inside(host, number)
        # The very address that was looked at: another answer of the name server a moment later would not be.
        return socket.create_connection((found[0], port), *rest, **more)


def _public(host: str) -> bool:
    """Whether a numeric address is of the public internet; a name may be."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return True


def _inside(host: str, number: str) -> AddressRefused:
    return AddressRefused(
        f"{host} is {number}, inside this network", f"let an owner name the host in {HOSTS}"
    )


def _proxies() -> set[str | None]:
    return {urllib.parse.urlsplit(url).hostname for url in urllib.request.getproxies().values()}


def guard_of_pull_requests(environment: Iterable[tuple[str, str]] | None = None) -> Guard:
    """The guard for what a stranger wrote: the hosts that the environment names, else all public ones."""
    text = dict(environment if environment is not None else os.environ.items()).get(HOSTS, "")
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    return Guard(hosts or None)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that plain http reads no stranger's bytes."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(url: str, *, query: bool = False) -> str:
    """The address itself, if it is a plain http or https one; a query only where allowed.

    Raises SourceRefused, without the address: it may hold a password.
    """
    clean = re.fullmatch(r"https?://[\x21-\x7e]+", url)
    try:
        parts = urllib.parse.urlsplit(url)
        plain = clean and parts.hostname and (parts.port or 1) and "@" not in parts.netloc
    except ValueError:
        plain = None
    if not plain or (parts.query and not query) or parts.fragment or "\\" in url:
        raise SourceRefused(
            "the address must begin with http:// or https:// and have a host, without credentials, query or "
            "fragment",
            "give a token by a file",
        )
    return url
