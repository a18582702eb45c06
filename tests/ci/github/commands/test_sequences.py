"""Random sequences of comments, pushes and ticks: whatever comes in whatever order, the rules hold.

`SLUICE_SEQUENCES=200` runs as many sequences; by itself the suite runs a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.gate_scene import MODEL
from support.pull_scene import PERMISSIONS, PullScene
from support.specs import model_yaml

from sluicegate.ci.github.commands.event import Comment
from sluicegate.ci.github.commands.handle import Handled, handle
from sluicegate.embedded.forge import Forge
from sluicegate.gate.verification import verify

SEQUENCES = int(os.environ.get("SLUICE_SEQUENCES", "4"))
EVENTS = 5
"""Of each sequence."""
A_SCENE = 20
"""Sequences on an open pull request, and as many behind its merge, before another scene begins."""
COMMANDS = (
    "approve", "approve fine", "override quality noise", "override files-allowed why", "recheck", "hold",
    "release", "promote", "promote 50", "promote 3", "rollback", "hotfix", "retry", "help", "explain quality",
    "prmote", "override", "hold\n/sluice release",
)  # fmt: skip
WRAPPINGS: tuple[Callable[[str], str], ...] = (
    lambda text: f"> {text}",
    lambda text: f"```\n{text}\n```",
    lambda text: f"<!--\n{text}\n-->",
    lambda text: f"please `{text}`",
)
KINDS = {"say": 9, "wrap": 2, "edit": 1, "again": 1, "stranger": 2, "world": 3}
"""What happens, and how often."""
OWNERS = {"@olga", "@pia"}
"""Of the models; max owns the environments, and wrote the pull request."""


@dataclass
class Play:
    """A scene, and what was said in it."""

    scene: PullScene
    chance: random.Random
    said: list[tuple[Comment, Handled]] = field(default_factory=list)

    def event(self) -> None:
        """One random thing happens."""
        what = self.chance.choices(("say", "wrap", "edit", "again", "stranger", "world"), (9, 2, 1, 1, 2, 3))[
            0
        ]
        getattr(self, f"_{what}")()

    def _line(self) -> str:
        return f"/sluice {self.chance.choice(COMMANDS)}"

    def _say(self, login: str | None = None) -> None:
        comment = self.scene.write(login or self.chance.choice(list(PERMISSIONS)), self._line())
        handled = handle(comment, self.scene.tools)
        assert not handled.crashed, handled
        self.said.append((comment, handled))

    def _unmoved(self, act: Callable[[], object]) -> None:
        before = self._state()
        act()
        assert self._state() == before

    def _wrap(self) -> None:
        body = self.chance.choice(WRAPPINGS)(self._line())
        self._unmoved(lambda: self.scene.say("pia", body))

    def _edit(self) -> None:
        self._unmoved(lambda: self.scene.say("pia", self._line(), action="edited"))

    def _stranger(self) -> None:
        self._unmoved(lambda: self._say("tom"))

    def _again(self) -> None:
        if self.said:
            comment, _ = self.chance.choice(self.said)
            self._unmoved(lambda: handle(comment, self.scene.tools))

    def _world(self) -> None:
        scene = self.scene
        if scene.pull_of("sluice").merged:
            scene.gate.tick()
        elif self.chance.random() < 0.5:
            scene.push({MODEL: model_yaml(version=2, margin=self.chance.choice([0.009, 0.008, 0.007]))})
        else:
            scene.report()

    def _state(self) -> tuple[str, str]:
        return self.scene.gate.tip(), self.scene.gate.tip("gate-evidence")

    def check(self) -> None:
        """What always holds."""
        scene = self.scene
        assert len(scene.answers()) <= 1
        for comment, handled in self.said:
            thumbs = {"+1" if all(one.ok for one in handled.answers) else "-1"} if handled.answers else set()
            wanted = thumbs | ({"eyes"} if handled.answers else set())
            assert set(scene.reactions(comment)) == wanted, handled
        for review in scene.reviews():
            assert review.by in OWNERS | {"@max"}
            assert review.kind == "approve" or review.by in OWNERS
            assert review.author == (review.by == "@max")
        by = {one["Gate-By"] for one in scene.gate.decisions() if "Gate-By" in one}
        assert by <= {"A Person <person@example.org>", "@olga", "@pia", "@max", "@carl", "@ada"}
        repository = scene.gate.repository
        report = verify(repository, scene.gate.tip(), scene.gate.tip("gate-evidence"))
        assert report.findings == []


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(max(1, SEQUENCES // (2 * A_SCENE))))
def test_random_sequences_keep_the_rules(forge: Forge, tmp_path: Path, seed: int) -> None:
    scene = PullScene(forge, tmp_path)
    scene.gate.tick()  # the branch of the evidence is there
    play = Play(scene, random.Random(seed))
    each = min(A_SCENE, SEQUENCES // 2)
    for stage in ("open", "merged"):
        if stage == "merged":
            scene.start()
        for _ in range(each):
            play.said.clear()
            for _ in range(EVENTS):
                play.event()
            play.check()
    scene.close()


def test_an_event_of_another_time_is_as_stale_as_it_says(forge: Forge, tmp_path: Path) -> None:
    scene = PullScene(forge, tmp_path)
    scene.report()
    comment = scene.write("pia", "/sluice override quality noise")
    old = replace(comment, created_at=comment.created_at.replace(year=2001))
    assert "after your comment" in handle(old, scene.tools).answers[0].words
    assert scene.reviews() == []
    scene.close()
