"""`shelf:PATH`: a file of the web server that the variable SHELF_URL names, a team's own artifact store."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.addresses import check_address
from sluicegate.specs.artifacts.errors import SourceUnknown
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference

FROM_STRANGERS = True
"""A pull request may name it: the machine names the server, and `access` guards every connection."""


def open(reference: Reference, start: int, access: Access) -> AbstractContextManager[Answer]:
    """Its bytes from `start` on. Raises SourceUnknown without SHELF_URL, and as `Http.open` does."""
    server = os.environ.get("SHELF_URL", "").rstrip("/")
    if not server:
        raise SourceUnknown(f"{reference.uri}: SHELF_URL names no server", "set SHELF_URL to its address")
    path = (reference.uri or "").removeprefix("shelf:")
    return access.http.open(check_address(f"{server}/{path}"), {}, start)
