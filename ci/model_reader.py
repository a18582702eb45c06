"""How a model.yaml is read: its form is put together from what checks and gate metrics declare.

This belongs above both: the specs know neither checks nor metrics, and these do not know each other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sluicegate.gate.metrics.base import gates
from sluicegate.specs import layout, repository
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.schema import environment_schema, model_schema, release_schema, schema_text
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, parse
from sluicegate.validators.runner.registry import checks


@cache
def sections() -> dict[str, Any]:
    """The type of each section of model.yaml that a check declares, by the section's name."""
    return {check.section: check.parameters for check in checks().values() if check.section is not None}


def load(tree: Tree, directory: str) -> tuple[Document, ModelSpec]:
    """The model in a directory of the tree (`models/NAME`). Raises InputError."""
    document = repository.read(tree, f"{directory}/{layout.MODEL_FILE}")
    return document, load_model(document, gates=gates(), sections=sections())


def read_text(text: bytes, path: str) -> ModelSpec:
    """The model that this text of a model.yaml declares. Raises InputError."""
    return load_model(parse(text, path).checked(), gates=gates(), sections=sections())


def by_file() -> dict[str, dict[str, Any]]:
    """The schemas of the files that people write, by the file's name."""
    return {
        "model.yaml": model_schema(gates(), sections()),
        "environment.yaml": environment_schema(),
    }


def schemas() -> dict[str, str]:
    """The committed JSON Schemas as they should be, by path from the repository's root."""
    return {
        layout.MODEL_SCHEMA: schema_text(model_schema(gates(), sections())),
        layout.ENVIRONMENT_SCHEMA: schema_text(environment_schema()),
        layout.RELEASE_SCHEMA: schema_text(release_schema()),
    }
