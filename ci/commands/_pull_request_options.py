"""Where a pull request is opened, and who its commits are by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluicegate.gate.adapters.git.write import Signature

_PERSON = re.compile(r"(?P<name>.*) <(?P<email>[^<>]*)>")

github_option = click.option(
    "--github", metavar="OWNER/REPO", envvar="GITHUB_REPOSITORY", show_envvar=True,
    help="The repository on GitHub [default: as its address names it].",
)  # fmt: skip
api_option = click.option(
    "--api", metavar="URL", envvar="GITHUB_API_URL", default="https://api.github.com", show_default=True,
    help="GitHub's REST API.",
)  # fmt: skip


def author(text: str | None) -> Signature | None:
    """Whom commits are by, of `NAME <EMAIL>`; None for something else."""
    from sluicegate.gate.adapters.git.write import Signature

    match = _PERSON.fullmatch(text or "")
    return None if match is None else Signature(match["name"], match["email"])
