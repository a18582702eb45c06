"""`sluice verify`: every decision of a clone against its evidence, without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import branch_as_seen, checkout
from sluicegate.ci.commands._gate_options import branch_option
from sluicegate.ci.commands._progress import counted
from sluicegate.ci.report.text_format import clean
from sluicegate.specs.exit_codes import BAD_INPUT
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.adapters.signing import TrustedKeys
    from sluicegate.gate.verification import Report
    from sluicegate.specs.keys import PublicKey

SHOWN = 5
"""Orphan records that are named; `--json` has all."""


@click.command()
@click.option(
    "--repo",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The clone to verify [default: the current directory's].",
)
@branch_option
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Trust the public keys of this file, and none that the repository names; repeatable.",
)
@click.option(
    "--require-signature", is_flag=True, help="Refuse records that are not signed, whatever the keys are."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with all that was found.")
def verify(
    *, directory: Path, branch: str, keys: tuple[Path, ...], require_signature: bool, as_json: bool
) -> None:
    """Check every decision on a branch against its evidence, and make it again.

    Reads one clone and fetches nothing: what the clone has of its origin, else its own branches. Every
    change of a release.yaml must be a decision of the gate; its record must be there unchanged, be signed
    by a key that environments/gate.pub had at the commit before, follow the record before it, begin and end
    at what the files say, and give the same decision again.

    \b
      git clone https://example.org/models.git && cd models
      sluice verify --key gate.pub

    Exit codes: 0 everything is as it says; 1 something is not, and the first of it is named.
    """
    from sluicegate.gate import verification

    repository = _open(directory, branch)
    with repository, counted("verify") as progress:
        main, evidence = _tips(repository, branch)
        report = verification.verify(
            repository,
            main,
            evidence,
            keys=_trusted(keys),
            require_signature=require_signature,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps(report.plain(), indent=2, ensure_ascii=False))
    else:
        show(report)
    if not report.sound:
        raise click.exceptions.Exit(BAD_INPUT)


def _open(directory: Path, branch: str) -> Repository:
    """The clone itself. Raises InputError for one that lacks objects: nothing is fetched."""
    from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository

    location = checkout(directory, "--repo")
    if location.git is None:
        raise InputError.of(f"{directory} is in no git repository", "name a clone with --repo")
    repository = Repository.in_place(location.git, (branch, EVIDENCE))
    lacking = repository.git.lacking()
    if lacking is not None:
        repository.close()
        raise InputError.of(
            f"{location.git} {lacking}", "clone all of it: git clone without --depth, --filter"
        )
    return repository


def _tips(repository: Repository, branch: str) -> tuple[str, str | None]:
    """The commits of the branch and of the evidence. Raises InputError where there is no such branch."""
    from sluicegate.gate.adapters.git.repository import EVIDENCE

    main, evidence = (branch_as_seen(repository, name) for name in (branch, EVIDENCE))
    if main is None:
        raise InputError.of(f"the clone has no branch {branch!r}", "name the deployed one with --branch")
    return main, evidence


def _trusted(files: tuple[Path, ...]) -> TrustedKeys | None:
    """The keys of all files together; None without a file. Raises KeyProblem, InputError."""
    from sluicegate.gate.adapters.signing import TrustedKeys, public_keys

    if not files:
        return None
    keys: dict[str, PublicKey] = {}
    for file in files:
        try:
            keys |= public_keys(file.read_bytes(), str(file)).keys
        except OSError as error:
            raise InputError.of(f"{file} cannot be read: {error.strerror}", "name a readable file") from error
    return TrustedKeys(keys)


def show(report: Report) -> None:
    """Print what was verified, and the first thing that is not as it says."""
    counts = f"{report.decisions:,} decisions on {report.commits:,} commits of main {report.main[:12]}"
    click.echo(f"{counts}, evidence {(report.evidence or 'none')[:12]}")
    click.echo(
        f"  {report.replayed:,} decided again with the same result, {report.signed:,} signed by a trusted key"
    )
    starts = {
        "started on a verdict that a trusted key signed": report.judged,
        "started on the word of another system, as a commit status: not verified here": report.on_word,
        "started before verdicts were required": report.unjudged,
    }
    for what, number in starts.items():
        if number:
            click.echo(f"  {number:,} {what}")
    if report.earlier:
        click.echo(f"  {report.earlier:,} decided by an earlier rule: whole and in order, not decided again")
    if report.reviews:
        click.echo(f"  {report.reviews:,} approvals and overrides of pull requests, each as it was recorded")
    if report.orphans:
        click.echo(
            f"  {len(report.orphans):,} records without their decision on main (a gate that was ended):"
        )
        for path in report.orphans[:SHOWN]:
            click.echo(f"    {clean(path)}")
    for note in report.notes:
        click.echo(f"  {note.commit[:12]}: {clean(note.text)}")
    if report.sound:
        click.secho("Everything is as it says.", fg="green")
        return
    first = report.findings[0]
    click.echo(f"{click.style('not as it says', fg='red')}: {clean(first.problem)}")
    for name, value in (("commit", first.commit), ("file", first.file), ("record", first.record)):
        if value is not None:
            click.echo(f"  {name}: {clean(value)}")
    click.echo(f"  → {clean(first.remedy)}")
    others = len(report.findings) - 1
    if others:
        click.echo(f"{others:,} more; `sluice verify --json` has all.")
