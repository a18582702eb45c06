"""model.yaml's `artifact` of several files, in the model's directory or elsewhere; each pinned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import Field

from sluicegate.specs import names
from sluicegate.specs.artifacts.reference import URI, Reference, identity, last_part, may_be_beside
from sluicegate.specs.names import anchored
from sluicegate.specs.values import RelativePath, Sha256

Uri = Annotated[str, Field(pattern=anchored(URI))]
MOST_FILES = 1_000


@dataclass(frozen=True)
class PinnedFile:
    """One file: in the model's directory (`path`), or at an address (`uri`)."""

    sha256: Sha256
    path: RelativePath | None = None
    """A file in the model's own directory: no leading /, no .., no hidden name."""
    uri: Uri | None = None
    """An address, such as oci://registry.example.org/team/model or https://host/model.onnx."""
    name: RelativePath | None = None
    """Its path in the model's directory, as the ONNX file names it; without it the last part of the uri."""
    size: Annotated[int, Field(ge=1)] | None = None
    """In bytes; a file of another size is refused before it is read to its end."""

    def __post_init__(self) -> None:
        """Raises ValueError where it is nowhere, in two places, or has no name."""
        if (self.path is None) == (self.uri is None):
            raise ValueError("should have either path or uri")
        if self.path is not None and self.name is not None:
            raise ValueError("should have no name beside its path")
        if not re.fullmatch(names.RELATIVE_PATH, self.local):
            raise ValueError("should have a name, since its uri does not end in one")

    @property
    def local(self) -> str:
        """Its path in the model's directory, once it is there."""
        return self.path or self.name or last_part(self.uri or "")

    @property
    def reference(self) -> Reference:
        """Where it is, and what its bytes must be."""
        return Reference(self.local, self.sha256, self.uri, self.size)


@dataclass(frozen=True)
class Artifact:
    """A model of several files, or one that is kept outside of the repository."""

    files: Annotated[tuple[PinnedFile, ...], Field(min_length=1, max_length=MOST_FILES)]
    """All of them: the ONNX file, and the files of its external data."""
    main: RelativePath | None = None
    """The name of the ONNX file; without it the first one."""

    def __post_init__(self) -> None:
        """Raises ValueError for two files of one name, and for one that the ONNX file cannot reach."""
        local = [file.local for file in self.files]
        if twice := sorted({name for name in local if local.count(name) > 1}):
            raise ValueError(f"should have each file once, and {twice[0]} is there twice")
        if self.main is not None and self.main not in local:
            raise ValueError(f"should have the file that main names among its files: {', '.join(local)}")
        others = [name for name in local if name != self.path]
        if outside := [name for name in others if not may_be_beside(self.path, name)]:
            raise ValueError(
                f"should have {outside[0]} in the directory of {self.path} or below it, and not be called "
                "model.onnx or server.json, which a server calls files of its own"
            )

    @property
    def path(self) -> str:
        """The ONNX file, in the model's directory."""
        return self.main or self.files[0].local

    @cached_property
    def sha256(self) -> str:
        """What the artifact is known by: see `artifacts.reference.identity`."""
        main = [file.reference for file in self.files if file.local == self.path]
        return identity([*main, *(file.reference for file in self.files if file.local != self.path)])
