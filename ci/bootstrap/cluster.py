"""One cluster by its kubeconfig: what is asked of it and applied to it, with errors that name themselves."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sluicegate.specs.errors import SluiceError

MANAGER = "sluicegate"
SECONDS = 30.0
Manifest = Mapping[str, Any]
Done = Literal["created", "changed", "unchanged"]


REWRITERS = frozenset({"argocd", "argocd-applicationset-controller"})
"""Argo CD's own names as a manager: told by a webhook to look anew, it writes a whole ApplicationSet back."""
_MANAGERS = re.compile(r'conflicts? with "([^"]+)"')


class ClusterError(SluiceError):
    """The cluster cannot be used as it is; the message ends in a remedy."""


class Conflict(ClusterError):
    """Others keep fields of what was to be applied."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.managers = frozenset(_MANAGERS.findall(said))
        """Their names, as the API server tells them."""


@dataclass(frozen=True)
class Applied:
    """What became of one object."""

    kind: str
    namespace: str | None
    name: str
    done: Done


class Cluster:
    """A cluster, by a kubeconfig's context; the usual places where neither is named. Raises ClusterError."""

    def __init__(self, kubeconfig: Path | None = None, context: str | None = None) -> None:
        # The client costs more than a second, which `--help` does not need.
        from kubernetes import client, config

        if kubeconfig is not None and not kubeconfig.is_file():
            raise ClusterError(f"there is no kubeconfig {kubeconfig}; name another with --kubeconfig")
        made = client.Configuration()
        made.retries = False
        try:
            file = str(kubeconfig) if kubeconfig else None
            config.load_kube_config(file, context, made, persist_config=False)
        # The loader raises its own ConfigException, YAML's errors, KeyError and more.
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            remedy = "name a context of it with --context" if context else "name one with --kubeconfig"
            raise ClusterError(f"the kubeconfig gives no access to a cluster ({said}); {remedy}") from None
        self.address: str = made.host
        self._client = client.ApiClient(made)
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}

    def version(self) -> str:
        """The API server's version. Raises ClusterError when none answers."""
        found = self._call("GET", "/version", "its version", missing=True)
        if found is None or not isinstance(found.get("gitVersion"), str):
            raise self._no_api()
        return str(found["gitVersion"])

    def serves(self, api: str, kind: str) -> bool:
        """Whether objects of this kind can be made. Raises ClusterError."""
        return self._plural(api, kind) is not None

    def forbidden(self, objects: Iterable[Manifest]) -> list[str]:
        """What this account may not do of what applying the objects takes, in words. Raises ClusterError."""
        asked = {
            (one["apiVersion"].rpartition("/")[0], self._kind(one)[0], one["metadata"].get("namespace", ""))
            for one in objects
        }
        return [
            f"{verb} {plural}{'.' + group if group else ''}{f' in {namespace}' if namespace else ''}"
            for group, plural, namespace in sorted(asked)
            for verb in ("get", "create", "patch")
            if not self._may(group, plural, namespace, verb)
        ]

    def apply(self, one: Manifest, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object server-side as `sluicegate`. Raises ClusterError.

        In a dry run the server judges it and keeps nothing; one in a namespace that is still to be made is
        taken as created.
        """
        metadata = one["metadata"]
        path = f"{self._path(one)}/{quote(metadata['name'])}"
        what = f"{one['kind']} {metadata.get('namespace', '')}/{metadata['name']}".replace(" /", " ")
        shown = (one["kind"], metadata.get("namespace"), metadata["name"])
        before = self._call("GET", path, what, missing=True)
        query = f"?fieldManager={MANAGER}&fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        query += "&force=true" if force else ""
        try:
            after = self._call("PATCH", path + query, what, one, missing=dry_run and before is None)
        except Conflict as conflict:
            # What Argo CD wrote back is nobody's wish; what a person changed is.
            if one["kind"] != "ApplicationSet" or not conflict.managers or conflict.managers - REWRITERS:
                raise
            after = self._call("PATCH", f"{path}{query}&force=true", what, one)
        if before is None:
            return Applied(*shown, "created")
        return Applied(*shown, "unchanged" if _content(before) == _content(after) else "changed")

    def secret(self, namespace: str, name: str, key: str) -> bool | None:
        """Whether a secret is there with this key; None when this account may not look.

        The API server tells a secret's keys only with their values: these are read, and dropped at once.
        """
        try:
            found = self._call(
                "GET",
                f"/api/v1/namespaces/{quote(namespace)}/secrets/{quote(name)}",
                "a secret",
                missing=True,
            )
        except ClusterError:
            return None
        return found is not None and key in (found.get("data") or {})

    def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a ConfigMap; None where there is none, or it may not be read."""
        try:
            path = f"/api/v1/namespaces/{quote(namespace)}/configmaps/{quote(name)}"
            found = self._call("GET", path, f"ConfigMap {name}", missing=True)
        except ClusterError:
            return None
        return None if found is None else found.get("data") or {}

    def _may(self, group: str, plural: str, namespace: str, verb: str) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {
                    "group": group, "resource": plural, "namespace": namespace, "verb": verb
                }
            },
        }  # fmt: skip
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(self._call("POST", path, "what this account may do", review)["status"]["allowed"])

    def _path(self, one: Manifest) -> str:
        plural, namespaced = self._kind(one)
        api = one["apiVersion"]
        prefix = f"/apis/{api}" if "/" in api else f"/api/{api}"
        return (
            f"{prefix}/namespaces/{quote(one['metadata']['namespace'])}/{plural}"
            if namespaced
            else f"{prefix}/{plural}"
        )

    def _kind(self, one: Manifest) -> tuple[str, bool]:
        found = self._plural(one["apiVersion"], one["kind"])
        if found is None:
            raise ClusterError(
                f"the cluster knows no {one['kind']} of {one['apiVersion']}; install what brings its "
                "CustomResourceDefinition"
            )
        return found

    def _plural(self, api: str, kind: str) -> tuple[str, bool] | None:
        if (api, kind) not in self._kinds:
            path = f"/apis/{api}" if "/" in api else f"/api/{api}"
            found = self._call("GET", path, f"the kinds of {api}", missing=True)
            for known in (found or {}).get("resources", ()):
                if "/" not in known["name"]:
                    self._kinds[api, known["kind"]] = (known["name"], bool(known["namespaced"]))
        return self._kinds.get((api, kind))

    def _call(
        self, method: str, path: str, what: str, body: Manifest | None = None, *, missing: bool = False
    ) -> Any:
        """One request. None for a 404 where that is no error (`missing`). Raises ClusterError."""
        kind = "application/apply-patch+yaml" if method == "PATCH" else "application/json"
        headers = {"Accept": "application/json", "Content-Type": kind}
        try:
            self._client.update_params_for_auth(headers, [], ["BearerToken"])
            with warnings.catch_warnings():
                # A kubeconfig that skips the certificate's check says so; once a request is too often.
                warnings.simplefilter("ignore")
                answer = self._client.rest_client.pool_manager.request(
                    method,
                    self.address.rstrip("/") + path,
                    body=None if body is None else json.dumps(body),
                    headers=headers,
                    timeout=SECONDS,
                    retries=False,
                    redirect=False,
                )
        # urllib3, ssl and credential plug-ins raise what they like.
        except Exception as error:
            raise ClusterError(
                f"the cluster at {self.address} does not answer ({type(error).__name__}: {str(error)[:300]})"
                "; see that it is up, and that --kubeconfig and --context mean the right one"
            ) from None
        if answer.status == 404 and missing:
            return None
        try:
            found = json.loads(answer.data)
        except ValueError:
            found = None
        whole = isinstance(found, dict)
        # 400 without JSON is what a TLS server says to plain HTTP.
        if 300 <= answer.status < 400 or (not whole and answer.status <= 400):
            raise self._no_api()
        if answer.status > 399:
            said = str(found.get("message", ""))[:500] if isinstance(found, dict) else ""
            message = _refused(answer.status, said, what)
            raise Conflict(message, said) if answer.status == 409 else ClusterError(message)
        return found

    def _no_api(self) -> ClusterError:
        return ClusterError(
            f"the server at {self.address} answers, but not as a Kubernetes API server; see --kubeconfig and "
            "--context"
        )


def _refused(status: int, said: str, what: str) -> str:
    if status == 401:
        return f"the cluster does not know this account ({what}: {said}); renew the kubeconfig's credentials"
    if status == 403:
        return f"{what} is forbidden to this account ({said}); let an administrator run it, or grant that"
    if status == 404:
        return f"{what} has no place ({said}); see --argocd-namespace and --gate-namespace"
    if status == 409:
        return f"{what} is kept by somebody else ({said}); let them give it up, or take it over with --force"
    if status in (400, 422):
        return f"the cluster refuses {what} ({said}); see that its Argo CD is 3.2 or later"
    return f"{what}: the API server answers {status} ({said}); see its log"


def _content(one: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what changes by itself."""
    kept = {key: value for key, value in one.items() if key not in ("metadata", "status")}
    noise = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid")
    kept["metadata"] = {key: value for key, value in one["metadata"].items() if key not in noise}
    return kept
