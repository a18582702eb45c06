"""What the commands of the gate have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def repository_options(function: F) -> F:
    """The options that name the repository, and `--json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Keep the local copy in this directory between runs [default: a temporary one].",
        ),
        click.option("--branch", default="main", show_default=True, help="The branch that is deployed."),
        click.option(
            "--repo",
            metavar="URL_OR_PATH",
            envvar="SLUICE_REPO",
            show_envvar=True,
            help="The repository to read and push to [default: the current directory's origin].",
        ),
    ):
        function = option(function)
    return function


def signing_option(function: F) -> F:
    """The key that signs the evidence."""
    return click.option(
        "--signing-key",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Sign the evidence with this private key (PEM: Ed25519, or ECDSA on P-256) "
        "[default: the key in SLUICE_SIGNING_KEY; without either it is not signed].",
    )(function)


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
