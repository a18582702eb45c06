"""The plan's objects, compared with those of an earlier version for the same options, byte for byte.

`recorded/objects.json` was written by that version, when its manifests were still nested dicts in Python.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.bootstrap.plan import objects
from sluicegate.ci.bootstrap.repository_config import RepositoryConfig
from sluicegate.ci.bootstrap.required_secrets import secrets
from sluicegate.specs.environment import EnvironmentSpec, Metrics

RECORDED = json.loads((Path(__file__).parent / "recorded" / "objects.json").read_text())
METRICS = Metrics("prometheus", "http://127.0.0.1:9090")


def config(environments: list[dict[str, Any]]) -> RepositoryConfig:
    specs = tuple(
        EnvironmentSpec(one["name"], one["namespace"], METRICS, one["traffic"], cluster=one["cluster"])
        for one in environments
    )
    return RepositoryConfig("c" * 40, specs, (), RECORDED["manifests"])


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["options"]["repo"])
def test_the_objects_are_those_of_the_earlier_version(case: dict[str, Any]):
    gate = GateOptions(**case["gate"]) if case["gate"] else None
    options = InstallOptions(**case["options"], gate=gate)
    # Without sorting: the order of keys is a part of what Argo CD shows.
    assert json.dumps(objects(config(case["environments"]), options)) == json.dumps(case["objects"])
    required = [
        {
            "namespace": one.namespace,
            "name": one.name,
            "key": one.key,
            "what": one.what,
            "command": one.command,
        }
        for one in secrets(options)
    ]
    assert required == case["secrets"]
