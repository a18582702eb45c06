"""Previews of pull requests: what `sluice bootstrap --previews` sets up, and what one pull request gets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness import argocd, bootstrap, forge, gateway
from harness.kube import Kube, Object, api
from harness.load import Load
from harness.release import APPLICATIONS, Subject
from harness.run import Run
from harness.wait import NotYet, until

SECRET, KEY = "sluicegate-forge", "token"
SET = "sluicegate-previews"
POLL_SECONDS = 60
"""How often the generator asks the forge by itself."""


@dataclass(frozen=True)
class Preview:
    """The preview that a pull request's label asks for."""

    run: Run
    number: int
    model: str

    @property
    def kube(self) -> Kube:
        """A client of the cluster."""
        return api(self.run)

    @property
    def name(self) -> str:
        """The name of its Application and of its namespace."""
        return f"preview-{self.number}-{self.model}"

    @property
    def host(self) -> str:
        """The Host that its requests carry."""
        return f"{self.model}.preview-{self.number}.models.local"

    def application(self) -> Object | None:
        """Its Application; None where there is none."""
        return self.kube.find(APPLICATIONS, "Application", self.name, argocd.NAMESPACE)

    def namespace(self) -> Object | None:
        """Its namespace; None where there is none."""
        return self.kube.find("v1", "Namespace", self.name)

    def state(self) -> str:
        """What Argo CD says of it."""
        status = (self.application() or {}).get("status", {})
        words = [str(status.get(key, {}).get("status")) for key in ("sync", "health")]
        words.append(str(status.get("operationState", {}).get("message", "")))
        words += [each["message"] for each in status.get("conditions", ())]
        return " ".join(words)

    def load(self, rate: float) -> Load:
        """Rows for it, through the gateway."""
        like = Subject(self.run, self.model, "dev").load(rate)
        return Load(gateway.address(self.run), self.host, like.path, like.bodies, rate)

    def until_gone(self, seconds: float) -> None:
        """Wait until neither Application nor namespace is there. Raises `TooSlow`."""

        def gone() -> bool:
            left = [each for each in (self.application(), self.namespace()) if each is not None]
            if left:
                raise NotYet(f"{[each['kind'] for each in left]}: {self.state()}")
            return True

        until(f"{self.name} to be gone", gone, seconds)


def start(run: Run) -> str:
    """Give Argo CD a token of the forge, and run `sluice bootstrap --previews`; the command's words."""
    token = base64.b64encode(forge.tokens(run)[forge.ARGOCD].secret.encode()).decode()
    meta = {"name": SECRET, "namespace": argocd.NAMESPACE}
    api(run).apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {KEY: token}})
    # go-github adds /api/v3 to an address that is not GitHub's own.
    return bootstrap.start(run, "--previews", "--forge-api", f"{forge.address(run)}/")


def stop(run: Run) -> None:
    """Take the generator away; what it made goes with it."""
    kube = api(run)
    kube.delete(APPLICATIONS, "ApplicationSet", SET, argocd.NAMESPACE)
    until("the previews to go", lambda: not names(run), 120)
    kube.delete(APPLICATIONS, "AppProject", SET, argocd.NAMESPACE)
    kube.delete("v1", "Secret", SECRET, argocd.NAMESPACE)


def names(run: Run) -> set[str]:
    """The names of all previews' Applications and namespaces."""
    labels = "sluicegate.dev/environment=preview"
    kube = api(run)
    found = kube.list(APPLICATIONS, "Application", argocd.NAMESPACE, labels=labels) + kube.list(
        "v1", "Namespace"
    )
    return {each["metadata"]["name"] for each in found if each["metadata"]["name"].startswith("preview-")}


def faults(run: Run) -> list[str]:
    """What the generator says that went wrong."""
    found = api(run).find(APPLICATIONS, "ApplicationSet", SET, argocd.NAMESPACE) or {}
    conditions = found.get("status", {}).get("conditions", ())
    return [c["message"] for c in conditions if c["type"] == "ErrorOccurred" and c["status"] == "True"]


@contextmanager
def webhooks(run: Run) -> Iterator[None]:
    """While the context lasts, the forge tells the generator of every pull request."""
    secret = api(run).get("v1", "Secret", "argocd-secret", argocd.NAMESPACE)["data"]["webhook.github.secret"]
    config = {"content_type": "json", "secret": base64.b64decode(secret).decode()}
    url = f"http://127.0.0.1:{argocd.GENERATOR_PORT}/api/webhook"
    hook = forge.hub(run, forge.OWNER).create_hook("web", {**config, "url": url}, ["pull_request"], True)
    try:
        yield
    finally:
        hook.delete()
