"""docs/hostile.md: a line a threat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from statistics import median

from hostile.benign import Sound
from hostile.judged import Row

HEAD = """\
# Hostile artifacts and pull requests

`make hostile` writes this page: every artifact of `tests/hostile/threats/`, judged by `sluice scan`. CPU
seconds and peak memory are those of the contained process that judged one, median and most; beside them
what other tools do with the same file: `onnx.checker` (full) in 5 s and 4 GiB, and `modelaudit` in 60 s
where it is on PATH. [static.md](static.md) has the rules.

"""
PULLS = """
Every pull request of `tests/hostile/pulls/` is made against this repository's own files and judged by
`sluice validate --changed`, the whole command from its start: CPU seconds of all its processes, and the
memory of the largest, which is never less than what the program that started it held (`make bench` has a
refusal alone).

"""
COLUMNS = ("refused with the cause named", "CPU s", "MiB")


def page(
    artifacts: Sequence[Row], pulls: Sequence[Row], suite: Sequence[Sound], real: Sequence[Sound]
) -> str:
    """The page."""
    of_suite = "models of onnx's backend suite that onnxruntime loads and that draw nothing"
    of_real = "ONNX files inside packages of PyPI (`tests/hostile/real.lock`)"
    tables = [HEAD, _table(artifacts, "artifacts", "threats"), PULLS, _table(pulls, "pull requests", "pulls")]
    return "".join([*tables, "\n## Sound models\n", _sound(suite, of_suite), _sound(real, of_real)])


def _sound(models: Sequence[Sound], words: str) -> str:
    refused = [one for one in models if one.refused]
    reasons = "".join(f"\n- `{one.name}`: {one.refused}" for one in refused)
    return f"\nOf {len(models):,} {words}, {len(refused)} are refused.\n{reasons}"


def _table(rows: Sequence[Row], what: str, package: str) -> str:
    tools = dict.fromkeys(tool for row in rows for tool in row.rivals)
    head = ["threat", what, *COLUMNS, *(f"`{tool}`" for tool in tools)]
    lines = [_line(head), "|---" * len(head) + "|"]
    for threat in dict.fromkeys(row.threat for row in rows):
        words = import_module(f"hostile.{package}.{threat}").THREAT
        lines.append(_line([words, *_cells([row for row in rows if row.threat == threat], tools)]))
    lines.append(_line(["**all**", *_cells(rows, tools)]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(rows: Sequence[Row], tools: Sequence[str] | dict[str, None]) -> list[str]:
    cpu = [row.cpu_s for row in rows]
    memory = [row.rss >> 20 for row in rows]
    cost = f"{median(cpu):.2f}, {max(cpu):.2f}", f"{median(memory):.0f}, {max(memory)}"
    named = str(sum(row.named for row in rows))
    return [str(len(rows)), named, *cost, *(_rival(rows, tool) for tool in tools)]


def _rival(rows: Sequence[Row], tool: str) -> str:
    counted = Counter(row.rivals[tool] for row in rows if tool in row.rivals)
    return ", ".join(f"{number} {what}" for what, number in sorted(counted.items())) or "reads no other files"
