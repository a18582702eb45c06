"""Where the version comes from, for the readers of a report."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import Finding, Position, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.lineage import origin

CHECK = "lineage"


@check(
    CHECK,
    family="artifact",
    informative=True,
    remedy="Write `lineage` in model.yaml: run, code, dataset.",
)
def lineage(spec: ModelSpec, document: Document) -> Iterator[Finding]:
    """The version says which run, code and dataset it comes from.

    Only shown, as model.yaml declares it: a run of MLflow by its page where MLFLOW_TRACKING_URI names a
    server, a commit on https by its page. `sluice reproduce` is what tries it.
    """
    words = origin(spec.lineage)
    if words:
        yield passed(words, Position(document.path, *document.position(("spec", "lineage"))))
    else:
        yield skipped("model.yaml declares no lineage", Position(document.path))
