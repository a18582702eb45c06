"""A file by its digest, and what several of them together are known by. Pure."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

URI = r"[a-z][a-z0-9+.-]{0,30}:[\x21-\x7e]{1,2000}"
"""An address with its scheme (RFC 3986), in printable ASCII without spaces."""
_VERSION = "sluicegate.dev/artifact/v1"


@dataclass(frozen=True)
class Reference:
    """One file of an artifact.

    `name` is its path beside the others, as the ONNX file names its external data; `uri` is where its bytes
    are, None for the model's own directory; `size` is in bytes, where it is declared.
    """

    name: str
    sha256: str
    uri: str | None = None
    size: int | None = None


def identity(files: Sequence[Reference]) -> str:
    """`sha256:...` of an artifact, the ONNX file first: what a release names and the metrics are labelled by.

    Of one file its own digest, wherever it is. Of several the digest of a list of all of them, so that no
    file can be changed, added or left out under the same name.
    """
    main, *others = files
    if not others:
        return main.sha256
    others.sort(key=lambda file: file.name)
    lines = [_VERSION, *(f"{file.sha256}  {file.name}" for file in (main, *others)), ""]
    digest = hashlib.sha256("\n".join(lines).encode())
    return f"sha256:{digest.hexdigest()}"


def beside(main: str, name: str) -> str | None:
    """A file's path from the directory of the ONNX file; None where it is not in that directory."""
    path = posixpath.relpath(name, posixpath.dirname(main) or ".")
    return None if path.startswith("../") else path


def may_be_beside(main: str, name: str) -> bool:
    """Whether a file of external data can be served from there: below the ONNX file, under a name of its own.

    A pod calls the ONNX file model.onnx, and says in server.json beside it what is served.
    """
    return beside(main, name) not in (None, "model.onnx", "server.json", ".")


def last_part(uri: str) -> str:
    """The last part of an address's path: what a file is called where nobody names it; may be empty."""
    return uri.split("#", 1)[0].split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
