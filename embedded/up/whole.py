"""Everything of `sluice up` together: what is started, in which order, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sluicegate.embedded.keys import make_key
from sluicegate.embedded.listening import PortTaken
from sluicegate.embedded.runtime.runtime import Effect
from sluicegate.embedded.up import page, served
from sluicegate.embedded.up.asking import Bodies, Requests
from sluicegate.embedded.up.gate import Gate, Sentences
from sluicegate.embedded.up.host import Host
from sluicegate.embedded.up.judge import Judge
from sluicegate.embedded.up.place import Place
from sluicegate.embedded.up.screen import Row, Screen
from sluicegate.embedded.up.served import Served
from sluicegate.embedded.up.traffic import Traffic
from sluicegate.gate.adapters.git.command import shown
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.adapters.signing import signer
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.keys import trusted
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import Picture
from sluicegate.gate.daemon.smoke import SmokeTest
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.repository import environments, models

_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Options:
    """What a person asks for; see `sluice up --help`."""

    environments: tuple[str, ...] = ()
    load: float = 0.0
    port: int | None = None
    provider: str = "cpu"
    interval: float = 1.0
    signing_key: Path | None = None


@dataclass(frozen=True)
class Parts:
    """What the command line brings: it knows the validators' rows, the words of the gate, and the pages."""

    smoke: SmokeTest
    picture: Picture | None
    requests: Requests
    sentences: Sentences
    overview: Callable[[str, Sequence[Row], Mapping[tuple[str, str], str]], str]
    """(what is served, rows, curls) -> the first page."""
    rollout: Callable[[Sequence[Evaluation], str], str]
    """(evaluations, heading) -> the page of a rollout."""


class Whole:
    """Starts in the constructor, and ends when it is closed; nothing outlives it.

    Raises RunsAlready, PortTaken, RuntimeDied, InputError for a repository without an embedded environment,
    GitError, KeyProblem.
    """

    def __init__(self, place: Place, source: Served, options: Options, parts: Parts, screen: Screen) -> None:
        self._source = source
        self._parts = parts
        self._screen = screen
        self._stop = threading.Event()
        self._exit = ExitStack()
        try:
            self._start(place, options)
        except BaseException:
            self._exit.close()
            raise

    def _start(self, place: Place, options: Options) -> None:
        self._exit.enter_context(place.alone())
        repository = self._exit.enter_context(self._source.open(place.folder))
        repository.fetch()
        self._specs = served.embedded_environments(repository, options.environments)
        self._is_empty = not models(repository.tree(repository.tip(MAIN) or ""))
        key = self._key(place, repository, options.signing_key)
        self.hosts = [
            self._exit.enter_context(closing(self._host(place, name, options))) for name in self._specs
        ]
        self._judge = self._judging(place, key)
        self._gate = Gate(
            repository,
            frozenset(self._specs),
            interval=options.interval,
            smoke=self._parts.smoke,
            picture=self._parts.picture,
            signer=signer(key),
            verdicts=() if self._judge is None else (self._judge,),
            see=self._see,
            sentences=self._parts.sentences,
            screen=self._screen,
            ended=self._stop.set,
        )
        bodies = Bodies(place.folder / "requests", self._parts.requests)
        self._traffic = Traffic(repository.directory, self.hosts, bodies, options.load, self._screen)
        port = 8800 if options.port is None else options.port
        serving = page.serve(self._page, port, exactly=options.port is not None)
        self.page = self._exit.enter_context(serving)
        for part in (self._traffic, self._gate):
            self._exit.callback(part.close)
            part.start()
        addresses = {host.name: host.url for host in self.hosts}
        place.announce(self.page, addresses, shown(self._source.address))
        self._say(addresses)

    def _host(self, place: Place, name: str, options: Options) -> Host:
        port = served.port(name, self._specs[name])
        try:
            return Host(name, self._source.source, place.folder, port, options.provider)
        except PortTaken as error:
            path = layout.environment_path(name)
            remedy = f"end what listens there, or write another port in metrics.url of {path} and commit it"
            raise PortTaken(error.message, remedy) from error

    def _key(self, place: Place, repository: Repository, given: Path | None) -> Path | None:
        """The key that signs here; made, and trusted by a commit, for a repository of this machine alone.

        None where main trusts keys that are not here: then others judge.
        """
        own = given or place.folder / "gate.key"
        if not own.is_file() and given is None:
            if not self._source.own or served.trusts(repository) or not self._alone(repository):
                return None
            commit = served.trust(repository, make_key(own), datetime.now(UTC))
            self._screen.line(
                f"made a key for verdicts and evidence, {own.relative_to(place.root)}; main trusts it since "
                f"{commit[:12]} ({layout.TRUSTED_KEYS})"
            )
        signing = signer(own)
        keys = trusted(repository, repository.tip(MAIN) or "")
        return own if signing is not None and signing.keyid in keys.keys else given

    @staticmethod
    def _alone(repository: Repository) -> bool:
        """Whether every environment is embedded: a key of a laptop decides nothing in a cluster."""
        specs: Mapping[str, EnvironmentSpec] = environments(repository.tree(repository.tip(MAIN) or "")).specs
        return all(spec.traffic == "embedded" for spec in specs.values())

    def _judging(self, place: Place, key: Path | None) -> Judge | None:
        if key is None:
            return None
        judge = Judge(place.root, place.folder, self._source.address, key.resolve(), self._screen)
        return self._exit.enter_context(closing(judge))

    def _see(self, outcome: Outcome) -> None:
        if self._judge is not None:
            self._judge.see(outcome)

    def _say(self, addresses: Mapping[str, str]) -> None:
        how = "the gate commits to this repository" if self._source.own else "the gate commits there"
        self._screen.line(f"serves main of {shown(self._source.address)}; {how}")
        for name, url in addresses.items():
            self._screen.line(f"{name}: {url}")
        self._screen.line(f"page: {self.page}")
        if self._judge is None:
            key = f"--signing-key FILE, of a key in {layout.TRUSTED_KEYS}"
            self._screen.line(f"nothing is judged here without {key}: versions wait for verdicts of others")

    def run(self, settled: Callable[[bool], None]) -> None:
        """Look after everything until `stop`.

        `settled` is called once, when each model answers, or something that needs a person keeps it from
        that; with whether all answer. Raises what the gate ended with.
        """
        told = False
        while not self._stop.wait(_LOOK_SECONDS):
            for host in self.hosts:
                done = host.kept()
                if done is not None:
                    self._screen.line(done, "yellow")
            self._screen.show(self._rows(), f"page {self.page}    Ctrl-C ends everything")
            if not told and (outcome := self._settled()) is not None:
                told = True
                settled(outcome)
        if self._gate.broken is not None:
            raise self._gate.broken

    def stop(self) -> None:
        """Let `run` return; any thread and a signal handler may call it."""
        self._stop.set()

    def close(self) -> None:
        """End everything."""
        self._exit.close()

    def _settled(self) -> bool | None:
        """Whether all that main has answers; None while that may still come."""
        answers = True
        for key, outcome in dict(self._gate.last).items():
            if key in self._traffic.curls:
                continue
            if not self._stuck(outcome):
                return None
            answers = False
        return answers if self._gate.last or self._is_empty else None

    def _stuck(self, outcome: Outcome) -> bool:
        """Whether nothing but a person brings this further."""
        observed = outcome.observations
        candidate = None if observed is None else observed.candidate
        waits = observed is not None and observed.judged is not None and not observed.judged.counts
        if waits and self._judge is not None and candidate is not None:
            return (outcome.model, candidate.revision) in self._judge.refused
        return outcome.idle and (outcome.problem is not None or outcome.kind == "hold" or waits)

    def _rows(self) -> list[Row]:
        rows = []
        for host in self.hosts:
            for model, tracks in host.served().items():
                outcome = self._gate.last.get((host.name, model))
                decision = None if outcome is None else outcome.decision
                reason = (outcome.problem if outcome else None) or (decision.reason if decision else "")
                rows.append(Row(host.name, model, _tracks(tracks), reason))
        return rows

    def _page(self, path: str) -> str | None:
        parts = path.strip("/").split("/")
        if parts == [""]:
            return self._parts.overview(shown(self._source.address), self._rows(), dict(self._traffic.curls))
        key = (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "rollouts" else ("", "")
        evaluations = self._gate.evaluations.get(key)
        if evaluations is None:
            return None
        return self._parts.rollout(_of_the_last(list(evaluations)), f"{key[1]} in {key[0]}")


def _of_the_last(evaluations: Sequence[Evaluation]) -> Sequence[Evaluation]:
    """Those of the newest rollout: what an earlier one measured is another comparison."""
    ends = [
        at for at, one in enumerate(evaluations[:-1]) if one.kind in ("finish", "rollback") and one.commit
    ]
    begin = next((end + 1 for end in reversed(ends) if _moves(evaluations[end + 1 :])), 0)
    return evaluations[begin:]


def _moves(evaluations: Sequence[Evaluation]) -> bool:
    return any(one.commit for one in evaluations)


def _tracks(tracks: Mapping[str, Effect]) -> str:
    return ", ".join(
        f"{name} v{track.version} {track.weight:g} %{'' if track.ready else ' (not ready)'}"
        for name, track in sorted(tracks.items(), reverse=True)
    )
