"""docs/hostile.md: a line a threat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from statistics import median

from hostile.benign import Sound
from hostile.judged import Row
from hostile.pulls_judged import PullRow

HEAD = """\
# Hostile artifacts and pull requests

`make hostile` writes this page: every artifact of `tests/hostile/threats/`, judged by `sluice scan`. CPU
seconds and peak memory are those of the contained process that judged one, median and most; beside them
what `onnx.checker` (full) does with the same file in 5 s and 4 GiB. [static.md](static.md) has the rules.

| threat | artifacts | refused with the cause named | CPU s | MiB | onnx.checker |
|---|---|---|---|---|---|
"""
PULLS = """
Every pull request of `tests/hostile/pulls/` is made against this repository's own files and judged by
`sluice validate --changed`, the whole command from its start: CPU seconds of all its processes, and the
memory of the largest.

| threat | pull requests | refused with the cause named | CPU s | MiB |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Judged:
    """All that a run judged."""

    artifacts: Sequence[Row]
    pulls: Sequence[PullRow]
    suite: Sequence[Sound]
    real: Sequence[Sound]


def page(judged: Judged) -> str:
    """The page."""
    rows, pulls = judged.artifacts, judged.pulls
    lines = [_line(threat, [row for row in rows if row.case.threat == threat]) for threat in _threats(rows)]
    lines.append(_line("", rows))
    of_pulls = dict.fromkeys(row.pull.threat for row in pulls)
    pull_lines = [_pulls(threat, [row for row in pulls if row.pull.threat == threat]) for threat in of_pulls]
    pull_lines.append(_pulls("", pulls))
    suite = "models of onnx's backend suite that onnxruntime loads and that draw nothing"
    real = "ONNX files inside packages of PyPI (`tests/hostile/real.lock`)"
    tables = [HEAD, "\n".join(lines), "\n", PULLS, "\n".join(pull_lines), "\n\n## Sound models\n"]
    return "".join([*tables, _sound(judged.suite, suite), _sound(judged.real, real)])


def _sound(models: Sequence[Sound], words: str) -> str:
    refused = [one for one in models if one.refused]
    reasons = "".join(f"\n- `{one.name}`: {one.refused}" for one in refused)
    return f"\nOf {len(models):,} {words}, {len(refused)} are refused.\n{reasons}"


def _threats(rows: Sequence[Row]) -> dict[str, None]:
    return dict.fromkeys(row.case.threat for row in rows)


def _line(threat: str, rows: Sequence[Row]) -> str:
    words = import_module(f"hostile.threats.{threat}").THREAT if threat else "**all**"
    checker = Counter(row.checker for row in rows if row.checker)
    said = ", ".join(f"{number} {what}" for what, number in sorted(checker.items())) or "reads no other files"
    named = sum(row.named for row in rows)
    return f"| {words} | {len(rows)} | {named} | {_cost(rows)} | {said} |"


def _pulls(threat: str, rows: Sequence[PullRow]) -> str:
    words = import_module(f"hostile.pulls.{threat}").THREAT if threat else "**all**"
    return f"| {words} | {len(rows)} | {sum(row.named for row in rows)} | {_cost(rows)} |"


def _cost(rows: Sequence[Row] | Sequence[PullRow]) -> str:
    cpu = [row.cpu_s for row in rows]
    memory = [row.rss >> 20 for row in rows]
    return f"{median(cpu):.2f}, {max(cpu):.2f} | {median(memory):.0f}, {max(memory)}"
