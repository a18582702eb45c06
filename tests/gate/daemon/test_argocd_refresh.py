from pathlib import Path

import pytest

from sluicegate.gate.daemon.argocd_refresh import ask_argocd
from sluicegate.specs.environment import EnvironmentSpec, Metrics

METRICS = Metrics("prometheus", "http://127.0.0.1:9")
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: here, context: {cluster: c, user: u}}]
current-context: here
"""


@pytest.mark.parametrize(
    ("wanted", "traffic", "said"),
    [
        (None, "gateway-api", "Application dev-m"),
        ("1", "gateway-api", "Application dev-m"),
        ("0", "gateway-api", None),
        ("no", "gateway-api", "SLUICE_REFRESH is 'no'; set it to 0 or 1"),
        ("no", "embedded", None),
    ],
)
def test_argo_cd_is_asked_unless_it_is_not_to_be(tmp_path: Path, monkeypatch, wanted, traffic, said):
    """The cluster does not answer: whoever asks it says so."""
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.delenv("SLUICE_REFRESH", raising=False)
    if wanted is not None:
        monkeypatch.setenv("SLUICE_REFRESH", wanted)
    found = ask_argocd(EnvironmentSpec("dev", "models-dev", METRICS, traffic), "m")
    if said is None:
        assert found is None
    else:
        assert found is not None and said in found
        assert found.startswith("Argo CD was not asked to refresh, it polls: ")
