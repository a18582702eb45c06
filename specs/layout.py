"""Where everything is kept in a repository: each path and pattern of paths, defined once. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MODELS = "models"
ENVIRONMENTS = "environments"
MODEL_FILE = "model.yaml"
"""The spec of a model, in its directory."""
OWN_TESTS = "tests"
"""The owner's tests of a model, in its directory: pytest files, and tables of golden rows."""
CHARTS = "charts"
SERVING_CHART = f"{CHARTS}/onnx-serving"
"""The chart that serves a model."""
GATE_CHART = f"{CHARTS}/gate"
GATE_VALUES = f"{ENVIRONMENTS}/gate.yaml"
"""What people set of the gate's chart."""
STOP_FILE = f"{ENVIRONMENTS}/stop.yaml"
"""While people keep it there, nothing starts or advances."""
TRUSTED_KEYS = f"{ENVIRONMENTS}/gate.pub"
"""The public keys (PEM, one behind the other) that may sign the gate's evidence; people write it."""
MODEL_KEYS = f"{ENVIRONMENTS}/models.pub"
"""The public keys (PEM, one behind the other) of which one has to sign each model; people write it."""
EVIDENCE = "evidence"
"""The directory of all records, on the branch of the evidence."""
PICTURES = "pictures"
"""The directory of the plots beside them, for readers; nothing is decided or verified by one."""
REVIEWS = "reviews"
"""The directory of what people approved or overrode, on the branch of the evidence, by pull request."""
VERDICTS = "verdicts"
"""Recorded verdicts, on the branch of the evidence."""
PROJECT_MANIFEST = f"{ENVIRONMENTS}/project.yaml"
"""Argo CD's project of the releases."""
RELEASES_MANIFEST = f"{ENVIRONMENTS}/applicationset.yaml"
"""Argo CD's application set: an Application for each release."""
PREVIEWS_MANIFEST = f"{ENVIRONMENTS}/previews.yaml"
"""Argo CD's project and application set of the previews."""
KUBERNETES_SCHEMAS = f"{CHARTS}/schemas"
"""What rendered manifests are checked against."""
MODEL_SCHEMA = f"{MODELS}/model.schema.json"
ENVIRONMENT_SCHEMA = f"{ENVIRONMENTS}/environment.schema.json"
RELEASE_SCHEMA = f"{ENVIRONMENTS}/release.schema.json"

_BESIDE_MODELS = frozenset({MODEL_SCHEMA, f"{MODELS}/README.md"})
_MODEL_FILE = re.compile(r"models/(?P<model>[^/]+)(/.*)?", re.DOTALL)
_MODEL = re.compile(r"models/(?P<model>[^/]+)/model\.yaml", re.DOTALL)
_ENVIRONMENT = re.compile(r"environments/(?P<environment>[^/]+)/environment\.yaml", re.DOTALL)
_RELEASE = re.compile(r"environments/(?P<environment>[^/]+)/(?P<model>[^/]+)/release\.yaml", re.DOTALL)
_RENDERED_FROM = re.compile(
    r"environments/(?P<environment>[^/]+)/((?P<model>[^/]+)/)?(values|environment|release)\.yaml", re.DOTALL
)

_BELOW_ROOT = re.compile(
    r"(?P<folder>.+?)/(models/[^/]+/model|environments/[^/]+/environment)\.yaml", re.DOTALL
)
_OWN_TEST = re.compile(r"tests/([^/]+/)*test_[^/]*\.py", re.DOTALL)
_OWN_CODE = re.compile(r"tests/.+\.py", re.DOTALL)
_VERDICT = re.compile(
    r"verdicts/(?P<model>[^/]+)/(?P<content>[0-9a-f]{40,64})-(?P<digest>[0-9a-f]{12})\.json",
    re.ASCII | re.DOTALL,
)
_RECORD = re.compile(
    r"(?P<directory>evidence/[^/]+/[^/]+)/(?P<number>\d{6,9})-(?P<digest>[0-9a-f]{12})\.json",
    re.ASCII | re.DOTALL,
)

_PICTURE = re.compile(r"pictures/[^/]+/[^/]+/\d{6,9}-[0-9a-f]{12}\.svg", re.ASCII | re.DOTALL)
_REVIEW = re.compile(
    r"(?P<directory>reviews/[1-9]\d{0,9})/(?P<number>\d{6,9})-(?P<digest>[0-9a-f]{12})\.json",
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True)
class RecordName:
    """What the path of a record says: of which release, and the how manyth of it."""

    directory: str
    number: int
    """From 1."""
    digest: str
    """The first 12 hex digits of the record's digest."""


@dataclass(frozen=True)
class VerdictName:
    """What the path of a recorded verdict says."""

    model: str
    content: str
    """The git tree of the model's directory."""
    digest: str
    """The first 12 hex digits of the record's digest."""


@dataclass(frozen=True)
class Deployment:
    """One model in one environment; `model` is None for every model of the environment."""

    environment: str
    model: str | None


def model_directory(model: str) -> str:
    """The directory of a model: its spec, its artifact, its data."""
    return f"{MODELS}/{model}"


def model_path(model: str) -> str:
    """The spec of a model."""
    return f"{model_directory(model)}/{MODEL_FILE}"


def is_own_test(name: str) -> bool:
    """Whether a file of a model's directory, by its path below it, holds tests for pytest."""
    return _OWN_TEST.fullmatch(name) is not None


def is_own_test_code(name: str) -> bool:
    """Whether it is Python of the owner's tests: a file of tests, or what they share."""
    return _OWN_CODE.fullmatch(name) is not None


def environment_directory(environment: str) -> str:
    """The directory of an environment."""
    return f"{ENVIRONMENTS}/{environment}"


def environment_path(environment: str) -> str:
    """The spec of an environment."""
    return f"{environment_directory(environment)}/environment.yaml"


def environment_values_path(environment: str) -> str:
    """Helm values for every model of an environment."""
    return f"{environment_directory(environment)}/values.yaml"


def values_path(environment: str, model: str) -> str:
    """Helm values that people set for a model in an environment."""
    return f"{environment_directory(environment)}/{model}/values.yaml"


def release_path(environment: str, model: str) -> str:
    """The state of a model's release in an environment; only the gate writes it."""
    return f"{environment_directory(environment)}/{model}/release.yaml"


def records_directory(environment: str, model: str) -> str:
    """The directory of a release's records, on the branch of the evidence."""
    return f"{EVIDENCE}/{environment}/{model}"


def record_path(environment: str, model: str, number: int, digest: str) -> str:
    """The record of a release's decision, counted from 1; `digest` is `sha256:...`."""
    short = digest.removeprefix("sha256:")[:12]
    return f"{records_directory(environment, model)}/{number:06}-{short}.json"


def picture_path(record: str) -> str:
    """The plot of a decision, by the path of its record."""
    return f"{PICTURES}{record.removeprefix(EVIDENCE).removesuffix('.json')}.svg"


def is_picture(path: str) -> bool:
    """Whether a path is that of a decision's plot."""
    return _PICTURE.fullmatch(path) is not None


def verdicts_directory(model: str) -> str:
    """The directory of a model's recorded verdicts, on the branch of the evidence."""
    return f"{VERDICTS}/{model}"


def verdict_path(model: str, content: str, digest: str) -> str:
    """A recorded verdict: of this git tree of the model's directory; `digest` is `sha256:...`."""
    return f"{verdicts_directory(model)}/{content}-{digest.removeprefix('sha256:')[:12]}.json"


def verdict_named(path: str) -> VerdictName | None:
    """What a recorded verdict's path says; None for any other file."""
    match = _VERDICT.fullmatch(path)
    return VerdictName(match["model"], match["content"], match["digest"]) if match else None


def record_named(path: str) -> RecordName | None:
    """What a record's path says; None for any other file."""
    match = _RECORD.fullmatch(path)
    return RecordName(match["directory"], int(match["number"]), match["digest"]) if match else None


def reviews_directory(pull: int) -> str:
    """The directory of what people said of a pull request, on the branch of the evidence."""
    return f"{REVIEWS}/{pull}"


def review_path(pull: int, number: int, digest: str) -> str:
    """What a person said of a pull request, counted from 1; `digest` is `sha256:...`."""
    return f"{reviews_directory(pull)}/{number:06}-{digest.removeprefix('sha256:')[:12]}.json"


def review_named(path: str) -> RecordName | None:
    """What a review's path says; None for any other file."""
    match = _REVIEW.fullmatch(path)
    return RecordName(match["directory"], int(match["number"]), match["digest"]) if match else None


def model_of(path: str) -> str | None:
    """The model that a path belongs to.

    A name directly in `models/` counts as one, even as a file or a link, so that it is judged, and refused.
    """
    match = _MODEL_FILE.fullmatch(path)
    return match["model"] if match is not None and path not in _BESIDE_MODELS else None


def model_specified_by(path: str) -> str | None:
    """The model whose spec this is; None for any other file."""
    match = _MODEL.fullmatch(path)
    return match["model"] if match is not None else None


def environment_specified_by(path: str) -> str | None:
    """The environment whose spec this is; None for any other file."""
    match = _ENVIRONMENT.fullmatch(path)
    return match["environment"] if match is not None else None


def folder_of_spec(path: str) -> str | None:
    """The folder of a repository that a spec lies in as if it were the root; None for one at the root."""
    match = _BELOW_ROOT.fullmatch(path)
    return match["folder"] if match is not None else None


def released_by(path: str) -> Deployment | None:
    """What a release.yaml is the state of; None for any other file."""
    match = _RELEASE.fullmatch(path)
    return Deployment(match["environment"], match["model"]) if match is not None else None


def rendered_from(path: str) -> Deployment | None:
    """What is rendered from a file below `environments/`; None where no manifest depends on it."""
    match = _RENDERED_FROM.fullmatch(path)
    return Deployment(match["environment"], match["model"]) if match is not None else None


def is_values(path: str) -> bool:
    """Whether people set Helm values of servers in this file."""
    return rendered_from(path) is not None and path.endswith("/values.yaml")


def is_serving_chart(path: str) -> bool:
    """Whether every model's manifests depend on this file."""
    return path.startswith((f"{SERVING_CHART}/", f"{KUBERNETES_SCHEMAS}/"))


def is_gate_chart(path: str) -> bool:
    """Whether the gate's own manifests depend on this file."""
    return path == GATE_VALUES or path.startswith(f"{GATE_CHART}/")
