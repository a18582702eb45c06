"""Where a pod gets a file from: the node's cache, a registry, its own address, or the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.fetch import download, download_from
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.registry import Registry


@dataclass(frozen=True)
class Places:
    """`directory` is the address of the model's directory at its revision, asked with `headers`.

    With a `registry` every file is a blob there.
    """

    access: Access
    directory: str
    headers: Mapping[str, str]
    registry: Registry | None = None
    cache: Cache | None = None

    def bring(self, file: Reference, target: Path) -> str:
        """Write the file, its digest checked; where it came from. Raises as `download` does."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w+b") as stream:
            os.fchmod(stream.fileno(), 0o644)
            cached = self.cache is not None and self.cache.take(file.sha256, self.access.most_bytes, stream)
            origin = "the node's cache" if cached else self._fetch(file, stream)
            stream.flush()
            os.fsync(stream.fileno())
        if self.cache is not None and not cached:
            self.cache.put(file.sha256, target)
        return origin

    def _fetch(self, file: Reference, stream: Any) -> str:
        if self.registry is not None:
            download_from(_Blob(self.registry), file, stream, self.access)
            return "the registry"
        if file.uri is not None:
            download(file, stream, self.access)
            return file.uri
        here = replace(file, uri=f"{self.directory}/{file.name}")
        download_from(_InRepository(self.headers), here, stream, self.access)
        return "the repository"


@dataclass(frozen=True)
class _Blob:
    """A source that has each file as a blob of a registry."""

    registry: Registry

    @contextmanager
    def open(self, reference: Reference, start: int, _: Access) -> Iterator[Answer]:
        with self.registry.open(reference.sha256, start) as answer:
            yield answer


@dataclass(frozen=True)
class _InRepository:
    """A source that has each file at its path beside model.yaml."""

    headers: Mapping[str, str]

    @contextmanager
    def open(self, reference: Reference, start: int, access: Access) -> Iterator[Answer]:
        with access.http.open(reference.uri or "", self.headers, start) as answer:
            yield answer
