import hashlib
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from sluicegate.gate.adapters.git.command import NotARepository, PushRefused, RaceLost, environment
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.source import FailureCounters
from sluicegate.gate.core import evidence, trailers
from sluicegate.gate.core.commands import Command, CommandError
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon import command, plan, run, tick
from sluicegate.specs.release import CounterSnapshot, Release, Traffic, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import InputError, parse

START = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
PEOPLE = ("A Person", "person@example.org")


class Clock:
    """Ten seconds pass between any two looks."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=10)
        return self.at


class World:
    """A gateway that puts every committed weight into effect at once and has exact figures.

    `per_look` requests arrive between two looks, split by the weight; `bad` is the bad share of each track.
    """

    def __init__(self, per_look: int = 4000) -> None:
        self.per_look = per_look
        self.bad = {"canary": 0.0, "stable": 0.0}
        self.ready = True
        self.silent = False
        self.requests: dict[tuple[str, str, str], int] = {}
        self.broken: dict[tuple[str, str, str], int] = {}
        self.lock = threading.Lock()

    def __call__(self, environment):
        return self

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        if self.silent:
            return Reading(now, None, False, problems=("the gateway gives no figures: it is silent",))
        shares = {"canary": release.weight, "stable": 100 - release.weight}
        with self.lock:
            for track, share in shares.items():
                key = (release.environment, release.model, track)
                more = self.per_look * share // 100
                self.requests[key] = self.requests.get(key, 0) + more
                self.broken[key] = self.broken.get(key, 0) + round(more * self.bad[track])
            count = {track: self.requests[release.environment, release.model, track] for track in shares}
            bad = {track: self.broken[release.environment, release.model, track] for track in shares}
        totals = CounterSnapshot(count["canary"], count["stable"], (bad["canary"],), (bad["stable"],))
        traffic = Traffic(count["canary"], count["stable"])
        return Reading(now, release.weight, self.ready, traffic, dict.fromkeys(bads, totals))


def model_yaml(name: str = "m", version: int = 1, margin: float = 0.01, steps: str = "[5, 50, 100]") -> bytes:
    digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata:
          name: {name}
          owners: ["@team"]
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "sha256:{digest}"}}
          signature:
            inputs: [{{name: x, dtype: float32, shape: [batch, 1]}}]
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/r.parquet, sha256: "sha256:{digest}"}}
            evaluation: {{path: data/e.parquet, sha256: "sha256:{digest}"}}
            label: y
          rollout:
            steps: {steps}
            gates: [{{metric: error_rate, margin: {margin}}}]
        """).encode()


def environment_yaml(name: str, after: str | None = None, extra: str = "") -> bytes:
    return (
        dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Environment
        metadata: {{name: {name}}}
        spec:
          namespace: {name}
          traffic: embedded
          metrics: {{source: scrape, url: "http://127.0.0.1:1"}}
        """).encode()
        + (f"  after: {after}\n" if after else "").encode()
        + extra.encode()
    )


def git(*words: str, cwd: Path) -> str:
    done = subprocess.run(
        ["git", *words], cwd=cwd, capture_output=True, text=True, env=environment(), check=True
    )
    return done.stdout.strip()


class Place:
    """A bare repository that people push to, and the gate beside them."""

    def __init__(self, folder: Path) -> None:
        git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git", cwd=folder)
        self.bare = folder / "remote.git"
        self.repository = Repository(self.bare)
        self.people = Repository(self.bare)
        self.clock = Clock()
        self.world = World()

    def merge(self, changes: dict[str, bytes], message: str = "by people") -> str:
        """A commit by people, from a copy of their own."""
        self.people.fetch()
        sha = self.people.commit(self.people.tip("main"), changes, message, START, PEOPLE)
        self.people.push({"main": sha})
        return sha

    def begin(self, model: str = "m") -> None:
        """Version 1 has been stable for long."""
        revision = self.merge({f"models/{model}/model.yaml": model_yaml(model)})
        digest = "sha256:" + hashlib.sha256(f"{model} 1".encode()).hexdigest()
        stable = Release(model, "production", stable=Version(1, revision, digest))
        self.merge({f"environments/production/{model}/release.yaml": render(stable)})

    def close(self) -> None:
        self.repository.close()
        self.people.close()

    def tick(self, **more):
        return tick(self.repository, self.world, clock=self.clock, **more)

    def only(self, outcomes):
        (outcome,) = outcomes
        return outcome

    def until_stable(
        self, version: int, environment: str = "production", model: str = "m", most: int = 40
    ) -> list[str]:
        """Tick until this version is stable there; the kinds of the decisions that were committed there."""
        kinds = []
        for _ in range(most):
            for outcome in self.tick():
                if (outcome.environment, outcome.model) == (environment, model):
                    kinds += [outcome.decision.kind] if outcome.commit else []
                    stable = outcome.decision.release.stable
            if stable is not None and stable.version == version:
                return kinds
        raise AssertionError(f"version {version} is not stable after {most} ticks: {kinds}")

    def release(self, environment: str = "production", model: str = "m") -> Release:
        path = f"environments/{environment}/{model}/release.yaml"
        self.repository.fetch()
        return read(parse(self.repository.read(self.repository.tip("main"), path), path))

    def decisions(self) -> list[dict[str, str]]:
        """The trailers of every commit by the gate, oldest first."""
        self.repository.fetch()
        log = self.repository.log(self.repository.tip("main"))
        return [found for commit in reversed(log) if (found := trailers.parse(commit.message))]

    def ask(self, name: str, environment: str = "production", reason: str = "because", **more):
        asked = Command(name, reason, **more)
        return command(self.repository, environment, "m", asked, self.world, clock=self.clock)


@pytest.fixture
def place(tmp_path: Path):
    place = Place(tmp_path)
    place.merge({"environments/production/environment.yaml": environment_yaml("production")})
    yield place
    place.close()


def test_the_first_version_goes_straight_to_100_once_it_is_ready(place: Place):
    revision = place.merge({"models/m/model.yaml": model_yaml()})
    place.world.ready = False
    dark = place.only(place.tick())
    assert (dark.decision.kind, dark.decision.release.weight) == ("advance", 0)
    assert place.release().canary.revision == revision
    waiting = place.only(place.tick())
    assert waiting.decision.kind == "wait" and waiting.commit is None
    place.world.ready = True
    assert place.until_stable(1)[-1] == "finish"
    release = place.release()
    assert release.stable.version == 1 and release.canary is None
    weights = [d["Gate-Weight"] for d in place.decisions()]
    assert weights[:2] == ["0 -> 0", "0 -> 100"] and weights[-1] == "100 -> 0"


def test_a_harmless_version_passes_every_step_and_its_evidence_replays(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.until_stable(2)
    moved = [
        d["Gate-Weight"]
        for d in place.decisions()
        if d["Gate-Version"] == "2" and d["Gate-Decision"] == "advance"
    ]
    assert moved == ["0 -> 0", "0 -> 5", "5 -> 50", "50 -> 100"]
    place.repository.fetch()
    records = place.repository.tree(place.repository.tip("gate-evidence")).entries("evidence/production/m")
    decisions = place.decisions()
    assert len(records) == len(decisions) == 8
    previous = None
    for record, trailer in zip(records, decisions, strict=True):
        sealed = place.repository.blob(record.oid)
        assert "sha256:" + hashlib.sha256(sealed).hexdigest() == trailer["Gate-Evidence"]
        predicate = evidence.read(sealed)
        assert evidence.replay(sealed) == predicate.decision
        assert predicate.decision.kind == trailer["Gate-Decision"]
        assert predicate.previous == previous
        previous = evidence.digest(sealed)
    log = place.repository.log(place.repository.tip("main"))
    assert git("fsck", "--strict", cwd=place.bare) == ""
    assert {c.parents for c in log[:-1]} == {(c.sha,) for c in log[1:]}, (
        "one commit each, one behind the other"
    )


def test_a_harmful_version_is_rolled_back_and_does_not_start_again_until_retried(place: Place):
    place.begin()
    place.world.bad["canary"] = 0.2
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    for _ in range(8):
        place.tick()
    release = place.release()
    assert release.stable.version == 1 and release.canary is None
    assert [r.version for r in release.rejected] == [2] and "error_rate" in release.rejected[0].reason
    assert place.only(place.tick()).commit is None
    place.world.bad["canary"] = 0.0
    assert place.ask("retry", version=2).commit
    assert place.until_stable(2)[-1] == "finish"


def test_a_plan_says_what_a_tick_would_do_and_writes_nothing(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    before = place.repository.remote()
    planned = place.only(plan(place.repository, place.world, clock=place.clock))
    assert planned.decision.commits and planned.commit is None
    assert place.repository.remote() == before
    assert place.only(place.tick()).decision.kind == planned.decision.kind


def test_a_tick_without_a_decision_commits_nothing(place: Place):
    place.begin()
    before = place.repository.remote()
    assert place.only(place.tick()).decision.kind == "wait"
    assert place.repository.remote() == before


def test_environments_follow_one_another_and_a_faster_merge_does_not_starve_the_last(place: Place):
    place.merge(
        {
            "environments/production/environment.yaml": environment_yaml("production", after="a-last-name"),
            "environments/a-last-name/environment.yaml": environment_yaml("a-last-name"),
            "models/m/model.yaml": model_yaml(),
        }
    )
    assert [o.environment for o in place.tick()] == ["a-last-name", "production"]
    assert "waits until it is stable in the environment before" in place.tick()[1].decision.reason
    place.until_stable(1)
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.until_stable(2, "a-last-name")
    place.merge({"models/m/model.yaml": model_yaml(version=3)})
    place.tick()
    assert place.release("a-last-name").canary.version == 3
    assert place.release("production").canary.version == 2


def test_the_revision_is_the_oldest_commit_since_which_the_version_stands(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    brought = place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.merge({"models/m/model.yaml": model_yaml(version=2).replace(b"@team", b"@others")})
    place.merge({"models/m/README.md": b"words\n"})
    place.tick()
    assert place.release().canary.revision == brought


def test_a_changed_policy_has_no_say_over_a_release_that_runs(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.tick()
    place.tick()
    assert place.release().weight == 5
    place.merge(
        {
            "models/m/model.yaml": model_yaml(version=3, margin=0.9, steps="[100]"),
            "environments/production/environment.yaml": environment_yaml(
                "production", extra="  rollout: {steps: [100]}\n"
            ),
        }
    )
    outcome = place.only(place.tick())
    assert outcome.policy.steps == (5, 50, 100) and outcome.policy.gates[0].margin == 0.01
    place.until_stable(2)
    moved = [
        d["Gate-Weight"]
        for d in place.decisions()
        if d["Gate-Version"] == "2" and d["Gate-Decision"] == "advance"
    ]
    assert moved == ["0 -> 0", "0 -> 5", "5 -> 50", "50 -> 100"]


def test_a_freeze_stops_an_advance_and_no_rollback(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    for _ in range(3):
        place.tick()
    frozen = (
        '  freeze: [{from: "2025-03-01T00:00:00Z", until: "2025-03-02T00:00:00Z", reason: stocktaking}]\n'
    )
    place.merge({"environments/production/environment.yaml": environment_yaml("production", extra=frozen)})
    for _ in range(5):
        outcome = place.only(place.tick())
        assert outcome.commit is None and "stocktaking" in outcome.decision.reason
    place.world.bad["canary"] = 0.3
    for _ in range(3):
        place.tick()
    assert [r.version for r in place.release().rejected] == [2]


def test_a_lost_race_is_read_and_decided_again(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    pushed = []

    def clock() -> datetime:
        if not pushed:
            pushed.append(place.merge({"models/m/model.yaml": model_yaml(version=2)}))
        return place.clock()

    outcome = place.only(tick(place.repository, place.world, clock=clock))
    assert outcome.commit is not None
    assert place.release().canary.version == 2, "decided again from the tip that won"
    assert place.repository.log(place.repository.tip("main"))[1].sha == pushed[0]
    assert len(place.repository.entries(place.repository.tip("gate-evidence"))) == 1


def test_a_race_that_is_lost_again_and_again_is_given_up_by_name(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    count = [0]

    def clock() -> datetime:
        count[0] += 1
        place.merge({"README.md": f"{count[0]}".encode()})
        return place.clock()

    with pytest.raises(RaceLost, match="read and decide again"):
        tick(place.repository, place.world, clock=clock)
    assert count[0] == 10 and "gate-evidence" not in place.repository.remote()


def test_parallel_gates_lose_no_decision_and_make_none_twice(tmp_path: Path):
    place = Place(tmp_path)
    models = [f"m{i}" for i in range(5)]
    place.merge(
        {"environments/production/environment.yaml": environment_yaml("production")}
        | {f"models/{name}/model.yaml": model_yaml(name) for name in models}
    )

    def gate(_: int) -> None:
        with Repository(place.bare) as mine:
            while any(o.decision.release.stable is None for o in tick(mine, place.world, clock=place.clock)):
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gate, range(4)))
    found = [(d["Gate-Model"], d["Gate-Decision"], d["Gate-Weight"]) for d in place.decisions()]
    assert sorted(found) == sorted(
        (name, *rest)
        for name in models
        for rest in [
            ("advance", "0 -> 0"),
            ("advance", "0 -> 100"),
            ("wait", "100 -> 100"),
            ("finish", "100 -> 0"),
        ]
    )
    place.close()


def test_a_refusing_remote_is_named_and_nothing_is_half_written(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    before = place.repository.remote()
    hook = place.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'only people write main' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRefused, match="only people write main"):
        place.tick()
    assert place.repository.remote() == before
    hook.unlink()
    assert place.only(place.tick()).commit


def test_what_cannot_be_read_is_a_problem_of_its_own_only(place: Place):
    place.merge(
        {
            "environments/broken/environment.yaml": b"spec: [\n",
            "environments/late/environment.yaml": environment_yaml("late", after="nowhere"),
            "models/m/model.yaml": model_yaml(),
            "models/bad/model.yaml": b"kind: &a Model\n",
            "models/huge/model.yaml": b"# " + b"x" * (1 << 20),
        }
    )
    outcomes = {(o.environment, o.model): o for o in place.tick()}
    assert len(outcomes) == 9
    assert outcomes["production", "m"].commit
    assert "comes after nowhere" in outcomes["late", "m"].problem
    assert "models/bad/model.yaml" in outcomes["production", "bad"].problem
    assert "more than 1048576" in outcomes["production", "huge"].problem
    for where, outcome in outcomes.items():
        assert (outcome.decision is None) == (where != ("production", "m"))
        assert not outcome.crashed
    assert list(place.repository.entries(place.repository.tip("main"), "environments/broken/m")) == []


def test_a_running_release_is_judged_even_while_main_cannot_be_read(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    for _ in range(3):
        place.tick()
    place.merge({"models/m/model.yaml": b"spec: {version: 3\n"})
    place.world.bad["canary"] = 0.3
    for _ in range(2):
        outcome = place.only(place.tick())
    assert outcome.problem and [r.version for r in place.release().rejected] == [2]


@pytest.mark.parametrize("text", [b"][", b"# " + b"x" * (1 << 20)], ids=["nonsense", "large"])
def test_another_environment_that_cannot_be_read_stops_only_itself(place: Place, text: bytes):
    place.merge({"models/m/model.yaml": model_yaml(), "environments/dev/environment.yaml": text})
    outcomes = {o.environment: o for o in place.tick()}
    assert "environments/dev/environment.yaml" in outcomes["dev"].problem
    assert outcomes["production"].commit


def begun_then_unreadable(place: Place, text: bytes) -> None:
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    for _ in range(3):
        place.tick()
    place.merge({"environments/production/environment.yaml": text})


@pytest.mark.parametrize("text", [b"][", b"# " + b"x" * (1 << 20)], ids=["nonsense", "large"])
def test_an_unreadable_environment_freezes_its_release_and_stops_no_rollback(place: Place, text: bytes):
    begun_then_unreadable(place, text)
    for _ in range(5):
        outcome = place.only(place.tick())
        assert outcome.commit is None and "freeze: the environment cannot be read" in outcome.decision.reason
        assert "environments/production/environment.yaml" in outcome.problem
    place.world.bad["canary"] = 0.3
    for _ in range(3):
        place.tick()
    assert [r.version for r in place.release().rejected] == [2]
    idle = place.only(place.tick())
    assert idle.decision is None and "environments/production/environment.yaml" in idle.problem


def test_a_person_can_roll_back_while_the_environment_cannot_be_read(place: Place):
    begun_then_unreadable(place, b"][")
    refused = place.ask("promote")
    assert refused.commit is None and "environment.yaml" in refused.problem
    assert place.ask("rollback").commit and place.release().canary is None
    assert place.ask("release").commit and place.ask("retry").commit and place.ask("hold").commit


def test_the_evidence_names_the_source_of_the_figures(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.tick()
    place.tick()
    last = place.repository.entries(place.repository.tip("gate-evidence"), "evidence/production/m")[-1]
    assert evidence.read(place.repository.blob(last.oid)).inputs.observations.source == (
        "scrape http://127.0.0.1:1"
    )


def test_a_release_file_that_people_broke_stops_only_itself(place: Place):
    place.merge({"models/m/model.yaml": model_yaml(), "models/n/model.yaml": model_yaml("n")})
    place.tick()
    place.merge({"environments/production/m/release.yaml": b"tracks: {stable: 3}\n"})
    outcomes = {o.model: o for o in place.tick()}
    assert "release.yaml" in outcomes["m"].problem and outcomes["n"].commit


def test_a_removed_model_keeps_its_release_and_starts_nothing(place: Place):
    place.begin()
    work = place.bare.parent / "work"
    git("clone", "--quiet", str(place.bare), str(work), cwd=place.bare.parent)
    git("rm", "--quiet", "-r", "models", cwd=work)
    git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "remove", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    outcome = place.only(place.tick())
    assert outcome.decision.kind == "wait" and outcome.problem is None and outcome.commit is None
    assert place.release().stable.version == 1


def test_a_gate_of_the_program_that_fails_is_told_and_stops_no_other(place: Place):
    place.merge({"models/m/model.yaml": model_yaml(), "models/n/model.yaml": model_yaml("n")})
    place.tick()

    class Faulty(World):
        def read(self, release, bads, now):
            return 1 / 0 if release.model == "m" else super().read(release, bads, now)

    outcomes = {o.model: o for o in tick(place.repository, Faulty(), clock=place.clock)}
    assert outcomes["m"].crashed and "ZeroDivisionError" in outcomes["m"].problem
    assert outcomes["n"].commit


def test_only_what_is_asked_for_is_looked_at(place: Place):
    place.merge({"models/m/model.yaml": model_yaml(), "models/n/model.yaml": model_yaml("n")})
    assert [o.model for o in place.tick(only=lambda _, model: model == "n")] == ["n"]
    assert [d["Gate-Model"] for d in place.decisions()] == ["n"]


def test_the_bytes_of_a_release_change_only_where_its_state_did(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    place.tick()
    path = "environments/production/m/release.yaml"
    text = place.repository.read(place.repository.tip("main"), path)
    place.merge({path: text + b"# a remark by people\n"})
    place.tick()
    assert b"# a remark by people" in place.repository.read(place.repository.tip("main"), path)


def test_commands_are_commits_with_a_reason(place: Place):
    place.begin()
    held = place.ask("hold", reason="the sale runs")
    assert held.commit and place.release().hold.reason == "the sale runs"
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    assert place.only(place.tick()).commit is None
    place.ask("release", reason="the sale is over")
    place.tick()
    hotfix = place.ask("promote", reason="prices are wrong", to=99)
    assert hotfix.commit and place.release().weight == 99
    back = place.ask("rollback", reason="worse than before")
    assert back.commit and place.release().hold is not None and place.release().canary is None
    assert place.only(place.tick()).commit is None, "nothing is promoted again until the hold is released"
    log = place.repository.log(place.repository.tip("main"))
    assert "worse than before" in log[0].message and "prices are wrong" in log[1].message
    assert log[0].parents == (log[1].sha,)
    tip = place.repository.tip("gate-evidence")
    last = place.repository.entries(tip, "evidence/production/m")[-1]
    sealed = place.repository.blob(last.oid)
    assert evidence.read(sealed).inputs.command.name == "rollback"
    assert evidence.replay(sealed) == evidence.read(sealed).decision


def test_a_rollback_by_hand_needs_neither_metrics_nor_a_policy(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    place.tick()
    place.merge({"models/m/model.yaml": b"nonsense"})
    place.world.silent = True
    assert place.ask("rollback").commit
    assert place.release().canary is None


def test_commands_that_make_no_sense_are_refused_by_name(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    before = place.repository.remote()
    for name, more in (("release", {}), ("rollback", {}), ("promote", {}), ("retry", {"version": 7})):
        with pytest.raises(CommandError):
            place.ask(name, **more)
    with pytest.raises(CommandError, match="say why"):
        place.ask("hold", reason="  ")
    with pytest.raises(InputError, match="there is no environment 'nowhere'"):
        place.ask("hold", environment="nowhere")
    assert place.repository.remote() == before


def test_a_run_goes_on_after_a_failed_tick_and_ends_when_nothing_moves(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    hook = place.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    errors: list[Exception] = []
    looks = []

    def on_error(error: Exception) -> None:
        errors.append(error)
        hook.unlink()

    run(
        place.repository,
        place.world,
        clock=place.clock,
        interval=0.001,
        stop=threading.Event(),
        on_look=looks.append,
        on_error=on_error,
        until_idle=True,
    )
    assert [type(error) for error in errors] == [PushRefused]
    assert place.release().stable.version == 1
    assert looks[-1].decision.kind == "wait" and looks[-1].plain()["decision"] == "wait"


def test_a_run_stops_when_it_is_told_to(place: Place):
    place.merge({"models/m/model.yaml": model_yaml()})
    stop = threading.Event()
    run(
        place.repository,
        place.world,
        clock=place.clock,
        interval=60,
        stop=stop,
        on_look=lambda _: stop.set(),
    )
    assert place.release().canary is not None


def test_every_look_says_what_can_be_plotted(place: Place):
    place.begin()
    place.merge({"models/m/model.yaml": model_yaml(version=2)})
    looks = [place.only(place.tick()).plain() for _ in range(6)]
    judged = [look for look in looks if look.get("judgements")]
    assert judged and judged[-1]["requests"]["canary"] > 0
    assert {"gate", "margin", "excess", "proven"} <= set(judged[-1]["judgements"][0])
    totals = [look["requests"]["canary"] + look["requests"]["stable"] for look in looks[1:]]
    assert totals == sorted(totals)


def test_a_repository_without_the_branch_is_named(tmp_path: Path):
    git("init", "--quiet", "--bare", "empty.git", cwd=tmp_path)
    with (
        Repository(tmp_path / "empty.git") as repository,
        pytest.raises(NotARepository, match="no branch 'main'"),
    ):
        plan(repository, World(), clock=Clock())
