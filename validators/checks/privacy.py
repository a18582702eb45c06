"""What rows of data hold that nobody should find in a repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sluicegate.validators.runner.finding import Finding, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.fault import Fault, grouped
from sluicegate.validators.submission.files import ModelFiles

MAX_NAME = 60
"""Characters of a column's name that are shown."""
REVOKE = "Take the secret out of the rows and revoke it: whoever has the file has it."
LEAVE_OUT = "Leave the column out, or put a key in its place that tells nobody."


@dataclass(frozen=True)
class TableFault(Fault):
    """A fault of one table."""

    table: str = ""


@check("data-privacy", family="data", isolated=True, remedy=LEAVE_OUT)
def data_privacy(files: ModelFiles, tables: tuple[str, ...]) -> Iterator[Finding]:
    """No column of the model's tables holds a secret, or a person's data in a form that is known.

    Every .csv, .parquet, .npz and .npy file of the directory is read as texts: keys, tokens and passwords by
    their issuers' forms; e-mail addresses, social security numbers, and card numbers, where most numbers of
    that form in the column have a right check digit. Of a large table evenly spaced parts are read, and the
    report says how much. Names, addresses of houses and the like have no form, and are not found. No value
    is shown. A waiver may accept what has to be there.
    """
    if not tables:
        yield skipped("the model's directory holds no table")
        return
    faults: list[TableFault] = []
    parts = []
    for name in tables:
        found, part = _look(files, name)
        faults += found
        parts += [f"{name}: {part}"] if part else []
    for fault in grouped(faults):
        yield fail(fault.words, files.position(fault.table), remedy=fault.remedy)
    if not faults:
        sampled = f"; read in part: {', '.join(parts)}" if parts else ""
        yield passed(f"no known form of a secret or of personal data in {len(tables):,} tables{sampled}")


def _look(files: ModelFiles, name: str) -> tuple[list[TableFault], str]:
    """What a table holds, and how much of it was read where that is not all."""
    from pyarrow import ArrowException

    from sluicegate.validators.evaluation.privacy import look

    try:
        looked = look(files.directory / name)
    except (ArrowException, OSError, ValueError, EOFError) as problem:
        words = f"{name} cannot be looked through: {str(problem)[:200]}"
        return [TableFault("unreadable", words, "Write it again as a table.", table=name)], ""
    of = f" of {looked.part}" if looked.part else ""
    return [
        TableFault(
            one.kind,
            f"{name}: column {one.column[:MAX_NAME]!r} holds {one.kind} in {one.values:,} values{of}",
            REVOKE if one.secret else LEAVE_OUT,
            table=name,
        )
        for one in looked.held
    ], looked.part
