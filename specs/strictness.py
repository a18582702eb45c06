"""Nobody sets their own exam: of several policies the stricter counts, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sluicegate.specs.policy import Cost, Gate, Pause, Policy


def stricter_steps(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The list whose weights are the lower ones at each point, the shorter one continued with 100.

    1/5/25/50/100 is stricter than 10/100. Where neither is (1/50/100 and 5/10/100), the weights of both: a
    list that is at each point as low as either.
    """
    length = max(len(one), len(other))
    pairs = list(zip(_continued(one, length), _continued(other, length), strict=True))
    if all(mine <= theirs for mine, theirs in pairs):
        return one
    if all(theirs <= mine for mine, theirs in pairs):
        return other
    return tuple(sorted({*one, *other}))


def _continued(steps: tuple[int, ...], length: int) -> tuple[int, ...]:
    return steps + (100,) * (length - len(steps))


def _lower(one: float | None, other: float | None) -> float | None:
    """The lower of two limits; None is no limit."""
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, default=None)


def _with_baseline(one: str, other: str) -> str:
    """A comparison with the baseline, where either asks for one."""
    return "baseline" if "baseline" in (one, other) else one


Stricter = Callable[[Any, Any], Any]
"""The stricter of two values; the first where they are alike."""
POLICY: Mapping[str, Stricter] = {
    "steps": stricter_steps,
    "min_requests": max,
    "min_seconds": max,
    "deadline": min,
    "alpha": min,
    "window": max,
    "warmup_requests": min,
    "split_windows": min,
    "blind_for": min,
    "smoke": max,
    "baseline": max,
}
"""Which value of each field is the stricter one.

A longer window lets fewer moments count, and fewer requests that are left out as warm-up hide less. Without a
baseline an under-loaded canary can hide that it is slow behind a stable that is busy.
"""
GATE: Mapping[str, Stricter] = {
    "margin": min,
    "at_most": _lower,
    "relative": min,
    "from_weight": min,
    "against": _with_baseline,
}
"""The same for a gate's fields; what it counts by (`over_ms`, the edges) is not comparable."""


SAME = ("kinds", "two_sided", "parameters", "series", "cohorts")
"""What a gate counts by: where one of these differs, two gates of a name cannot be compared."""
COST: Mapping[str, Stricter] = {"at_most": _lower, "margin_ratio": _lower, "from_weight": min}
"""The same for a ceiling of what answers take."""
APART = ("gates", "pauses", "costs")
"""Fields of a policy that are compared part by part."""
NO_RULE: Mapping[str, str] = {
    "shown": "what people see",
    "drifts": "what people see",
    "supersede": "which of two versions goes first: each is judged all the same",
    "overruled": "words about the others",
}
"""Fields of a policy that make nothing looser, and why."""


def not_comparable() -> tuple[str, ...]:
    """Fields of a policy of which nobody can say what is stricter: whom requests are of, and any new one."""
    from sluicegate.specs.policy import Policy

    known = {*POLICY, *APART, *NO_RULE}
    return tuple(field.name for field in fields(Policy) if field.name not in known)


def strictest(own: Policy, source: str, other: Policy) -> Policy:
    """`own`, with whatever is stricter in `other` in its place; `overruled` says so, and names the source.

    A gate that `own` lacks is added. Where the same gate counts by something else, that of `other` counts:
    which is stricter cannot be said.
    """
    changes: dict[str, Any] = {}
    overruled: list[str] = []
    for name in _comparable(POLICY, own):
        mine = getattr(own, name)
        counts = POLICY[name](mine, getattr(other, name))
        if counts != mine:
            changes[name] = counts
            overruled.append(f"{name} {_shown(counts)} of {source}, not {_shown(mine)}")
    counts_policy = replace(own, **changes)
    pauses = _stricter_pauses(own, other, counts_policy)
    if pauses != own.pauses:
        counts_policy = replace(counts_policy, pauses=pauses)
        overruled.append(f"pauses of {source}: {_paused(pauses)}, not {_paused(own.pauses)}")
    gates = {gate.name: gate for gate in own.gates}
    for theirs in other.gates:
        gates[theirs.name], words = _stricter_gate(gates.get(theirs.name), source, theirs)
        overruled += words
    costs, words = _stricter_costs(own.costs, source, other.costs)
    named = (*own.overruled, *overruled, *words)
    return replace(counts_policy, gates=tuple(gates.values()), costs=costs, overruled=named)


def _stricter_costs(
    own: tuple[Cost, ...], source: str, other: tuple[Cost, ...]
) -> tuple[tuple[Cost, ...], list[str]]:
    """The lower ceilings; one that counts something else cannot be compared, and the other's counts."""
    costs = {cost.name: cost for cost in own}
    overruled = []
    for theirs in other:
        mine = costs.get(theirs.name)
        if not theirs.has_ceiling or mine == theirs:
            continue
        counts = theirs
        if mine is not None:
            stricter = {name: how(getattr(mine, name), getattr(theirs, name)) for name, how in COST.items()}
            counts = replace(theirs, **stricter)
        if counts != mine:
            costs[theirs.name] = counts
            overruled.append(f"the ceiling of {theirs.name} of {source}: {_ceilings(counts)}")
    return tuple(costs.values()), overruled


def _ceilings(cost: Cost) -> str:
    return f"at_most {_shown(cost.at_most)}, margin_ratio {_shown(cost.margin_ratio)}"


def _stricter_pauses(own: Policy, other: Policy, counts: Policy) -> tuple[Pause, ...]:
    """The longer time and every approval of both sides, at the steps that count.

    A pause at a weight that is none of them is at the step below it: what either side wants before traffic
    goes beyond a weight comes before that.
    """
    pauses = []
    for step, following in pairwise((0, *counts.steps, 101)):
        there = [p for side in (own, other) for p in side.pauses if step <= p.weight < following]
        pause = replace(counts.pause(step), approval=any(declared.approval for declared in there))
        declared_seconds = [declared.min_seconds or 0.0 for declared in there]
        seconds = max(own.seconds_at(step), other.seconds_at(step), *declared_seconds)
        if seconds > counts.seconds_at(step):
            pause = replace(pause, min_seconds=seconds)
        if pause.approval or pause.min_seconds is not None or pause in own.pauses:
            pauses.append(pause)
    return own.pauses if set(pauses) == set(own.pauses) else tuple(pauses)


def _paused(pauses: tuple[Pause, ...]) -> str:
    shown = []
    for pause in pauses:
        seconds = [] if pause.min_seconds is None else [f"{pause.min_seconds:g} s"]
        parts = seconds + (["approval"] if pause.approval else [])
        shown.append(f"{' and '.join(parts) or 'nothing'} at {pause.weight} %")
    return ", ".join(shown) or "none"


def _stricter_gate(mine: Gate | None, source: str, theirs: Gate) -> tuple[Gate, list[str]]:
    if mine is None:
        return theirs, [f"gate {theirs.name} of {source}, not none"]
    overruled: list[str] = []
    counts = mine
    common = common_edges(mine, theirs)
    if common:
        counts = replace(mine, kinds=len(common), parameters={**mine.parameters, EDGES: common})
        overruled += _edges_in_words(mine, source, theirs, common)
    elif not counts_alike(mine, theirs):
        counts = replace(theirs, **{name: getattr(mine, name) for name in _comparable(GATE, mine)})
        overruled.append(f"what {mine.name} counts by is that of {source}: {_counted_by(theirs)}")
    for name in _comparable(GATE, mine):
        value = GATE[name](getattr(mine, name), getattr(theirs, name))
        if value != getattr(mine, name):
            counts = replace(counts, **{name: value})
            before = _shown(getattr(mine, name))
            overruled.append(f"{mine.name} {name} {_shown(value)} of {source}, not {before}")
    return _least_tolerant(mine, source, theirs, counts, overruled)


def _least_tolerant(
    mine: Gate, source: str, theirs: Gate, counts: Gate, overruled: list[str]
) -> tuple[Gate, list[str]]:
    """The tolerance follows the margin where none is declared; it is never above what either declares."""
    limit = min(mine.harmful_above, theirs.harmful_above)
    if counts.harmful_above <= limit:
        return counts, overruled
    words = f"{mine.name} tolerance {_shown(limit)} of {source}, not {_shown(mine.harmful_above)}"
    return replace(counts, tolerance=limit), [*overruled, words]


EDGES = "edges"
"""The parameter of a gate that compares two histograms, which can be compared at any edge that both have."""


def common_edges(one: Gate, other: Gate) -> tuple[float, ...]:
    """The edges that both have, where they differ in nothing else that they count by; else none."""
    if EDGES not in one.parameters or EDGES not in other.parameters:
        return ()
    common = tuple(edge for edge in one.parameters[EDGES] if edge in other.parameters[EDGES])
    cut = [replace(gate, kinds=1, parameters={**gate.parameters, EDGES: common}) for gate in (one, other)]
    return common if counts_alike(*cut) else ()


def with_edges_of(before: Policy, own: Policy) -> Policy:
    """`before`, its gates at the edges of the same gates of `own` where these are as many or more.

    For a version with other bytes: edges split the scores of one model, and another model's are others. Fewer
    edges see less; without a common one the two cannot be compared.
    """
    brought = {gate.name: gate for gate in own.gates}

    def moved(gate: Gate) -> Gate:
        mine = brought.get(gate.name, gate)
        if not common_edges(mine, gate) or mine.kinds < gate.kinds:
            return gate
        return replace(gate, kinds=mine.kinds, parameters={**gate.parameters, EDGES: mine.parameters[EDGES]})

    return replace(before, gates=tuple(map(moved, before.gates)))


def _edges_in_words(mine: Gate, source: str, theirs: Gate, common: tuple[float, ...]) -> list[str]:
    words = []
    own, former = mine.parameters[EDGES], theirs.parameters[EDGES]
    if common != own:
        compared = f"{mine.name} is compared at the edges that {source} has as well"
        words.append(f"{compared}: {_numbers(common)}, not {_numbers(own)}")
    if dropped := [edge for edge in former if edge not in common]:
        words.append(f"{mine.name} cannot be compared at the edges {_numbers(dropped)} of {source}")
    return words


def _numbers(values: Iterable[float]) -> str:
    return "/".join(f"{value:g}" for value in values)


def covers(made: Gate, gate: Gate) -> bool:
    """Whether what counts for one gate counts for another of its name: alike, or at some of its edges."""
    common = common_edges(made, gate)
    return counts_alike(made, gate) or (len(common) > 0 and common == gate.parameters[EDGES])


def counts_alike(one: Gate, other: Gate) -> bool:
    """Whether two gates of one name count the same, so that their margins can be compared."""
    return all(getattr(one, name) == getattr(other, name) for name in SAME)


def with_changes(policy: Policy, before: Policy, after: Policy) -> Policy:
    """A policy with what changed between two others, field by field; what did not change stays as it is."""
    changed = {
        name: getattr(after, name)
        for name in (*_comparable(POLICY, policy), "pauses")
        if getattr(before, name) != getattr(after, name)
    }
    old = {gate.name: gate for gate in before.gates}
    gates = {gate.name: gate for gate in policy.gates}
    for gate in after.gates:
        if gate.name not in old:
            gates[gate.name] = gate
        elif gate.name in gates:
            gates[gate.name] = _with_gate_changes(gates[gate.name], old[gate.name], gate)
    if before.costs != after.costs:
        changed["costs"] = after.costs
    removed = old.keys() - {gate.name for gate in after.gates}
    left = tuple(gate for name, gate in gates.items() if name not in removed)
    return replace(policy, **changed, gates=left)


def _with_gate_changes(gate: Gate, before: Gate, after: Gate) -> Gate:
    names = [field.name for field in fields(gate)]
    changed = {name: getattr(after, name) for name in names if getattr(before, name) != getattr(after, name)}
    return replace(gate, **changed)


def _comparable(how: Mapping[str, Stricter], of: Policy | Gate) -> list[str]:
    return [field.name for field in fields(of) if field.name in how]


def _counted_by(of: Gate) -> str:
    shown = [f"{name} {_numbers(values)}" for name, values in of.parameters.items()]
    return ", ".join([*shown, *filter(None, [of.series])]) or "no parameters"


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    if isinstance(value, str | bool):
        return str(value).lower()
    return "none" if value is None else f"{value:g}"
