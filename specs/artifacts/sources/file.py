"""`file:/path`: a file of this machine; for its owner alone, never for a pull request."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.errors import NotFound
from sluicegate.specs.artifacts.fetch import chunks
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference


@contextmanager
def open(reference: Reference, start: int, _: Access) -> Iterator[Answer]:
    """Its bytes. Raises NotFound."""
    path = Path(urllib.parse.unquote(urllib.parse.urlsplit(reference.uri or "").path))
    try:
        stream = path.open("rb")
    except OSError as error:
        raise NotFound(f"{reference.uri}: {error.strerror}", "name a file of this machine") from error
    with stream:
        stream.seek(start)
        yield Answer(chunks(stream), start, path.stat().st_size)
