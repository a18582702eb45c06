"""What is elsewhere: the repository on GitHub, Prometheus and Argo CD of environments in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sluicegate.ci.doctor import Line, Patient, line
from sluicegate.ci.doctor.repository import in_clusters
from sluicegate.ci.github.client import Client, GitHubError, answered, connect, token
from sluicegate.ci.github.rulesets import compare, declared
from sluicegate.ci.scaffold.repository import RULESETS_DIRECTORY
from sluicegate.gate.adapters.bounded_http import NoAnswer
from sluicegate.gate.adapters.http_get import get
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.errors import SluiceError

SECONDS = 5.0
"""For an answer."""
_ACCESS = "to read pull requests and rules, and to write comments and statuses"
_RULES = "that nothing reaches main unjudged, and the gate's evidence stays"


def lines(patient: Patient) -> Iterator[Line]:
    """GitHub where it is named; what an environment in a cluster is measured and applied by."""
    if patient.github is not None:
        yield from _github(patient, patient.github)
    for environment in in_clusters(patient):
        yield _prometheus(environment)
        yield _argocd(environment)


def _github(patient: Patient, repository: str) -> Iterator[Line]:
    try:
        client = connect(patient.api, token())
        rights, private = _rights(client, repository)
    except GitHubError as problem:
        yield line("token", False, problem.message, _ACCESS, problem.remedy)
        return
    needed = ("push",) if "push" in rights else ()
    found = f"{repository} ({'private' if private else 'public'}): {', '.join(rights) or 'no rights'}"
    yield line("token", bool(needed), found, _ACCESS, "use one that may write to the repository")
    yield _rules(patient, client, repository)


def _rights(client: Client, repository: str) -> tuple[list[str], bool]:
    """What the token may do there, and whether only members see it; scopes too, of a classic token."""
    with answered(repository, "read the repository"):
        found: Any = client.attempt(lambda: client.github.get_repo(repository))
        permissions = found.permissions
        rights = [name for name in ("pull", "push", "admin") if getattr(permissions, name, False)]
        scopes = client.github.oauth_scopes or []
    return [*rights, *(f"scope {scope}" for scope in scopes)], bool(found.private)


def _rules(patient: Patient, client: Client, repository: str) -> Line:
    remedy = f"sluice github protect --repo {repository} --apply, as an administrator"
    folder = patient.root / RULESETS_DIRECTORY
    if not folder.is_dir():
        return line("branch rules", False, f"no {RULESETS_DIRECTORY}", _RULES, "sluice init", needed=False)
    try:
        changes = compare(client, repository, declared(folder))
    except SluiceError as problem:
        return line("branch rules", False, problem.message, _RULES, problem.remedy or remedy)
    open_ones = [change.wanted["name"] for change in changes if change.kind != "keep"]
    found = f"not as declared: {', '.join(open_ones)}" if open_ones else f"{len(changes)} as declared"
    return line("branch rules", not open_ones, found, _RULES, remedy)


def _prometheus(environment: EnvironmentSpec) -> Line:
    url = environment.metrics.url.rstrip("/")
    purpose = f"the gate reads what happens in {environment.name}"
    try:
        get(f"{url}/api/v1/status/buildinfo", SECONDS)
    except NoAnswer as problem:
        return Line(
            "Prometheus", "missing", f"{url}: {problem.message}", f"{purpose}, from where it runs",
            "reach it from here (kubectl port-forward) only to run the gate here", needed=False,
        )  # fmt: skip
    return line("Prometheus", True, url, purpose, "")


def _argocd(environment: EnvironmentSpec) -> Line:
    purpose = f"Argo CD applies what {environment.name} releases"
    try:
        api = KubeApi(environment.cluster)
        api.get("/apis/argoproj.io/v1alpha1", "Argo CD's API")
    except (NoData, SluiceError) as problem:
        return Line("Argo CD", "missing", problem.message, purpose, problem.remedy, needed=False)
    return line("Argo CD", True, environment.cluster, purpose, "")
