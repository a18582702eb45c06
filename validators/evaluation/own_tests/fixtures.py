"""The fixtures that an owner's tests may ask for; docs/own-tests.md describes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd
import pytest

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.feeds import feed
from sluicegate.validators.evaluation.rows import Rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
FIRST_VERSION = "first version: nothing runs that it could be compared with"
"""Why a test that asks for production's version is skipped where there is none."""


@dataclass(frozen=True)
class EvaluationRows:
    """The evaluation rows: as a table with all its columns, as the model's inputs, and their labels."""

    frame: pd.DataFrame
    labels: Array
    """As the task reads them, [N] or [N, K]: classes as numbers, of two the yes as 1."""
    spec: ModelSpec

    @property
    def feeds(self) -> dict[str, Array]:
        """What `session.run` takes, by input, [N, ...]."""
        return self.fed(self.frame)

    def fed(self, frame: pd.DataFrame) -> dict[str, Array]:
        """Other rows likewise, such as a changed copy of `frame`. Raises Unavailable for unfit values."""
        return feed(frame, self.spec)


class ModelFixtures:
    """A plug-in of pytest with the candidate, its evaluation rows, and the version that runs now."""

    def __init__(
        self,
        session: InferenceSession,
        spec: ModelSpec,
        evaluation: Rows,
        production: tuple[InferenceSession, ModelSpec] | None,
    ) -> None:
        self._session = session
        self._spec = spec
        self._evaluation = evaluation
        self._production = production

    @pytest.fixture
    def session(self) -> InferenceSession:
        """The candidate as it is served: onnxruntime's InferenceSession, on the CPU and one thread."""
        return self._session

    @pytest.fixture
    def rows(self) -> EvaluationRows:
        """The evaluation rows, a copy for each test."""
        rows = replace(self._evaluation, frame=self._evaluation.frame.copy())
        return EvaluationRows(rows.frame, rows.labels.copy(), self._spec)

    @pytest.fixture
    def answers(self) -> Callable[[pd.DataFrame], dict[str, Array]]:
        """What the candidate answers to the rows of a table: each output by name, in batches as served."""
        return lambda frame: run_model(self._session, self._spec, frame)

    @pytest.fixture
    def production(self) -> InferenceSession:
        """The version that runs now; a test that asks for it is skipped where none does."""
        if self._production is None:
            pytest.skip(FIRST_VERSION)
        return self._production[0]
