"""What git and the routes tell of a release: decisions, their evidence, and when they took effect."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.kube import UNREACHABLE
from harness.load import running
from harness.release import Subject
from harness.repository import Team, bare
from harness.run import Run, call
from harness.wait import NotYet, until

from sluicegate.gate.core import envelope, evidence, trailers
from sluicegate.gate.core.evidence import Predicate
from sluicegate.specs import release_file as release_file
from sluicegate.specs.release import Release
from sluicegate.specs.yamlio import parse

MODEL, REGION = "flight-delay", "production-eu"
"""What the stories are told of: the demonstration's model, in the first region that judges it on requests."""
RATE = 400.0
"""Requests a second in a promotion: what two cores answer beside the rest of the cluster."""
CONNECTIONS = 16


@dataclass(frozen=True)
class Decided:
    """A commit of the gate."""

    commit: str
    kind: str
    before: int
    after: int
    version: int
    evidence: str
    at: int
    """Seconds since the epoch."""
    message: str


def git(run: Run, *arguments: str) -> str:
    """Run git in the bare repository; raises `CommandFailed`."""
    return call(["git", "-C", str(bare(run)), *arguments])


def decisions(run: Run, model: str, environment: str, *, kind: str = "", since: float = 0.0) -> list[Decided]:
    """The gate's commits of a release, oldest first; those committed at `since` or later."""
    path = f"environments/{environment}/{model}/release.yaml"
    log = git(run, "log", "--reverse", "--format=%H%x1f%ct%x1f%B%x1e", "main", "--", path)
    found = []
    for entry in log.split("\x1e"):
        commit, _, rest = entry.strip().partition("\x1f")
        at, _, text = rest.partition("\x1f")
        said = trailers.parse(text) if text else None
        if said is None or int(at) < int(since) or kind not in ("", said["Gate-Decision"]):
            continue
        before, _, after = said["Gate-Weight"].partition(" -> ")
        found.append(
            Decided(
                commit,
                said["Gate-Decision"],
                int(before),
                int(after),
                int(said.get("Gate-Version", 0)),
                said["Gate-Evidence"],
                int(at),
                text,
            )
        )
    return found


def weights(run: Run, model: str, environment: str, since: float = 0.0) -> list[int]:
    """The canary's weights, one after the other, as the gate committed them; a repeated one once."""
    found: list[int] = []
    for each in decisions(run, model, environment, since=since):
        if each.kind == "advance" and found[-1:] != [each.after]:
            found.append(each.after)
    return found


def release(run: Run, model: str, environment: str) -> Release | None:
    """The release as main has it; None before there is one."""
    path = f"environments/{environment}/{model}/release.yaml"
    if not git(run, "ls-tree", "--name-only", "main", "--", path).strip():
        return None
    return release_file.read(parse(git(run, "show", f"main:{path}").encode(), path))


def until_stable(run: Run, model: str, environment: str, version: int, seconds: float = 600) -> None:
    """Wait until the gate has finished a release: the version is stable, nothing runs. Raises `TooSlow`."""

    def done() -> bool:
        now = release(run, model, environment)
        if now is None or now.stable is None or now.stable.version != version or now.canary is not None:
            raise NotYet(describe(run, model, environment, now))
        return True

    until(f"version {version} of {model} to be stable in {environment}", done, seconds, every=0.5)


def until_rejected(run: Run, model: str, environment: str, version: int, seconds: float = 600) -> None:
    """Wait until the gate has rolled a version back. Raises `TooSlow`."""

    def done() -> bool:
        now = release(run, model, environment)
        if now is None or version not in [each.version for each in now.rejected]:
            raise NotYet(describe(run, model, environment, now))
        return True

    until(f"version {version} of {model} to be rolled back in {environment}", done, seconds, every=0.2)


def until_weight(run: Run, model: str, environment: str, weight: int, seconds: float = 300) -> None:
    """Wait until the gate has committed at least this weight to the canary that runs. Raises `TooSlow`."""

    def there() -> bool:
        now = release(run, model, environment)
        if now is None or now.canary is None or now.weight < weight:
            raise NotYet(describe(run, model, environment, now))
        return True

    until(f"the canary of {model} to be at {weight} % in {environment}", there, seconds, every=0.2)


def release_has(run: Run, model: str, environment: str, version: int) -> bool:
    """Whether this version is stable there, or was before the one that is now."""
    now = release(run, model, environment)
    if now is None or now.stable is None:
        return False
    return version in (now.stable.version, *(each.version for each in now.history))


def promote(run: Run, model: str, version: int, region: Subject) -> None:
    """Merge a version, and send load to a region until it is stable there. Raises `TooSlow`."""
    if f"version: {version}" not in git(run, "show", f"main:models/{model}/model.yaml"):
        Team(run).release(model, version)
    with running(region.load(RATE, CONNECTIONS)):
        until_stable(run, model, region.environment, version, seconds=1200)


def describe(run: Run, model: str, environment: str, now: Release | None) -> str:
    """What a wait that took too long shows: release, Argo CD, pods, and the gate's last words."""
    it = Subject(run, model, environment)
    state = (
        "no release.yaml" if now is None else f"stable {now.stable}, canary {now.canary} at {now.weight} %"
    )
    made = decisions(run, model, environment)
    last = f"last decision {made[-1].kind}: {made[-1].message.splitlines()[2]}" if made else "no decision yet"
    try:
        return f"{state}; {last}; Argo CD {it.state()}; pods {it.pods()}; hold {now.hold if now else None}"
    except UNREACHABLE as error:
        return f"{state}; {last}; the API server is away: {error}"


def record(run: Run, decided: Decided) -> tuple[str, Predicate]:
    """The evidence that a decision names: its digest as stored, and what it says. Raises `KeyError`."""
    branch = "gate-evidence"
    short = decided.evidence.removeprefix("sha256:")[:12]
    paths = git(run, "ls-tree", "-r", "--name-only", branch).split()
    path = next((each for each in paths if each.endswith(f"-{short}.json")), None)
    if path is None:
        raise KeyError(f"{branch} has no record {short} of commit {decided.commit}")
    sealed = git(run, "show", f"{branch}:{path}").encode()
    return envelope.digest(sealed), evidence.read(sealed)


@dataclass
class Trail:
    """When each weight of a release stood on main, and when in the route (seconds since the epoch)."""

    committed: list[tuple[float, int]] = field(default_factory=list)
    routed: list[tuple[float, int]] = field(default_factory=list)

    def lags(self) -> list[tuple[int, float]]:
        """Weight, and seconds from main to the route, of each weight that was followed."""
        found = []
        for at, weight in self.committed:
            reached = [then for then, now in self.routed if now == weight and then >= at - 0.2]
            if reached:
                found.append((weight, max(reached[0] - at, 0.0)))
        return found


@contextmanager
def followed(it: Subject) -> Iterator[Trail]:
    """Watch main and the route, ten times a second, as long as the context lasts."""
    trail, stop = Trail(), threading.Event()

    def note(rows: list[tuple[float, int]], weight: int) -> None:
        if not rows or rows[-1][1] != weight:
            rows.append((time.time(), weight))

    def watch() -> None:
        tip = ""
        while not stop.wait(0.1):
            main = git(it.run, "rev-parse", "main")
            if main != tip:
                tip = main
                now = release(it.run, it.model, it.environment)
                note(trail.committed, now.weight if now else 0)
            try:
                if shares := it.weights():
                    note(trail.routed, shares.get("canary", 0))
            except UNREACHABLE:
                continue

    thread = threading.Thread(target=watch, name=f"watch {it.host}", daemon=True)
    thread.start()
    try:
        yield trail
    finally:
        stop.set()
        thread.join(10)
