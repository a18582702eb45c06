"""environment.yaml: where a model runs, when it may move, and what measures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, GetCoreSchemaHandler

from sluicegate.specs import plugins
from sluicegate.specs.callers import Caller
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.model import Name, Steps
from sluicegate.specs.policy import Pause, Supersede
from sluicegate.specs.release_windows import ReleaseWindow, shut
from sluicegate.specs.require import DEFAULT, Requirement
from sluicegate.specs.shape import STRICT, Instant
from sluicegate.specs.values import Duration, Text

IN_CLUSTER = "in-cluster"
"""The cluster that Argo CD runs in, as Argo CD itself calls it."""
Url = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r"^https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$",
        description="http://HOST:PORT or https://HOST, without credentials, query or fragment",
    ),
]
ResourceName = Annotated[
    str,
    Field(
        max_length=253,
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$",
        description="as the device plugin advertises it: nvidia.com/gpu, nvidia.com/mig-1g.10gb; "
        "with DRA, the DeviceClass: gpu.nvidia.com",
    ),
]
Memory = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,6}(Mi|Gi)$", description="a whole number of Mi or Gi")]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
EMBEDDED_ROUTER = "sluice"
"""The gateway that the embedded runtime brings; no cluster has it."""
COUNTS_USERS = frozenset({EMBEDDED_ROUTER})
"""Gateways that can assign and count users (`rollout.unit`); all others know requests alone."""


class _InstalledGateway:
    """A string's annotation: one of the names in `plugins.GATEWAYS`, read when the form is first built."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> Any:
        """See pydantic's "Custom types"."""
        del source
        return handler.generate_schema(Literal[plugins.GATEWAYS.names()])


@dataclass(frozen=True)
class Freeze:
    """A time in which nothing advances; a rollback is never frozen."""

    start: Annotated[Instant, Field(alias="from")]
    """The first moment of it, with its time zone: 2026-12-23T00:00:00Z."""
    until: Instant
    """The first moment after it."""
    reason: Text


@dataclass(frozen=True)
class RolloutOverrides:
    """What this environment sets in place of the model's own rollout."""

    steps: Steps | None = None
    min_requests: Annotated[int, Field(ge=0)] | None = None
    """On the canary, at each step."""
    min_seconds: Annotated[float, Field(ge=0)] | None = None
    """At each step."""
    window: Duration | None = None
    """What happens within one window counts once; longer than a stall of a server here."""
    warmup_requests: Annotated[int, Field(ge=0)] | None = None
    """The first answers of each new pod, which enter no figures."""
    split_windows: Annotated[int, Field(ge=1)] | None = None
    """Windows of a wrong split after which stable gets all traffic."""
    blind_for: Duration | None = None
    """How long a gate may be without figures before stable gets all traffic."""
    baseline: bool | None = None
    """Whether latency is compared with a third track up to 33 %: stable's version, on as many pods and
    with as much traffic as the canary."""
    pauses: tuple[Pause, ...] | None = None
    """Steps that last longer, or that a person has to approve."""
    deadline: Duration | None = None
    """From the start of the release; past it the release is held, never promoted."""
    supersede: Supersede | None = None
    """`newest`: a newer merge takes the place of a release that waits or is held; `queue`: it waits."""


@dataclass(frozen=True)
class PolicyFloor:
    """What every release here is judged by at least: whatever is stricter than a version asks for counts."""

    steps: Steps | None = None
    """Counts unless a version's own weights are as low at each point."""
    margins: Mapping[str, Annotated[float, Field(gt=0, lt=1)]] = field(default_factory=dict)
    """By gate, or by metric for all of its gates: the largest margin here, without a relative one."""
    alpha: Annotated[float, Field(gt=0, le=0.2)] | None = None
    """The largest."""
    min_requests: Annotated[int, Field(ge=0)] | None = None
    """The fewest, on the canary, at each step."""
    min_seconds: Annotated[float, Field(ge=0)] | None = None
    """The fewest, at each step."""
    window: Duration | None = None
    """The shortest."""
    deadline: Duration | None = None
    """The longest, from the start of the release."""


@dataclass(frozen=True)
class Metrics:
    """Where the gate reads what happens."""

    source: Literal["scrape", "prometheus"]
    """`scrape` reads the gateway's own counters, `prometheus` asks a Prometheus server."""
    url: Url
    """The base URL of the gateway or of the Prometheus server."""
    labels: Mapping[LabelName, str] = field(default_factory=dict)
    """Labels that every series of this environment carries beside its own."""
    gateway: Annotated[str, _InstalledGateway] = EMBEDDED_ROUTER
    """Whose series count the requests, as Prometheus holds them: `sluice` is the embedded router."""


@dataclass(frozen=True)
class Sharing:
    """How several pods take one GPU."""

    kind: Literal["time-slicing", "mps"]
    """`time-slicing` limits no pod's memory, `mps` gives each an equal part of it."""
    replicas: Annotated[int, Field(ge=2, le=64)]
    """Units that are advertised for one GPU."""


@dataclass(frozen=True)
class GpuPool:
    """The nodes with GPUs that this environment has to itself; all alike."""

    name: Name
    """The node pool's name."""
    nodes: Annotated[int, Field(ge=1, le=10_000)]
    """How many there are."""
    resources: Annotated[Mapping[ResourceName, Annotated[int, Field(ge=1, le=1024)]], Field(min_length=1)]
    """What one node advertises, by resource, shared units counted each."""
    memory: Mapping[ResourceName, Memory] = field(default_factory=dict)
    """GPU memory of one whole GPU, or of one MIG slice, by resource."""
    sharing: Mapping[ResourceName, Sharing] = field(default_factory=dict)
    """Resources of which several units are one GPU."""


@dataclass(frozen=True)
class EnvironmentBody:
    """Its order, its cluster, and its rules."""

    namespace: Name
    """The Kubernetes namespace that the models run in."""
    metrics: Metrics
    traffic: Literal["gateway-api", "istio", "kserve", "embedded"]
    """What splits the traffic; `embedded` is the router of the embedded runtime."""
    after: Name | Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """The environment, or environments, that a version must be stable in first; null for a first one."""
    bake: Duration | None = None
    """How long a version must have been stable there before it starts here."""
    max_canaries: Annotated[int, Field(ge=1)] | None = None
    """How many releases may run here at the same time; without it, any number."""
    cluster: Text = IN_CLUSTER
    """The cluster's name in Argo CD."""
    chart: PinnedChart | None = None
    """The serving chart of a registry, at one version; without it the one in the repository's charts/."""
    gpu_pool: GpuPool | None = None
    """The GPUs that its models share; without it none may ask for one."""
    freeze: tuple[Freeze, ...] = ()
    release_windows: tuple[ReleaseWindow, ...] = ()
    """Recurring times in which releases may, or may not, start and advance."""
    require: tuple[Requirement, ...] = DEFAULT
    """What a version has to show before it starts here; `[]` for nothing."""
    smoke: bool = True
    """Whether each version answers rows of its own evaluation set in the dark before it gets traffic."""
    rollout: RolloutOverrides = RolloutOverrides()
    policy: PolicyFloor = PolicyFloor()
    callers: tuple[Caller, ...] = ()
    """Who sends requests to its models; a report names them where a version breaks something for them."""


@dataclass(frozen=True)
class EnvironmentMetadata:
    """Which environment it is."""

    name: Name
    """As its directory under environments/ is called."""


@dataclass(frozen=True)
class EnvironmentManifest:
    """An environment, as people write it: environments/NAME/environment.yaml."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    apiVersion: Literal["sluicegate.dev/v1"]
    kind: Literal["Environment"]
    metadata: EnvironmentMetadata
    spec: EnvironmentBody


@dataclass(frozen=True)
class EnvironmentSpec(EnvironmentBody, EnvironmentMetadata):
    """environment.yaml, read and checked: its metadata and its spec side by side."""

    @property
    def upstream(self) -> tuple[str, ...]:
        """The environments that it comes after; none for a first one."""
        if self.after is None:
            return ()
        return (self.after,) if isinstance(self.after, str) else self.after

    def frozen(self, now: datetime) -> str | None:
        """The reason of the freeze that holds at a moment (with time zone), or of a window that is shut."""
        for freeze in self.freeze:
            if freeze.start <= now < freeze.until:
                return freeze.reason
        return shut(self.release_windows, now)
