"""The part of a pull request's comment that tells of its releases, from the merge to the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sluicegate.ci.report.markdown_text import code, prose, table, within
from sluicegate.ci.report.rollout.told import MOST_RELEASES, Decided, Releases, Told
from sluicegate.gate.core import text_format
from sluicegate.gate.core.text_format import UNKNOWN
from sluicegate.specs.layout import is_picture
from sluicegate.specs.names import is_revision

BUDGET = 10_000
"""Characters of the part at most."""
SIGNS = {"waiting": "⏸️", "running": "⏳", "held": "✋", "stable": "🏁", "rolled back": "↩️", "ended": "⏹️"}
_OVERVIEW = ("environment", "model", "version", "state", "traffic")


def rollout_part(releases: Releases, web: str) -> str:
    """The lines, newest state first; `web` is the repository's address, as https://github.com/OWNER/NAME.

    Empty without a release.
    """
    if not releases:
        return ""
    newest = sorted(releases.values(), key=_recent, reverse=True)
    lines = [_headline(newest[0])]
    if len(newest) > 1:
        lines += ["", *table(_OVERVIEW, map(_row, releases.values()))]
    room = BUDGET - 200
    kept, left = within(room, lines)
    if left:
        return "\n".join([*kept, "", f"{left} more releases are in the git log."])
    for one in newest[:MOST_RELEASES]:
        section = _section(one, web, folded=one is not newest[0])
        if _size(kept) + _size(section) > room:
            kept += ["", "More is in the git log."]
            break
        kept += section
    return "\n".join(kept)


def _recent(one: Told) -> tuple[bool, datetime]:
    """What moves comes before what waits to begin elsewhere; then the newest."""
    return one.stage != "waiting", datetime.fromisoformat(one.at)


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + len(lines)


def _what(one: Told) -> str:
    return f"{code(one.model, 63)} version {one.version}"


def _headline(one: Told) -> str:
    """Where the newest release is, in a line."""
    where = f"{SIGNS[one.stage]} **{_state(one)}** in {code(one.environment, 63)} · {_what(one)}"
    if one.ended:
        return where
    return f"{where} · {_needs(one)}"


def _state(one: Told) -> str:
    if one.stage == "stable":
        return "stable, at 100 %"
    if one.stage == "running":
        return f"at {one.weight} %" if one.weight else "dark, without traffic"
    if one.stage == "waiting":
        return "merged, not started"
    if one.stage == "held":
        return f"held at {one.weight} %"
    return one.stage


def _needs(one: Told) -> str:
    """`needs about 1,300 more requests, 65 s at this traffic`, else what it waits for in the gate's words."""
    if one.stage == "held":
        return "waits for a person"
    if _waits_for(one):
        return prose(_waits_for(one), 200)
    if not one.needs:
        return "is decided at the gate's next look"
    time = "" if one.seconds is None else f", {text_format.duration(one.seconds)} at this traffic"
    return f"needs {text_format.about(one.needs)} more {prose(one.units, 60)}{time}"


def _waits_for(one: Told) -> str:
    """Why it waits, where no number of requests says it: `the canary has had 0 of the step's 20 requests`."""
    if one.ended or one.stage == "held" or one.needs:
        return ""
    if one.stage == "waiting":
        return f"because {one.reason}"
    where, _, why = one.reason.partition(": ")
    return why or where


def _row(one: Told) -> list[str]:
    return [
        code(one.environment, 63),
        code(one.model, 63),
        str(one.version),
        f"{SIGNS[one.stage]} {one.stage}",
        f"{one.weight} %",
    ]


def _section(one: Told, web: str, *, folded: bool) -> list[str]:
    """Why it is there, each gate's interval, the plot, every decision with its commit."""
    lines = [""]
    if folded:
        summary = f"{SIGNS[one.stage]} {code(one.environment, 63)} {_what(one)}: {_state(one)}"
        # GitHub renders no markdown in the line of a summary.
        lines += [f"<details><summary>{summary.replace('`', '')}</summary>", ""]
    lines += _why(one, said=not folded and bool(_waits_for(one)))
    if any(gate.interval != UNKNOWN for gate in one.gates):
        lines += ["", *_gates(one)]
    if is_picture(one.picture) and is_revision(one.evidence):
        address = f"{web}/raw/{one.evidence}/{one.picture}"
        lines += ["", f"![each gate's interval, its margin and 0]({address})"]
    if one.decisions:
        lines += ["", *_decisions(one, web)]
    return [*lines, "", "</details>"] if folded else lines


def _why(one: Told, *, said: bool) -> list[str]:
    """The reason, unless line 1 has said it, what a person has to see to, and when that was."""
    step = f"step {one.step} of {one.steps}, " if one.step and not one.ended else ""
    at = datetime.fromisoformat(one.at)
    lines = [prose(one.reason), ""] if one.reason and not said else []
    if one.problem:
        lines += [f"⚠️ {prose(one.problem)}", ""]
    lines.append(f"<sub>{step}{one.requests:,} requests, {at:%Y-%m-%d %H:%M:%S} UTC</sub>")
    return lines


def _gates(one: Told) -> list[str]:
    marks = {"within": "✔ within", "harmful": "✘ harmful", "not compared": "➖ not compared"}
    rows = [
        [
            code(gate.name, 60),
            code(gate.interval, 100),
            code(gate.margin, 30),
            marks.get(gate.verdict, "… undecided"),
            "" if gate.needs is None else f"{text_format.about(gate.needs)} {prose(gate.units, 60)}",
        ]
        for gate in one.gates
    ]
    return table(("gate", "rate difference", "margin", "verdict", "needs"), rows)


def _decisions(one: Told, web: str) -> list[str]:
    rows = [_decision(decided, web) for decided in reversed(one.decisions)]
    shown = table(("decision", "weight", "commit", "by", "time"), rows)
    last = one.decisions[-1]
    again = f"Reproduce {_commit(last, web)} from its evidence with: {code(one.reproduce, 200)}"
    earlier = [f"{one.dropped} earlier ones are in the git log.", ""] if one.dropped else []
    return [again, "", "<details><summary>Decisions</summary>", "", *shown, "", *earlier, "</details>"]


def _decision(decided: Decided, web: str) -> list[str]:
    return [
        decided.kind,
        f"{decided.before} → {decided.after} %",
        _commit(decided, web),
        prose(decided.by, 100) if decided.by else "the gate",
        f"{datetime.fromisoformat(decided.at):%H:%M:%S}",
    ]


def _commit(decided: Decided, web: str) -> str:
    """A link to the commit; text where it is none."""
    if not is_revision(decided.commit):
        return code(decided.commit[:12])
    return f"[{decided.commit[:10]}]({web}/commit/{decided.commit})"
