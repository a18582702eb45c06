"""`sluice bootstrap`: put into a cluster what lets Argo CD and the gate follow a repository."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import click

from sluicegate.ci.report.text_format import clean

if TYPE_CHECKING:
    from sluicegate.ci.bootstrap.cluster import Cluster
    from sluicegate.ci.bootstrap.plan import InstallOptions
    from sluicegate.ci.bootstrap.reading import RepositoryConfig

Say = Callable[[str], None]
_SCHEMES = ("https", "http", "ssh", "git")
_SSH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:]\S*")
"""user@host:path"""


@click.command()
@click.option(
    "--repo",
    metavar="URL",
    envvar="SLUICE_REPO",
    show_envvar=True,
    help="As Argo CD reaches it; origin without it.",
)
@click.option(
    "--from",
    "source",
    metavar="URL_OR_PATH",
    help="Read the repository here, where --repo is not reached from this machine.",
)
@click.option("--branch", default="main", show_default=True, help="The branch that is deployed.")
@click.option("--kubeconfig", type=click.Path(path_type=Path), metavar="FILE", help="Else $KUBECONFIG.")
@click.option("--context", metavar="NAME", help="Of the kubeconfig; the current one without it.")
@click.option("--argocd-namespace", default="argocd", show_default=True, metavar="NAMESPACE")
@click.option(
    "--gate/--no-gate", "gate", default=None, help="Run the gate there; done where --gate-image is given."
)
@click.option("--gate-image", metavar="REPOSITORY@sha256:...", help="The gate's image, by digest.")
@click.option("--gate-namespace", default="sluicegate", show_default=True, metavar="NAMESPACE")
@click.option(
    "--gate-repo-secret",
    default="sluicegate-repo",
    show_default=True,
    metavar="NAME",
    help="Has the repository's URL and credential at the key `url`.",
)
@click.option(
    "--previews/--no-previews", default=False, show_default=True, help="One for a labelled request."
)
@click.option("--forge-api", metavar="URL", help="The forge's API; derived from --repo without it.")
@click.option("--dry-run", is_flag=True, help="Let the cluster judge everything, and keep nothing.")
@click.option("--force", is_flag=True, help="Take over fields that another manager of an object has set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bootstrap(
    *,
    repo: str | None,
    source: str | None,
    branch: str,
    kubeconfig: Path | None,
    context: str | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Set a cluster up: namespaces, Argo CD's project and application sets, and the gate.

    All of it is read from the repository's branch, as Argo CD will read it. A second run changes nothing.
    Secrets are never made: those that are missing are named, with the command that makes them.
    """
    from sluicegate.ci.bootstrap.cluster import Cluster

    say: Say = (lambda _: None) if as_json else click.echo
    with _told(as_json) as told:
        wanted = _wanted(repo or _origin(), branch, **asked)
        said = _said(source or wanted.repo, wanted)
        cluster = Cluster(kubeconfig, context)
        say(f"{cluster.address}: Kubernetes {clean(cluster.version(), 40)}")
        _carry_out(cluster, said, wanted, told, say, dry_run=dry_run, force=force)


def _carry_out(
    cluster: Cluster,
    said: RepositoryConfig,
    wanted: InstallOptions,
    told: dict[str, Any],
    say: Say,
    *,
    dry_run: bool,
    force: bool,
) -> None:
    from sluicegate.ci.bootstrap import plan, preflight

    objects = plan.objects(said, wanted)
    told.update(revision=said.revision, dry_run=dry_run)
    preflight.require(cluster, said, objects)
    say(f"{wanted.repo} at {said.revision[:12]} of {wanted.branch}")
    for one in objects:
        applied = cluster.apply(one, dry_run=dry_run, force=force)
        told["objects"].append(asdict(applied))
        place = f"{applied.namespace}/{applied.name}" if applied.namespace else applied.name
        tail = " (dry run)" if dry_run else ""
        say(f"{applied.done:<9} {applied.kind} {place}{tail}")
    for name in said.embedded:
        say(f"left out  environment {name}: its traffic is embedded")
    for secret in plan.secrets(wanted):
        there = cluster.secret(secret.namespace, secret.name, secret.key)
        told["secrets"].append(asdict(secret) | {"there": there, "command": secret.command})
        what = f"Secret {secret.namespace}/{secret.name} with the key {secret.key!r}: {secret.what}"
        state = {True: "found", False: "missing", None: "not seen"}[there]
        say(f"{state:<9} {what}" + ("" if there else f"\n          {secret.command}"))
    for line in preflight.advice(cluster, said, wanted):
        told["advice"].append(line)
        say(f"advice    {line}")
    if wanted.gate is None:
        say("left out  the gate: name its image with --gate-image, or run it elsewhere")


@contextmanager
def _told(as_json: bool) -> Iterator[dict[str, Any]]:
    """What was done, printed as one JSON object; where an error ends it, with that as `error`."""
    told: dict[str, Any] = {"objects": [], "secrets": [], "advice": [], "error": None}
    try:
        yield told
    except Exception as error:
        told["error"] = str(error) or type(error).__name__
        raise
    finally:
        if as_json:
            click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def _wanted(
    repo: str,
    branch: str,
    *,
    argocd_namespace: str,
    gate: bool | None,
    gate_image: str | None,
    gate_namespace: str,
    gate_repo_secret: str,
    previews: bool,
    forge_api: str | None,
) -> InstallOptions:
    from sluicegate.ci.bootstrap.plan import GateOptions, InstallOptions
    from sluicegate.specs.yamlio import InputError

    if gate and gate_image is None:
        raise click.UsageError("--gate needs --gate-image REPOSITORY@sha256:...")
    address = _address(repo)
    if address.password or (address.username and address.scheme in ("http", "https")):
        raise InputError.of(
            "the repository's address carries a credential, which would stand in the cluster for all to read",
            "give the address without one, and make it known to Argo CD as a repository secret",
            where="--repo",
        )
    if address.query or address.fragment:
        raise InputError.of(
            "the repository's address has a query or a fragment: a token there would be for all to read",
            "end it with OWNER/NAME, and make a credential known to Argo CD as a repository secret",
            where="--repo",
        )
    if not _SSH.fullmatch(repo) and (address.scheme not in _SCHEMES or not address.hostname):
        raise _unreached()
    wanted = None
    if gate_image is not None and gate is not False:
        wanted = GateOptions.of(gate_image, gate_namespace, gate_repo_secret)
    return InstallOptions(repo, branch, argocd_namespace, wanted, previews, forge_api)


def _address(repo: str) -> SplitResult:
    """The parts of an address, if it is one with a port that can be. Raises InputError."""
    try:
        address = urlsplit(repo)
        _ = address.port
    except ValueError:
        raise _unreached() from None
    if not repo.isprintable() or " " in repo:
        raise _unreached()
    return address


def _unreached() -> Exception:
    # The address is not shown: where it is written badly, a credential may be anywhere in it.
    from sluicegate.specs.yamlio import InputError

    return InputError.of(
        f"the repository's address is neither a URL ({', '.join(_SCHEMES)}) nor USER@HOST:PATH; "
        "Argo CD reaches no other, and no path of this machine",
        "name it with --repo URL, and with --from PATH where it is to be read here",
        where="--repo (without it: origin)",
    )


def _said(source: str, wanted: InstallOptions) -> RepositoryConfig:
    from sluicegate.ci.bootstrap import reading
    from sluicegate.gate.adapters.git.repository import Repository

    paths = [reading.PROJECT, reading.RELEASES] + [reading.PREVIEWS] * wanted.previews
    charts = [reading.SERVING] + [reading.GATE] * (wanted.gate is not None)
    with Repository(source, None, (wanted.branch,)) as repository:
        repository.fetch()
        return reading.read(repository, wanted.branch, paths, charts)


def _origin() -> str:
    """The current directory's origin, whatever it is. Raises InputError where there is none."""
    from sluicegate.ci.commands._checkout import checkout
    from sluicegate.specs.yamlio import InputError

    found = checkout(Path()).origin()
    if not found:
        raise InputError.of(
            "the current directory has no origin", "name the repository, as Argo CD reaches it, with --repo"
        )
    return found
