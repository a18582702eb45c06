import copy
from pathlib import Path
from typing import Any

import pytest

from sluicegate.ci.bootstrap.argocd import preview_manifest, release_manifest
from sluicegate.ci.bootstrap.options import InstallOptions
from sluicegate.ci.bootstrap.repository_config import parse
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EnvironmentSpec, Metrics
from sluicegate.specs.layout import PREVIEWS_MANIFEST, PROJECT_MANIFEST, RELEASES_MANIFEST
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]
REPO = "https://forge.example.org/team/models.git"
METRICS = Metrics("prometheus", "http://127.0.0.1:9090")
FIRST = EnvironmentSpec("first", "models-first", METRICS, "gateway-api")
CHART = PinnedChart("oci://example.org/charts/onnx-serving", "1.2.3", "sha256:" + "1" * 64)
PINNED = EnvironmentSpec("pinned", "models-pinned", METRICS, "gateway-api", chart=CHART)
EU = EnvironmentSpec("eu", "models-eu", METRICS, "istio", cluster="eu")


def committed(path: str) -> tuple[dict[str, Any], ...]:
    return parse((ROOT / path).read_bytes(), path)


def test_the_project_has_every_environment_as_a_destination():
    (project,) = committed(PROJECT_MANIFEST)
    filled = release_manifest(project, [FIRST, EU], InstallOptions(REPO, argocd="gitops"))
    assert filled["metadata"]["namespace"] == "gitops"
    assert filled["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "sluicegate"}
    assert filled["spec"]["sourceRepos"] == [REPO]
    assert filled["spec"]["destinations"] == [
        {"name": "eu", "namespace": "models-eu"},
        {"name": "in-cluster", "namespace": "models-first"},
    ]


def test_the_branch_replaces_every_committed_revision_and_no_template():
    (releases,) = committed(RELEASES_MANIFEST)
    filled = release_manifest(releases, [FIRST], InstallOptions(REPO, "trunk"))
    generators = filled["spec"]["generators"][0]["matrix"]["generators"]
    assert [one["git"]["revision"] for one in generators] == ["trunk", "trunk"]
    assert filled["spec"]["template"]["spec"]["source"]["targetRevision"] == "trunk"
    _, previews = committed(PREVIEWS_MANIFEST)
    filled = preview_manifest(previews, FIRST, InstallOptions(REPO, "trunk"))
    assert filled["spec"]["generators"][0]["matrix"]["generators"][1]["git"]["revision"] == "{{ .head_sha }}"


def test_a_preview_takes_the_first_environments_values_and_the_forges_address():
    _, previews = committed(PREVIEWS_MANIFEST)
    filled = preview_manifest(previews, FIRST, InstallOptions(REPO, previews=True))
    github = filled["spec"]["generators"][0]["matrix"]["generators"][0]["pullRequest"]["github"]
    assert (github["owner"], github["repo"]) == ("team", "models")
    assert github["api"] == "https://forge.example.org/api/v3/"
    files = filled["spec"]["template"]["spec"]["source"]["helm"]["valueFiles"]
    assert files[0] == "/environments/first/values.yaml" and not any("/dev/" in file for file in files)


def test_a_pinned_chart_is_a_source_that_the_project_allows():
    (project,) = committed(PROJECT_MANIFEST)
    filled = release_manifest(project, [FIRST, PINNED, PINNED], InstallOptions(REPO))
    assert filled["spec"]["sourceRepos"] == [REPO, CHART.repository]


def test_the_patch_of_a_pinned_chart_knows_the_repository_and_the_branch():
    (releases,) = committed(RELEASES_MANIFEST)
    filled = release_manifest(releases, [PINNED], InstallOptions(REPO, "trunk"))
    git = filled["spec"]["generators"][0]["matrix"]["generators"][0]["git"]
    assert git["values"] == {"repoURL": REPO, "targetRevision": "trunk"}


def test_previews_take_the_first_environments_pinned_chart():
    project, previews = committed(PREVIEWS_MANIFEST)
    options = InstallOptions(REPO, previews=True)
    assert preview_manifest(project, PINNED, options)["spec"]["sourceRepos"] == [REPO, CHART.repository]
    application = preview_manifest(previews, PINNED, options)["spec"]["template"]["spec"]
    chart, values = application["sources"]
    assert "source" not in application
    assert (chart["repoURL"], chart["targetRevision"], chart["path"]) == (CHART.repository, CHART.digest, ".")
    assert chart["helm"]["valueFiles"][0] == "$values/environments/pinned/values.yaml"
    assert "preview:" in chart["helm"]["values"]
    assert values == {"repoURL": REPO, "targetRevision": "main", "ref": "values"}


def test_previews_without_a_github_generator_are_refused():
    _, previews = copy.deepcopy(committed(PREVIEWS_MANIFEST))
    del previews["spec"]["generators"][0]["matrix"]["generators"][0]["pullRequest"]["github"]
    with pytest.raises(InputError, match="has no `github`; give it one"):
        preview_manifest(previews, FIRST, InstallOptions(REPO))


def test_what_was_committed_is_not_changed():
    before = copy.deepcopy(committed(PREVIEWS_MANIFEST))
    manifests = committed(PREVIEWS_MANIFEST)
    for manifest in manifests:
        preview_manifest(manifest, FIRST, InstallOptions(REPO))
    assert manifests == before
