"""Whether a rollout can come to a decision in each environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sluicegate.gate.core.budget import LIMIT, clean_requests, dark_pairs, label_seconds
from sluicegate.gate.core.text_format import duration
from sluicegate.specs.environment import EnvironmentSpec, Metrics, PolicyFloor, RolloutOverrides
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check

RATES = (1, 10, 100)
"""Requests a second that durations are shown for where model.yaml declares no traffic."""
ROLLOUT = ("spec", "rollout")
FLOOR = ("spec", "policy")
LONGEST_WINDOW = timedelta(minutes=10)
"""A canary that fails everything keeps its traffic for two whole windows: a rollback takes three."""
MOST_WARMUP = 1_000
"""Answers left out of each new pod; a canary that gives none is sent ten times as many unjudged."""


@dataclass(frozen=True)
class Budget:
    """What the policy of some environments takes."""

    environments: tuple[str, ...]
    position: Position
    policy: Policy

    def steps(self, rate: float) -> tuple[int, ...]:
        """Requests, the least that each step takes at `rate` requests a second."""
        return clean_requests(self.policy, rate)

    def dark(self, rate: float) -> int:
        """Requests that pass while the dark canary is compared by copies of all of them."""
        return dark_pairs(self.policy, rate)

    def provable(self, rate: float) -> bool:
        """Whether any number of requests suffices for each step."""
        return max((self.dark(rate), *self.steps(rate))) < LIMIT

    def requests(self, rate: float) -> int:
        """Of the whole rollout, on both tracks."""
        return self.dark(rate) + sum(self.steps(rate))

    def seconds(self, rate: float) -> float:
        """How long the rollout lasts at `rate` requests a second; labels come that much later."""
        steps = sum(max(step / rate, self.policy.min_seconds) for step in self.steps(rate))
        return self.dark(rate) / rate + steps + self.waiting

    @property
    def waiting(self) -> float:
        """Seconds that its steps wait for labels in all."""
        return sum(label_seconds(self.policy).values())

    def about(self, message: str) -> str:
        """The message, with the environments that it is about."""
        return f"{', '.join(self.environments)}: {message}" if self.environments else message


@check(
    "rollout-decidable",
    family="rollout",
    remedy="Widen a margin, take steps out, extend the deadline, or correct the declared traffic.",
)
def rollout_decidable(spec: ModelSpec, document: Document, environments: Environments) -> Iterator[Finding]:
    """The rollout can prove itself within its deadline in every environment, at the declared traffic.

    Counted for a release without one failed request, which is the least that the gate's statistics can do
    with, and by the policy that holds there: what environment.yaml sets in place of the model's own. A
    rollout that cannot finish even so would be held at its deadline every time. Nor may its window or its
    warm-up be so large that a canary which fails everything would not be rolled back.
    """
    for name in environments.unreadable:
        yield inconclusive(
            f"{name}: not judged, its environment.yaml cannot be read",
            remedy="Fix what environment-valid says of that file.",
        )
    for budget in _budgets(spec, document, environments):
        yield _judged(budget, spec.rollout.traffic)
        yield from _hidden_harm(budget)
    yield from _without_copies(spec, environments)


def _hidden_harm(budget: Budget) -> Iterator[Finding]:
    """What would keep harm from being seen, however large it is."""
    window = budget.policy.window
    if window > LONGEST_WINDOW:
        least = duration(2 * window.total_seconds())
        most = duration(LONGEST_WINDOW.total_seconds())
        message = f"a window of {duration(window.total_seconds())}: no harm is rolled back within {least}"
        remedy = f"Write a `window` of at most {most}; it need only be longer than a stall of a server."
        yield fail(budget.about(message), budget.position, remedy=remedy)
    warmup = budget.policy.warmup_requests
    if warmup > MOST_WARMUP:
        message = f"a warm-up of {warmup:,} answers: a canary that gives none is not judged for long"
        remedy = f"Write `warmup_requests` of at most {MOST_WARMUP:,}."
        yield fail(budget.about(message), budget.position, remedy=remedy)


def _without_copies(spec: ModelSpec, environments: Environments) -> Iterator[Finding]:
    """Environments in which a release would stay dark for ever, since nothing there copies requests."""
    for name, environment in environments.specs.items():
        why = _copies_nothing(environment)
        if why is not None and any(gate.paired for gate in policy(spec, environment).gates):
            written, _ = environments.read[name]
            position = Position(written.path, *written.key_position(("spec",)))
            yield fail(
                f"{name}: the gate shadow compares copies of requests, and {why}",
                position,
                remedy="Take the gate shadow out of the model, or let another gateway route requests there.",
            )


def _copies_nothing(environment: EnvironmentSpec) -> str | None:
    if environment.traffic == "kserve":
        return "KServe copies none"
    if environment.metrics.gateway == "traefik":
        return "Traefik has no RequestMirror for routes of the Gateway API"
    return None


def _budgets(spec: ModelSpec, document: Document, environments: Environments) -> Iterator[Budget]:
    """One for each policy: that of the environments without rules of their own first, if there are any."""
    own = Position(document.path, *document.position(ROLLOUT))
    plain = [name for name, one in environments.specs.items() if not _has_rules(one)]
    if plain or not environments.names:
        rules = policy(spec, environments.specs[plain[0]] if plain else _without_rules())
        yield Budget(tuple(plain), own, rules)
    for name, environment in environments.specs.items():
        if name in plain:
            continue
        written, _ = environments.read[name]
        rules = policy(spec, environment)
        section = ROLLOUT if environment.rollout != RolloutOverrides() else FLOOR
        position = Position(written.path, *written.key_position(section))
        yield Budget((name,), position, rules)


def _has_rules(environment: EnvironmentSpec) -> bool:
    """Whether it changes anything of a model's own rollout."""
    return (environment.rollout, environment.policy) != (RolloutOverrides(), PolicyFloor())


def _without_rules() -> EnvironmentSpec:
    """An environment that sets nothing: what a repository without any is judged by."""
    return EnvironmentSpec("none", "none", Metrics("scrape", "http://127.0.0.1"), "embedded")


def _judged(budget: Budget, traffic: float | None) -> Finding:
    at = budget.position
    deadline = budget.policy.deadline.total_seconds()
    if budget.waiting >= deadline:
        message = budget.about(_labels_too_late(budget.policy))
        return fail(message, at, observed=budget.waiting, threshold=deadline)
    if not budget.provable(traffic or max(RATES)):
        message = "a step cannot be proven by any number of requests: its margin is too small"
        return fail(budget.about(message), at)
    if traffic is None:
        times = ", ".join(f"{duration(budget.seconds(rate))} at {rate}" for rate in RATES)
        least = budget.requests(min(RATES))
        message = (
            f"no traffic is declared (spec.rollout.traffic, requests a second); it needs at least about "
            f"{least:,} clean requests: {times} requests/s"
        )
        return skipped(budget.about(message), at, observed=least)
    needed = budget.seconds(traffic)
    labels = f" with {duration(budget.waiting)} of waiting for labels" if budget.waiting else ""
    message = budget.about(
        f"about {budget.requests(traffic):,} clean requests are needed: {duration(needed)} at {traffic:g} "
        f"requests/s{labels}, and the deadline is {duration(deadline)}"
    )
    if needed <= deadline:
        return passed(message, at, observed=needed, threshold=deadline)
    return fail(message, at, observed=needed, threshold=deadline)


def _labels_too_late(policy: Policy) -> str:
    """The arithmetic of a rollout whose labels come after its deadline."""
    waits = {weight: seconds for weight, seconds in label_seconds(policy).items() if seconds}
    by_wait = {gate.cohorts.wait_seconds: gate for gate in policy.gates if gate.cohorts is not None}
    longest = by_wait[max(by_wait)]
    steps = "/".join(map(str, waits))
    return (
        f"{longest.name}: a cohort and the delay of its labels last {duration(max(by_wait))}, in each of the "
        f"{len(waits)} steps at {steps} %: {duration(sum(waits.values()))} in all, and the deadline is "
        f"{duration(policy.deadline.total_seconds())}; shorten the delay, or leave out small steps by "
        "`from_weight`"
    )
