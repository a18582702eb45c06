"""What the demonstration leaves in its directory, and its summary in the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from sluicegate.embedded.demo.act import Act
from sluicegate.embedded.demo.display import Display
from sluicegate.embedded.demo.stage import Stage
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.core.evaluation import Evaluation

Render = Callable[[Sequence[Evaluation], str], str]
"""Makes a page of a rollout's evaluations and its heading."""


def write(stage: Stage, acts: Sequence[Act], seconds: float, render: Render) -> None:
    """summary.json, the comments as markdown, and a page per rollout, which `render` makes."""
    for act in acts:
        for name, text in (("", act.comment), ("-during", act.during), ("-after", act.after)):
            if text:
                (stage.root / f"act{act.act}-comment{name}.md").write_text(text, encoding="utf-8")
        if act.evaluations:
            heading = f"{act.model} in {act.environment}: version {act.from_version} to {act.to_version}"
            page = render(act.evaluations, heading)
            (stage.root / f"act{act.act}-rollout.html").write_text(page, encoding="utf-8")
    summary = {
        "acts": [act.summary() for act in acts],
        "repository": str(stage.bare.relative_to(stage.root)),
        "seconds": round(seconds, 1),
    }
    (stage.root / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def close(stage: Stage, acts: Sequence[Act], display: Display) -> None:
    """The log of the releases, and where to look."""
    console = display.console
    console.rule("the releases, as git tells them")
    repository = BareRepository(stage.bare)
    log = repository.text("log", "--first-parent", "--format=%h  %an: %s", "refs/heads/main")
    console.print(log, markup=False, highlight=False)
    console.rule("what happened")
    for act in acts:
        requests = f", {act.canary_requests:,} requests on the canary" if act.canary_requests else ""
        failed = f", {act.failed_stable_requests} of stable's failed" if act.stable_requests else ""
        line = f"act {act.act}: {act.verdict} in {act.seconds:.0f} s{requests}{failed}"
        console.print(f"{line}; {stage.page(act.pull)}", markup=False, soft_wrap=True)
    files = ", ".join(sorted(path.name for path in stage.root.glob("*.*") if path.suffix in (".html", ".md")))
    console.print(f"in {stage.root}: summary.json, {files}", markup=False, soft_wrap=True)
    console.print(f"{display.seconds:.0f} s in all", markup=False)
