"""The page of a rollout."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.ci.report._page import page
from sluicegate.ci.report.rollout import Look
from sluicegate.ci.report.rollout._plots import plots
from sluicegate.ci.report.rollout._summary import decisive, outcome
from sluicegate.ci.report.text_format import clean

MARKS = {"advance": "↑", "wait": "…", "hold": "‖", "rollback": "↩", "finish": "✔"}
MOST_ROWS = 500


def rollout_page(looks: Sequence[Look], heading: str) -> str:
    """The plots of every gate and the table of decisions, newest last."""
    return page(
        "rollout.html",
        heading=clean(heading, 200),
        outcome=outcome(looks),
        marks=MARKS,
        plots=plots(looks),
        decisions=[
            {
                "time": look.at.strftime("%H:%M:%S"),
                "kind": look.kind,
                "weight": _weight(look),
                "requests": f"{look.requests:,}",
                "commit": clean(look.commit, 64)[:12] if look.commit else "",
                "reason": clean(look.reason),
            }
            for look in decisive(looks)[-MOST_ROWS:]
        ],
        looks=len(looks),
    )


def _weight(look: Look) -> str:
    """`5 → 25 %` where the decision moved it."""
    after = {"rollback": 0, "finish": 100}.get(
        look.kind, look.next_weight if look.kind == "advance" else None
    )
    return f"{look.weight} %" if after in (None, look.weight) else f"{look.weight} → {after} %"
