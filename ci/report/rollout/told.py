"""What a pull request's comment says of the releases that its merge began: data, folded from announcements.

It is kept in the hidden last line of the comment itself, so that a gate that starts anew, or another one,
goes on from what was told. That line can have been edited by anyone who may edit comments: what cannot be
read is left out, and everything is escaped when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, get_args

from sluicegate.ci.report.rollout.picture import verdict_of
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import DecisionKind, Judgement
from sluicegate.gate.daemon.announce import ENDED, Announcement, Stage

MOST_RELEASES = 8
"""Models in environments that have a section of their own; of others only the newest state is kept."""
MOST_ENTRIES = 40
MOST_DECISIONS = 12
MOST_GATES = 10
REASON = 400
SLOWER = 20
"""A release that has run for so many minutes is told news without a decision once a minute at most: the
pause is its age divided by this."""


@dataclass(frozen=True)
class GateState:
    """What one gate concludes, in words that need nothing else."""

    name: str
    interval: str
    margin: str
    verdict: str
    needs: int | None = None
    units: str = "requests"


@dataclass(frozen=True)
class Decided:
    """One decision that was committed."""

    at: str
    kind: str
    before: int
    after: int
    commit: str
    by: str = ""


@dataclass(frozen=True)
class Told:
    """A version in an environment, as it was told last."""

    environment: str
    model: str
    version: int
    stage: str
    began: str
    """When it was told first, as ISO 8601; likewise `at`, the last evaluation that is shown."""
    at: str
    weight: int
    step: int
    steps: int
    requests: int
    reason: str
    problem: str = ""
    needs: int | None = None
    units: str = "requests"
    seconds: float | None = None
    evidence: str = ""
    picture: str = ""
    reproduce: str = ""
    gates: tuple[GateState, ...] = ()
    decisions: tuple[Decided, ...] = ()
    dropped: int = 0
    """Earlier decisions that are only in the git log."""

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected."""
        return self.stage in ENDED


Releases = Mapping[str, Told]
"""By `ENVIRONMENT/MODEL`, in the order in which they were told first."""


def fold(releases: Releases, news: Sequence[Announcement]) -> dict[str, Told]:
    """The releases with what is new. The same as before where nothing is: an end is not told twice, nor news
    without a decision sooner than a release of that age gets them."""
    after = dict(releases)
    for one in news:
        key = f"{one.environment}/{one.model}"
        known = after.get(key)
        if known is not None and not _is_news(known, one):
            continue
        after[key] = _told(known, one)
    return after


def _is_news(known: Told, one: Announcement) -> bool:
    commit = one.evaluation.commit
    if known.version != one.version.version:
        return one.version.version > known.version
    if commit is not None:
        return all(commit != decided.commit for decided in known.decisions)
    if known.ended or one.reminder:
        return known.stage != one.stage
    if known.stage == one.stage == "waiting":
        return _kept_from(one) != known.reason
    if (known.stage, known.weight, known.problem) != (one.stage, one.weight, one.problem or ""):
        return True
    age = _time(known.at) - _time(known.began)
    return one.evaluation.at - _time(known.at) >= age / SLOWER


def _told(known: Told | None, one: Announcement) -> Told:
    evaluation = one.evaluation
    same = known is not None and known.version == one.version.version
    waits = one.stage == "waiting"
    decisions = known.decisions if known is not None and same else ()
    dropped = known.dropped if known is not None and same else 0
    if evaluation.commit is not None:
        decided = Decided(
            evaluation.at.isoformat(),
            evaluation.kind,
            evaluation.weight,
            one.weight,
            evaluation.commit,
            clean(one.by or "", 100),
        )
        decisions = (*decisions, decided)
    shown = decisions[-MOST_DECISIONS:]
    return Told(
        one.environment,
        one.model,
        one.version.version,
        one.stage,
        began=known.began if known is not None and same else evaluation.at.isoformat(),
        at=evaluation.at.isoformat(),
        weight=one.weight,
        step=one.step,
        steps=len(one.steps),
        requests=evaluation.requests,
        reason=_kept_from(one) if waits else clean(_reason(known if same else None, one), REASON),
        problem="" if waits else clean(one.problem or "", REASON),
        needs=one.needs,
        units=clean(one.units, 60),
        seconds=one.seconds,
        evidence=one.evidence or (known.evidence if known is not None and same else ""),
        picture=one.picture or (known.picture if known is not None and same else ""),
        reproduce=one.reproduce,
        gates=_gates(known if same else None, one),
        decisions=shown,
        dropped=dropped + len(decisions) - len(shown),
    )


def _kept_from(one: Announcement) -> str:
    """Why it does not start, as it is told."""
    return clean(one.problem or one.evaluation.reason, REASON)


def _reason(known: Told | None, one: Announcement) -> str:
    """A reminder of an end says why only where nothing better is known."""
    return known.reason if one.reminder and known is not None and known.ended else one.evaluation.reason


def _gates(known: Told | None, one: Announcement) -> tuple[GateState, ...]:
    """Each gate's conclusion; at an end without figures the last ones stay."""
    judgements = one.evaluation.judgements
    if not judgements and known is not None and one.stage in ENDED:
        return known.gates
    return tuple(map(_gate, judgements[:MOST_GATES]))


def _gate(judgement: Judgement) -> GateState:
    return GateState(
        clean(judgement.gate, 60),
        text_format.bounds(judgement.rate_difference),
        text_format.percent(judgement.margin),
        verdict_of(judgement),
        None if judgement.non_inferior else judgement.needs,
        clean(judgement.units, 60),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def plain(releases: Releases) -> list[dict[str, Any]]:
    """JSON values that `read` takes; details of the oldest are left out beyond the limits."""
    kept = list(releases.values())[-MOST_ENTRIES:]
    detailed = kept[-MOST_RELEASES:]
    return [
        _without_defaults(one if one in detailed else replace(one, gates=(), decisions=(), reason=""))
        for one in kept
    ]


def _without_defaults(one: Told) -> dict[str, Any]:
    empty = {known.name: known.default for known in fields(one)}
    return {name: value for name, value in asdict(one).items() if value != empty[name]}


def read(values: object) -> dict[str, Told]:
    """The releases of a comment's hidden line; what is not as `plain` writes it is left out."""
    found: dict[str, Told] = {}
    for value in values if isinstance(values, list) else ():
        try:
            one = _read(value)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue
        found[f"{one.environment}/{one.model}"] = one
    return found


def _read(value: Mapping[str, Any]) -> Told:
    gates = tuple(GateState(**_typed(GateState, gate)) for gate in value.get("gates", ()))
    decisions = tuple(Decided(**_typed(Decided, decided)) for decided in value.get("decisions", ()))
    one = Told(**_typed(Told, {**value, "gates": gates, "decisions": decisions}))
    if one.stage not in get_args(Stage) or any(d.kind not in get_args(DecisionKind) for d in decisions):
        raise ValueError(one.stage)
    if _time(one.at).tzinfo is None or _time(one.began).tzinfo is None:
        raise ValueError(one.at)
    return one


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}


def _typed(of: type, value: Mapping[str, Any]) -> dict[str, Any]:
    """The value, where each field has its type."""
    for one in fields(of):
        expected = _TYPES.get(str(one.type), tuple)
        if one.name in value and not isinstance(value[one.name], expected):
            raise TypeError(one.name)
    return dict(value)
