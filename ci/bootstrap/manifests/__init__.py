"""Manifests as YAML files, with `$name` where a value is put in: as data, after parsing, never as text."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def load(file: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a file of this folder; a scalar that is `$name` becomes `values[name]`, of any type.

    Raises KeyError for a name that has no value.
    """
    from ruamel.yaml import YAML

    text = (Path(__file__).parent / file).read_text("utf-8")
    return [_filled(document, values) for document in YAML(typ="safe", pure=True).load_all(text)]


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        return copy.deepcopy(values[value.removeprefix("$")])
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return value
