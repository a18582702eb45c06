"""flight-delay in production, all of it real: a bare repository, its runtime, live rows, and the gate."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.ci.smoke import smoke_test
from sluicegate.embedded.demo.counts import Answered, answered
from sluicegate.embedded.demo.stage import MATERIAL, MODEL, PRODUCT
from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.command import run as git
from sluicegate.gate.adapters.git.repository import Commit, Repository
from sluicegate.gate.core import envelope, trailers
from sluicegate.gate.core.command import Command
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.reconcile import execute, tick
from sluicegate.gate.daemon.smoke import SmokeTests
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import parse, splice

PLACE = "production"
PEOPLE = ("flight-delay team", "flight-delay@example.org")
RELEASE = f"environments/{PLACE}/{MODEL}/release.yaml"
COLUMNS = (
    "departure_hour,arrival_hour,weekday,carrier_code,origin_code,distance,"
    "temperature,humidity,wind_speed,precipitation,pressure,visibility"
)
"""Of the live rows, in the order in which production sends them, whatever a version calls its inputs."""
BETWEEN = 0.1
"""Seconds between two looks."""


def patient(text: bytes) -> bytes:
    """Let slow_requests count from 2 s on: 50 ms would judge whatever else the machine does."""
    assert text.count(b"over_ms: 50,") == 1
    return text.replace(b"over_ms: 50,", b"over_ms: 2000,")


def now() -> datetime:
    return datetime.now(UTC)


class Production:
    """A repository in which version `stable` runs production, and everything that makes it run.

    The test is the gate's clock: it ticks until it sees what it waits for, and each wait has a limit.
    """

    def __init__(self, root: Path, stable: Path, steps: list[int] | None, window: str | None) -> None:
        self.root = root
        self.bare = root / "hub.git"
        git(None, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.people = Repository(self.bare)
        self.bot = Repository(self.bare)
        self.runtime = self.start_runtime()
        self.looks: list[Outcome] = []
        self.smoke = SmokeTests(smoke_test)
        self._seed(stable, {"steps": steps, "window": window})

    def start_runtime(self, port: int = 0) -> Runtime:
        self.runtime = Runtime(self.bare, PLACE, self.root / "runtime", port=port)
        return self.runtime

    def _seed(self, stable: Path, rollout: dict[str, object]) -> None:
        path = f"environments/{PLACE}/environment.yaml"
        lines = (PRODUCT / path).read_text().splitlines(keepends=True)
        text = "".join(line for line in lines if not line.startswith("  after:"))
        # The rows that a smoke test asks for are not brought here, and what is merged is not judged.
        text = text.replace("\nspec:\n", "\nspec:\n  require: []\n  smoke: false\n", 1).encode()
        changes: dict[tuple[str, ...], object] = {("spec", "metrics", "url"): self.runtime.url}
        for key, value in rollout.items():
            if value is not None:
                changes["spec", "rollout", key] = value
        self.commit({path: splice(text, changes)}, "production, without environments before it")
        revision = self.merge(stable)
        spec = parse(self.people.read(revision, f"models/{MODEL}/model.yaml"), "model.yaml").value["spec"]
        version = Version(spec["version"], revision, spec["artifact"]["sha256"])
        self.commit({RELEASE: render(Release(MODEL, PLACE, stable=version))}, "has been stable for long")
        adopted = Command("adopt", "stable for long", by="flight-delay team <flight-delay@example.org>")
        execute(self.bot, PLACE, MODEL, adopted, clock=now)
        self.runtime.wait_for(MODEL, {"stable": (version.version, 100)})

    def commit(self, changes: dict[str, bytes], message: str) -> str:
        self.people.fetch()
        sha = self.people.commit(self.people.tip("main"), changes, message, now(), PEOPLE)
        self.people.push({"main": sha})
        return sha

    def merge(self, version: Path, edit: Callable[[bytes], bytes] = patient) -> str:
        """A version's files on main, its model.yaml changed by `edit`."""
        names = ("model.onnx", "model.yaml")
        files = {f"models/{MODEL}/{name}": (version / name).read_bytes() for name in names}
        files[f"models/{MODEL}/model.yaml"] = edit(files[f"models/{MODEL}/model.yaml"])
        return self.commit(files, f"{MODEL}: another version")

    @contextmanager
    def live(self, rate: float = 1500.0) -> Iterator[None]:
        """Real flights of November and December, gaps and all, to the router."""
        command = [
            sys.executable,
            "-P",
            "-m",
            "sluicegate.embedded.runtime.load",
            "--url",
            self.runtime.infer_url(MODEL),
        ]
        command += ["--rows", str(MATERIAL / MODEL / "live.parquet"), "--columns", COLUMNS]
        command += ["--max-rows", "5000", "--rate", str(rate), "--requests", "500000", "--seconds", "200"]
        log = self.root / "load.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                [*command, "--until-input-ends"], stdin=subprocess.PIPE, stdout=said, stderr=said
            )
        try:
            yield
            assert process.poll() is None, f"the load ended by itself: {log.read_text()[-2000:]}"
        finally:
            process.stdin.close()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()

    def look(self) -> Outcome:
        """One tick of the gate."""
        (outcome,) = tick(self.bot, clock=now, smoke=self.smoke)
        self.looks.append(outcome)
        return outcome

    def until(self, wanted: Callable[[Outcome], object], what: str, seconds: float = 90) -> Outcome:
        """Tick until an outcome is `wanted`."""
        deadline = time.monotonic() + seconds
        while not wanted(outcome := self.look()):
            said = outcome.problem or outcome.decision.reason
            assert time.monotonic() < deadline, f"{seconds} s were not enough for {what}; the gate: {said}"
            time.sleep(BETWEEN)
        return outcome

    def until_ended(self) -> Outcome:
        """Tick until the release is finished, rolled back or held."""
        ends = ("finish", "rollback", "hold")
        return self.until(lambda o: o.decision and o.decision.kind in ends, "the release to end")

    def until_counting(self, weight: int, requests: int) -> Outcome:
        """Tick until the step at `weight` has been judged on so many requests of the canary."""

        def counted(outcome: Outcome) -> bool:
            decision = outcome.decision
            before = decision.before if decision else None
            assert decision is None or decision.kind not in ("finish", "rollback", "hold"), decision.reason
            found = before is not None and before.weight == weight
            return found and bool(decision.judgements) and outcome.requests.canary >= requests

        return self.until(counted, f"{requests} requests on the canary at {weight} %")

    def until_answered(self, more: int) -> Answered:
        """Tick until stable has answered so many more requests."""
        enough = self.answered().stable + more
        self.until(lambda _: self.answered().stable >= enough, f"{more} more requests on stable")
        return self.answered()

    def restart_bot(self) -> None:
        """Another gate, which knows nothing but what the repository says."""
        self.bot.close()
        self.bot = Repository(self.bare)

    def release(self) -> Release:
        self.people.fetch()
        return read(parse(self.people.read(self.people.tip("main"), RELEASE), RELEASE))

    def tip(self) -> str:
        self.people.fetch()
        return self.people.tip("main")

    def decisions(self) -> list[tuple[Commit, dict[str, str]]]:
        """Every commit of the gate's with its trailers, oldest first."""
        log = reversed(self.people.log(self.tip()))
        return [(commit, dict(found)) for commit in log if (found := trailers.parse(commit.message))]

    def evidence(self, digest: str) -> bytes:
        """The record on gate-evidence that a trailer names."""
        self.people.fetch()
        entries = self.people.entries(self.people.tip("gate-evidence"), f"evidence/{PLACE}/{MODEL}")
        sealed = [self.people.blob(entry.oid) for entry in entries]
        (found,) = (one for one in sealed if envelope.digest(one) == digest)
        return found

    def answered(self) -> Answered:
        return answered(self.runtime.metrics_url, MODEL)

    def codes(self) -> dict[str, dict[str, int]]:
        """{track: {code: answers}} as the gateway counts them, zeros left out."""
        with urllib.request.urlopen(self.runtime.metrics_url, timeout=10) as response:
            families = list(text_string_to_metric_families(response.read().decode()))
        found: dict[str, dict[str, int]] = {}
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "sluice_gateway_requests_total" and sample.value:
                found.setdefault(sample.labels["track"], {})[sample.labels["code"]] = int(sample.value)
        return found

    def server_pid(self, track: str) -> int:
        """The process that serves a track."""
        children = Path(f"/proc/{self.runtime.pid}/task/{self.runtime.pid}/children").read_text().split()
        for pid in children:
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            if "sluicegate.onnx_server" in words and words[words.index("--track") + 1] == track:
                return int(pid)
        raise AssertionError(f"no server runs for {track}")

    def close(self) -> None:
        self.runtime.stop()
        self.bot.close()
        self.people.close()


@pytest.fixture
def start(tmp_path: Path):
    """Production with a stable version, which is flight-delay's version 2 unless told."""
    started = []

    def make(
        stable: Path = PRODUCT / "models" / MODEL, steps: list[int] | None = None, window: str | None = None
    ) -> Production:
        started.append(Production(tmp_path, stable, steps, window))
        return started[-1]

    yield make
    for production in started:
        production.close()


@pytest.fixture
def production(start) -> Production:
    return start()


@pytest.fixture(scope="session")
def material() -> Path:
    """Directories of flight-delay's other versions: v1, v3, minutes."""
    return MATERIAL / MODEL
