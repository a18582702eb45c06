"""`lfs:https://HOST/OWNER/NAME.git`: an object of Git LFS, whose id is the file's sha256; `size` is needed.

Source: git-lfs, docs/api/batch.md and docs/api/server-discovery.md.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.addresses import check_address
from sluicegate.specs.artifacts.errors import NotFound, SourceRefused
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.sources.https import netrc_credentials

FROM_STRANGERS = True
_TYPE = "application/vnd.git-lfs+json"
_MOST = 1 << 20


@contextmanager
def open(reference: Reference, start: int, access: Access) -> Iterator[Answer]:
    """Its bytes. Raises NotFound, SourceRefused, and as `Http.open` does."""
    if reference.size is None:
        raise SourceRefused(f"{reference.uri}: Git LFS asks for the size", "write size: beside sha256")
    base = check_address((reference.uri or "").removeprefix("lfs:")).rstrip("/")
    base = base if base.endswith(".git") else f"{base}.git"
    action = _download(_batch(f"{base}/info/lfs/objects/batch", reference, access), reference)
    headers = {str(key): str(value) for key, value in (action.get("header") or {}).items()}
    with access.http.open(check_address(str(action["href"]), query=True), headers, start) as answer:
        yield answer


def _batch(url: str, reference: Reference, access: Access) -> Any:
    """What the server says of the object."""
    host = urllib.parse.urlsplit(url).hostname or ""
    known = netrc_credentials(host) if access.may_use_credentials(host) else {}
    asked = {
        "operation": "download",
        "transfers": ["basic"],
        "hash_algo": "sha256",
        "objects": [{"oid": reference.sha256.removeprefix("sha256:"), "size": reference.size}],
    }
    headers = {"Accept": _TYPE, "Content-Type": _TYPE, **known}
    with access.http.request("POST", url, headers, json.dumps(asked).encode()) as response:
        text = response.read(_MOST)
    try:
        (said,) = json.loads(text)["objects"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceRefused(f"{url} answers no list of objects", "name a repository with Git LFS") from error
    return said


def _download(said: Any, reference: Reference) -> dict[str, Any]:
    """How to get it. Raises NotFound, SourceRefused."""
    if isinstance(said, dict) and (error := said.get("error")):
        message = f"{reference.uri}: {error.get('message', error)}"
        if error.get("code") in (404, 410):
            raise NotFound(message, "push it with git lfs")
        raise SourceRefused(message, "see the server")
    action = said.get("actions", {}).get("download") if isinstance(said, dict) else None
    if not isinstance(action, dict) or "href" not in action:
        raise NotFound(f"{reference.uri} has no such object", "push it with git lfs")
    return action
