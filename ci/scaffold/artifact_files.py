"""The files of a new artifact: the ONNX file and its external data, in the place of the last one's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sluicegate.ci.scaffold.directory import digest
from sluicegate.ci.scaffold.replace_files import Replacement
from sluicegate.specs.artifact import Artifact
from sluicegate.specs.artifacts.reference import Reference, identity, may_be_beside
from sluicegate.specs.model import File
from sluicegate.specs.yamlio import InputError, Location
from sluicegate.validators.onnx.facts import Graph


@dataclass(frozen=True)
class ArtifactFiles:
    """What is brought, the ONNX file first: `sources` are on this machine, `files` what they become."""

    sources: tuple[Path, ...]
    files: tuple[File, ...]
    before: tuple[str, ...]
    """The last artifact's files in the model's directory."""

    @property
    def sha256(self) -> str:
        """What the artifact is known by: see `identity`."""
        return identity([Reference(file.path, file.sha256) for file in self.files])

    @property
    def gone(self) -> tuple[str, ...]:
        """The files of the last artifact that the new one does not have."""
        return tuple(path for path in self.before if path not in {file.path for file in self.files})

    def replacements(self) -> list[Replacement]:
        """Each file with what it takes the place of."""
        return [
            Replacement(source, file.path if file.path in self.before else None, file)
            for source, file in zip(self.sources, self.files, strict=True)
        ]

    def changes(self, old: File | Artifact) -> dict[Location, Any]:
        """What changes in model.yaml: the digest alone where one file follows another."""
        main, *others = self.files
        if isinstance(old, File) and not others:
            return {("spec", "artifact", "sha256"): main.sha256}
        if not others:
            return {("spec", "artifact"): {"path": main.path, "sha256": main.sha256}}
        listed = [{"path": file.path, "sha256": file.sha256} for file in self.files]
        return {("spec", "artifact"): {"files": listed}}

    def rows(self, old: File | Artifact) -> Iterator[tuple[str, str | None, str | None]]:
        """Path, digest before, digest now, the files that go last."""
        before = {file.local: file.sha256 for file in old.files}
        for file in self.files:
            yield file.path, before.pop(file.path, None), file.sha256
        for path, sha256 in before.items():
            yield path, sha256, None

    def notes(self, model: str, old: File | Artifact) -> Iterator[str]:
        """Where the last version's files were kept, if elsewhere."""
        if (kept := next((file.uri for file in old.files if file.uri), None)) is not None:
            to = kept.rpartition(":")[0] if kept.startswith("oci://") else "oci://REGISTRY/REPOSITORY"
            yield (
                f"the last version is kept at {kept}, and this one is in the model's directory: "
                f"`sluice publish {model} --to {to}`"
            )


def artifact_files(old: File | Artifact, onnx: Path, graph: Graph) -> ArtifactFiles:
    """The ONNX file under its old name, with the external data that the graph names.

    Raises InputError for a file that is missing, a link, or not beside the ONNX file.
    """
    sources, files = [onnx], [File(old.path, digest(onnx))]
    for location in sorted({tensor.location for tensor in graph.external_tensors}):
        source = onnx.parent / location
        if not may_be_beside(onnx.name, location):
            raise InputError.of(
                f"{onnx} has tensors in {location[:80]!r}", "save its external data beside it"
            )
        if source.is_symlink() or not source.is_file():
            raise InputError.of(f"{source} is no file, and {onnx.name} keeps tensors in it", "put it there")
        sources.append(source)
        files.append(File((PurePosixPath(old.path).parent / location).as_posix(), digest(source)))
    before = tuple(file.path for file in old.files if file.path is not None)
    return ArtifactFiles(tuple(sources), tuple(files), before)
