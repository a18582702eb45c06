"""docs/models.md, and a page for each kind, from what a run saw."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from zoo.course import Passage
from zoo.material import Kind

INTRODUCTION = """\
# Models that are known to come through

`make zoo` writes this page and those of the kinds. It makes each model below with the library that people
use, and takes it through `sluice new model`, `sluice validate`, the embedded runtime's server (one request
over HTTP for each version), and a second version as a pull request beside the first. Every figure of
`quality` is held against the library's own value for the same rows; the difference is of the value where
that is above 1, and has to be within the tolerance. What every key means: [keys.md](keys.md); what every
metric is: [metrics.md](metrics.md).

torch comes from the Python package index with gigabytes of CUDA alone, so it is not among the zoo's packages:
its models are made by whichever Python has it, Debian's `python3-torch` or the one that `ZOO_TORCH` names.
"""
KIND_HEAD = "| model | made by | figures | largest difference | tolerance | version 1 | version 2 | |"
PASSING = ("pass", "skipped", "waived")
Passages = Mapping[str, Sequence[Passage]]


def table(found: Sequence[Kind], passages: Passages) -> Iterator[str]:
    """A row for each model, kind by kind."""
    yield KIND_HEAD.replace("| model", "| kind | model", 1)
    yield "|---" * 9 + "|"
    for kind in found:
        if kind.absent:
            yield f"| {kind.title} | | | | | | | | not made: {kind.absent} |"
        elif kind.name not in passages:
            yield f"| {kind.title} | {len(kind.specimens)} models | | | | | | | not run |"
        yield from rows_of(kind, passages.get(kind.name, ()))


def rows_of(kind: Kind, passages: Sequence[Passage]) -> list[str]:
    """A row for each model of a kind."""
    return [f"| {_link(kind)} {row(passage)}" for passage in passages]


def _link(kind: Kind) -> str:
    return f"[{kind.title}](models/{kind.name}.md)"


def row(passage: Passage) -> str:
    """A model's row, without its kind."""
    specimen = passage.specimen
    gaps = [abs(found - wanted) / max(1.0, abs(wanted)) for _, wanted, found in passage.rows]
    state = "right" if not passage.faults else f"wrong: {len(passage.faults)}"
    verdicts = [_verdict(passage, number) for number in (0, 1)]
    return (
        f"| `{specimen.name}` | {specimen.library} | {len(passage.rows)} | {max(gaps, default=0):.0e} | "
        f"{specimen.tolerance:g} | {verdicts[0]} | {verdicts[1]} | {state} |"
    )


def _verdict(passage: Passage, number: int) -> str:
    """The checks that do not pass, or `passes`."""
    held = {one["check"]: one["verdict"] for one in passage.findings[number] if one["verdict"] not in PASSING}
    return ", ".join(f"{check}: {verdict}" for check, verdict in held.items()) or "passes"


def write_pages(docs: Path, found: Sequence[Kind], passages: Passages) -> None:
    """The table's page and the kinds' own; pages of kinds that are no more are removed."""
    (docs / "models").mkdir(exist_ok=True)
    whole = [INTRODUCTION, *table(found, passages)]
    reasons = [
        f"- `{one.specimen.name}`: {one.specimen.reason}."
        for several in passages.values()
        for one in several
        if one.specimen.reason
    ]
    if reasons:
        whole += ["", "Where the tolerance is more than 1e-05:", "", *reasons]
    (docs / "models.md").write_text("\n".join(whole) + "\n", encoding="utf-8")
    ran = [kind for kind in found if passages.get(kind.name)]
    for stale in {path.name for path in (docs / "models").glob("*.md")} - {f"{kind.name}.md" for kind in ran}:
        (docs / "models" / stale).unlink()
    _write_kinds(docs, ran, passages)


def renew_pages(docs: Path, ran: Sequence[Kind], passages: Passages) -> None:
    """The pages of some kinds, and their rows of the table; what is written of the others stays.

    Raises ValueError for a kind that the table has no row of: run all of them once.
    """
    page = docs / "models.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    for kind in ran:
        mine = [number for number, line in enumerate(lines) if line.startswith(f"| {_link(kind)} ")]
        if not mine:
            raise ValueError(f"{page} has no row of {kind.name}: run `make zoo` without KINDS")
        lines[mine[0] : mine[-1] + 1] = rows_of(kind, passages[kind.name])
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_kinds(docs, ran, passages)


def _write_kinds(docs: Path, ran: Sequence[Kind], passages: Passages) -> None:
    for kind in ran:
        text = "\n".join(_page(kind, passages[kind.name])) + "\n"
        (docs / "models" / f"{kind.name}.md").write_text(text, encoding="utf-8")


def _page(kind: Kind, passages: Sequence[Passage]) -> Iterator[str]:
    """How such a model is declared, and what came of it."""
    yield f"# {kind.title}\n\n{textwrap.fill(kind.text, 120)}\n"
    yield "`make zoo` writes this page ([all models](../models.md)).\n"
    yield KIND_HEAD
    yield "|---" * 8 + "|"
    yield from map(row, passages)
    example = passages[0]
    specimen = example.specimen
    words = ["sluice", "new", "model", specimen.name, "--onnx", "model.onnx"]
    words += ["--reference", f"reference.{specimen.form}", "--evaluation", f"evaluation.{specimen.form}"]
    yield f"\n## `{specimen.name}`, as `new model` writes it\n"
    yield f"```console\n$ {shlex.join([*words, *specimen.options])}"
    yield from example.notes
    yield f"```\n\n```yaml\n{example.model_yaml.rstrip()}\n```\n"
    yield "## What it is judged by\n\nThe first version:\n"
    yield from _findings(example, 0)
    yield "\nThe second one, beside the first:\n"
    yield from _findings(example, 1)
    yield f"\n## Beside {specimen.library}\n\n| figure | {specimen.library} | Sluicegate |\n|---|---|---|"
    for name, wanted, found in example.rows:
        yield f"| {name} | {wanted:.6f} | {found:.6f} |"


def _findings(passage: Passage, number: int) -> Iterator[str]:
    """What `quality` and `score-edges` say of a version, but for the rules that the zoo adds."""
    for one in passage.findings[number]:
        if one["check"] in {"quality", "score-edges"} and abs(one["threshold"] or 0) != 1e9:
            yield f"- {one['verdict']}: {one['message']}"
