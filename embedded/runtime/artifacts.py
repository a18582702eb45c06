"""A model's files on this machine: out of a commit, or fetched, each held against its digest."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import uuid
from pathlib import Path

from sluicegate.embedded.runtime.errors import ArtifactMissing
from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.onnx_server.artifact.declared import Declared
from sluicegate.specs import layout
from sluicegate.specs.artifacts.access import of_owner
from sluicegate.specs.artifacts.cache import Cache, directory, place
from sluicegate.specs.artifacts.reference import Reference


def lay_out(tree: GitTree, model: Declared, digest: str, cache: Path) -> Path:
    """The ONNX file of the artifact that is known by `digest`, its external data beside it.

    Raises NoSuchFile, ArtifactMissing, and what a fetch raises.
    """
    if model.digest != digest:
        raise ArtifactMissing(
            f"{tree.revision}:{layout.model_path(model.name)}: the artifact is {model.digest}, not {digest}",
            "release a revision that holds the artifact",
        )
    main = model.files[0]
    if len(model.files) == 1:
        artifact = cache / f"{digest[7:]}.onnx"
        if not artifact.exists():
            _bring(tree, model, main, artifact)
        return artifact
    final = cache / digest[7:]
    if not final.exists():
        staged = Path(tempfile.mkdtemp(prefix=".staging-", dir=cache))
        try:
            _bring(tree, model, main, staged / "model.onnx")
            for path, file in model.external:
                _bring(tree, model, file, staged / path)
            staged.replace(final)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return final / "model.onnx"


def _bring(tree: GitTree, model: Declared, file: Reference, target: Path) -> None:
    if file.uri is None:
        _extract(tree, f"{layout.model_directory(model.name)}/{file.name}", file.sha256, target)
    else:
        place(Cache(directory()).fetch(file, of_owner()), target)


def _extract(tree: GitTree, path: str, digest: str, artifact: Path) -> None:
    """Write a file of a commit that has this digest. Raises NoSuchFile, ArtifactMissing."""
    artifact.parent.mkdir(parents=True, exist_ok=True)
    partial = artifact.with_name(f"{artifact.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("w+b") as stream:
            tree.write_to(path, stream)
            stream.seek(0)
            actual = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        if actual != digest:
            raise ArtifactMissing(
                f"{tree.revision}:{path} is {actual}, not {digest}",
                "release a revision that holds the artifact",
            )
        partial.replace(artifact)
    finally:
        partial.unlink(missing_ok=True)
