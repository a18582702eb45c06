"""`sluice bootstrap`: put into a cluster what lets Argo CD and the gate follow a repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sluicegate.ci.report.text_format import clean

if TYPE_CHECKING:
    from sluicegate.ci.bootstrap.cluster import Cluster
    from sluicegate.ci.bootstrap.options import InstallOptions
    from sluicegate.ci.bootstrap.repository_config import RepositoryConfig

Echo = Callable[[str], None]


@click.command()
@click.option(
    "--repo",
    metavar="URL",
    envvar="SLUICE_REPO",
    show_envvar=True,
    help="The repository, as Argo CD reaches it [default: origin]",
)
@click.option(
    "--from",
    "source",
    metavar="URL_OR_PATH",
    help="Read the repository here, if this machine cannot reach --repo",
)
@click.option("--branch", default="main", show_default=True, help="The branch that is deployed")
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Path to the kubeconfig [default: $KUBECONFIG]",
)
@click.option("--context", metavar="NAME", help="Kubeconfig context [default: current]")
@click.option(
    "--argocd-namespace",
    default="argocd",
    show_default=True,
    metavar="NAMESPACE",
    help="Namespace of Argo CD",
)
@click.option(
    "--gate/--no-gate", "gate", default=None, help="Run the gate in the cluster [default: if --gate-image]"
)
@click.option("--gate-image", metavar="REPOSITORY@sha256:...", help="Image of the gate, by digest")
@click.option(
    "--gate-namespace",
    default="sluicegate",
    show_default=True,
    metavar="NAMESPACE",
    help="Namespace of the gate",
)
@click.option(
    "--gate-repo-secret",
    default="sluicegate-repo",
    show_default=True,
    metavar="NAME",
    help="Secret with the repository URL and credential under key `url`",
)
@click.option(
    "--previews/--no-previews",
    default=False,
    show_default=True,
    help="Preview environments for labelled pull requests",
)
@click.option("--forge-api", metavar="URL", help="API of the forge [default: derived from --repo]")
@click.option("--dry-run", is_flag=True, help="Let the API server check every object, and keep none")
@click.option("--force", is_flag=True, help="Take over fields that another field manager owns")
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
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
    **options: Any,
) -> None:
    """Set a cluster up: namespaces, Argo CD's project and application sets, and the gate.

    All of it is read from the repository's branch, as Argo CD will read it. A second run changes nothing.
    Secrets are never created: those that are missing are named, with the command that creates them.
    """
    from sluicegate.ci.bootstrap.cluster import Cluster

    echo: Echo = (lambda _: None) if as_json else click.echo
    with _report(as_json) as report:
        install = _install_options(repo or _origin(), branch, **options)
        config = _repository_config(source or install.repo, install)
        cluster = Cluster(kubeconfig, context)
        echo(f"{cluster.address}: Kubernetes {clean(cluster.version(), 40)}")
        _apply(cluster, config, install, report, echo, dry_run=dry_run, force=force)
        _check_secrets(cluster, install, report, echo)
        _advise(cluster, config, install, report, echo)


def _apply(
    cluster: Cluster,
    config: RepositoryConfig,
    install: InstallOptions,
    report: dict[str, Any],
    echo: Echo,
    *,
    dry_run: bool,
    force: bool,
) -> None:
    from sluicegate.ci.bootstrap import plan, preflight

    objects = plan.objects(config, install)
    report.update(revision=config.revision, dry_run=dry_run)
    preflight.require(cluster, config, objects)
    echo(f"{install.repo} at {config.revision[:12]} of {install.branch}")
    for one in objects:
        applied = cluster.apply(one, dry_run=dry_run, force=force)
        report["objects"].append(asdict(applied))
        name = f"{applied.namespace}/{applied.name}" if applied.namespace else applied.name
        tail = " (dry run)" if dry_run else ""
        echo(f"{applied.done:<9} {applied.kind} {name}{tail}")
    for environment in config.embedded:
        echo(f"left out  environment {environment}: its traffic is embedded")


def _check_secrets(cluster: Cluster, install: InstallOptions, report: dict[str, Any], echo: Echo) -> None:
    from sluicegate.ci.bootstrap.required_secrets import secrets

    for secret in secrets(install):
        there = cluster.secret(secret.namespace, secret.name, secret.key)
        report["secrets"].append(asdict(secret) | {"there": there, "command": secret.command})
        state = {True: "found", False: "missing", None: "not seen"}[there]
        full_name = f"{secret.namespace}/{secret.name}"
        echo(f"{state:<9} Secret {full_name} with the key {secret.key!r}: {secret.what}")
        if not there:
            echo(f"          {secret.command}")


def _advise(
    cluster: Cluster, config: RepositoryConfig, install: InstallOptions, report: dict[str, Any], echo: Echo
) -> None:
    from sluicegate.ci.bootstrap.preflight import advice

    for line in advice(cluster, config, install):
        report["advice"].append(line)
        echo(f"advice    {line}")
    if install.gate is None:
        echo("left out  the gate: name its image with --gate-image, or run it elsewhere")


@contextmanager
def _report(as_json: bool) -> Iterator[dict[str, Any]]:
    """What was done, printed as one JSON object; where an error ends it, with that as `error`."""
    report: dict[str, Any] = {"objects": [], "secrets": [], "advice": [], "error": None}
    try:
        yield report
    except Exception as error:
        report["error"] = str(error) or type(error).__name__
        raise
    finally:
        if as_json:
            click.echo(json.dumps(report, indent=2, ensure_ascii=False))


def _install_options(
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
    from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
    from sluicegate.ci.bootstrap.repository_address import require_usable

    if gate and gate_image is None:
        raise click.UsageError("--gate needs --gate-image REPOSITORY@sha256:...")
    require_usable(repo)
    gate_options = None
    if gate_image is not None and gate is not False:
        gate_options = GateOptions.of(gate_image, gate_namespace, gate_repo_secret)
    return InstallOptions(repo, branch, argocd_namespace, gate_options, previews, forge_api)


def _repository_config(source: str, install: InstallOptions) -> RepositoryConfig:
    from sluicegate.ci.bootstrap import repository_config
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.specs import layout

    paths = [layout.PROJECT_MANIFEST, layout.RELEASES_MANIFEST]
    if install.previews:
        paths.append(layout.PREVIEWS_MANIFEST)
    charts = [layout.SERVING_CHART]
    if install.gate is not None:
        charts.append(layout.GATE_CHART)
    with Repository(source, None, (install.branch,)) as repository:
        repository.fetch()
        return repository_config.read(repository, install.branch, paths, charts)


def _origin() -> str:
    """The current directory's origin, whatever it is. Raises InputError where there is none."""
    from sluicegate.ci.commands._checkout import checkout
    from sluicegate.specs.yamlio import InputError

    origin = checkout(Path()).origin()
    if not origin:
        raise InputError.of(
            "the current directory has no origin", "name the repository, as Argo CD reaches it, with --repo"
        )
    return origin
