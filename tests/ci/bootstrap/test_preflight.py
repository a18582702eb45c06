from typing import Any

import pytest

from sluicegate.ci.bootstrap.cluster import Cluster
from sluicegate.ci.bootstrap.cluster_errors import ClusterError
from sluicegate.ci.bootstrap.options import InstallOptions
from sluicegate.ci.bootstrap.preflight import advice, require
from sluicegate.ci.bootstrap.repository_config import RepositoryConfig
from sluicegate.specs.environment import EnvironmentSpec, Metrics

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}}
OPTIONS = InstallOptions("https://forge.example.org/a/b.git")


def config(traffic: Any = "gateway-api", cluster: str = "in-cluster") -> RepositoryConfig:
    metrics = Metrics("prometheus", "http://127.0.0.1:9090")
    return RepositoryConfig(
        "c", (EnvironmentSpec("a", "models-a", metrics, traffic, cluster=cluster),), (), {}
    )


def test_a_cluster_that_has_all_of_it_is_taken(cluster: Cluster):
    assert require(cluster, config(), [NAMESPACE]) is None


def test_a_cluster_without_argo_cd_is_refused(cluster: Cluster, api):
    del api.groups["/apis/argoproj.io/v1alpha1"]
    with pytest.raises(ClusterError, match=r"no AppProject of Argo CD; install Argo CD 3\.2 or later"):
        require(cluster, config(), [])


def test_a_cluster_without_what_routes_the_traffic_is_refused(cluster: Cluster):
    with pytest.raises(
        ClusterError, match=r"environment a routes .* by istio, .* VirtualService .*; install I"
    ):
        require(cluster, config("istio"), [])


def test_another_cluster_is_not_checked_but_advised(cluster: Cluster):
    elsewhere = config("istio", "eu")
    require(cluster, elsewhere, [])
    (line,) = advice(cluster, elsewhere, OPTIONS)
    assert line.startswith("the cluster eu is another: see that Argo CD has it by this name")


def test_an_account_without_the_rights_is_refused(cluster: Cluster, api):
    api.forbidden = {("create", "namespaces", "")}
    with pytest.raises(ClusterError, match="this account may not: create namespaces; let an administrator"):
        require(cluster, config(), [NAMESPACE])


@pytest.mark.parametrize(("data", "advised"), [({}, 0), ({"controller.sync.timeout.seconds": "0"}, 0),
                                               ({"controller.sync.timeout.seconds": "60"}, 1)])  # fmt: skip
def test_a_time_out_of_argo_cds_syncs_is_advised_against(cluster: Cluster, api, data, advised: int):
    api.objects["/api/v1/namespaces/argocd/configmaps/argocd-cmd-params-cm"] = {"data": data}
    lines = list(advice(cluster, config(), OPTIONS))
    assert len(lines) == advised and all("kubectl --namespace argocd patch configmap" in one for one in lines)
