"""Renders charts/gate by the real Helm."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.found import tool

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "gate"
DIGEST = "sha256:" + "0123456789abcdef" * 4
CASES = sorted(path.name for path in (CHART / "ci").glob("*-values.yaml"))
Render = Callable[..., dict[str, Any]]


class Refused(Exception):
    """Helm rendered nothing; its message."""


def helm(*words: str, chart: Path = CHART, given: Any = None) -> str:
    done = subprocess.run(
        [tool("helm"), "template", "gate", str(chart), "--namespace", "sluicegate", *words, "--values", "-"],
        input=json.dumps(given or {}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def pod(objects: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in objects.values() if one["kind"] in ("Deployment", "CronJob")]
    spec = found["spec"]
    return (spec["jobTemplate"]["spec"] if found["kind"] == "CronJob" else spec)["template"]


@pytest.fixture
def render() -> Callable[..., dict[str, Any]]:
    """`render(values)["Deployment/sluicegate/gate"]`; image and repository are given."""

    def rendered(values: Any = None, *, file: str | None = None) -> dict[str, Any]:
        image = {} if file else {"image": {"repository": "localhost/gate", "digest": DIGEST}}
        words = ["--values", str(CHART / "ci" / file)] if file else []
        text = helm(*words, given=image | (values or {}))
        found = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
        objects = {
            f"{one['kind']}/{one['metadata'].get('namespace', '')}/{one['metadata']['name']}": one
            for one in found
        }
        assert len(objects) == len(found), "two objects of one name"
        return objects

    return rendered
