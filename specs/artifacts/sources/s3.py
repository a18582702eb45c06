"""`s3://BUCKET/KEY`: Amazon S3 and what speaks its protocol (AWS_ENDPOINT_URL), by the extra `s3`."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.sources._fsspec import opened


def open(reference: Reference, start: int, _: Access) -> AbstractContextManager[Answer]:
    """Its bytes. Raises as `opened` does."""
    return opened(reference, start, "s3fs", "s3")
