"""A model's files into an OCI registry, each a blob, with a manifest that names them.

Source: OCI Distribution Specification 1.1, "Pushing"; OCI Image Specification 1.1, "Guidelines for Artifact
Usage"; the media types are those of the CNCF ModelPack Specification 0.0.7 (modelpack/model-spec).
"""

from __future__ import annotations

import hashlib
import io
import json
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sluicegate.specs.artifacts.errors import NotFound, SourceRefused
from sluicegate.specs.artifacts.http import Http
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.artifacts.registry import Registry

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
WEIGHT = "application/vnd.cncf.model.weight.v1.raw"
PATH = "org.cncf.model.filepath"
TITLE = "org.opencontainers.image.title"


@dataclass(frozen=True)
class Pushed:
    """What became of a model in a registry."""

    manifest: str
    """Its digest."""
    new: int
    """Files that the registry did not have."""


@dataclass(frozen=True)
class Label:
    """What the manifest says of itself, and the tag that leads to it."""

    name: str
    version: int
    tag: str


def push(http: Http, registry: Registry, files: Sequence[tuple[Reference, Path]], label: Label) -> Pushed:
    """Push the files, then the manifest that holds them against garbage collection, under a tag.

    A file is streamed from the disk, and not at all where the registry has it. Raises what `Http.request`
    raises, and SourceUnreachable.
    """
    new = sum(_blob(http, registry, file.sha256, path.stat().st_size, path.open) for file, path in files)
    config = json.dumps(_config(files, label), sort_keys=True).encode()
    digest = _digest(config)
    _blob(http, registry, digest, len(config), lambda _: io.BytesIO(config))
    manifest = json.dumps(_manifest(files, digest, len(config), label), sort_keys=True).encode()
    url = f"{registry.address}/manifests/{label.tag}"

    def put() -> None:
        with registry.request("PUT", url, {"Content-Type": MANIFEST}, manifest):
            pass

    http.tried(url, put)
    return Pushed(_digest(manifest), new)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _blob(
    http: Http, registry: Registry, digest: str, size: int, opened: Callable[[str], IO[bytes] | Any]
) -> int:
    """Push one; 1 where it was not there."""
    url = f"{registry.address}/blobs/{digest}"

    def has() -> bool:
        with suppress(NotFound), registry.request("HEAD", url, {}):
            return True
        return False

    def upload() -> None:
        with registry.request(
            "POST", f"{registry.address}/blobs/uploads/", {"Content-Length": "0"}, b""
        ) as answer:
            place = urllib.parse.urljoin(registry.address, answer.headers.get("Location") or "")
        _same_registry(registry, place)
        place += f"{'&' if '?' in place else '?'}digest={urllib.parse.quote(digest)}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with opened("rb") as stream, registry.request("PUT", place, headers, stream):
            pass

    if http.tried(url, has):
        return 0
    http.tried(url, upload)
    return 1


def _same_registry(registry: Registry, place: str) -> None:
    """Raises SourceRefused where credentials and bytes would go to another host."""
    own, new = urllib.parse.urlsplit(registry.address), urllib.parse.urlsplit(place)
    if (own.scheme, own.netloc) != (new.scheme, new.netloc):
        raise SourceRefused(
            f"{registry.host} sends the upload to {new.scheme}://{new.netloc}", "push to that registry itself"
        )


def _config(files: Sequence[tuple[Reference, Path]], label: Label) -> dict[str, Any]:
    return {
        "descriptor": {"name": label.name, "version": str(label.version)},
        "config": {"format": "onnx"},
        "modelfs": {"type": "layers", "diffIds": [file.sha256 for file, _ in files]},
    }


def _manifest(
    files: Sequence[tuple[Reference, Path]], config: str, size: int, label: Label
) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        "config": {"mediaType": CONFIG, "digest": config, "size": size},
        "layers": [
            {
                "mediaType": WEIGHT,
                "digest": file.sha256,
                "size": path.stat().st_size,
                "annotations": {PATH: file.name, TITLE: file.name},
            }
            for file, path in files
        ],
        "annotations": {TITLE: label.name, "org.opencontainers.image.version": str(label.version)},
    }
