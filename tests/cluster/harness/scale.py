"""Many models at once: their releases, and an Argo CD that is set for them instead of for short waits."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import yaml
from harness import argocd, kube, kwok
from harness.repository import Team
from harness.run import Run
from harness.wait import NotYet, until
from harness.web import answers_inside

from sluicegate.specs import release_file as release_file
from sluicegate.specs.release import Release, Version

ENVIRONMENT, NAMESPACE = "scale", "models-scale"
LABEL = f"sluicegate.dev/environment={ENVIRONMENT}"
APPLICATIONS = "argoproj.io/v1alpha1"
RECONCILE_SECONDS = 180
"""Argo CD's own default: a poll every five seconds of 300 Applications is 60 comparisons a second."""
PARALLEL = 2
"""Renderings at once in the repo server: as many as the machine has cores."""
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def name(number: int) -> str:
    """The model of that number."""
    return f"model-{number:04d}"


def release(model: str, weight: int | None = None) -> bytes:
    """Its release.yaml: version 1 stable, and with a weight version 2 as the canary."""

    def version(number: int) -> Version:
        digest = hashlib.sha256(f"{model} {number}".encode()).hexdigest()
        return Version(number, f"{number:040d}", f"sha256:{digest}")

    running = _SINCE if weight is not None else None
    canary = version(2) if weight is not None else None
    wanted = Release(model, ENVIRONMENT, version(1), canary, weight or 0, started=running, since=running)
    return release_file.render(wanted)


def values() -> dict[str, object]:
    """The environment's values.yaml: its pods go to hollow nodes, and nowhere else."""
    toleration = {"key": kwok.TAINT["key"], "operator": "Exists", "effect": kwok.TAINT["effect"]}
    return {
        "engine": "ort",
        "images": {"ort": {"repository": "localhost/onnx-server", "digest": "sha256:" + "0" * 64}},
        "artifacts": {"url": "http://localhost/raw"},
        "gateway": {"name": "models", "namespace": "gateway", "sectionName": "web"},
        "route": {"domain": "models.local"},
        "replicas": 1,
        "nodeSelector": kwok.LABEL,
        "tolerations": [toleration],
    }


def environment() -> dict[str, object]:
    """Its environment.yaml."""
    return {
        "apiVersion": "sluicegate.dev/v1",
        "kind": "Environment",
        "metadata": {"name": ENVIRONMENT},
        "spec": {
            "cluster": "in-cluster",
            "namespace": NAMESPACE,
            "traffic": "gateway-api",
            # No gate reads it: its releases are committed by hand.
            "metrics": {"source": "prometheus", "url": "http://localhost:9090", "gateway": "traefik"},
        },
    }


def lay(root: Path, count: int, canaries: int = 1) -> list[str]:
    """Write the environment and `count` releases below `root`; the first `canaries` have a canary at 0 %."""
    at = root / "environments" / ENVIRONMENT
    at.mkdir(parents=True, exist_ok=True)
    (at / "environment.yaml").write_text(yaml.safe_dump(environment(), sort_keys=False))
    (at / "values.yaml").write_text(yaml.safe_dump(values(), sort_keys=False))
    models = [name(number) for number in range(count)]
    for number, model in enumerate(models):
        write(root, model, 0 if number < canaries else None)
    return models


def write(root: Path, model: str, weight: int | None) -> None:
    """Write one release below `root`."""
    file = root / "environments" / ENVIRONMENT / model / "release.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(release(model, weight))


def commit(run: Run, count: int) -> str:
    """Commit the environment with `count` releases to the harness' repository; returns the commit."""

    def change(root: Path) -> None:
        lay(root, count)

    return Team(run).commit(f"{count} models", change)


def steer(run: Run, model: str, weight: int) -> str:
    """Commit another weight of one model; returns the commit."""
    return Team(run).commit(f"{model}: {weight} %", lambda root: write(root, model, weight))


def settle(run: Run) -> None:
    """Start Argo CD anew as one sets it for many Applications."""
    extra = {
        "ARGOCD_RECONCILIATION_TIMEOUT": f"{RECONCILE_SECONDS}s",
        "ARGOCD_REPO_SERVER_PARALLELISM_LIMIT": str(PARALLEL),
    }
    _restart(run, extra)


def unsettle(run: Run) -> None:
    """Start Argo CD anew as it was before."""
    _restart(run, {})


def _restart(run: Run, extra: Mapping[str, str]) -> None:
    for role in argocd.ROLES:
        if role.name in ("repo-server", "application-controller"):
            run.stop(role.daemon)
            command = [run.tool("argocd"), *role.arguments.split()]
            env = {**argocd.environment(run), "ARGOCD_BINARY_NAME": role.daemon, **extra}
            run.start(role.daemon, command, env=env, ready=partial(answers_inside, run, role.health))


def remove(run: Run, seconds: float = 900) -> None:
    """Take the releases from git, Applications and namespace from the cluster; wait until all are gone.

    The ApplicationSet deletes nothing by itself. Raises `TooSlow` with what is left.
    """
    client = kube.api(run)

    def away(root: Path) -> None:
        shutil.rmtree(root / "environments" / ENVIRONMENT, ignore_errors=True)

    Team(run).commit("No model of scale", away)
    client.delete("v1", "Namespace", NAMESPACE)

    def gone() -> bool:
        # Again and again: the generator may have read the repository just before the commit.
        left = client.list(APPLICATIONS, "Application", argocd.NAMESPACE, labels=LABEL)
        for each in left:
            client.delete(APPLICATIONS, "Application", each["metadata"]["name"], argocd.NAMESPACE)
        namespace = client.find("v1", "Namespace", NAMESPACE)
        if left or namespace:
            raise NotYet(f"{len(left)} Applications; namespace {namespace and namespace['status']}")
        return True

    until("the models of scale to be gone", gone, seconds, every=2, tolerate=kube.UNREACHABLE)
