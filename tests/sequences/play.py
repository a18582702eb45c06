"""Play one sequence twice, with faults and without, and compare what is to be seen in the end."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from github import GithubException
from requests import RequestException

from sequences.world import PEOPLE, World, let_fail
from sluicegate.embedded.forge import Forge
from sluicegate.validators.runner.finding import Verdict

EVENTS = ("push", "validate", "approve", "say", "merge", "tick", "again")
BEFORE = {"push": 2, "validate": 3, "approve": 1, "say": 1, "merge": 2}
AFTER = {"validate": 1, "say": 1, "tick": 6, "again": 2}
LENGTH = (6, 18)
"""Events of a sequence, from and to."""
SHARE = 0.3


class Broken(AssertionError):
    """A sequence after which something else is to be seen than has to be."""


def play(forge: Forge, seed: int, *, share: float = SHARE) -> list[str]:
    """Play the sequence of this seed, and again without faults; its events. Raises Broken."""
    events, failing = _once(forge, seed, share)
    _, smooth = _once(forge, seed, 0.0)
    wrong = _problems(failing)
    if failing.shown != smooth.shown:
        wrong.append(f"with faults {failing.shown}, without {smooth.shown}")
    if wrong:
        raise Broken(f"{', '.join(events)}: " + "; ".join(wrong))
    return events


def play_some(seeds: range) -> tuple[Counter[str], dict[int, str]]:
    """Play those of these seeds on a forge of their own: what happened, and by seed what broke."""
    events: Counter[str] = Counter()
    broken = {}
    with tempfile.TemporaryDirectory() as folder, Forge(Path(folder, "forge"), PEOPLE) as forge:
        for seed in seeds:
            try:
                events.update(play(forge, seed))
            except (Broken, GithubException, RequestException) as error:
                broken[seed] = f"sequence {seed}: {error}"
    return events, broken


class _Played(World):
    shown: dict[str, Any]


def _once(forge: Forge, seed: int, share: float) -> tuple[list[str], _Played]:
    chance = random.Random(seed)
    let_fail(forge, share, seed)
    try:
        world = _Played(forge, f"models-{seed}-{'faults' if share else 'smooth'}", chance)
        events = []
        for _ in range(chance.randint(*LENGTH)):
            weights = BEFORE if world.merge_sha is None else AFTER
            (event,) = chance.choices(list(weights), list(weights.values()))
            events.append(event)
            getattr(world, event)()
        world.shown = world.seen()
    finally:
        let_fail(forge, 0.0, 0)
    return events, world


def _problems(world: _Played) -> list[str]:
    """What has to hold whatever happened."""
    shown = world.shown
    written = world.reported is not None or bool(world.news)
    expected = {"comments": 1 if written else 0, "merged": world.merge_sha is not None, "report": True}
    if world.news:
        stage = world.news[-1].stage
        expected["labels"] = [f"production: {stage}"] if world.ended else shown["labels"]
    found = [
        f"{name} is {shown[name]!r}, not {value!r}"
        for name, value in expected.items()
        if shown[name] != value
    ]
    if world.verdict is not None and world.heads[-1] in (world.reported or ""):
        state = "success" if world.verdict is Verdict.PASS else "failure"
        if shown["statuses"].get("sluice/validate") != state:
            found.append(f"the status is {shown['statuses']}, the last report was {world.verdict}")
    return found
