"""Object stores, by fsspec: resumed by a ranged read, one block in memory."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from sluicegate.specs.artifacts.errors import NotFound, SourceRefused, SourceUnknown, TryAgain
from sluicegate.specs.artifacts.http import CHUNK, Answer
from sluicegate.specs.artifacts.reference import Reference

_LIBRARIES = frozenset({"aiohttp", "botocore", "gcsfs", "google", "requests"})
"""Whose errors are the store's, or of the way there; any other is a fault of the program."""
_NO_CREDENTIALS = frozenset(
    {
        "DefaultCredentialsError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "RefreshError",
        "TokenRetrievalError",
    }
)
_LONGEST = 300


@contextmanager
def opened(reference: Reference, start: int, library: str, extra: str) -> Iterator[Answer]:
    """The bytes from `start` on, with the credentials that the store's own library finds.

    Raises SourceUnknown without the extra, NotFound, SourceRefused, TryAgain.
    """
    files = filesystem(reference, library, extra)
    path = (reference.uri or "").partition("://")[2]
    with answered(reference):
        total = int(files.info(path)["size"])
        stream = files.open(path, "rb", block_size=CHUNK, cache_type="readahead")
    with stream:
        yield Answer(_chunks(stream, start, reference), start, total)


def _chunks(stream: BinaryIO, start: int, reference: Reference) -> Iterator[bytes]:
    """What is left of the stream; only its own errors are the store's, not those of whoever writes it."""
    stream.seek(start)
    while True:
        with answered(reference):
            chunk = stream.read(CHUNK)
        if not chunk:
            return
        yield chunk


@contextmanager
def answered(reference: Reference) -> Iterator[None]:
    """What a store's library raises inside, as an error that names the address.

    Raises NotFound, SourceRefused, TryAgain; what is no error of a store, as it is.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and _library(error) not in _LIBRARIES:
            raise
        raise _named(error, reference) from error


def _named(error: Exception, reference: Reference) -> Exception:
    words = " ".join(str(error).split())[:_LONGEST] or type(error).__name__
    code = _status(error)
    if isinstance(error, FileNotFoundError) or code == 404:
        return NotFound(f"{reference.uri} is not there: {words}", "check bucket and key")
    if _wants_credentials(error) or code in (401, 403):
        return SourceRefused(f"{reference.uri}: {words}", "give credentials that may read it")
    if code is not None and 400 <= code < 500 and code not in (408, 429):
        return SourceRefused(f"{reference.uri}: {words}", "give the address that holds the bytes")
    return TryAgain(words)


def _wants_credentials(error: Exception) -> bool:
    """gcsfs tells a 403 by its words alone."""
    known = isinstance(error, PermissionError) or type(error).__name__ in _NO_CREDENTIALS
    return known or str(error).startswith("Forbidden")


def _status(error: Exception) -> int | None:
    """The HTTP status behind an error: botocore's, which s3fs keeps as the cause, or gcsfs' own."""
    for each in (error, error.__cause__):
        response = getattr(each, "response", None)
        if isinstance(response, Mapping):
            code = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return code if isinstance(code, int) else None
    code = str(getattr(error, "code", "")) if _library(error) == "gcsfs" else ""
    return int(code) if code.isdecimal() else None


def _library(error: Exception) -> str:
    return type(error).__module__.partition(".")[0]


def filesystem(reference: Reference, library: str, extra: str) -> Any:
    """The store's file system. Raises SourceUnknown, SourceRefused."""
    scheme = (reference.uri or "").partition(":")[0]
    try:
        importlib.import_module(library)
        import fsspec
    except ImportError as error:
        raise SourceUnknown(
            f"{reference.uri}: {scheme}: needs {library}", f"install it: pip install 'sluicegate[{extra}]'"
        ) from error
    # It logs each try with its traceback; the last one's words are in the error that is raised here.
    logging.getLogger(library).setLevel(logging.CRITICAL)
    with answered(reference):
        return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
