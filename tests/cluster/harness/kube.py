"""Objects of the cluster as plain dictionaries, by the `kubernetes` package's client (no kubectl)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from harness.run import Run
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config
from urllib3.exceptions import HTTPError

Object = dict[str, Any]
UNREACHABLE = (HTTPError, OSError)
"""What the client raises where no API server answers; for `wait.until(..., tolerate=...)`."""
SECONDS = 30
MEDIA = {
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class Refused(Exception):
    """The API server refused a request: method, path, status and its own message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Kube:
    """A client of one cluster."""

    client: ApiClient
    user: str = ""
    """In whose name it asks; empty for its own."""
    _resources: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object = None, *, media: str = "application/json") -> str:
        """One request; returns the body of the answer.

        Raises `Refused` for a status from 400 on, one of `UNREACHABLE` where nothing answers.
        """
        headers = {"Accept": "application/json", "Content-Type": media}
        self.client.update_params_for_auth(headers, [], ["BearerToken"])
        if self.user:
            headers["Impersonate-User"] = self.user
        data = None if body is None else body if isinstance(body, str) else json.dumps(body)
        url = self.client.configuration.host + path
        pool = self.client.rest_client.pool_manager
        answer = pool.request(method, url, body=data, headers=headers, timeout=SECONDS, retries=False)
        text = answer.data.decode(errors="replace")
        if answer.status >= 400:
            raise Refused(answer.status, f"{method} {path}: {answer.status} {_message(text)}")
        return str(text)

    def healthy(self) -> bool:
        """Whether the API server answers and says that it is ready."""
        try:
            return self.call("GET", "/readyz") == "ok"
        except (Refused, *UNREACHABLE):
            return False

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Object:
        """One object, e.g. `get("apps/v1", "Deployment", "web", "dev")`; raises `Refused` (404) for none."""
        found: Object = json.loads(self.call("GET", self.path(version, kind, namespace, name)))
        return found

    def find(self, version: str, kind: str, name: str, namespace: str = "") -> Object | None:
        """One object; None where it, or its kind, does not exist."""
        try:
            return self.get(version, kind, name, namespace)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def list(
        self, version: str, kind: str, namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> list[Object]:
        """All objects of a kind, in one namespace or in all; `labels` and `fields` are selectors."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        path = f"{self.path(version, kind, namespace)}?{urlencode({k: v for k, v in query.items() if v})}"
        items = json.loads(self.call("GET", path))["items"]
        return [{"apiVersion": version, "kind": kind, **item} for item in items]

    def apply(self, body: Mapping[str, Any], *, manager: str = "harness", dry_run: bool = False) -> Object:
        """Server-side apply of one object; takes fields over from other managers."""
        meta = body["metadata"]
        path = self.path(body["apiVersion"], body["kind"], meta.get("namespace", ""), meta["name"])
        query = f"?fieldManager={quote(manager)}&force=true" + ("&dryRun=All" if dry_run else "")
        applied: Object = json.loads(self.call("PATCH", path + query, dict(body), media=MEDIA["apply"]))
        return applied

    def apply_all(self, bodies: Iterable[Mapping[str, Any]], *, manager: str = "harness") -> None:
        """Server-side apply of one object after the other, in their order."""
        for body in bodies:
            self.apply(body, manager=manager)

    def patch(
        self,
        version: str,
        kind: str,
        name: str,
        change: object,
        namespace: str = "",
        *,
        how: str = "merge",
        subresource: str = "",
    ) -> Object:
        """Patch one object; `how` is `merge`, `json` or `strategic`; `subresource` e.g. `status`, `scale`."""
        path = self.path(version, kind, namespace, name) + (f"/{subresource}" if subresource else "")
        patched: Object = json.loads(self.call("PATCH", path, change, media=MEDIA[how]))
        return patched

    def delete(
        self, version: str, kind: str, name: str, namespace: str = "", *, grace: int | None = None
    ) -> None:
        """Delete one object, what it owns in the background; one that does not exist is no error.

        `grace` is the grace period in seconds.
        """
        options: Object = {"propagationPolicy": "Background"}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self.call("DELETE", self.path(version, kind, namespace, name), options)
        except Refused as error:
            if error.status != 404:
                raise

    def logs(self, name: str, namespace: str, *, container: str = "", lines: int = 200) -> str:
        """The end of a pod's log."""
        query = urlencode({"tailLines": lines, **({"container": container} if container else {})})
        return self.call("GET", f"/api/v1/namespaces/{namespace}/pods/{name}/log?{query}")

    def path(self, version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """The address of a kind or of one object; the plural is asked of the API server.

        Raises `Refused` (404) for a kind that is not served.
        """
        plural, namespaced = self._resource(version, kind)
        parts = [_group(version)]
        if namespaced and (namespace or name):
            parts.append(f"namespaces/{namespace or 'default'}")
        return "/".join([*parts, plural, *([name] if name else [])])

    def _resource(self, version: str, kind: str) -> tuple[str, bool]:
        known = self._resources.get((version, kind))
        if known is None:
            served = json.loads(self.call("GET", _group(version)))["resources"]
            for each in served:
                if "/" not in each["name"]:
                    self._resources[version, each["kind"]] = each["name"], each["namespaced"]
            known = self._resources.get((version, kind))
        if known is None:
            raise Refused(404, f"{version} {kind} is not served; is its CRD applied and established?")
        return known


def connect(kubeconfig: Path) -> Kube:
    """A client by a kubeconfig file."""
    return Kube(new_client_from_config(str(kubeconfig), persist_config=False))


def api(run: Run) -> Kube:
    """A client of the run's cluster."""
    return connect(run.kubeconfig)


def _group(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:500]
