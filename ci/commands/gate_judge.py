"""`sluice gate judge`: the gate's decision at each look of anybody's counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from sluicegate.gate.simulate.replay import Look


@click.command()
@click.argument("policy_file", type=click.Path(path_type=Path, dir_okay=False), metavar="POLICY")
@click.argument("lines", type=click.File("r", encoding="utf-8"), metavar="WINDOWS")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each look.")
def judge(policy_file: Path, lines: TextIO, as_json: bool) -> None:
    """Decide after each window of a JSON-lines file (`-` is standard input).

    POLICY is a model.yaml, or its `rollout` alone. Each line of WINDOWS is a window: `start`, `seconds`,
    `weight`, and by gate `requests`, `canary`, `bad_canary`, `bad_stable`. See docs/benchmark.md.
    """
    from sluicegate.ci.commands._simulation import policy_of_file
    from sluicegate.gate.simulate import replay, windows

    policy = policy_of_file(policy_file)
    for look in replay.looks(policy, windows.read(lines, lines.name, policy)):
        click.echo(json.dumps(plain(look), ensure_ascii=False) if as_json else sentence(look))


def sentence(look: Look) -> str:
    """When, what, and why, in one line."""
    end = look.end.isoformat(timespec="seconds")
    return f"{end}  {look.window.weight:3} %  {look.decision.kind:8}  {look.decision.reason}"


def plain(look: Look) -> dict[str, Any]:
    """A look as JSON; `next` is the weight that the gate would commit."""
    from sluicegate.gate.core import serialize

    decision = look.decision
    return {
        "at": look.end.isoformat(),
        "weight": look.window.weight,
        "decision": decision.kind,
        "next": decision.release.weight,
        "reason": decision.reason,
        "judgements": serialize.dump(decision.judgements),
    }
