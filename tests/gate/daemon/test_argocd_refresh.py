from pathlib import Path

import pytest
from support.gate_scene import Scene

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
    ("setting", "traffic", "failure"),
    [
        (None, "gateway-api", "Application dev-m"),
        ("1", "gateway-api", "Application dev-m"),
        ("0", "gateway-api", None),
        ("no", "gateway-api", "SLUICE_REFRESH is 'no'; set it to 0 or 1"),
        ("no", "embedded", None),
    ],
)
def test_argo_cd_is_asked_unless_it_is_switched_off(tmp_path: Path, monkeypatch, setting, traffic, failure):
    """The cluster does not answer: whoever asks it says so."""
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.delenv("SLUICE_REFRESH", raising=False)
    if setting is not None:
        monkeypatch.setenv("SLUICE_REFRESH", setting)
    found = ask_argocd(EnvironmentSpec("dev", "models-dev", METRICS, traffic), "m")
    if failure is None:
        assert found is None
    else:
        assert found is not None and failure in found
        assert found.startswith("Argo CD was not asked to refresh, it polls: ")


class Requests:
    """Counts the requests; each ends with `answer`, or raises it."""

    def __init__(self, scene: Scene, answer: str | Exception | None = None) -> None:
        self.scene = scene
        self.answer = answer
        self.made: list[tuple[str, str, bool]] = []
        """(environment, model, whether main had a canary by then)"""

    def __call__(self, environment: EnvironmentSpec, model: str) -> str | None:
        self.made.append((environment.name, model, self.scene.release().canary is not None))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_refresh_is_requested_after_the_push_and_only_where_the_release_moved(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    refresh = Requests(scene)
    assert scene.tick_one(refresh=refresh).commit
    assert refresh.made == [("production", "m", True)]
    assert scene.tick_one(refresh=refresh).decision.release.weight == 5
    assert len(refresh.made) == 2
    assert scene.execute("hold", refresh=refresh).commit
    assert len(refresh.made) == 2


def test_a_refresh_is_requested_after_a_command_of_a_person(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick()
    refresh = Requests(scene)
    assert scene.execute("rollback", refresh=refresh).commit
    assert refresh.made == [("production", "m", False)]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("Argo CD was not asked to refresh, it polls: forbidden",) * 2,
        (OSError("broken"), "Argo CD was not asked to refresh, it polls: OSError: broken"),
    ],
)
def test_a_refresh_that_fails_is_reported_and_the_commit_stays(
    scene: Scene, caplog: pytest.LogCaptureFixture, answer, failure
):
    scene.merge_version(1)
    outcome = scene.tick_one(refresh=Requests(scene, answer))
    assert outcome.commit and outcome.problem is None
    assert outcome.refresh == outcome.plain()["refresh"] == failure
    assert scene.release().canary is not None
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        f"m in production: {failure}"
    ]
