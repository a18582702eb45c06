"""The address of a repository as the source of an event: a URI without a credential."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

UNKNOWN = "urn:sluicegate:repository"
_SCP = re.compile(r"(?P<user>[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]+):(?P<path>[^/\\].*)")


def source_of(address: str) -> str:
    """`https://HOST/OWNER/NAME`, `ssh://HOST/OWNER/NAME` for USER@HOST:PATH, `file:` for a path."""
    if "://" in address:
        return _of_url(address)
    scp = _SCP.fullmatch(address)
    if scp is not None:
        return f"ssh://{scp['host']}/{_bare(scp['path'])}"
    return Path(address).resolve().as_uri()


def _of_url(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return UNKNOWN
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}{port}/{_bare(parts.path)}"


def _bare(path: str) -> str:
    return quote(path.strip("/").removesuffix(".git"))
