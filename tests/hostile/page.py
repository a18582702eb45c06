"""docs/hostile.md: a line a threat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from statistics import median

from hostile.benign import Sound
from hostile.judged import Row

HEAD = """\
# Hostile artifacts

`make hostile` writes this page: every artifact of `tests/hostile/threats/`, judged by `sluice scan`. CPU
seconds and peak memory are those of the contained process that judged one, median and most; beside them
what `onnx.checker` (full) does with the same file in 5 s and 4 GiB. [static.md](static.md) has the rules.

| threat | artifacts | refused with the cause named | CPU s | MiB | onnx.checker |
|---|---|---|---|---|---|
"""


def page(rows: Sequence[Row], benign: Sequence[Sound]) -> str:
    """The page."""
    threats = dict.fromkeys(row.case.threat for row in rows)
    lines = [_line(threat, [row for row in rows if row.case.threat == threat]) for threat in threats]
    lines.append(_line("", rows))
    refused = [sound for sound in benign if sound.refused]
    said = (
        f"\nOf {len(benign):,} models of onnx's backend suite that onnxruntime loads and that draw nothing, "
        f"{len(refused)} are refused.\n"
    )
    reasons = "".join(f"\n- {one.name}: {one.refused}" for one in refused)
    return HEAD + "\n".join(lines) + "\n" + said + reasons


def _line(threat: str, rows: Sequence[Row]) -> str:
    words = import_module(f"hostile.threats.{threat}").THREAT if threat else "**all**"
    cpu = [row.cpu_s for row in rows]
    memory = [row.rss >> 20 for row in rows]
    checker = Counter(row.checker for row in rows if row.checker)
    said = ", ".join(f"{number} {what}" for what, number in sorted(checker.items())) or "reads no other files"
    return (
        f"| {words} | {len(rows)} | {sum(row.named for row in rows)} | {median(cpu):.2f}, {max(cpu):.2f} "
        f"| {median(memory):.0f}, {max(memory)} | {said} |"
    )
