"""`gs://BUCKET/KEY`: Google Cloud Storage, by the extra `gs`."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.sources._fsspec import opened


def open(reference: Reference, start: int, _: Access) -> AbstractContextManager[Answer]:
    """Its bytes. Raises as `opened` does."""
    return opened(reference, start, "gcsfs", "gs")
