"""The class that a graph decides itself, beside the class that it is evaluated on.

Converters of scikit-learn, XGBoost and LightGBM write both, and they agree. Where they do not, the order of
the classes is another, or the numbers are not scores: KMeans answers with distances, and the smallest counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.selection import numbers_a_row
from sluicegate.validators.evaluation.classes import class_name
from sluicegate.validators.evaluation.predictions import Predictions

Array = npt.NDArray[Any]
TYPES = ("int32", "int64", "string")


def other_class(
    spec: ModelSpec, outputs: Mapping[str, Array], judged: Predictions
) -> tuple[str, float] | None:
    """The output with the graph's own class, and the share of rows in which the evaluated one is another.

    None where nothing is decided, or no output or more than one can be that class.
    """
    own = [one.name for one in spec.signature.outputs if _is_class(one) and one.name in outputs]
    if len(own) != 1 or judged.decisions is None or judged.decisions.ndim != 1:
        return None
    said = np.array([class_name(value) for value in outputs[own[0]].reshape(-1).tolist()])
    names = np.array(judged.class_order)
    numbers = {class_name(name): str(number) for number, name in enumerate(spec.classes or ())}
    # A graph that was trained on encoded labels says the number of a class and not its name.
    orders = (names, np.array([numbers.get(name, name) for name in judged.class_order]))
    return own[0], min(float((order[judged.decisions] != said).mean()) for order in orders)


def _is_class(output: Tensor) -> bool:
    return output.dtype in TYPES and numbers_a_row(output) == 1
