from sluicegate.ci.bootstrap.gate import gate_manifests, gate_values
from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.specs.environment import EnvironmentSpec, Metrics

DIGEST = "sha256:" + "a" * 64
REPO = "https://forge.example.org/team/models.git"
GATE = GateOptions("localhost/gate", DIGEST, "sluicegate", "sluicegate-repo")
METRICS = Metrics("prometheus", "http://127.0.0.1:9090")
ENVIRONMENTS = [
    EnvironmentSpec("first", "models-first", METRICS, "gateway-api"),
    EnvironmentSpec("eu", "models-eu", METRICS, "istio", cluster="eu"),
    EnvironmentSpec("prod", "models-prod", METRICS, "istio"),
]


def test_the_gate_is_an_application_with_its_image_by_digest():
    _, application = gate_manifests(ENVIRONMENTS, InstallOptions(REPO, "trunk", "gitops", GATE), GATE)
    assert application["metadata"]["namespace"] == "gitops"
    assert application["spec"]["source"]["targetRevision"] == "trunk"
    assert application["spec"]["destination"] == {"name": "in-cluster", "namespace": "sluicegate"}
    helm = application["spec"]["source"]["helm"]
    assert helm["valueFiles"] == ["/environments/gate.yaml"], "what people set of it is in git"
    assert helm["ignoreMissingValueFiles"] is True
    assert helm["valuesObject"]["image"] == {"repository": "localhost/gate", "digest": DIGEST}


def test_its_project_reaches_the_namespaces_of_this_cluster_alone():
    project, _ = gate_manifests(ENVIRONMENTS, InstallOptions(REPO, "trunk", "gitops", GATE), GATE)
    assert project["spec"]["destinations"] == [
        {"name": "in-cluster", "namespace": name}
        for name in ("gitops", "models-first", "models-prod", "sluicegate")
    ]
    assert project["spec"]["sourceRepos"] == [REPO]


def test_its_chart_is_told_the_repository_and_this_clusters_environments():
    assert gate_values(ENVIRONMENTS, InstallOptions(REPO, "trunk", "gitops", GATE), GATE) == {
        "image": {"repository": "localhost/gate", "digest": DIGEST},
        "repo": {"secret": {"name": "sluicegate-repo", "key": "url"}, "branch": "trunk"},
        "argocd": {"namespace": "gitops"},
        "environments": [
            {"namespace": "models-first", "traffic": "gateway-api"},
            {"namespace": "models-prod", "traffic": "istio"},
        ],
    }
