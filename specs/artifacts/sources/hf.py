"""`hf:OWNER/NAME@REVISION/PATH`: a file of the Hugging Face Hub; HF_TOKEN, HF_ENDPOINT hold."""

from __future__ import annotations

import os
import re
import urllib.parse
from contextlib import AbstractContextManager

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.addresses import check_address
from sluicegate.specs.artifacts.errors import SourceRefused
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference

FROM_STRANGERS = True
_PLACE = re.compile(r"hf:(?P<repository>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)/(?P<path>.+)")


def open(reference: Reference, start: int, access: Access) -> AbstractContextManager[Answer]:
    """Its bytes, from the Hub's `resolve` address, which leads to its store. Raises as `Http.open` does."""
    found = _PLACE.fullmatch(reference.uri or "")
    if found is None:
        raise SourceRefused(f"{reference.uri} is not hf:OWNER/NAME@REVISION/PATH", "correct it")
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    path = urllib.parse.quote(found["path"])
    url = check_address(f"{hub}/{found['repository']}/resolve/{found['revision']}/{path}")
    host = urllib.parse.urlsplit(url).hostname or ""
    token = os.environ.get("HF_TOKEN") if access.may_use_credentials(host) else None
    return access.http.open(url, {"Authorization": f"Bearer {token}"} if token else {}, start)
