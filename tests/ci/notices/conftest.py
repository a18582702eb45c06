from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from support.gate_scene import ENVIRONMENT, Scene
from support.http_stub import Site
from support.specs import environment_yaml

SCHEMA = Path(__file__).parent / "cloudevents.schema.json"
"""CloudEvents' own, cloudevents/formats/cloudevents.json of github.com/cloudevents/spec (Apache-2.0)."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A real receiver; it answers as its `pages` say."""
    with Site() as site:
        yield site


@pytest.fixture
def valid_event() -> Callable[[bytes], dict[str, Any]]:
    """The event, once the specification's schema takes it."""
    validator = Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=Draft7Validator.FORMAT_CHECKER)

    def read(body: bytes) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(body)
        validator.validate(event)
        return event

    return read


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    yield scene
    scene.close()
