"""`sluice mlflow`: what MLflow's registry starts."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._pull_request_options import api_option, github_option
from sluicegate.ci.commands._pull_request_options import author as author_of
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.mlflow.pull_request import Home
    from sluicegate.ci.mlflow.webhook import Announced

SECRET = "SLUICE_MLFLOW_SECRET"  # noqa: S105 - its name


@click.group()
def mlflow() -> None:
    """Take in what MLflow's registry tells."""


@mlflow.command()
@click.option(
    "--address", default="127.0.0.1:8071", show_default=True, metavar="HOST:PORT", help="Where to listen."
)
@click.option(
    "--repo", metavar="URL_OR_PATH", envvar="SLUICE_REPO", show_envvar=True, required=True,
    help="The repository, as git clones and pushes to it.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, metavar="[REGISTERED=]MODEL", required=True,
    help="A model that is followed, with its name in MLflow where that is another one; may be repeated.",
)  # fmt: skip
@click.option("--alias", metavar="NAME", help="Wait until a version has this alias [default: propose each].")
@click.option(
    "--author", required=True, metavar="'NAME <EMAIL>'", envvar="SLUICE_AUTHOR", show_envvar=True,
    help="Who the commits are by.",
)  # fmt: skip
@click.option(
    "--publish", "publish_to", metavar="oci://REGISTRY/REPOSITORY", envvar="SLUICE_REGISTRY",
    show_envvar=True, help="Push the files there instead of to the repository; see `sluice publish`.",
)  # fmt: skip
@github_option
@api_option
def listen(  # noqa: PLR0917 - click passes them by name
    address: str,
    repo: str,
    models: tuple[str, ...],
    alias: str | None,
    author: str,
    publish_to: str | None,
    github: str | None,
    api: str,
) -> None:
    """Open a pull request for each version that MLflow's webhooks tell of, until SIGTERM.

    The webhook's secret is in SLUICE_MLFLOW_SECRET, GitHub's token in SLUICE_TOKEN or GITHUB_TOKEN, and
    MLflow is asked as MLFLOW_TRACKING_URI and its credentials say. A version has one pull request, also
    where a person closed it.
    """
    from sluicegate.ci.github.client import connect, token
    from sluicegate.ci.github.propose import repository_of
    from sluicegate.ci.mlflow.pull_request import Home

    secret = os.environ.get(SECRET, "")
    if not secret:
        raise InputError.of(
            "webhooks without a secret could be anybody's", f"set {SECRET} here and in MLflow's webhook"
        )
    person = author_of(author)
    if person is None:
        raise click.UsageError(f"--author {author!r} is not 'NAME <EMAIL>'")
    client = connect(api, token())
    home = Home(client, github or repository_of(repo), repo, person, publish_to)
    try:
        _serve(address, secret, _by_registered_name(models), alias, home)
    finally:
        client.github.close()


def _by_registered_name(models: tuple[str, ...]) -> dict[str, str]:
    """Our model by MLflow's name."""
    pairs = (text.rpartition("=") for text in models)
    return {registered or model: model for registered, _, model in pairs}


def _serve(address: str, secret: str, models: dict[str, str], alias: str | None, home: Home) -> None:
    """Take webhooks in until the process is ended. Raises InputError."""
    import threading

    from sluicegate.ci.mlflow.webhook import Receiver

    match = re.fullmatch(r"(?P<host>.+):(?P<port>[0-9]{1,5})", address)
    if match is None or int(match["port"]) > 65535:
        raise click.UsageError(f"--address {address!r} is not HOST:PORT")

    def act(announced: Announced) -> None:
        click.echo(_proposed(home, models, announced))

    try:
        receiver = Receiver(match["host"].strip("[]"), int(match["port"]), secret.encode(), act, alias=alias)
    except OSError as error:
        raise InputError.of(f"{address} cannot be had: {error.strerror}", "name another address") from error
    with receiver:
        click.echo(f"webhooks at http://{match['host']}:{receiver.port}/", err=True)
        threading.Event().wait()


def _proposed(home: Home, models: dict[str, str], announced: Announced) -> str:
    """What became of it, in one line; an error is a line too, and the next version is taken in."""
    from sluicegate.ci.mlflow.pull_request import propose_version
    from sluicegate.specs.errors import SluiceError

    what = f"mlflow:/models/{announced.name}/{announced.version}"
    model = models.get(announced.name)
    if model is None:
        return f"{what}: not followed, see --model"
    try:
        found = propose_version(home, model, announced.name, announced.version)
    except SluiceError as error:
        return f"{what}: not proposed: {error}"
    return f"{what}: {found.url}{'' if found.new else ' is there already'}"
