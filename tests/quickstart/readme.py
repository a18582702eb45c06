"""The quickstart as the README has it: one Python file, and commands in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(r"^## Quickstart\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Quickstart:
    """`program` is train.py; `commands` are what stands behind `$ ` in the console blocks."""

    program: str
    commands: tuple[str, ...]


def read(readme: str) -> Quickstart:
    """Raises ValueError for a README without exactly one such part, one program, and commands."""
    parts = _PART.findall(readme)
    if len(parts) != 1:
        raise ValueError(f"{len(parts)} parts are named Quickstart")
    blocks = _BLOCK.findall(parts[0])
    programs = [text for kind, text in blocks if kind == "python"]
    lines = "".join(text for kind, text in blocks if kind == "console").replace("\\\n", "").splitlines()
    commands = tuple(line.removeprefix("$ ") for line in lines if line.startswith("$ "))
    if len(programs) != 1 or not commands:
        raise ValueError(f"{len(programs)} programs and {len(commands)} commands")
    return Quickstart(programs[0], commands)
