"""What has to be in the cluster, as data: pure, from what the repository says and what was asked for."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sluicegate.ci.bootstrap.reading import PREVIEWS, PROJECT, RELEASES, Manifest, RepositoryConfig
from sluicegate.gate.adapters.kubeapi import IN_CLUSTER
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.names import NAME, SHA256
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.name_conflicts import name_conflicts

PLACEHOLDERS = re.compile(r"\bOWNER\b|\bREPOSITORY\b")
"""What the committed manifests have where the repository's own address is to stand."""
MANAGED = {"app.kubernetes.io/managed-by": "sluicegate"}
_REPOSITORY = r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+"
"""As charts/gate/values.schema.json has it: a colon may stand before a port only, so there is no tag."""
_IMAGE = re.compile(rf"(?P<repository>{_REPOSITORY})@(?P<digest>{SHA256})")
_SECRET = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
GATE_KINDS = (
    ("", "ConfigMap"),
    ("", "ServiceAccount"),
    ("", "Service"),
    ("apps", "Deployment"),
    ("batch", "CronJob"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "ServiceMonitor"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
)
"""Namespaced kinds that charts/gate renders."""
GATE_VALUES = "environments/gate.yaml"
"""What people set of the gate's chart beside what stands here: its interval, what it looks at, its limits."""
GATE_CLUSTER_KINDS = (
    ("", "Namespace"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
)
"""Kinds without a namespace that it renders, and the one that CreateNamespace wants."""


@dataclass(frozen=True)
class Secret:
    """A secret that somebody else makes: nothing here creates one, or keeps or prints what is in it."""

    namespace: str
    name: str
    key: str
    what: str

    @property
    def command(self) -> str:
        """How to make it."""
        made = f"kubectl --namespace {self.namespace} create secret generic {self.name}"
        return f"{made} --from-file={self.key}=FILE"


@dataclass(frozen=True)
class GateOptions:
    """The gate in the cluster: its image by digest, where it runs, the secret with its repository's URL."""

    repository: str
    digest: str
    namespace: str
    secret: str

    @classmethod
    def of(cls, image: str, namespace: str, secret: str) -> GateOptions:
        """From `REGISTRY/NAME@sha256:...`. Raises InputError for anything else, a tag as well."""
        found = _IMAGE.fullmatch(image)
        if found is None:
            raise InputError.of(
                f"{image[:200]!r} names no image by its registry, name and digest alone",
                "write REGISTRY/NAME@sha256: and 64 hexadecimal digits, without a tag: what runs must not "
                "change unseen",
                where="--gate-image",
            )
        return cls(found["repository"], found["digest"], namespace, secret)


@dataclass(frozen=True)
class InstallOptions:
    """What was asked for. `repo` is the address as Argo CD reaches it, `forge` its forge's API.

    Raises InputError for names that Kubernetes does not take.
    """

    repo: str
    branch: str = "main"
    argocd: str = "argocd"
    gate: GateOptions | None = None
    previews: bool = False
    forge: str | None = None

    def __post_init__(self) -> None:
        named = [("--argocd-namespace", self.argocd)]
        if self.gate is not None:
            named.append(("--gate-namespace", self.gate.namespace))
        for where, name in named:
            if not re.fullmatch(NAME, name):
                raise InputError.of(
                    f"{name[:200]!r} is no name of a namespace",
                    "write lower-case letters, digits and hyphens, at most 63, with a letter or digit at "
                    "both ends",
                    where=where,
                )
        if self.gate is not None and not _SECRET.fullmatch(self.gate.secret):
            raise InputError.of(
                f"{self.gate.secret[:200]!r} is no name of a secret",
                "write lower-case letters, digits, hyphens and dots, at most 253, with a letter or digit at "
                "both ends",
                where="--gate-repo-secret",
            )


def objects(said: RepositoryConfig, wanted: InstallOptions) -> list[Manifest]:
    """All objects, in the order in which they are put there. Raises InputError."""
    for clash in name_conflicts(said.environments, {}):
        path = f"environments/{clash.environments[1]}/environment.yaml"
        raise InputError.of(clash.message, clash.remedy, path, where="spec.namespace")
    local = [spec for spec in said.environments if spec.cluster == IN_CLUSTER]
    names = sorted({spec.namespace for spec in local})
    found = [_namespace(name, MANAGED) for name in names]
    found += [
        _project(one, said, wanted) if one["kind"] == "AppProject" else _set(one, wanted)
        for path in (PROJECT, RELEASES)
        for one in said.manifests[path]
    ]
    if wanted.previews:
        found += [_preview(one, said, wanted) for one in said.manifests[PREVIEWS]]
    if wanted.gate is not None:
        found += [_namespace(wanted.gate.namespace, MANAGED), *_gate(said, wanted, wanted.gate)]
    for one in found:
        for place, text in _texts(one):
            if left := PLACEHOLDERS.search(text):
                raise InputError.of(
                    f"{one['kind']} {one['metadata']['name']} still says {left[0]} at {place}",
                    "let that be a repoURL, a source repository, or the pull requests' owner and repo",
                )
    return found


def secrets(wanted: InstallOptions) -> list[Secret]:
    """The secrets that must be there, with what belongs into them."""
    found = []
    if wanted.gate is not None:
        what = "the repository's URL with a credential that may push"
        found.append(Secret(wanted.gate.namespace, wanted.gate.secret, "url", what))
    if wanted.previews:
        found.append(
            Secret(wanted.argocd, "sluicegate-forge", "token", "a token that may read pull requests")
        )
    return found


def owner_and_name(repo: str) -> tuple[str, str]:
    """Whose repository it is and how it is called. Raises InputError for an address without both."""
    path = urlsplit(repo).path if "://" in repo else repo.rpartition(":")[2]
    parts = path.strip("/").removesuffix(".git").split("/")
    if len(parts) < 2 or not all(parts[-2:]):
        raise InputError.of(
            f"{repo[:200]!r} names no owner and repository, whose pull requests are to have previews",
            "give the forge's address with --repo, or leave out --previews",
        )
    return parts[-2], parts[-1]


def forge_api(repo: str) -> str:
    """Where a forge of GitHub's kind has its API. Raises InputError where the address does not tell."""
    address = urlsplit(repo)
    if address.hostname in ("github.com", "ssh.github.com") or repo.startswith("git@github.com:"):
        return "https://api.github.com/"
    if address.scheme in ("http", "https") and address.hostname:
        port = f":{address.port}" if address.port else ""
        return f"{address.scheme}://{address.hostname}{port}/api/v3/"
    raise InputError.of(f"{repo[:200]!r} does not say where the forge's API is", "name it with --forge-api")


def _namespace(name: str, labels: Mapping[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}


def _destinations(environments: Sequence[EnvironmentSpec]) -> list[dict[str, str]]:
    pairs = sorted({(spec.cluster, spec.namespace) for spec in environments})
    return [{"name": cluster, "namespace": namespace} for cluster, namespace in pairs]


def _placed(one: Manifest, wanted: InstallOptions) -> Manifest:
    """The object in Argo CD's namespace, with this repository in place of every other."""
    placed: Manifest = _filled(copy.deepcopy(one), wanted)
    placed["metadata"]["namespace"] = wanted.argocd
    placed["metadata"]["labels"] = {**placed["metadata"].get("labels", {}), **MANAGED}
    return placed


def _filled(value: Any, wanted: InstallOptions) -> Any:
    if isinstance(value, list):
        return [_filled(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: _filled(item, wanted) for key, item in value.items()}
    if "repoURL" in filled:
        filled["repoURL"] = wanted.repo
    if "sourceRepos" in filled:
        filled["sourceRepos"] = [wanted.repo]
    for key in ("revision", "targetRevision"):
        # A template stands for a pull request's own commit.
        if isinstance(filled.get(key), str) and "{{" not in filled[key]:
            filled[key] = wanted.branch
    return filled


def _project(one: Manifest, said: RepositoryConfig, wanted: InstallOptions) -> Manifest:
    project = _placed(one, wanted)
    project["spec"]["destinations"] = _destinations(said.environments)
    return project


def _set(one: Manifest, wanted: InstallOptions) -> Manifest:
    return _placed(one, wanted)


def _preview(one: Manifest, said: RepositoryConfig, wanted: InstallOptions) -> Manifest:
    placed = _placed(one, wanted)
    if one["kind"] == "AppProject":
        return placed
    owner, name = owner_and_name(wanted.repo)
    first = said.environments[0].name
    for pulls in _find(placed, "pullRequest"):
        github = pulls.get("github")
        if not isinstance(github, dict):
            raise InputError.of("its pullRequest generator has no `github`", "give it one", PREVIEWS)
        github.update(owner=owner, repo=name, api=wanted.forge or forge_api(wanted.repo))
    for helm in _find(placed, "helm"):
        files = helm.get("valueFiles", [])
        helm["valueFiles"] = [file.replace("/environments/dev/", f"/environments/{first}/") for file in files]
    return placed


def gate_values(
    environments: Sequence[EnvironmentSpec], wanted: InstallOptions, gate: GateOptions
) -> dict[str, Any]:
    """What the gate's chart is given beside `GATE_VALUES`, and wins over it."""
    local = {(spec.namespace, spec.traffic) for spec in environments if spec.cluster == IN_CLUSTER}
    return {
        "image": {"repository": gate.repository, "digest": gate.digest},
        "repo": {"secret": {"name": gate.secret, "key": "url"}, "branch": wanted.branch},
        "argocd": {"namespace": wanted.argocd},
        "environments": [{"namespace": name, "traffic": traffic} for name, traffic in sorted(local)],
    }


def _gate(said: RepositoryConfig, wanted: InstallOptions, gate: GateOptions) -> list[Manifest]:
    """The gate's own project and Application: what it is, git says; only its image and secrets stand here."""
    local = [spec for spec in said.environments if spec.cluster == IN_CLUSTER]
    namespaces = sorted({gate.namespace, wanted.argocd, *(spec.namespace for spec in local)})
    kinds = [{"group": group, "kind": kind} for group, kind in GATE_KINDS]
    wide = [{"group": group, "kind": kind} for group, kind in GATE_CLUSTER_KINDS]
    head = {"apiVersion": "argoproj.io/v1alpha1"}
    labels, name = dict(MANAGED), "sluicegate-gate"
    project = {
        **head,
        "kind": "AppProject",
        "metadata": {"name": name, "namespace": wanted.argocd, "labels": labels},
        "spec": {
            "description": "The gate, and what it may read",
            "sourceRepos": [wanted.repo],
            "destinations": [{"name": IN_CLUSTER, "namespace": one} for one in namespaces],
            "clusterResourceWhitelist": wide,
            "namespaceResourceWhitelist": kinds,
        },
    }
    values = gate_values(said.environments, wanted, gate)
    application = {
        **head,
        "kind": "Application",
        "metadata": {"name": name, "namespace": wanted.argocd, "labels": labels},
        "spec": {
            "project": name,
            "source": {
                "repoURL": wanted.repo,
                "targetRevision": wanted.branch,
                "path": "charts/gate",
                "helm": {
                    "releaseName": "gate",
                    "ignoreMissingValueFiles": True,
                    "valueFiles": [f"/{GATE_VALUES}"],
                    "valuesObject": values,
                },
            },
            "destination": {"name": IN_CLUSTER, "namespace": gate.namespace},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
            },
        },
    }
    return [project, application]


def _find(value: Any, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _find(item, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == key and isinstance(item, dict):
                yield item
            yield from _find(item, key)


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{place}.{name}" if place else str(name))
