import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from sluicegate.ci.bootstrap.plan import (
    PLACEHOLDERS,
    GateOptions,
    InstallOptions,
    forge_api,
    objects,
    owner_and_name,
    secrets,
)
from sluicegate.ci.bootstrap.reading import PREVIEWS, PROJECT, RELEASES, RepositoryConfig, parse
from sluicegate.specs.environment import EnvironmentSpec, Metrics
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


def said(*environments: EnvironmentSpec) -> RepositoryConfig:
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
    found = objects(said(), InstallOptions(REPO))
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
        objects(said(one, two), InstallOptions(REPO))
    elsewhere = replace(two, cluster="eu")
    assert len(objects(said(one, elsewhere), InstallOptions(REPO))) == 3


def test_another_cluster_is_a_destination_and_gets_no_namespace_here():
    found = by_name(objects(said(environment("a"), environment("b", "eu")), InstallOptions(REPO, gate=GATE)))
    assert "Namespace/models-b" not in found
    assert {"name": "eu", "namespace": "models-b"} in found["AppProject/sluicegate"]["spec"]["destinations"]
    helm = found["Application/sluicegate-gate"]["spec"]["source"]["helm"]
    assert helm["valuesObject"]["environments"] == [{"namespace": "models-a", "traffic": "gateway-api"}]


def test_the_gate_is_an_application_with_its_image_by_digest():
    found = by_name(objects(said(), InstallOptions(REPO, "trunk", "gitops", GATE)))
    application = found["Application/sluicegate-gate"]
    assert application["metadata"]["namespace"] == "gitops"
    assert application["spec"]["source"]["targetRevision"] == "trunk"
    helm = application["spec"]["source"]["helm"]
    assert helm["valueFiles"] == ["/environments/gate.yaml"], "what people set of it stands in git"
    assert helm["ignoreMissingValueFiles"] is True
    given = helm["valuesObject"]
    assert given["image"] == {"repository": "localhost/gate", "digest": DIGEST}
    assert given["repo"] == {"secret": {"name": "sluicegate-repo", "key": "url"}, "branch": "trunk"}
    destinations = found["AppProject/sluicegate-gate"]["spec"]["destinations"]
    assert {one["namespace"] for one in destinations} == {
        "sluicegate",
        "gitops",
        "models-first",
        "models-prod",
    }


def test_a_preview_takes_the_first_environments_values_and_the_forges_address():
    found = by_name(objects(said(), InstallOptions(REPO, previews=True)))
    previews = found["ApplicationSet/sluicegate-previews"]
    (pulls,) = values(previews, "pullRequest")
    assert pulls["github"] | {"tokenRef": None} == {
        "owner": "team", "repo": "models", "api": "https://forge.example.org/api/v3/", "tokenRef": None,
    }  # fmt: skip
    (files,) = values(previews, "valueFiles")
    assert files[0] == "/environments/first/values.yaml" and not any("/dev/" in file for file in files)
    assert list(values(previews, "revision")) == ["{{ .head_sha }}"]


labels = st.from_regex(NAME, fullmatch=True)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(
    lambda name: not PLACEHOLDERS.search(name) and not name.endswith(".git")
)


@given(owner=names, name=names, branch=names, namespace=labels, previews=st.booleans(), gate=st.booleans())
def test_no_placeholder_is_left_and_no_other_repository(owner, name, branch, namespace, previews, gate):
    repo = f"https://forge.example.org/{owner}/{name}.git"
    wanted = InstallOptions(repo, branch, namespace, GATE if gate else None, previews)
    before = json.dumps(MANIFESTS)
    found = objects(said(), wanted)
    assert not PLACEHOLDERS.search(json.dumps(found))
    assert set(values(found, "repoURL")) == {repo}
    assert {tuple(one) for one in values(found, "sourceRepos")} == {(repo,)}
    assert set(values(found, "targetRevision")) == {branch}
    assert set(values(found, "revision")) <= {branch, "{{ .head_sha }}"}
    argo = [one for one in found if one["apiVersion"].startswith("argoproj.io")]
    assert {one["metadata"]["namespace"] for one in argo} == {namespace}
    assert json.dumps(MANIFESTS) == before


def test_a_placeholder_where_nothing_fills_it_is_refused():
    manifests = json.loads(json.dumps(MANIFESTS))
    manifests[PROJECT][0]["spec"]["description"] = "of OWNER"
    with pytest.raises(InputError, match=r"AppProject sluicegate still says OWNER at spec.description"):
        objects(RepositoryConfig("c", (environment("a"),), (), manifests), InstallOptions(REPO))


def test_secrets_are_named_and_never_made():
    assert secrets(InstallOptions(REPO)) == []
    wanted = InstallOptions(REPO, gate=GATE, previews=True)
    found = secrets(wanted)
    assert [(one.namespace, one.name, one.key) for one in found] == [
        ("sluicegate", "sluicegate-repo", "url"),
        ("argocd", "sluicegate-forge", "token"),
    ]
    assert found[0].command == (
        "kubectl --namespace sluicegate create secret generic sluicegate-repo --from-file=url=FILE"
    )
    assert "Secret" not in {one["kind"] for one in objects(said(), wanted)}


@pytest.mark.parametrize(
    "image", ["localhost/gate", "localhost/gate:1", f"localhost/gate:1@{DIGEST[:-1]}", ""]
)
def test_an_image_without_its_digest_is_refused(image: str):
    with pytest.raises(InputError, match=r"names no image by its .*; write REGISTRY/NAME@sha256:"):
        GateOptions.of(image, "a", "b")


IMAGES = {
    "localhost/gate": True,
    "reg.example.org:5000/team/gate_1.x": True,
    "10.0.0.1:3000/gate": True,
    "reg/gate:latest": False,
    "reg:5000/gate:1": False,
    "gate": False,
    "gate:5000": False,
    "a:b:c": False,
    "reg//gate": False,
    "reg/gate/": False,
    "/gate": False,
    "Reg/gate": False,
    "reg/Gate": False,
    "reg:/gate": False,
    "reg/gate@x": False,
}


@pytest.mark.parametrize(("repository", "taken"), IMAGES.items())
@pytest.mark.parametrize("digest", [DIGEST, DIGEST[:-1], DIGEST.upper()])
def test_an_image_is_taken_if_the_chart_takes_it(repository: str, taken: bool, digest: str):
    folder = ROOT / "charts" / "gate"
    schema = json.loads((folder / "values.schema.json").read_text())["properties"]["image"]
    image = yaml.safe_load((folder / "values.yaml").read_text())["image"]
    image |= {"repository": repository, "digest": digest}
    assert Draft7Validator(schema).is_valid(image) is (taken and digest == DIGEST)
    try:
        found = GateOptions.of(f"{repository}@{digest}", "a", "b")
    except InputError as error:
        assert not (taken and digest == DIGEST)
        assert "--gate-image" in str(error) and "without a tag" in str(error)
    else:
        assert taken and (found.repository, found.digest) == (repository, digest)


NAMES = {"a": True, "a-1": True, "1" * 63: True} | dict.fromkeys(
    ("", "Bad_NS", "a.b", "-a", "a-", "a\n", "1" * 64), False
)


@pytest.mark.parametrize(("name", "taken"), NAMES.items())
@pytest.mark.parametrize("option", ["--argocd-namespace", "--gate-namespace"])
def test_a_namespace_is_a_dns_label(name: str, taken: bool, option: str):
    def asked() -> InstallOptions:
        if option == "--argocd-namespace":
            return InstallOptions(REPO, argocd=name)
        return InstallOptions(REPO, gate=replace(GATE, namespace=name))

    if taken:
        assert asked()
    else:
        with pytest.raises(InputError, match=rf"{option}: .* is no name of a namespace; write lower-case"):
            asked()


@pytest.mark.parametrize("name", ["", "Bad_Secret", "-a", "a.", "a/b", "a" * 254])
def test_a_secrets_name_is_a_dns_name(name: str):
    with pytest.raises(InputError, match=r"--gate-repo-secret: .* is no name of a secret; write lower-case"):
        InstallOptions(REPO, gate=replace(GATE, secret=name))
    assert InstallOptions(REPO, gate=replace(GATE, secret="a.b-1"))


@pytest.mark.parametrize(
    ("repo", "owner", "api"),
    [
        ("https://github.com/team/models.git", "team", "https://api.github.com/"),
        ("git@github.com:team/models.git", "team", "https://api.github.com/"),
        ("http://10.0.0.1:3000/team/models", "team", "http://10.0.0.1:3000/api/v3/"),
        ("ssh://git@forge.example.org/team/models.git", "team", None),
        ("file:///models.git", None, None),
    ],
)
def test_owner_and_api_come_from_the_address(repo: str, owner: str | None, api: str | None):
    if owner is None:
        with pytest.raises(InputError, match="names no owner and repository"):
            owner_and_name(repo)
    else:
        assert owner_and_name(repo) == (owner, "models")
    if api is None:
        with pytest.raises(InputError, match="--forge-api"):
            forge_api(repo)
    else:
        assert forge_api(repo) == api


def test_the_committed_project_allows_what_the_committed_environments_need():
    from sluicegate.specs.environment import load_environment
    from sluicegate.specs.yamlio import parse as read

    found = set()
    for path in (ROOT / "environments").glob("*/environment.yaml"):
        spec = load_environment(read(path.read_bytes(), str(path.relative_to(ROOT))))
        found.add((spec.cluster, spec.namespace))
    (project,) = MANIFESTS[PROJECT]
    assert {(one["name"], one["namespace"]) for one in project["spec"]["destinations"]} == found
    # One place in the file, repeated by reference.
    assert len(re.findall("OWNER/REPOSITORY", (ROOT / RELEASES).read_text())) == 1
