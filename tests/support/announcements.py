"""Announcements of one version's release, as the daemon makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.announce import Announcement, Stage
from sluicegate.specs.release import Version
from support.releases import T0

STEPS = (1, 5, 25, 50, 100)


def judgement(gate: str = "error_rate", lower: float = -0.01, upper: float = 0.03, **more: Any) -> Judgement:
    """What a gate concludes of 4,000 requests, 200 on the canary; not yet within its margin of 2 %."""
    values: dict[str, Any] = {
        "margin": 0.02,
        "tolerance": 0.01,
        "requests": 4000,
        "canary_requests": 200,
        "bad_canary": 2,
        "bad_stable": 38,
        "edge": None,
        "harmful": False,
        "non_inferior": False,
        "reason": f"{gate}: not yet within the margin 2 %, needs about 1,300 more requests",
        "needs": 1300,
    }
    return Judgement(gate=gate, rate_difference=Interval(lower, upper), **(values | more))


def announcement(stage: Stage = "running", after: float = 0.0, **more: Any) -> Announcement:
    """Version 2 of `m` in production at 5 %, `after` so many seconds.

    `commit`, `kind`, `reason` and `judgements` are the evaluation's; everything else is the announcement's.
    """
    own = {name: more.pop(name) for name in ("commit", "judgements", "requests") if name in more}
    weight = more.get("weight", 5)
    evaluation = Evaluation(
        at=T0 + timedelta(seconds=after),
        requests=own.pop("requests", 4000),
        weight=more.pop("before", weight),
        kind=more.pop("kind", "wait"),
        reason=more.pop("reason", "version 2 at 5 %: error_rate is not yet within its margin"),
        judgements=own.pop("judgements", (judgement(),)),
        **own,
    )
    values: dict[str, Any] = {"environment": "production", "model": "m", "steps": STEPS, "weight": weight}
    values |= {"version": Version(2, "2" * 40, "sha256:" + "2" * 64), "needs": 1300, "seconds": 65.0}
    return Announcement(stage=stage, evaluation=evaluation, **(values | more))
