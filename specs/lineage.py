"""model.yaml's `lineage`: where a version comes from, and how it is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sluicegate.specs.values import RelativePath, Text

MOST_FIGURES = 200
"""Of the run's metrics, and of its parameters."""


@dataclass(frozen=True)
class Training:
    """How `sluice reproduce` makes the artifact again, on its owner's machine alone."""

    command: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    """The program and its words, as in [python, models/NAME/train.py]; `python` is the fresh environment's.
    It runs at the top of a checkout of `lineage.code`, else of the commit that brought the version."""
    requirements: RelativePath
    """The file of pinned packages with their hashes, in that checkout."""
    output: RelativePath
    """The ONNX file that the command writes, in that checkout."""
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """How far the first metric of its task (roc_auc, mae, ...) on the evaluation rows may be from the
    version's own, where the bytes differ; without it the digests have to be equal."""


@dataclass(frozen=True)
class Lineage:
    """Where the model comes from."""

    code: Text | None = None
    """The training code: git+https://HOST/OWNER/NAME@COMMIT, or words."""
    run: Text | None = None
    """The run that made it: mlflow:/EXPERIMENT/RUN, or an address."""
    dataset: Text | None = None
    metrics: Annotated[Mapping[Text, float], Field(max_length=MOST_FIGURES)] | None = None
    """What the run measured."""
    parameters: Annotated[Mapping[Text, Text], Field(max_length=MOST_FIGURES)] | None = None
    """What the run was given."""
    training: Training | None = None
    converted_from: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """The version that this one is in another precision; `parity` compares both."""
