"""What the gate says of itself as metrics, over HTTP: `/metrics` for Prometheus, `/healthz` for a probe."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from sluicegate.gate.adapters.git.command import GitError, PushRefused, RaceLost
from sluicegate.gate.daemon.evaluate import Outcome
from sluicegate.specs.yamlio import InputError

_KINDS = (
    (RaceLost, "race_lost"),
    (PushRefused, "push_refused"),
    (GitError, "git"),
    (InputError, "input"),
)
_RARE = ("advance", "hold", "rollback", "finish")
"""Decisions whose counters stand at 0 from the first look: an increase from nothing is none to Prometheus."""


class Telemetry:
    """The gate's own series, in a registry of their own. Label values are names of the repository only.

    `patience` is how many seconds may pass without a finished tick until `/healthz` answers 503; `monotonic`
    and `now` are clocks in seconds.
    """

    def __init__(
        self,
        patience: float,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.registry = CollectorRegistry()
        self.patience, self._monotonic, self._now = patience, monotonic, now
        self._alive = self._began = monotonic()
        self._seen: set[tuple[str, str]] = set()
        self._known: dict[tuple[str, str], set[str]] = {}
        of, on = ("environment", "model"), self.registry
        self.ticks = Summary("sluice_gate_tick_seconds", "How long ticks took.", registry=on)
        self.ticked = Gauge("sluice_gate_tick_timestamp_seconds", "When the last tick was done.", registry=on)
        self.leader = Gauge("sluice_gate_leader", "Whether this process may tick.", registry=on)
        self.errors = Counter("sluice_gate_errors", "Ticks that failed as a whole.", ["kind"], registry=on)
        self.looks = Counter("sluice_gate_looks", "Looks at releases.", [*of, "decision"], registry=on)
        self.problem = Gauge("sluice_gate_problem", "Whether the look failed.", of, registry=on)
        self.weight = Gauge("sluice_gate_release_weight", "Percent on the canary.", of, registry=on)
        self.running = Gauge("sluice_gate_release_running", "Whether there is a canary.", of, registry=on)
        self.held = Gauge("sluice_gate_release_held", "Whether the release is held.", of, registry=on)
        self.data = Gauge(
            "sluice_gate_data_timestamp_seconds",
            "When a running release last had figures, or was first seen without.",
            of,
            registry=on,
        )
        judged = [*of, "gate"]
        self.lower = Gauge(
            "sluice_gate_excess_lower", "Least extra bad share of the canary.", judged, registry=on
        )
        self.upper = Gauge(
            "sluice_gate_excess_upper", "Most extra bad share of the canary.", judged, registry=on
        )
        for _, kind in (*_KINDS, (Exception, "other")):
            self.errors.labels(kind)

    def look(self, outcome: Outcome) -> None:
        """Note one look."""
        key = (outcome.environment, outcome.model)
        if key not in self._known:
            self._known[key] = set()
            for kind in _RARE:
                self.looks.labels(*key, kind)
        self._seen.add(key)
        decision = outcome.decision
        self.looks.labels(*key, "problem" if decision is None else decision.kind).inc()
        self.problem.labels(*key).set(outcome.problem is not None)
        if decision is None:
            return
        release = decision.release if outcome.commit else decision.before
        self.weight.labels(*key).set(release.weight)
        self.running.labels(*key).set(release.canary is not None)
        self.held.labels(*key).set(release.hold is not None)
        reading = outcome.seen.reading if outcome.seen is not None else None
        if release.canary is None:
            self._forget(self.data, *key)
        elif (reading is not None and reading.traffic is not None) or "" not in self._known[key]:
            self.data.labels(*key).set(outcome.at.timestamp())
        # "" stands for the running release itself, among the names of its gates.
        gates = {judged.gate for judged in decision.judgements} | ({""} if release.canary else set())
        for judged in decision.judgements:
            self.lower.labels(*key, judged.gate).set(judged.rate_difference.lower)
            self.upper.labels(*key, judged.gate).set(judged.rate_difference.upper)
        self._drop(key, self._known[key] - gates)
        self._known[key] = gates

    def error(self, error: Exception) -> None:
        """Note what kept a whole tick from being done."""
        self.errors.labels(next((name for kind, name in _KINDS if isinstance(error, kind)), "other")).inc()
        # What was not looked at this time is not gone.
        self._seen |= set(self._known)

    def begins(self) -> None:
        """A tick begins."""
        self._began = self._monotonic()
        self._seen.clear()

    def ends(self) -> None:
        """A tick has ended, well or not; releases that it no longer found are forgotten."""
        self.beat()
        self.ticks.observe(self._alive - self._began)
        self.ticked.set(self._now())
        for key in set(self._known) - self._seen:
            self._drop(key, self._known.pop(key))
            for kind in (*_RARE, "wait", "problem"):
                self._forget(self.looks, *key, kind)
            for gauge in (self.problem, self.weight, self.running, self.held, self.data):
                self._forget(gauge, *key)

    def beat(self) -> None:
        """The process lives: it ended a tick, or waits for its turn."""
        self._alive = self._monotonic()

    @property
    def healthy(self) -> bool:
        """Whether the process showed that it lives within its patience."""
        return self._monotonic() - self._alive <= self.patience

    def _drop(self, key: tuple[str, str], gates: set[str]) -> None:
        for gate in gates - {""}:
            self._forget(self.lower, *key, gate)
            self._forget(self.upper, *key, gate)

    @staticmethod
    def _forget(metric: Gauge | Counter, *labels: str) -> None:
        metric.remove(*labels)


class Pacer(threading.Event):
    """The stop event for the loop, which waits on it between two ticks: so it sees where one ends.

    It counts as set when `stop` is, and when the process may not act (`allowed`).
    """

    def __init__(
        self,
        stop: threading.Event,
        telemetry: Telemetry | None = None,
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__()
        self._stop, self._telemetry, self._allowed = stop, telemetry, allowed

    def is_set(self) -> bool:
        """Whether the next tick is not to be."""
        if self._stop.is_set() or not self._allowed():
            return True
        if self._telemetry is not None:
            self._telemetry.begins()
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """A tick is done; wait for the next one, or the end."""
        if self._telemetry is not None:
            self._telemetry.ends()
        return self._stop.wait(timeout)


@contextmanager
def serve(telemetry: Telemetry, host: str, port: int) -> Iterator[int]:
    """Answer over HTTP while inside; gives the port (0 takes a free one). Raises InputError."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def handle(self) -> None:
            # A probe that did not wait for its answer is no fault of the gate, and worth no traceback.
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._say(200, generate_latest(telemetry.registry), CONTENT_TYPE_PLAIN_0_0_4)
            elif path == "/healthz":
                text = b"ok\n" if telemetry.healthy else b"no tick was done for too long\n"
                self._say(200 if telemetry.healthy else 503, text)
            else:
                self._say(404, b"there are /metrics and /healthz\n")

        def _say(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes and scrapes are no news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        raise InputError.of(
            f"metrics cannot be served on {host}:{port} ({error})",
            "name a free port and an address of this machine with --metrics-port and --metrics-host",
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
