"""How a release is judged: the model's own rollout under the environment's rules. Pure; needs no pydantic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sluicegate.specs.durations import duration
from sluicegate.specs.strictness import strictest
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.specs.environment import EnvironmentSpec, PolicyFloor
    from sluicegate.specs.model import ModelSpec


Supersede = Literal["newest", "queue"]
Against = Literal["stable", "baseline"]
"""What the canary is compared with: all that runs stable's version, or a baseline alone while one runs."""
Shown: TypeAlias = "Quantile | Drift | Cost"
"""What is counted beside the gates."""


@dataclass(frozen=True)
class Cohorts:
    """How predictions are compared whose truth comes later: by cohorts, each after the same delay."""

    seconds: float
    """How long one is: predictions of the same hour, or of whatever time."""
    delay_seconds: float
    """How long after its end it has matured: by then the truth of its predictions is known."""
    coverage: float
    """The least share of a track's predictions that has to have a label by then."""

    @property
    def wait_seconds(self) -> float:
        """The least between the beginning of a step and its first matured cohort."""
        return self.seconds + self.delay_seconds


@dataclass(frozen=True)
class Gate:
    """One gate of a policy, as the core sees it: a name, and the margin of its rate difference."""

    name: str
    margin: float
    """The largest rate difference over all traffic that is not inferior."""
    tolerance: float | None = None
    """A rate difference that is shown to be above it is harmful; None: half the margin."""
    at_most: float | None = None
    """The ceiling of the failure rate itself, whatever stable does; None where there is none."""
    relative: float = 0.0
    """The share of stable's own failure rate that the canary may have beside the margin."""
    two_sided: bool = False
    """Whether a lower rate is a fault as well, as with a shifted score distribution."""
    kinds: int = 1
    """How many rates it compares (one for each edge of a score distribution); 1 for plain failures."""
    from_weight: int = field(default=1, metadata={"optional": True})
    """Below this weight in percent it neither proves nor harms anything: its tracks are too unlike there."""
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict, compare=False)
    """What the metric counts by (`over_ms`, `edges`): for the record; no decision depends on it."""
    paired: bool = field(default=False, metadata={"optional": True})
    """Whether it compares both versions' answers to the same request: what it counts are pairs, and all of
    them are the canary's. Weights do not matter to it, so it counts in the dark as well."""
    series: str = field(default="", metadata={"optional": True})
    """What it counts where it has requests of its own, a segment's or the business's; empty: all."""
    cohorts: Cohorts | None = field(default=None, metadata={"optional": True})
    """Where its requests are predictions that get their labels later; None where they are judged at once."""
    against: Against = field(default="stable", metadata={"optional": True})
    """With what the canary is compared."""
    unit: str = field(default="requests", compare=False, metadata={"optional": True})
    """What it counts, in the plural, for people; no decision depends on it."""

    def __hash__(self) -> int:
        """Of what tells gates of a policy apart: statistics are kept by gate, and asked for all the time."""
        return hash((self.name, self.margin))

    @property
    def metric(self) -> str:
        """What comes before the name or the segment, where it has one."""
        return self.name.split("/")[0]

    @property
    def harmful_above(self) -> float:
        """The tolerance, or its default."""
        return self.margin / 2 if self.tolerance is None else self.tolerance


@dataclass(frozen=True)
class Quantile:
    """A quantile of each track's latency: it is shown beside the gates and decides nothing."""

    name: str
    share: float
    """Of the requests, how many take no longer."""
    edges: tuple[float, ...]
    """Milliseconds, rising: the bucket edges between which it is known to lie."""
    against: Against = field(default="stable", metadata={"optional": True})
    """What is shown beside the canary."""

    @property
    def kinds(self) -> int:
        """For each edge, how many requests take longer."""
        return len(self.edges)


@dataclass(frozen=True)
class Column:
    """One input column that is watched: which shares of its values, and the same shares in the reference."""

    name: str
    kinds: tuple[str, ...]
    """In words, such as `above 500`: each tells of a value whether it is one of these."""
    reference: tuple[float, ...]
    """The share of the reference's rows, by kind."""


@dataclass(frozen=True)
class Drift:
    """The distribution of the inputs: it is shown beside the gates and decides nothing."""

    name: str
    columns: tuple[Column, ...]
    margin: float
    """A share that is shown to be further than this from the reference's is called drift."""

    @property
    def kinds(self) -> int:
        """Of all columns together, in their order."""
        return sum(len(column.kinds) for column in self.columns)


@dataclass(frozen=True)
class Cost:
    """What successful answers take, shown beside the gates; with a ceiling it holds, and never rolls back."""

    name: str
    unit: str
    """Seconds of what."""
    series: str
    """What is counted, of which answers."""
    at_most: float | None = None
    """The ceiling of the canary's own, in seconds for 1,000 successful answers."""
    margin_ratio: float | None = None
    """How much more than stable the canary may take, as a share of stable's."""
    from_weight: int = 25
    """Below this weight in percent a track has too little to do to be compared."""

    @property
    def kinds(self) -> int:
        """Its microseconds."""
        return 1

    @property
    def has_ceiling(self) -> bool:
        """Whether it may hold."""
        return self.at_most is not None or self.margin_ratio is not None


@dataclass(frozen=True)
class Pause:
    """What one step needs beside the evidence."""

    weight: int
    """The step, in percent; 0 is the dark canary, before it gets any traffic."""
    min_seconds: float | None = None
    """How long this step lasts at least, in place of the policy's own."""
    approval: bool = False
    """Whether a person has to approve before it goes on: `sluice gate approve`."""


@dataclass(frozen=True)
class Policy:
    """How a release is judged; from the revision that brought the version, so it cannot change under way."""

    steps: tuple[int, ...]
    gates: tuple[Gate, ...]
    min_requests: int = 20
    min_seconds: float = 60.0
    deadline: timedelta = timedelta(hours=24)
    alpha: float = 0.05
    window: timedelta = timedelta(seconds=10)
    """What happens within one window counts once."""
    warmup_requests: int = 10
    """The first answers of each new pod, which enter no figures."""
    split_windows: int = 6
    """Windows of a wrong split after which stable gets all traffic."""
    blind_for: timedelta = timedelta(minutes=15)
    """How long a gate may be without figures before stable gets all traffic."""
    smoke: bool = field(default=False, metadata={"optional": True})
    """Whether a version must answer the smoke test in the dark before it gets traffic."""
    pauses: tuple[Pause, ...] = ()
    baseline: bool = field(default=False, metadata={"optional": True})
    """Whether a third track runs stable's version with the canary's traffic, up to `BASELINE_UP_TO`."""
    shown: tuple[Quantile, ...] = field(default=(), metadata={"optional": True})
    """What people see beside the gates."""
    drifts: tuple[Drift, ...] = field(default=(), metadata={"optional": True})
    """The inputs that people see beside the gates."""
    costs: tuple[Cost, ...] = field(default=(), metadata={"optional": True})
    """What answers take; one with a ceiling may hold."""
    unit: str | None = field(default=None, metadata={"optional": True})
    """The request header by whose value users are assigned and counted; None: each request by itself."""
    supersede: Supersede = field(default="newest", metadata={"optional": True})
    """Whether a newer version takes the place of a release that waits, or waits until that has ended."""
    overruled: tuple[str, ...] = field(default=(), compare=False, metadata={"optional": True})
    """What is not as the version itself declares it, and whose rule counts: for people alone."""

    @property
    def beside(self) -> tuple[Shown, ...]:
        """All that is counted beside the gates."""
        return (*self.shown, *self.drifts, *self.costs)

    def pause(self, weight: int) -> Pause:
        """What the step at this weight needs beside the evidence."""
        return next((pause for pause in self.pauses if pause.weight == weight), Pause(weight))

    def seconds_at(self, weight: int) -> float:
        """How long the step at this weight lasts at least; in the dark only what is declared for it."""
        seconds = self.pause(weight).min_seconds
        if seconds is not None:
            return seconds
        return 0.0 if weight == 0 else self.min_seconds


def entries(model: ModelSpec) -> Iterator[Any]:
    """Each entry of `rollout.gates`, and one for each segment that it declares."""
    for entry in model.rollout.gates:
        yield entry
        yield from getattr(entry, "by_segment", tuple)()


def policy(model: ModelSpec, environment: EnvironmentSpec | None) -> Policy:
    """The policy that a model asks for in an environment: its own rollout, and what the environment sets.

    What is stricter in the environment's floor counts, and is named in `overruled`. Without an environment it
    is the model's own. Raises InputError where a gate lacks something of the model, and for a baseline where
    traffic is split between two tracks alone.
    """
    set_here = {} if environment is None else vars(environment.rollout)
    overrides = {name: value for name, value in set_here.items() if value is not None}
    rollout = replace(model.rollout, **overrides)
    if rollout.baseline and environment is not None and environment.traffic == "kserve":
        raise InputError.of(
            f"rollout.baseline needs three tracks, and {environment.name} has traffic kserve, which has two",
            "set `rollout: {baseline: false}` in its environment.yaml",
        )
    made = [_compared(entry.gate(model), baseline=rollout.baseline) for entry in entries(model)]
    own = Policy(
        steps=rollout.steps,
        gates=tuple(gate for gate in made if isinstance(gate, Gate)),
        shown=tuple(gate for gate in made if isinstance(gate, Quantile)),
        drifts=tuple(gate for gate in made if isinstance(gate, Drift)),
        costs=tuple(gate for gate in made if isinstance(gate, Cost)),
        min_requests=rollout.min_requests,
        min_seconds=rollout.min_seconds,
        deadline=duration(rollout.deadline),
        alpha=rollout.alpha,
        window=duration(rollout.window),
        warmup_requests=rollout.warmup_requests,
        split_windows=rollout.split_windows,
        blind_for=duration(rollout.blind_for),
        pauses=rollout.pauses,
        baseline=rollout.baseline,
        supersede=rollout.supersede,
        unit=None if rollout.unit is None else rollout.unit.header,
        smoke=environment is not None and environment.smoke,
    )
    if environment is None:
        return own
    return strictest(own, f"the floor of {environment.name}", _at_the_floor(own, environment.policy))


def _compared(made: Gate | Shown, *, baseline: bool) -> Gate | Shown:
    """What is counted, as it compares: without a baseline each with stable."""
    if baseline or not isinstance(made, Gate | Quantile):
        return made
    return replace(made, against="stable")


def _at_the_floor(own: Policy, floor: PolicyFloor) -> Policy:
    """The least that an environment demands, as a policy; where it demands nothing, as `own` is."""
    demanded = {name: value for name, value in vars(floor).items() if value is not None}
    margins = demanded.pop("margins")
    for name in ("deadline", "window"):
        if name in demanded:
            demanded[name] = duration(demanded[name])
    gates = tuple(_gate_at_the_floor(gate, margins) for gate in own.gates)
    return replace(own, **demanded, gates=gates)


def _gate_at_the_floor(gate: Gate, margins: Mapping[str, float]) -> Gate:
    """The gate at the margin that is demanded of it by its name, or of all of its metric, segments included.

    That is the most extra failures: a share of stable's own beside it, or a tolerance above it, allows more.
    """
    margin = margins.get(gate.name, margins.get(gate.metric))
    if margin is None:
        return gate
    tolerance = None if gate.tolerance is None else min(gate.tolerance, margin)
    return replace(gate, margin=margin, relative=0.0, tolerance=tolerance)
