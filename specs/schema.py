"""The JSON Schemas of the files that people and the gate write, from the types that read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from sluicegate.specs.environment_file import environment_shape
from sluicegate.specs.model_file import MANIFEST, gates_shape, sections_shape
from sluicegate.specs.release_file import RELEASE

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def model_schema(gates: Any, sections: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of model.yaml, with what gate metrics and checks declare for themselves in its place.

    Raises ValueError where two different types of them have the same name.
    """
    schema = deepcopy(MANIFEST.schema)
    definitions = schema["$defs"]
    body = definitions["Body"]
    rollout = definitions["Rollout"]
    for part in (gates_shape(gates).schema, sections_shape(tuple(sections.items())).schema):
        for name, definition in part.get("$defs", {}).items():
            if definitions.setdefault(name, definition) != definition:
                raise ValueError(f"two types of model.yaml are called {name}: rename one")
    rollout["properties"]["gates"] = gates_shape(gates).schema["properties"]["gates"]
    rollout["required"] = ["gates"]
    for name, section in sections_shape(tuple(sections.items())).schema.get("properties", {}).items():
        body["properties"][name] = {key: value for key, value in section.items() if key != "default"}
    return _whole(schema, "model")


def environment_schema() -> dict[str, Any]:
    """The schema of environment.yaml."""
    return _whole(environment_shape().schema, "environment")


def release_schema() -> dict[str, Any]:
    """The schema of release.yaml."""
    return _whole(RELEASE.schema, "release")


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as its committed file holds it: keys sorted, two blanks a level, a line end at the end."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _whole(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**schema, "$schema": DIALECT, "$id": f"https://sluicegate.dev/v1/{name}.schema.json"}
