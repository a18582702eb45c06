"""What `sluice gate simulate` runs: a policy, and scenarios at its traffic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sluicegate.ci.commands._checkout import checkout
from sluicegate.ci.model_reader import load
from sluicegate.gate.simulate import files, policy_file
from sluicegate.gate.simulate.gate_rule import subject
from sluicegate.gate.simulate.scenarios import BY_NAME, OWN, SCENARIOS, Scenario
from sluicegate.specs import layout
from sluicegate.specs.policy import Gate, Policy, policy
from sluicegate.specs.repository import environments, require_model
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.yamlio import InputError

BENCHMARK = Policy((1, 5, 25, 50, 100), (Gate("error_rate", 0.01, at_most=0.5),))
"""One gate, margin 1 %, the defaults."""
LONGEST = 6 * 3600
"""Seconds of one's own rollouts: what is undecided then counts as held."""


def policy_of_file(path: Path) -> Policy:
    """The policy of a file, without any environment's. Raises InputError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError.of(f"{path} cannot be read: {error.strerror}", "name a policy's file") from error
    return policy_file.read(text, str(path))


def policy_of_model(root: Path, name: str, environment: str | None) -> tuple[Policy, float | None]:
    """A model's policy in an environment, by default the last one, and its expected requests a second.

    Raises InputError for a name that is not there.
    """
    tree = checkout(root).tree()
    require_model(tree, name)
    _, model = load(tree, layout.model_directory(name))
    specs = environments(tree).specs
    if environment is None:
        environment = next(reversed(specs), None)
    if environment is not None and environment not in specs:
        raise InputError.of(f"there is no environment {environment!r}", suggest_one_of(environment, [*specs]))
    return policy(model, None if environment is None else specs[environment]), model.rollout.traffic


def chosen(names: Sequence[str], *, own: bool) -> list[Scenario]:
    """The scenarios of these names; without any all, of one's own policy those that its traffic is put into.

    Raises InputError for a name that there is none of.
    """
    for name in names:
        if name not in BY_NAME:
            raise InputError.of(f"there is no scenario {name!r}", suggest_one_of(name, [*BY_NAME]))
    if names:
        return [BY_NAME[name] for name in names]
    return [BY_NAME[name] for name in OWN] if own else [*SCENARIOS]


def placed(
    scenario: Scenario, policy: Policy, rate: float | None, failures: float | None, *, own: bool
) -> Scenario:
    """The scenario at a traffic and a failure rate, where given; windows and difference are the policy's."""
    setting = replace(scenario.setting, seconds=policy.window.total_seconds())
    if rate is not None:
        setting = replace(setting, rate=rate)
    if failures is not None:
        setting = replace(setting, failures=failures)
    if own:
        seconds = min(LONGEST, policy.deadline.total_seconds())
        setting = replace(setting, windows=max(1, int(seconds / setting.seconds)))
    title = scenario.title if rate is None else f"{scenario.title.rsplit(', ', 1)[0]}, {rate:g}/s"
    if failures is not None:
        title += f" (in place of its own failure rate {100 * failures:g} %)"
    return replace(scenario, title=title, setting=setting).at(margin(policy))


def margin(policy: Policy) -> float:
    """Of the gate that scenarios are about. Raises InputError where the policy has none."""
    gate = subject(policy)
    if gate is None:
        raise InputError.of(
            "the policy has no gate with one kind of failure", "add one, such as error_rate, to rollout.gates"
        )
    return gate.margin


def listed() -> Iterator[str]:
    """Every scenario's name and title."""
    width = max(map(len, BY_NAME))
    for name, scenario in BY_NAME.items():
        yield f"{name:{width}}  {scenario.title}"


def write(path: Path, scenarios: Sequence[Scenario], seed: int, rollouts: int) -> None:
    """Write the traffic of one scenario. Raises InputError where there are several."""
    if len(scenarios) != 1:
        raise InputError.of(
            f"a traffic file holds one scenario, not {len(scenarios)}", "name it with --scenario"
        )
    files.write(path, scenarios[0], seed, rollouts)
