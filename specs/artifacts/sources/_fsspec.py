"""Object stores, by fsspec: resumed by a ranged read, one block in memory."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sluicegate.specs.artifacts.errors import NotFound, SourceRefused, SourceUnknown, TryAgain
from sluicegate.specs.artifacts.fetch import chunks
from sluicegate.specs.artifacts.http import CHUNK, Answer
from sluicegate.specs.artifacts.reference import Reference


@contextmanager
def opened(reference: Reference, start: int, library: str, extra: str) -> Iterator[Answer]:
    """The bytes from `start` on, with the credentials that the store's own library finds.

    Raises SourceUnknown without the extra, NotFound, SourceRefused, TryAgain.
    """
    files = filesystem(reference, library, extra)
    path = (reference.uri or "").partition("://")[2]
    try:
        total = int(files.info(path)["size"])
        with files.open(path, "rb", block_size=CHUNK, cache_type="readahead") as stream:
            stream.seek(start)
            yield Answer(chunks(stream), start, total)
    except FileNotFoundError as error:
        raise NotFound(f"{reference.uri} is not there", "check bucket and key") from error
    except PermissionError as error:
        raise SourceRefused(f"{reference.uri}: {error}", "give credentials that may read it") from error
    except OSError as error:
        if error.errno is not None:  # of this machine's disk, not of the store
            raise
        raise TryAgain(f"{type(error).__name__}: {error}") from error


def filesystem(reference: Reference, library: str, extra: str) -> Any:
    """The store's file system. Raises SourceUnknown."""
    scheme = (reference.uri or "").partition(":")[0]
    try:
        importlib.import_module(library)
        import fsspec
    except ImportError as error:
        raise SourceUnknown(
            f"{reference.uri}: {scheme}: needs {library}", f"install it: pip install 'sluicegate[{extra}]'"
        ) from error
    return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
