"""One model in one environment, as the cases look at it: git's wish, the route, the pods, the shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import argocd, charts, gateway, load
from harness.kube import Kube, Object, api
from harness.load import Load
from harness.repository import CHECKOUT, DEMO, VERSIONS, Team, bare, contains
from harness.run import Run, call
from harness.wait import NotYet, until

from sluicegate.specs import release_file as release_file
from sluicegate.specs.release import Release, Version

LIVE = {
    "flight-delay": DEMO / "flight-delay" / "live.parquet",
    "digits": CHECKOUT / "models" / "digits" / "data" / "evaluation.parquet",
}
"""Rows that are sent as traffic; those of flight-delay have gaps, as live rows do."""
ROUTES = "gateway.networking.k8s.io/v1"
APPLICATIONS = "argoproj.io/v1alpha1"


@dataclass(frozen=True)
class Subject:
    """A model in an environment of the harness' repository."""

    run: Run
    model: str
    environment: str

    @property
    def kube(self) -> Kube:
        """A client of the cluster."""
        return api(self.run)

    @property
    def namespace(self) -> str:
        """Where its objects are."""
        return f"models-{self.environment}"

    @property
    def host(self) -> str:
        """The Host that its requests carry."""
        return f"{self.model}.{self.environment}.models.local"

    @property
    def path(self) -> str:
        """The file of its release in the repository."""
        return f"environments/{self.environment}/{self.model}/release.yaml"

    def application(self) -> Object | None:
        """Its Argo CD Application; None before there is one."""
        name = f"{self.environment}-{self.model}"
        return self.kube.find(APPLICATIONS, "Application", name, argocd.NAMESPACE)

    def refresh(self) -> None:
        """Ask Argo CD to look at the repository now, as the gate does after its push."""
        change = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
        name = f"{self.environment}-{self.model}"
        self.kube.patch(APPLICATIONS, "Application", name, change, argocd.NAMESPACE)

    def rendered(self, folder: Path, more: str = "") -> list[Object]:
        """What its chart gives for the files that main has; `more` are values that win over them."""
        main = [f"environments/{self.environment}/values.yaml", self.path]
        texts = {path: call(["git", "-C", str(bare(self.run)), "show", f"main:{path}"]) for path in main}
        files = []
        for path, text in (texts | {"more.yaml": more}).items():
            files.append(folder / path.replace("/", "-"))
            files[-1].write_text(text)
        chart = charts.CHARTS / "onnx-serving"
        return charts.objects(charts.template(chart, self.model, self.namespace, files))

    def weights(self) -> dict[str, int]:
        """Track to weight, as the route in the cluster has them; empty without a route."""
        route = self.kube.find(ROUTES, "HTTPRoute", self.model, self.namespace)
        if route is None:
            return {}
        refs = route["spec"]["rules"][-1]["backendRefs"]
        return {ref["name"].rpartition("-")[2]: ref["weight"] for ref in refs}

    def until_weight(self, canary: int, seconds: float = 60) -> None:
        """Wait until the route gives the canary so much. Raises `TooSlow` with what it has instead."""

        def there() -> bool:
            weights = self.weights()
            if weights.get("canary", 0) != canary or not weights:
                raise NotYet(f"weights {weights}, application {self.state()}")
            return True

        until(f"the route of {self.host} at weight {canary}", there, seconds, every=0.05)

    def until_alone(self, seconds: float = 120) -> None:
        """Wait until the route has the stable track and nothing else. Raises `TooSlow`."""

        def there() -> bool:
            if (weights := self.weights()) != {"stable": 100}:
                raise NotYet(f"weights {weights}, application {self.state()}")
            return True

        until(f"the route of {self.host} to have stable alone", there, seconds)

    def state(self) -> str:
        """What Argo CD says of it: sync, health, revision, the last operation."""
        body = self.application()
        if body is None:
            return "none"
        status = body.get("status", {})
        words = [str(status.get(key, {}).get("status")) for key in ("sync", "health")]
        words.append(synced_revision(status.get("sync", {}))[:8])
        operation = status.get("operationState", {})
        faults = [each["message"] for each in status.get("conditions", ())]
        return " ".join([*words, str(operation.get("message", "")), *faults]).strip()

    def until_healthy(self, revision: str = "", seconds: float = 180) -> None:
        """Wait until Argo CD says Synced and Healthy, with a commit if one is given. Raises `TooSlow`."""

        def there() -> bool:
            status = (self.application() or {}).get("status", {})
            synced = status.get("sync", {})
            fits = not revision or contains(self.run, synced_revision(synced), revision)
            if not fits or synced.get("status") != "Synced" or status["health"].get("status") != "Healthy":
                raise NotYet(f"{self.state()}; pods: {self.pods()}")
            return True

        until(f"{self.environment}-{self.model} to be synced and healthy", there, seconds)

    def pods(self) -> list[str]:
        """A line a pod: name, phase, why a container waits."""
        lines = []
        for pod in self.kube.list("v1", "Pod", self.namespace, labels=f"sluicegate.dev/model={self.model}"):
            status = pod["status"]
            whole = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
            waiting = [each["state"]["waiting"]["reason"] for each in whole if "waiting" in each["state"]]
            ready = all(each["ready"] for each in status.get("containerStatuses", [{"ready": False}]))
            words = [pod["metadata"]["name"], status["phase"], "ready" if ready else "not ready", *waiting]
            lines.append(" ".join(words))
        return lines

    def version(self, number: int, revision: str) -> Version:
        """A version as release.yaml names it; the digest is the artifact's that the model's file declares."""
        import yaml

        declared = yaml.safe_load((VERSIONS[self.model, number] / "model.yaml").read_text())
        return Version(number, revision, declared["spec"]["artifact"]["sha256"])

    def commit(self, stable: Version | None, canary: Version | None = None, weight: int = 0) -> str:
        """Write release.yaml by hand, as a gate would have, and push it; returns the commit."""
        now = datetime.now(UTC).replace(microsecond=0)
        running = canary is not None
        wanted = Release(
            self.model,
            self.environment,
            stable,
            canary,
            weight,
            started=now if running else None,
            since=now if running else None,
        )

        def change(checkout: Path) -> None:
            file = checkout / self.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(release_file.render(wanted))

        return Team(self.run).commit(f"{self.model}: {weight} % in {self.environment}", change)

    def load(self, rate: float, connections: int = load.CONNECTIONS) -> Load:
        """Live rows for it, through the gateway; not started yet."""
        model_file = CHECKOUT / "models" / self.model / "model.yaml"
        bodies = load.bodies(model_file, LIVE[self.model])
        path = f"/v2/models/{self.model}/infer"
        return Load(gateway.address(self.run), self.host, path, bodies, rate, connections)

    def failed_on_stable(self) -> int:
        """Requests that the stable track answered with anything but 2xx, by the gateway's own count."""
        return gateway.failed(self.run, re.escape(self.at_gateway("stable")), "[^2]..")

    def at_gateway(self, track: str) -> str:
        """The value of the label `service` that traefik's series of a track carry."""
        return f"{self.namespace}-{self.model}-{track}-http-8080@kubernetesgateway"


def synced_revision(sync: Object) -> str:
    """The synced commit of the repository: of several sources the values' are the last."""
    return str(sync.get("revision") or next(reversed(sync.get("revisions") or [""])))
