"""`oci://REGISTRY/REPOSITORY[:TAG][@DIGEST]`: the blob with the file's digest; the tag is for people."""

from __future__ import annotations

import urllib.parse
from contextlib import AbstractContextManager

from sluicegate.specs.artifacts import credentials, registry
from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference

FROM_STRANGERS = True


def open(reference: Reference, start: int, access: Access) -> AbstractContextManager[Answer]:
    """Its bytes. Raises as `Registry.open` does."""
    return registry_of(reference.uri or "", access).open(reference.sha256, start)


def registry_of(uri: str, access: Access) -> registry.Registry:
    """The repository of an address, with the credentials that may be shown to it. Raises SourceRefused."""
    repository, _ = registry.split(uri.removeprefix("oci://"))
    host = repository.partition("/")[0]
    name = urllib.parse.urlsplit(f"//{host}").hostname or ""
    known = credentials.of_registry(host) if access.may_use_credentials(name) else credentials.ANONYMOUS
    return registry.Registry(access.http, repository, known)
