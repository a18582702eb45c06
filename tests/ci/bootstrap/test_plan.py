import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.bootstrap.plan import PLACEHOLDERS, objects
from sluicegate.ci.bootstrap.repository_config import RepositoryConfig, parse
from sluicegate.specs.environment import EnvironmentSpec, Metrics
from sluicegate.specs.layout import PREVIEWS_MANIFEST as PREVIEWS
from sluicegate.specs.layout import PROJECT_MANIFEST as PROJECT
from sluicegate.specs.layout import RELEASES_MANIFEST as RELEASES
from sluicegate.specs.names import NAME
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
MANIFESTS = {path: parse((ROOT / path).read_bytes(), path) for path in (PROJECT, RELEASES, PREVIEWS)}
REPO = "https://forge.example.org/team/models.git"
GATE = GateOptions("localhost/gate", DIGEST, "sluicegate", "sluicegate-repo")


def environment(name: str, cluster: str = "in-cluster", traffic: Any = "gateway-api") -> EnvironmentSpec:
    metrics = Metrics("prometheus", "http://127.0.0.1:9090")
    return EnvironmentSpec(name, f"models-{name}", metrics, traffic, cluster=cluster)


def config(*environments: EnvironmentSpec) -> RepositoryConfig:
    return RepositoryConfig(
        "c" * 40, environments or (environment("first"), environment("prod")), (), MANIFESTS
    )


def by_name(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def values(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from values(item, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from values(item, key)


def test_namespaces_project_and_set_come_in_the_order_of_their_need():
    found = objects(config(), InstallOptions(REPO))
    assert [f"{one['kind']}/{one['metadata']['name']}" for one in found] == [
        "Namespace/models-first",
        "Namespace/models-prod",
        "AppProject/sluicegate",
        "ApplicationSet/sluicegate",
    ]
    assert by_name(found)["AppProject/sluicegate"]["spec"]["destinations"] == [
        {"name": "in-cluster", "namespace": "models-first"},
        {"name": "in-cluster", "namespace": "models-prod"},
    ]


def test_two_environments_of_one_namespace_are_refused():
    one, two = environment("first"), replace(environment("prod"), namespace="models-first")
    with pytest.raises(
        InputError, match=r"environments/prod/environment.yaml.*is first's already; give each"
    ):
        objects(config(one, two), InstallOptions(REPO))
    elsewhere = replace(two, cluster="eu")
    assert len(objects(config(one, elsewhere), InstallOptions(REPO))) == 3


def test_another_cluster_is_a_destination_and_gets_no_namespace_here():
    found = by_name(
        objects(config(environment("a"), environment("b", "eu")), InstallOptions(REPO, gate=GATE))
    )
    assert "Namespace/models-b" not in found
    assert {"name": "eu", "namespace": "models-b"} in found["AppProject/sluicegate"]["spec"]["destinations"]
    helm = found["Application/sluicegate-gate"]["spec"]["source"]["helm"]
    assert helm["valuesObject"]["environments"] == [{"namespace": "models-a", "traffic": "gateway-api"}]


labels = st.from_regex(NAME, fullmatch=True)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(
    lambda name: not PLACEHOLDERS.search(name) and not name.endswith(".git")
)


@given(owner=names, name=names, branch=names, namespace=labels, previews=st.booleans(), gate=st.booleans())
def test_no_placeholder_is_left_and_no_other_repository(owner, name, branch, namespace, previews, gate):
    repo = f"https://forge.example.org/{owner}/{name}.git"
    options = InstallOptions(repo, branch, namespace, GATE if gate else None, previews)
    before = json.dumps(MANIFESTS)
    found = objects(config(), options)
    assert not PLACEHOLDERS.search(json.dumps(found))
    assert set(values(found, "repoURL")) == {repo}
    assert {tuple(one) for one in values(found, "sourceRepos")} == {(repo,)}
    assert set(values(found, "targetRevision")) == {branch}
    assert set(values(found, "revision")) <= {branch, "{{ .head_sha }}"}
    argo = [one for one in found if one["apiVersion"].startswith("argoproj.io")]
    assert {one["metadata"]["namespace"] for one in argo} == {namespace}
    assert json.dumps(MANIFESTS) == before


def test_no_secret_is_ever_applied():
    found = objects(config(), InstallOptions(REPO, gate=GATE, previews=True))
    assert "Secret" not in {one["kind"] for one in found}


def test_a_placeholder_where_nothing_fills_it_is_refused():
    manifests = json.loads(json.dumps(MANIFESTS))
    manifests[PROJECT][0]["spec"]["description"] = "of OWNER"
    with pytest.raises(InputError, match=r"AppProject sluicegate still says OWNER at spec.description"):
        objects(RepositoryConfig("c", (environment("a"),), (), manifests), InstallOptions(REPO))


def test_the_committed_project_allows_what_the_committed_environments_need():
    from sluicegate.specs.environment_file import load_environment
    from sluicegate.specs.yamlio import parse as read

    found = set()
    for path in (ROOT / "environments").glob("*/environment.yaml"):
        spec = load_environment(read(path.read_bytes(), str(path.relative_to(ROOT))))
        found.add((spec.cluster, spec.namespace))
    (project,) = MANIFESTS[PROJECT]
    assert {(one["name"], one["namespace"]) for one in project["spec"]["destinations"]} == found
    # One place in the file, repeated by reference.
    assert len(re.findall("OWNER/REPOSITORY", (ROOT / RELEASES).read_text())) == 1
