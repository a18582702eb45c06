"""One cluster, by a context of a kubeconfig: what bootstrap reads from it and applies to it."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

from sluicegate.ci.bootstrap.cluster_errors import ClusterError, Conflict, refusal

MANAGER = "sluicegate"
SECONDS = 30.0
"""The most that one request may take."""
APPLY = "application/apply-patch+yaml"
"""Server-side apply; JSON is YAML."""
Manifest = Mapping[str, Any]
Change = Literal["created", "changed", "unchanged"]
REWRITERS = frozenset({"argocd", "argocd-applicationset-controller"})
"""Argo CD's own names as a manager: refreshed by a webhook, it writes a whole ApplicationSet back."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Applied:
    """What became of one object."""

    kind: str
    namespace: str | None
    name: str
    done: Change


class Cluster:
    """A cluster, by a kubeconfig's context; the usual file and its current context where neither is named.

    Raises ClusterError.
    """

    def __init__(self, kubeconfig: Path | None = None, context: str | None = None) -> None:
        # The client costs more than a second, which `--help` does not need.
        from sluicegate.gate.adapters.apiserver import NotConfigured, from_kubeconfig

        if kubeconfig is not None and not kubeconfig.is_file():
            raise ClusterError(f"there is no kubeconfig {kubeconfig}", "name another with --kubeconfig")
        try:
            self._server = from_kubeconfig(str(kubeconfig) if kubeconfig else None, context)
        except NotConfigured as error:
            remedy = "name a context of it with --context" if context else "name one with --kubeconfig"
            message = f"the kubeconfig gives no access to a cluster ({error.message})"
            raise ClusterError(message, remedy) from None
        self.address = self._server.address
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}

    def version(self) -> str:
        """The API server's version. Raises ClusterError when none answers."""
        answer = self._call("GET", "/version", "its version", missing=True)
        if answer is None or not isinstance(answer.get("gitVersion"), str):
            raise self._not_an_api_server()
        return str(answer["gitVersion"])

    def serves(self, api: str, kind: str) -> bool:
        """Whether objects of this kind can be made. Raises ClusterError."""
        return self._resource(api, kind) is not None

    def forbidden(self, objects: Iterable[Manifest]) -> list[str]:
        """What applying the objects takes and this account may not do, as phrases. Raises ClusterError."""
        resources = {
            (
                one["apiVersion"].rpartition("/")[0],
                self._resource_of(one)[0],
                one["metadata"].get("namespace", ""),
            )
            for one in objects
        }
        return [
            f"{verb} {_resource_phrase(group, plural, namespace)}"
            for group, plural, namespace in sorted(resources)
            for verb in ("get", "create", "patch")
            if not self._may(group, plural, namespace, verb)
        ]

    def apply(self, one: Manifest, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object server-side as `sluicegate`. Raises ClusterError.

        In a dry run the server judges it and keeps nothing; an object whose namespace is still to be made
        counts as created.
        """
        metadata = one["metadata"]
        namespace = metadata.get("namespace")
        full_name = f"{namespace}/{metadata['name']}" if namespace else metadata["name"]
        what = f"{one['kind']} {full_name}"
        path = f"{self._path(one)}/{quote(metadata['name'])}"
        before = self._call("GET", path, what, missing=True)
        missing = dry_run and before is None
        try:
            after = self._patch(path, what, one, dry_run=dry_run, force=force, missing=missing)
        except Conflict as conflict:
            # Nobody requested what Argo CD wrote back; a person's change is another matter.
            if one["kind"] != "ApplicationSet" or not conflict.managers or conflict.managers - REWRITERS:
                raise
            after = self._patch(path, what, one, dry_run=dry_run, force=True)
        change = _change(before, after)
        _log.debug("%s: %s", what, change)
        return Applied(one["kind"], namespace, metadata["name"], change)

    def secret(self, namespace: str, name: str, key: str) -> bool | None:
        """Whether a secret is there with this key; None when this account may not read it.

        The API server tells a secret's keys only with their values: these are read, and dropped at once.
        """
        path = f"/api/v1/namespaces/{quote(namespace)}/secrets/{quote(name)}"
        try:
            secret = self._call("GET", path, "a secret", missing=True)
        except ClusterError:
            return None
        return secret is not None and key in (secret.get("data") or {})

    def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a ConfigMap; None where there is none, or it may not be read."""
        path = f"/api/v1/namespaces/{quote(namespace)}/configmaps/{quote(name)}"
        try:
            config_map = self._call("GET", path, f"ConfigMap {name}", missing=True)
        except ClusterError:
            return None
        return None if config_map is None else config_map.get("data") or {}

    def _patch(
        self, path: str, what: str, one: Manifest, *, dry_run: bool, force: bool, missing: bool = False
    ) -> Any:
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        if force:
            query["force"] = "true"
        return self._call("PATCH", f"{path}?{urlencode(query)}", what, one, missing=missing)

    def _may(self, group: str, plural: str, namespace: str, verb: str) -> bool:
        attributes = {"group": group, "resource": plural, "namespace": namespace, "verb": verb}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(self._call("POST", path, "what this account may do", review)["status"]["allowed"])

    def _path(self, one: Manifest) -> str:
        plural, namespaced = self._resource_of(one)
        if not namespaced:
            return f"{_api_path(one['apiVersion'])}/{plural}"
        return f"{_api_path(one['apiVersion'])}/namespaces/{quote(one['metadata']['namespace'])}/{plural}"

    def _resource_of(self, one: Manifest) -> tuple[str, bool]:
        """The plural of its kind, and whether it has a namespace. Raises ClusterError."""
        resource = self._resource(one["apiVersion"], one["kind"])
        if resource is None:
            raise ClusterError(
                f"the cluster does not know {one['kind']} of {one['apiVersion']}",
                "install what brings its CustomResourceDefinition",
            )
        return resource

    def _resource(self, api: str, kind: str) -> tuple[str, bool] | None:
        if (api, kind) not in self._kinds:
            listed = self._call("GET", _api_path(api), f"the kinds of {api}", missing=True) or {}
            for resource in listed.get("resources", ()):
                # A name with a slash is a subresource.
                if "/" not in resource["name"]:
                    self._kinds[api, resource["kind"]] = (resource["name"], bool(resource["namespaced"]))
        return self._kinds.get((api, kind))

    def _call(
        self, method: str, path: str, what: str, body: Manifest | None = None, *, missing: bool = False
    ) -> Any:
        """The JSON object of one request. None for a 404 if it may be `missing`. Raises ClusterError."""
        from sluicegate.gate.adapters.bounded_http import NoAnswer

        content = None if body is None else json.dumps(body).encode()
        content_type = APPLY if method == "PATCH" else "application/json"
        try:
            with warnings.catch_warnings():
                # A kubeconfig that skips the certificate's check is logged once, when it is read.
                warnings.simplefilter("ignore")
                answer = self._server.request(method, path, SECONDS, content, content_type)
        except NoAnswer as error:
            raise ClusterError(
                f"the cluster at {self.address} {error.message}",
                "see that it is up, and that --kubeconfig and --context mean the right one",
            ) from None
        if answer.status == 404 and missing:
            return None
        parsed = _json_object(answer.body)
        # 400 without JSON is what a TLS server says to plain HTTP.
        if 300 <= answer.status < 400 or (parsed is None and answer.status <= 400):
            raise self._not_an_api_server()
        if answer.status >= 400:
            reason = "" if parsed is None else str(parsed.get("message", ""))[:500]
            raise refusal(answer.status, reason, what)
        return parsed

    def _not_an_api_server(self) -> ClusterError:
        return ClusterError(
            f"the server at {self.address} answers, but not as a Kubernetes API server",
            "see --kubeconfig and --context",
        )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _api_path(api: str) -> str:
    return f"/apis/{api}" if "/" in api else f"/api/{api}"


def _resource_phrase(group: str, plural: str, namespace: str) -> str:
    resource = f"{plural}.{group}" if group else plural
    return f"{resource} in {namespace}" if namespace else resource


def _change(before: Manifest | None, after: Manifest | None) -> Change:
    if before is None or after is None:
        return "created"
    return "unchanged" if _content(before) == _content(after) else "changed"


def _content(one: Manifest) -> dict[str, Any]:
    """The object without what changes by itself."""
    content = {key: value for key, value in one.items() if key not in ("metadata", "status")}
    noise = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid")
    content["metadata"] = {key: value for key, value in one["metadata"].items() if key not in noise}
    return content
