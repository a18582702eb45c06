"""The one comment of a pull request: the rollout's part above, the report's below, a hidden line at the end.

Two programs write it: the report's part whoever validates, the rollout's part the gate. Each keeps the
other's. The hidden lines that divide it cannot come from a pull request, whose text has no `<` any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sluicegate.ci.report.markdown_report import KIND
from sluicegate.ci.report.markdown_text import marker, read_marker
from sluicegate.ci.report.rollout.comment_part import rollout_part
from sluicegate.ci.report.rollout.told import Releases, plain, read

DIVIDER = "\n\n---\n<!-- sluicegate:report -->\n"
"""Between the rollout's part and the report's; a rule for the eye."""
LIMIT = 65_536
"""Characters that GitHub takes."""
STATE_LIMIT = 7_000
"""Characters of the releases in the hidden line; the oldest lose details first, then go."""
ROLLOUT = "rollout"


@dataclass(frozen=True)
class CommentBody:
    """A comment of ours, taken apart."""

    report: str = ""
    """The report's part, without the hidden line."""
    rollout: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def releases(self) -> Releases:
        """What was told of the releases."""
        return read(self.state.get(ROLLOUT))

    def with_report(self, text: str) -> CommentBody:
        """The same rollout beside a newly rendered report."""
        new = parse(text)
        kept = {ROLLOUT: self.state[ROLLOUT]} if ROLLOUT in self.state else {}
        return replace(self, report=new.report, state={**new.state, **kept})

    def with_releases(self, releases: Releases, web: str) -> CommentBody:
        """The same report below these releases; `web` is the repository's address."""
        values = plain(releases)
        for one in values[:-1]:
            if len(marker(KIND, {ROLLOUT: values})) > STATE_LIMIT:
                one.pop("decisions", None)
                one.pop("gates", None)
        while len(values) > 1 and len(marker(KIND, {ROLLOUT: values})) > STATE_LIMIT:
            values = values[1:]
        return replace(self, rollout=rollout_part(releases, web), state={**self.state, ROLLOUT: values})

    def text(self) -> str:
        """The whole comment, at most `LIMIT` characters: of a report that is too long the end is cut."""
        end = f"{marker(KIND, self.state)}\n"
        above = f"{self.rollout}{DIVIDER}" if self.rollout else ""
        room = LIMIT - len(above) - len(end)
        report = self.report
        if len(report) > room:
            cut = report[: room - 200].rsplit("\n", 1)[0]
            report = f"{cut}\n\nThe rest is in the check run.\n\n"
        return f"{above}{report}{end}"


def parse(text: str) -> CommentBody:
    """Take a comment apart; one without our hidden line is all report.

    A person who edits it in a browser gives it the line ends of one, and may write below: that goes.
    """
    text = text.replace("\r\n", "\n")
    state = read_marker(text, KIND)
    if state is None:
        return CommentBody(report=text)
    body = text[: text.rindex(f"<!-- sluicegate:{KIND} ")]
    above, divider, below = body.partition(DIVIDER)
    return CommentBody(below, above, state) if divider else CommentBody(body, "", state)
