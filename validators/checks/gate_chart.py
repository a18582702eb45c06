"""The gate's own chart, rendered as `sluice bootstrap` has Argo CD render it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.checks.render import fault_findings, refused
from sluicegate.validators.helm.chart import Charts, State
from sluicegate.validators.helm.values import Values, value_files
from sluicegate.validators.runner.command import ToolAbsent
from sluicegate.validators.runner.finding import Finding, Place, error, fail, passed

CHART = "charts/gate"
VALUES = "environments/gate.yaml"
"""What people set of it."""


def gate_renders(
    tree: Tree,
    base: Tree | None,
    installed: Mapping[str, Any],
    environments: Collection[str],
    workdir: Path,
) -> Iterator[Finding]:
    """The gate's chart renders, and an API server would take it. `installed` wins over all value files.

    And it is not told to look at an environment that none of `environments` is. Raises Unavailable for no
    chart, and for one that leads elsewhere.
    """
    try:
        charts = Charts(tree, base, workdir / "charts", path=CHART)
        given = value_files(tree, f"{CHART}/values.yaml", [VALUES])
    except InputError as problem:
        yield from map(refused, problem.problems)
        return
    except ToolAbsent as problem:
        yield error(f"the gate: not rendered: {problem}", remedy=problem.remedy)
        return
    if not given.files:
        yield fail("the gate: its chart has no values", Place(f"{CHART}/values.yaml"))
        return
    yield from _unknown(given, environments)
    state = State("as bootstrap installs it", json.dumps(installed).encode(), True)
    rendered = charts.render("gate", "sluicegate", given, [state])
    if rendered.faults:
        yield from fault_findings("the gate", rendered, given)
        return
    number = sum(rendered.objects.values())
    yield passed(f"the gate renders as `sluice bootstrap` installs it ({number} objects)", observed=number)


def _unknown(given: Values, environments: Collection[str]) -> Iterator[Finding]:
    """A name that is no environment's: the gate would look at nothing there, without a word."""
    only = given.get("only")
    for number, name in enumerate(only if isinstance(only, list) else ()):
        if name not in environments:
            at = given.place(("only", number))
            remedy = (
                f"name some of {', '.join(sorted(environments)) or 'none'}; no `only` at all means every one"
            )
            yield fail(
                f"only[{number}]: there is no environment {name!r} for the gate to look at", at, remedy=remedy
            )
