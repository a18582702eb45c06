"""The three acts: a better version, one that is refused, and one that only live traffic can judge."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.embedded.demo.act import Act
from sluicegate.embedded.demo.author import copy_model
from sluicegate.embedded.demo.counts import answered
from sluicegate.embedded.demo.display import Display
from sluicegate.embedded.demo.stage import ENVIRONMENTS, MATERIAL, MODEL, PRODUCT, Stage
from sluicegate.specs.errors import SluiceError

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from sluicegate.gate.core.decision import Decision
    from sluicegate.gate.daemon.outcome import Outcome

RATE = 2000.0
"""Live requests a second that production is offered; it answers as many as the machine can."""
PRODUCTION = ENVIRONMENTS[-1]
LAST_WORD = 60.0
"""Seconds within which a pull request's comment has to tell how its release ended."""

AGAIN = (
    "run it again while the machine does nothing else, for a busy one slows its servers; "
    "the logs are below the demonstration's directory"
)


class Unexpected(SluiceError):
    """An act ended in another way than its story."""

    def __init__(self, message: str) -> None:
        super().__init__(message, AGAIN)


class Play:
    """Plays the acts on a stage, and keeps what happened."""

    def __init__(self, stage: Stage, display: Display) -> None:
        self.stage = stage
        self.display = display
        self.acts: list[Act] = []

    def prologue(self) -> None:
        """The first version, straight to 100 % in each environment: there is nothing to compare it with."""
        self.display.act("Prologue", "The first release of flight-delay goes straight to 100 %.")
        with self.display.waiting("a repository on its forge, and three environments"):
            base, head = self.stage.seed_repository(MATERIAL / MODEL / "v1")
        self.display.line(f"forge {self.stage.forge.url}, environments {', '.join(ENVIRONMENTS)}")
        with self.display.waiting("sluice validate --record judges what came without a pull request"):
            self.stage.record(base, head)
        self.display.line(f"version 1 is judged, and its verdict recorded for {head[:10]}")
        self.stage.start_gate()
        for environment in ENVIRONMENTS[:-1]:
            self._until(environment, 1, "finish")
        with self._live():
            self._until(PRODUCTION, 1, "finish")

    def better(self) -> Act:
        """Act 1: version 2, trained on more months, is released to all traffic."""
        story = "Version 2 is trained on eight months instead of five."
        self.display.act("Act 1: a better version", story)
        title = "flight-delay: version 2, trained on eight months"
        return self._released(Act(1, MODEL, PRODUCTION, 1, 2), title, PRODUCT / "models" / MODEL, "finish")

    def bad(self) -> Act:
        """Act 2: a version 3 with two faults is refused, with the reasons and the remedies."""
        from sluicegate.embedded.demo.material.bad import make_bad

        story = "Version 3 misses most of one carrier's late flights, and names a file outside its directory."
        self.display.act("Act 2: a bad one", story)
        act = Act(2, MODEL, PRODUCTION, 2, 3)
        began = time.monotonic()

        def change(checkout: Path) -> None:
            make_bad(checkout / "models" / MODEL, checkout / "models" / MODEL)

        pull, refused = self._judged(act, "flight-delay: version 3, patched for one carrier", change)
        if not refused:
            raise Unexpected("act 2's pull request was not refused")
        pull.edit(state="closed")
        act.verdict = "refused"
        act.commits = [pull.head.sha]
        act.seconds = round(time.monotonic() - began, 1)
        return self._keep(act)

    def treacherous(self) -> Act:
        """Act 3: version 3 passes every check, is merged, and rolled back: it has no answer to gaps."""
        story = "Version 3 is a neural network: no worse on complete rows, far smaller. Live rows have gaps."
        self.display.act("Act 3: what no sample shows", story)
        title = "flight-delay: version 3, a neural network of 8 kB"
        return self._released(Act(3, MODEL, PRODUCTION, 2, 3), title, MATERIAL / MODEL / "v3", "rollback")

    def _judged(self, act: Act, title: str, change: Callable[[Path], None]) -> tuple[PullRequest, bool]:
        """Open the pull request, let CI judge and comment it; (the pull request, whether it is refused)."""
        body = f"See the model card, models/{MODEL}/README.md."
        pull = self.stage.author.propose(f"{MODEL}-act-{act.act}", title, body, change)
        act.pull = pull.number
        self.display.line(f"pull request #{pull.number}: {title}")
        with self.display.waiting("sluice validate judges its data, quality, latency and security"):
            code, report = self.stage.validate(pull.number, pull.base.sha, pull.head.sha, f"act{act.act}")
        act.comment = _comments(pull)
        self.display.line(f"its comment: {self.stage.page(pull.number)}")
        counted = Counter(finding["verdict"] for finding in report["findings"])
        words = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counted.items()))
        style = "green" if code == 0 else "bold red"
        self.display.line(f"judged in {report['seconds']:.1f} s: {report['verdict']} ({words})", style)
        bad = [f for f in report["findings"] if f["verdict"] not in ("pass", "skipped", "waived")]
        for finding in bad:
            self.display.line(f"  {finding['check']}: {finding['message']}", "red")
            self.display.line(f"    remedy: {finding['remedy']}")
        act.reason = "; ".join(f"{finding['check']}: {finding['message']}" for finding in bad)
        return pull, code != 0

    def _released(self, act: Act, title: str, version: Path, expected: str) -> Act:
        """Propose a version's files, judge, merge, and watch the release to its end in production."""
        began = time.monotonic()
        pull, refused = self._judged(act, title, lambda team: copy_model(version, team / "models" / MODEL))
        if refused:
            raise Unexpected(f"act {act.act}'s pull request was refused: {act.reason}")
        metrics = self.stage.runtimes[PRODUCTION].metrics_url
        before = answered(metrics, MODEL)
        act.commits = [pull.merge(sha=pull.head.sha).sha]
        self.display.line(f"merged as {act.commits[0][:10]}")
        for environment in ENVIRONMENTS[:-1]:
            self._until(environment, act.to_version, "finish")
        with self._live():
            watched = partial(self._watch_comment, act, pull)
            ended = self._until(
                PRODUCTION, act.to_version, "finish", "rollback", seconds=150, act=act, moved=watched
            )
        act.after = self._last_word(pull, ended)
        act.count(before, answered(metrics, MODEL))
        act.verdict = ended.kind
        act.reason = ended.reason
        act.seconds = round(time.monotonic() - began, 1)
        self.display.line(ended.reason, "bold green" if ended.kind == "finish" else "bold red")
        if act.verdict != expected:
            raise Unexpected(f"act {act.act} ended in {act.verdict} instead of {expected}: {act.reason}")
        if act.verdict == "rollback":
            self.display.line(f"the bad version touched {act.canary_requests} requests", "bold")
        return self._keep(act)

    def _watch_comment(self, act: Act, pull: PullRequest) -> None:
        """Keep what the pull request says while its version has a part of production's traffic."""
        text = _comments(pull)
        first = text.partition("\n")[0]
        if f"in `{PRODUCTION}`" in first and "**at " in first and "**at 100 %**" not in first:
            act.during = text

    def _last_word(self, pull: PullRequest, ended: Decision) -> str:
        """The comment once it tells the end, which the gate does not wait for."""
        word = "stable" if ended.kind == "finish" else "rolled back"
        deadline = time.monotonic() + LAST_WORD
        text = _comments(pull)
        while word not in text.partition("\n")[0] and self.stage.tells:
            if time.monotonic() > deadline:
                raise Unexpected(f"after {LAST_WORD:.0f} s the comment does not say {word!r}")
            time.sleep(0.2)
            text = _comments(pull)
        self.display.line(f"told in the pull request: {self.stage.page(pull.number)}")
        return text

    def _live(self) -> AbstractContextManager[None]:
        """Production answers real flights of November and December, gaps and all."""
        return self.stage.load(PRODUCTION, MATERIAL / MODEL / "live.parquet", RATE)

    def _until(
        self,
        environment: str,
        version: int,
        *kinds: str,
        seconds: float = 60,
        act: Act | None = None,
        moved: Callable[[], None] = lambda: None,
    ) -> Decision:
        """Show the gate's decisions there until one of `kinds` is about this version."""
        what = f"the gate to {' or '.join(kinds)} version {version} in {environment}"

        def ended(outcome: Outcome) -> bool:
            decision = outcome.decision
            if decision is None or (outcome.environment, outcome.model) != (environment, MODEL):
                return False
            if act is not None:
                act.record(outcome)
            self.display.update(outcome)
            if outcome.commit is None:
                return False
            running = decision.before.canary or decision.release.canary
            after = 100 if decision.kind == "finish" else decision.release.weight
            if decision.kind != "wait":
                weights = f"{decision.before.weight} % -> {after} %"
                self.display.line(f"{environment:10} {decision.kind:8} {weights:14} {outcome.commit[:10]}")
            moved()
            return decision.kind in kinds and running is not None and running.version == version

        with self.display.waiting(f"waiting for {what}"):
            outcome = self.stage.wait_for(ended, what, seconds)
        if outcome.decision is None:
            raise Unexpected(f"the gate ended without a decision: {outcome.problem}")
        return outcome.decision

    def _keep(self, act: Act) -> Act:
        self.acts.append(act)
        return act


def _comments(pull: PullRequest) -> str:
    return "\n\n".join(comment.body for comment in pull.get_issue_comments())
