"""What the demonstration plays on: the forge, one runtime per environment, live load, and the gate."""

from __future__ import annotations

import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sluicegate.embedded.demo.author import TEAM, Author, copy_model
from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.server import Forge
from sluicegate.embedded.keys import make_key
from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.specs import layout
from sluicegate.specs.errors import SluiceError

if TYPE_CHECKING:
    from sluicegate.gate.daemon.announce import Announcer
    from sluicegate.gate.daemon.outcome import Outcome
    from sluicegate.gate.daemon.pictures import Picture
    from sluicegate.gate.daemon.smoke import SmokeTest

PRODUCT = Path(__file__).parents[2]
"""The package `sluicegate`, in which models, environments and charts travel."""
MATERIAL = Path(__file__).parent / "material"
OWNER = "sluicegate"
NAME = "models"
MODEL = "flight-delay"
ENVIRONMENTS = ("dev", "staging", "production")
GATE_SECONDS = 0.25
"""Between two evaluations of the gate."""
Tell = Callable[[str, str, str], "Announcer"]
"""(the API's address, a token, OWNER/NAME) -> what tells releases in the pull requests of this repository."""


class TooSlow(SluiceError):
    """Something that the demonstration waits for did not happen within its limit."""


class Stage:
    """Everything runs below `root`, on loopback, and ends with the context.

    `seed` fixes the routers' assignment of requests to tracks. `smoke` is the gate's smoke test; without one
    no version gets traffic. `tell` makes what tells releases in their pull requests, `picture` draws the
    plots beside the evidence; without them nothing is told and drawn.

    Raises PortTaken, ForgeFailed, RuntimeDied, GitAbsent, each with its remedy.
    """

    def __init__(
        self,
        root: Path,
        seed: int = 0,
        smoke: SmokeTest | None = None,
        *,
        tell: Tell | None = None,
        picture: Picture | None = None,
    ) -> None:
        self.root = root
        self.smoke = smoke
        self._tell = tell
        self._picture = picture
        self.seed = seed
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.watched = True
        """Whether anybody still waits for outcomes; the gate goes on without."""
        self._gate_fault = ""
        self._exit = ExitStack()
        self.runtimes: dict[str, Runtime] = {}

    def __enter__(self) -> Self:
        from github import Auth, Github

        team, bot, gate = (
            Token(login, secrets.token_hex(16), "write")
            for login in ("flight-delay-team", "sluice", "sluice-gate")
        )
        admin = Token(OWNER, secrets.token_hex(16), "admin")
        self.forge = self._exit.enter_context(Forge(self.root / "forge", [team, bot, gate, admin]))

        def github(token: Token) -> Any:
            return Github(
                base_url=self.forge.api,
                auth=Auth.Token(token.secret),
                seconds_between_requests=0,
                seconds_between_writes=0,
            )

        github(admin).get_user().create_repo(NAME)
        self.git_url = self.forge.git_url(OWNER, NAME)
        self.gate_url = self.forge.git_url(OWNER, NAME, gate)
        self.bare = self.root / "forge" / OWNER / f"{NAME}.git"
        self.bot = bot
        self.key_file = self.root / "gate.key"
        self._gate_token = gate.secret
        url = self.forge.git_url(OWNER, NAME, team)
        clone = Clone.create(self.root / "team", TEAM, url)
        self.author = Author(clone, github(team).get_repo(f"{OWNER}/{NAME}"))
        return self

    def __exit__(self, *exception: object) -> None:
        self._exit.close()

    @property
    def tells(self) -> bool:
        """Whether releases are told in their pull requests."""
        return self._tell is not None

    def page(self, number: int) -> str:
        """The address of a pull request's page."""
        return f"{self.forge.url}/{OWNER}/{NAME}/pull/{number}"

    def seed_repository(self, first: Path) -> tuple[str, str]:
        """The first commits, by people: environments, and the first version; (the one before it, it).

        The first version comes without a pull request, so that its verdict is a signed record.
        """
        checkout = self.author.checkout
        for name in ENVIRONMENTS:
            source = PRODUCT / "environments" / name / "environment.yaml"
            target = checkout / "environments" / name / "environment.yaml"
            target.parent.mkdir(parents=True)
            target.write_bytes(source.read_bytes())
        (checkout / layout.TRUSTED_KEYS).write_bytes(make_key(self.key_file))
        self.author.push_main("Three environments, and the key that signs")
        for name in ENVIRONMENTS:
            runtime = Runtime(self.bare, name, self.root / "runtime" / name, seed=self.seed)
            self.runtimes[name] = self._exit.enter_context(runtime)
            self._point(checkout / "environments" / name / "environment.yaml", runtime.url)
        base = self.author.push_main("environments: where the gateways answer")
        copy_model(PRODUCT / "models" / MODEL, checkout / "models" / MODEL)
        copy_model(first, checkout / "models" / MODEL)
        return base, self.author.push_main(f"{MODEL}: version 1")

    @staticmethod
    def _point(path: Path, url: str) -> None:
        from sluicegate.specs.yamlio import splice

        path.write_bytes(splice(path.read_bytes(), {("spec", "metrics", "url"): url}))

    def _keep_outcome(self, outcome: Outcome) -> None:
        if self.watched:
            self.outcomes.put(outcome)

    def _fault(self, error: Exception) -> None:
        self._gate_fault = f"the gate could not evaluate: {error}"

    def start_gate(self) -> None:
        """Let the gate evaluate all releases from now on, in a thread of this process."""
        from sluicegate.gate.adapters.git.repository import Repository
        from sluicegate.gate.adapters.github_api import GitHubRepository
        from sluicegate.gate.adapters.signing import signer
        from sluicegate.gate.daemon.daemon import Daemon
        from sluicegate.gate.daemon.github_verdicts import GitHubVerdicts
        from sluicegate.gate.daemon.smoke import no_smoke_test

        tell = self._tell
        name = f"{OWNER}/{NAME}"
        forge = GitHubRepository(name, self.forge.api, self._gate_token)
        verdicts = GitHubVerdicts(forge, [self.bot.login], in_background=True)
        self._exit.callback(verdicts.close)
        daemon = Daemon(
            clock=_now,
            interval=GATE_SECONDS,
            smoke=self.smoke or no_smoke_test,
            announcers=[] if tell is None else [tell(self.forge.api, self.bot.secret, name)],
            picture=self._picture,
            signer=signer(self.key_file),
            verdicts=[verdicts],
        )

        def loop() -> None:
            with Repository(self.gate_url, self.root / "gate.git") as repository:
                daemon.run(repository, on_outcome=self._keep_outcome, on_error=self._fault)

        thread = threading.Thread(target=loop, name="gate", daemon=True)
        thread.start()
        self._exit.callback(thread.join, 30)
        self._exit.callback(daemon.stop)

    @contextmanager
    def load(self, environment: str, rows: Path, rate: float) -> Iterator[None]:
        """Live rows to an environment's router, `rate` requests a second, as long as the context lasts."""
        with (self.root / "load.jsonl").open("ab") as counts, (self.root / "load.log").open("ab") as log:
            command = self._load_command(environment, rows, rate)
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=counts, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(15)

    def _load_command(self, environment: str, rows: Path, rate: float) -> list[str]:
        from sluicegate.specs.yamlio import parse

        path = PRODUCT / layout.model_path(MODEL)
        spec = parse(path.read_bytes(), str(path)).checked().value["spec"]
        tensor = spec["signature"]["inputs"][0]
        command = [sys.executable, "-P", "-m", "sluicegate.embedded.runtime.load"]
        command += ["--url", self.runtimes[environment].infer_url(MODEL), "--rows", str(rows)]
        command += ["--columns", ",".join(tensor["columns"]), "--input", tensor["name"]]
        command += ["--rate", str(rate), "--requests", "500000", "--seconds", "300"]
        return [*command, "--until-input-ends"]

    def wait_for(self, accept: Callable[[Outcome], bool], what: str, seconds: float) -> Outcome:
        """The gate's next evaluation that `accept` takes.

        Raises TooSlow where the gate commits nothing for `seconds`: a busy machine is slow, and no fault.
        """
        deadline = time.monotonic() + seconds
        last: dict[str, str] = {}
        while time.monotonic() < deadline:
            try:
                outcome = self.outcomes.get(timeout=1)
            except queue.Empty:
                continue
            if accept(outcome):
                return outcome
            if outcome.commit is not None:
                deadline = time.monotonic() + seconds
            if outcome.problem is not None:
                last[outcome.environment] = f"{outcome.model}: {outcome.problem}"
            elif outcome.decision is not None:
                last[outcome.environment] = f"{outcome.model}: {outcome.decision.reason}"
        lines = [f"  {environment}: {reason}" for environment, reason in last.items()]
        log = "\n".join([*lines, self._gate_fault])
        message = f"waited for {what}; the gate committed nothing for {seconds:.0f} s, and saw:\n{log}"
        raise TooSlow(message, f"read the logs below {self.root}")

    def record(self, base: str, head: str) -> None:
        """Judge what came without a pull request, and record the verdict, signed by the gate's key."""
        command = [str(Path(sys.executable).parent / "sluice"), "validate", "--changed", f"{base}..{head}"]
        command += ["--directory", str(self.bare), "--record", "--signing-key", str(self.key_file)]
        environment = os.environ | {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": self.bot.login}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stdout + done.stderr
            raise RuntimeError(f"sluice validate --record ended with {done.returncode}:\n{said}")

    def validate(self, number: int, base: str, head: str, name: str) -> tuple[int, dict[str, Any]]:
        """Judge a pull request as CI does, with a comment; (exit code, the report)."""
        report = self.root / f"{name}-report.json"
        command = [str(Path(sys.executable).parent / "sluice"), "validate", "--changed", f"{base}..{head}"]
        command += ["--directory", str(self.bare), "--format", "json", "--output", str(report)]
        command += ["--also", f"html={self.root / name}-report.html"]
        command += ["--comment", f"{OWNER}/{NAME}#{number}", "--api", self.forge.api]
        environment = os.environ | {"SLUICE_TOKEN": self.bot.secret}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"sluice validate ended with {done.returncode}:\n{done.stderr}")
        return done.returncode, json.loads(report.read_text())


def _now() -> datetime:
    return datetime.now(UTC)
