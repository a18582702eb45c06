"""The committed schemas are what the pinned modules give, and refuse what an API server refuses."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).parents[3] / "charts/schemas"
FILES = sorted(SCHEMAS.glob("*.json"))


@pytest.fixture(scope="module")
def make():
    found = importlib.util.spec_from_file_location("make_schemas", SCHEMAS / "make.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def schema(name: str) -> dict:
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def test_every_kind_that_is_named_is_there_and_the_whole_is_small(make) -> None:
    names = {path.name for path in FILES}
    assert {make.name(version, kind) for version, kind in make.CORE} <= names
    for _, _, kinds in make.CUSTOM:
        assert all(any(name.startswith(f"{kind.lower()}-") for name in names) for kind in kinds)
    assert sum(path.stat().st_size for path in FILES) < 1_500_000


def test_what_the_cluster_suite_installs_is_of_the_same_release(make) -> None:
    tools = SCHEMAS.parents[1] / "tests/cluster/tools"
    wanted = dict(one.split("@") for one in (make.KUBERNETES, *(module for module, *_ in make.CUSTOM)))
    text = "".join((tools / tool / "go.mod").read_text() for tool in ("crds", "kubernetes"))
    lines = (line.split() for line in text.splitlines())
    installed = {words[0]: words[1] for words in lines if words and words[0] in wanted}
    assert len(installed) >= 6
    assert installed == {module: wanted[module] for module in installed}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_a_schema_that_stands_for_itself(path) -> None:
    text = path.read_text()
    whole = json.loads(text)
    # Patterns are Go's, as kubeconform's are: Python's `regex` format would refuse some.
    jsonschema.Draft7Validator.check_schema(whole, format_checker=jsonschema.FormatChecker(()))
    assert '"description"' not in text.replace('"description":{', "")
    assert whole["additionalProperties"] is False
    assert set(whole["required"]) >= {"apiVersion", "kind", "metadata"}
    assert "status" not in whole["properties"]
    named = {part.split('"')[0] for part in text.split('"$ref":"')[1:]}
    assert named == {f"#/definitions/{name}" for name in whole["definitions"]}


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "m", "labels": {"a": "b"}},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [
                    {"name": "s", "image": "i", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}
                ],
                "volumes": [{"name": "m", "image": {"reference": "r@sha256:0", "pullPolicy": "Always"}}],
            },
        },
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
    },
}
ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "m"},
    "spec": {
        "rules": [{"backendRefs": [{"group": "", "kind": "Service", "name": "s", "port": 80, "weight": 5}]}]
    },
}


def problems(document: dict, name: str) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(schema(name)).iter_errors(document)]


@pytest.mark.parametrize(
    ("document", "name", "path", "value", "said"),
    [
        (DEPLOYMENT, "deployment-apps-v1", ("kind",), "Deploymnt", "'Deployment' was expected"),
        (DEPLOYMENT, "deployment-apps-v1", ("spec", "replicaz"), 1, "'replicaz' was unexpected"),
        (DEPLOYMENT, "deployment-apps-v1", ("spec", "replicas"), "1", "'1' is not of type 'integer'"),
        (
            DEPLOYMENT,
            "deployment-apps-v1",
            ("spec", "template", "spec", "volumes", 0, "image", "tag"),
            "x",
            "'tag'",
        ),
        (DEPLOYMENT, "deployment-apps-v1", ("spec", "selector"), None, "None is not of type 'object'"),
        (DEPLOYMENT, "deployment-apps-v1", ("metadata", "lables"), {}, "'lables' was unexpected"),
        (ROUTE, "httproute-gateway-v1", ("spec", "rules", 0, "backendRefs", 0, "weight"), -1, "minimum of 0"),
        (
            ROUTE,
            "httproute-gateway-v1",
            ("spec", "rules", 0, "backendRefs", 0, "wait"),
            1,
            "'wait' was unexpected",
        ),
    ],
)
def test_what_it_refuses(document, name, path, value, said) -> None:
    assert problems(document, name) == []
    bad = json.loads(json.dumps(document))
    node = bad
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert any(said in problem for problem in problems(bad, name)), problems(bad, name)


def cached() -> bool:
    """Whether every module is in the module cache, so that nothing has to be downloaded."""
    if shutil.which("go") is None:
        return False
    cache = subprocess.run(
        ["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True
    ).stdout.strip()
    found = importlib.util.spec_from_file_location("make_schemas", SCHEMAS / "make.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return all(
        (Path(cache) / name).is_dir() for name in (module.KUBERNETES, *(one[0] for one in module.CUSTOM))
    )


def test_the_committed_files_are_what_the_script_writes(make, tmp_path, monkeypatch) -> None:
    if not cached():
        pytest.skip(
            "the Go modules are not in the module cache: `python charts/schemas/make.py` fetches them"
        )
    monkeypatch.setattr(os, "environ", {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod"})
    make.written(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in FILES]
    assert [path.name for path in FILES if path.read_bytes() != (tmp_path / path.name).read_bytes()] == []
