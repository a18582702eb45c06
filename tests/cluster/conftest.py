"""The cluster suite: one harness a session, or the cluster of a KUBECONFIG that is given.

A case that needs more than an API server (forge, gateway, Prometheus, the node itself) takes the fixture
`run`, and is left out by name where a KUBECONFIG is given. What a case measures is printed at the end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import bootstrap, doctor, gateway, story
from harness import cluster as whole
from harness.kube import Kube, connect
from harness.load import running
from harness.release import Subject
from harness.repository import ENVIRONMENTS
from harness.run import Run
from harness.story import MODEL, REGION

MODELS = (MODEL, "digits")
BEFORE = ENVIRONMENTS[: ENVIRONMENTS.index(REGION) + 1]
"""What a version passes until it is stable there."""
LEAVE = "SLUICE_CLUSTER_KEEP"
"""Set to 1 to leave the harness running after the session, for a look."""


@dataclass
class Figures:
    """What the session measured: name, value, unit; in the order in which they came."""

    rows: list[tuple[str, float, str]] = field(default_factory=list)
    failed: int = 0
    """Requests that a stable track failed, by gateways that have been ended."""

    def end_gateway(self, run: Run) -> None:
        """Keep what the gateway counted: its process is about to end, and its counters with it."""
        self.failed += gateway.failed(run, gateway.STABLE)

    def add(self, name: str, value: float, unit: str = "s") -> None:
        """Keep one figure."""
        self.rows.append((name, value, unit))

    def table(self) -> list[str]:
        """A line a figure."""
        return [f"{name:<56} {value:>10,.2f} {unit}" for name, value, unit in self.rows]


_KEY = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the session's table, and the mark of the cases that every change runs."""
    config.stash[_KEY] = Figures()
    config.addinivalue_line("markers", "core: first release, one promotion, one rollback under traffic")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, after the results."""
    if rows := terminalreporter.config.stash[_KEY].table():
        terminalreporter.section("figures")
        for row in rows:
            terminalreporter.write_line(row)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where cases put what they measured."""
    return pytestconfig.stash[_KEY]


@pytest.fixture(scope="session")
def outlives() -> bool:
    """Whether the harness stays up after the session: it ran before, or is to be left."""
    return bool(Run.here().running("kube-apiserver")) or os.environ.get(LEAVE) == "1"


@pytest.fixture(scope="session")
def run(figures: Figures, pytestconfig: pytest.Config, outlives: bool) -> Iterator[Run]:
    """The harness, up; ended after the session if this session started it."""
    if given := os.environ.get("KUBECONFIG"):
        pytest.skip(f"needs the harness: KUBECONFIG={given} is another cluster; unset it to run this case")
    if missing := doctor.check():
        pytest.fail("the harness cannot start:\n" + "\n".join(missing), pytrace=False)
    here = Run.here()
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\ncluster {here.name} below {here.root}", file=sys.stderr)
        progress = whole.Progress()
        whole.up(here, progress)
    figures.add("harness up", sum(progress.seconds.values()))
    yield here
    figures.end_gateway(here)
    figures.add("requests failed on stable in the whole suite", figures.failed, "requests")
    figures.add("memory of the whole", sum(whole.memory(here).values()) / 2**30, "GiB")
    if not outlives:
        whole.down(here)


@pytest.fixture(scope="session")
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    """The cluster's kubeconfig: the one that is given, else the harness'."""
    given = os.environ.get("KUBECONFIG")
    return Path(given) if given else request.getfixturevalue("run").kubeconfig


@pytest.fixture(scope="session")
def kube(kubeconfig: Path) -> Kube:
    """A client of the cluster."""
    return connect(kubeconfig)


@pytest.fixture(scope="session")
def subject(run: Run) -> Callable[[str, str], Subject]:
    """`subject(model, environment)`: a model in an environment of the harness' repository."""
    return lambda model, environment: Subject(run, model, environment)


@pytest.fixture(scope="session")
def gate(run: Run) -> None:
    """The gate, a pod that looks at every environment but `lab`, once a second."""
    bootstrap.until_gate(run)


@pytest.fixture(scope="session")
def first(run: Run, gate: None, subject: Callable[[str, str], Subject]) -> None:
    """Version 1 of both models stable up to the first region.

    A first release is compared with nothing, but a region wants to see requests before it is finished.
    """
    pairs = [(model, name) for name in BEFORE for model in MODELS if not served(run, model, name)]
    with ExitStack() as loads:
        for model in {model for model, _ in pairs}:
            loads.enter_context(running(subject(model, REGION).load(10.0, 1)))
        for model, name in pairs:
            story.until_stable(run, model, name, 1)


@pytest.fixture(scope="session")
def second(run: Run, first: None, subject: Callable[[str, str], Subject]) -> None:
    """Version 2 of flight-delay stable in the first region, under load."""
    if not story.release_has(run, MODEL, REGION, 2):
        story.promote(run, MODEL, 2, subject(MODEL, REGION))


def served(run: Run, model: str, environment: str) -> bool:
    """Whether some version is stable there already."""
    now = story.release(run, model, environment)
    return now is not None and now.stable is not None
