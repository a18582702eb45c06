"""`sluice gate simulate`: whole rollouts on simulated traffic, decided as the gate decides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sluicegate.ci.commands._checkout import file_to_write, root_option

if TYPE_CHECKING:
    from sluicegate.gate.simulate.scenarios import Scenario
    from sluicegate.gate.simulate.score import Score, Share

FILE = click.Path(path_type=Path, dir_okay=False)
ROLLOUTS = click.IntRange(1, 1_000_000)
SEED = click.IntRange(0, 2**32 - 1)
RATE = click.FloatRange(0, 1e6, min_open=True)
FAILURES = click.FloatRange(0, 0.5)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option(
    "--rollouts",
    type=ROLLOUTS,
    metavar="N",
    help="Of each rule and scenario [default: 200; with --policy or --model 40].",
)
@click.option("--seed", type=SEED, default=1, show_default=True, help="The same seed is the same traffic.")
@click.option(
    "--scenario", "names", multiple=True, metavar="NAME", help="Only this one; repeatable; `list` lists all."
)
@click.option("--traffic", type=FILE, metavar="FILE", help="Recorded traffic instead of scenarios.")
@click.option("--policy", "file", type=FILE, metavar="FILE", help="A model.yaml, or its `rollout` alone.")
@click.option("--model", metavar="NAME", help="The policy and the expected traffic of models/NAME.")
@click.option("--env", metavar="ENV", help="With --model: as this environment sets it [default: the last].")
@click.option("--requests-per-second", "rate", type=RATE, metavar="N", help="Instead of a scenario's own.")
@click.option("--failure-rate", "failures", type=FAILURES, metavar="X", help="Instead of a scenario's own.")
@click.option("--rivals", is_flag=True, help="Also the rules of other tools, on the same traffic.")
@click.option("--write-traffic", "target", type=FILE, metavar="FILE", help="Write a scenario's traffic only.")
@click.option("--plot", "plots", type=FOLDER, metavar="DIR", help="Also draw plots into this directory.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@root_option
def simulate(
    *,
    rollouts: int | None,
    seed: int,
    names: tuple[str, ...],
    traffic: Path | None,
    file: Path | None,
    model: str | None,
    env: str | None,
    rate: float | None,
    failures: float | None,
    rivals: bool,
    target: Path | None,
    plots: Path | None,
    as_json: bool,
    root: Path,
) -> None:
    """Run whole rollouts on simulated traffic: how often the gate errs, how late it is, what it costs.

    Without a policy it is the benchmark's: one gate, margin 1 %, the defaults. With --policy or --model it is
    your own: how often is a sound version rolled back, and how long does a harmless release take?
    """
    from sluicegate.ci.commands import _simulation
    from sluicegate.gate.simulate import files
    from sluicegate.gate.simulate.benchmark import SLUICE, benchmark
    from sluicegate.gate.simulate.rivals.all import RIVALS

    if file is not None and model is not None:
        raise click.UsageError("--policy and --model exclude each other")
    if env is not None and model is None:
        raise click.UsageError("--env goes with --model")
    if traffic is not None and (names or rate is not None or failures is not None or target is not None):
        raise click.UsageError("--traffic is recorded: no scenario, rate or failure rate is put into it")
    if names == ("list",):
        click.echo("\n".join(_simulation.listed()))
        return
    policy, expected = _simulation.BENCHMARK, None
    if file is not None:
        policy = _simulation.policy_of_file(file)
    if model is not None:
        policy, expected = _simulation.policy_of_model(root, model, env)
    own = file is not None or model is not None
    if rollouts is None:
        rollouts = 40 if own else 200
    numbers = range(rollouts)
    scenarios: list[Scenario]
    if traffic is not None:
        recording = files.read(traffic)
        scenarios = [recording]
        numbers = range(min(rollouts, recording.rollouts))
    else:
        scenarios = [
            _simulation.placed(scenario, policy, rate or expected, failures, own=own)
            for scenario in _simulation.chosen(names, own=own)
        ]
    if target is not None:
        _simulation.write(file_to_write(target), scenarios, seed, rollouts)
        return
    rules = [SLUICE, *(RIVALS if rivals else ())]
    show(benchmark(policy, scenarios, rules, numbers, seed), plots, as_json=as_json)


def show(scores: Iterable[Score], plots: Path | None, *, as_json: bool) -> None:
    """Print scores as they come, as a table or as JSON, and draw them."""
    from sluicegate.ci.report.simulation_table import table

    seen: list[Score] = []

    def kept() -> Iterator[Score]:
        for score in scores:
            seen.append(score)
            yield score

    if as_json:
        click.echo(json.dumps({"scores": [plain(score) for score in kept()]}, indent=2))
    else:
        for line in table(kept()):
            click.echo(line)
    if plots is not None:
        from sluicegate.ci.report.simulation_plot import plots as drawn

        plots.mkdir(parents=True, exist_ok=True)
        for name, text in drawn(seen).items():
            (plots / name).write_text(text, encoding="utf-8")


def plain(score: Score) -> dict[str, Any]:
    """A score as JSON: each share with its count, and the upper bound of what is false."""
    shares = {key: _share(getattr(score, key)) for key in ("finished", "rolled_back", "held", "false")}
    return {**asdict(score), **shares}


def _share(share: Share | None) -> dict[str, float] | None:
    return None if share is None else {**asdict(share), "share": share.share, "upper": share.upper}
