"""What checks and gate metrics declare, put together: how model.yaml is read here, at the top."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import Any

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.schema import environment_schema, model_schema, release_schema, schema_text
from sluicegate.specs.tree import Tree, TreeError
from sluicegate.specs.yamlio import Document, InputError, parse
from sluicegate.validators.runner.registry import checks


@cache
def sections() -> dict[str, Any]:
    """The type of each section of model.yaml that a check declares, by the section's name."""
    return {check.section: check.parameters for check in checks().values() if check.section is not None}


def read_document(tree: Tree, path: str) -> Document:
    """A YAML file of a tree, parsed. Raises InputError for one that cannot be read."""
    try:
        return parse(tree.read(path), path)
    except (TreeError, GitError, OSError) as error:
        said, _, remedy = str(error).rpartition("; ")
        raise InputError.of(said or str(error), remedy if said else "put a plain file there", path) from error


def load(tree: Tree, path: str) -> tuple[Document, ModelSpec]:
    """The model whose directory is `path` of the tree. Raises InputError."""
    document = read_document(tree, str(PurePosixPath(path) / "model.yaml"))
    return document, load_model(document, gates=gates(), sections=sections())


def schemas() -> dict[str, str]:
    """The committed JSON Schemas as they should be, by path from the repository's root."""
    return {
        "models/model.schema.json": schema_text(model_schema(gates(), sections())),
        "environments/environment.schema.json": schema_text(environment_schema()),
        "environments/release.schema.json": schema_text(release_schema()),
    }
