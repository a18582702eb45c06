"""model.yaml: a model as its owner declares it.

Sections that only one check reads (`quality`, `latency`) are declared by that check, and the gates'
parameters by each gate metric; `sluicegate.specs.model_file` puts them together. Here is what several parts
read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from sluicegate.specs import names
from sluicegate.specs.artifact import Artifact, PinnedFile
from sluicegate.specs.buckets import SCORE_BOUNDS
from sluicegate.specs.columns import ColumnRule, DataLimits
from sluicegate.specs.detection import Detection
from sluicegate.specs.lineage import Lineage
from sluicegate.specs.names import anchored
from sluicegate.specs.policy import Pause, Supersede
from sluicegate.specs.preparation import Preparation
from sluicegate.specs.shape import STRICT
from sluicegate.specs.values import ClassName, DType, Duration, RelativePath, Sha256, Text

LARGEST = 2**31 - 1
"""The largest whole number that every server takes for a version or a dimension."""

Name = Annotated[
    str,
    Field(pattern=anchored(names.NAME), description="lower-case letters, digits and hyphens, at most 63"),
]
Task = Literal[
    "binary-classification",
    "multiclass-classification",
    "multi-label",
    "regression",
    "forecasting",
    "ranking",
    "retrieval",
    "token-tagging",
    "detection",
    "language-model",
]
"""The kinds of model whose answers can be judged; docs/validation.md says what each one needs."""
UNSUPPORTED_TASKS = {
    "recommendation": "as `ranking`, with the user in data.group",
    "segmentation": "as `regression` of one number a row that the graph computes, such as the overlap",
    "text-generation": "as `language-model`, by its perplexity",
    "clustering": "as `multiclass-classification` where rows have a known group",
    "anomaly-detection": "as `binary-classification`, with the anomaly as the yes",
}
"""Tasks that people look for, and how such a model can be judged all the same."""
NO_BFLOAT16 = "cast at the graph's edges: float32 in and out, bfloat16 within"
"""What to do about a type that neither numpy nor the protocol's JSON has."""
Column = Annotated[int, Field(ge=0)]
Dimension = Annotated[
    Annotated[int, Field(ge=1, le=LARGEST)] | Annotated[str, Field(pattern=anchored(names.DIMENSION))],
    Field(description="a whole number of at least 1, or a name"),
]
Steps = Annotated[
    tuple[Annotated[int, Field(ge=1, le=100)], ...],
    Field(min_length=1, description="percent of traffic, strictly rising, the last one 100"),
]


@dataclass(frozen=True)
class File:
    """A file of the model's directory, pinned by its digest."""

    path: RelativePath
    sha256: Sha256

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """Itself alone, as an artifact of several files lists each of them."""
        return (PinnedFile(self.sha256, path=self.path),)


@dataclass(frozen=True)
class Tensor:
    """A named input or output. A dimension is a whole number or a name; the same name is the same length."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    dtype: DType
    shape: Annotated[tuple[Dimension, ...], Field(max_length=16)]
    columns: tuple[Text, ...] | None = None
    """The data's columns that fill a row of it, in order; each holds one value a row, or a list of them."""


@dataclass(frozen=True)
class Signature:
    """What the model takes and gives."""

    inputs: Annotated[tuple[Tensor, ...], Field(min_length=1)]
    outputs: Annotated[tuple[Tensor, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Selected:
    """One number a row of an output, or all of its numbers."""

    output: str
    column: Column | None = None
    """Which number of a row, from 0."""
    class_: Annotated[ClassName | None, Field(alias="class")] = None
    """The column of this class, one of `classes`."""

    def __post_init__(self) -> None:
        """Raises ValueError where the number is named twice."""
        if self.column is not None and self.class_ is not None:
            raise ValueError("should name column or class, not both")


@dataclass(frozen=True)
class DecisionRule(Selected):
    """Which output is judged, and where its number becomes a yes; with `class`, that class is the yes."""

    threshold: float | None = None
    """The least score that is a yes; without it 0.5, of scores from 0 to 1."""


@dataclass(frozen=True)
class Score(Selected):
    """What drift is watched on: one number a request."""

    reduce: Literal["none", "max"] = "none"
    """`max` takes the largest of several classes."""
    edges: Annotated[tuple[float, ...], Field(min_length=1, max_length=200)] = SCORE_BOUNDS
    """Bucket edges of the score histogram, rising; each is watched by `score_drift`."""

    def __post_init__(self) -> None:
        """Raises ValueError where the number is named twice."""
        super().__post_init__()
        if self.reduce != "none" and (self.column, self.class_) != (None, None):
            raise ValueError("should name one of column, class and reduce")


@dataclass(frozen=True)
class Data:
    """The data that the model was made from and is judged on."""

    reference: File
    """What it was trained on, a sample."""
    evaluation: File
    """Held out, with labels."""
    label: Text | Annotated[tuple[Text, ...], Field(min_length=1)]
    """Its column; several of them, or one that holds lists, where a row has several labels."""
    segments: tuple[Text, ...] = ()
    group: Text | None = None
    """The column of a row's query, for ranking; for retrieval of its role, `gallery` or another word."""
    columns: Mapping[Text, ColumnRule] = field(default_factory=dict)
    """What the columns hold, by name: judged on reference and evaluation rows."""
    limits: DataLimits = field(default_factory=DataLimits)
    """How far the samples may be from sound ones."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The label's column, or columns."""
        return (self.label,) if isinstance(self.label, str) else self.label


@dataclass(frozen=True)
class Gpu:
    """GPUs of one replica."""

    count: Annotated[int, Field(ge=0, le=16)] = 0
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi)$")] | None = None


@dataclass(frozen=True)
class Serving:
    """How the model is served."""

    engine: Literal["triton", "ort", "kserve"] = "ort"
    precision: Literal["fp32", "fp16", "bf16", "int8"] = "fp32"
    max_batch: Annotated[int, Field(ge=1, le=65536)] = 1
    gpu: Gpu = Gpu()


HeaderName = Annotated[
    str,
    Field(max_length=100, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", description="a request header's name"),
]


@dataclass(frozen=True)
class Unit:
    """What is assigned to a track as a whole, and counts once at each step: a user, or a session."""

    header: HeaderName
    """The request header whose value tells one from another: X-User-Id."""


@dataclass(frozen=True)
class Rollout:
    """How the release moves: steps in percent of traffic, gates, and limits."""

    gates: tuple[Any, ...] = ()
    """What must hold for the next step: each a metric with its margin and parameters; at least one."""
    steps: Steps = (1, 5, 25, 50, 100)
    min_requests: Annotated[int, Field(ge=0)] = 20
    """On the canary, at each step."""
    min_seconds: Annotated[float, Field(ge=0)] = 60
    """At each step."""
    window: Duration = "10s"
    """What happens within one window counts once; longer than a stall of a server."""
    warmup_requests: Annotated[int, Field(ge=0)] = 10
    """The first answers of each new pod, which enter no figures."""
    split_windows: Annotated[int, Field(ge=1)] = 6
    """Windows of a wrong split after which stable gets all traffic, without a rejection."""
    blind_for: Duration = "15m"
    """How long a gate may be without figures before stable gets all traffic, without a rejection."""
    baseline: bool = False
    """Whether latency is compared with a third track up to 33 %: stable's version, on as many pods and
    with as much traffic as the canary."""
    pauses: tuple[Pause, ...] = ()
    """Steps that last longer, or that a person has to approve."""
    deadline: Duration = "24h"
    """From the start of the release; past it the release is held, never promoted."""
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    """The most that the chance of a false rollback, or of a promotion beyond a margin, may be."""
    supersede: Supersede = "newest"
    """`newest`: a newer merge takes the place of a release that waits or is held; `queue`: it waits."""
    traffic: Annotated[float, Field(gt=0)] | None = None
    """Expected requests a second on both tracks; lets a policy that cannot decide in time be refused.

    With a `unit`, users who come anew within a step, a second.
    """
    unit: Unit | None = None
    """What goes to one track as a whole and counts once a step; without it, each request by itself.

    Gates that count each request (score_drift, shadow, counter, delayed_labels) are refused beside it.
    """


@dataclass(frozen=True)
class Waiver:
    """A check's fail or inconclusive that a person accepts, until a day."""

    check: str
    reason: Text
    until: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="a day: 2027-01-31")]


@dataclass(frozen=True)
class Metadata:
    """Who the model is, and who answers for it."""

    name: Name
    """As its directory under models/ is called."""
    owners: Annotated[tuple[Text, ...], Field(min_length=1)]
    """People or teams, such as "@data-science/flights"."""


def _form(artifact: object) -> str:
    """Which of its two forms an artifact has."""
    several = "files" in artifact if isinstance(artifact, Mapping) else isinstance(artifact, Artifact)
    return "several files" if several else "one file"


@dataclass(frozen=True)
class Body:
    """What the model is, how it is judged, and how it is released."""

    version: Annotated[int, Field(ge=1, le=LARGEST)]
    """A whole number, rising with every change."""
    task: Task
    artifact: Annotated[
        Annotated[File, Tag("one file")] | Annotated[Artifact, Tag("several files")], Discriminator(_form)
    ]
    """The model itself: a file of its directory, or files that may be elsewhere."""
    signature: Signature
    data: Data
    rollout: Rollout
    serving: Serving = Serving()
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2)] | None = None
    """The classes in the order of the output's numbers, as the label column holds them: [no, yes]."""
    decision: DecisionRule | None = None
    score: Score | None = None
    inputs: Mapping[str, Preparation] = field(default_factory=dict)
    """By name, the inputs that no column of numbers fills: pictures, a decoder's cache, a mask."""
    detection: Detection | None = None
    """A detector's outputs; without it `boxes`, `scores` and `labels`, of two corners a box."""
    lineage: Lineage = field(default_factory=Lineage)
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A model, as its owner writes it: models/NAME/model.yaml."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    apiVersion: Literal["sluicegate.dev/v1"]
    kind: Literal["Model"]
    metadata: Metadata
    spec: Body


@dataclass(frozen=True)
class ModelSpec(Body, Metadata):
    """model.yaml, read and checked: its metadata and its spec side by side."""

    sections: Mapping[str, Any] = field(default_factory=dict)
    """What single checks declare for themselves (`quality`, `latency`), by section name."""
