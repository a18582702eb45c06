"""Classes: those that a model declares, as text, and the numbers that stand for none."""

from __future__ import annotations

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import yes_index
from sluicegate.specs.values import ClassName

IGNORED = -100
"""The label of a token that does not count, as in PyTorch's cross entropy; a missing one is the same."""
NO_BOX = -1.0
"""The class of what fills up a row with fewer boxes than another."""


def class_names(spec: ModelSpec) -> tuple[str, ...] | None:
    """The declared classes as text, of two the yes last; None where none are declared."""
    if spec.classes is None:
        return None
    names = tuple(map(class_name, spec.classes))
    swapped = spec.task == "binary-classification" and yes_index(spec) == 0
    return names[::-1] if swapped else names


def class_name(name: ClassName) -> str:
    """The same text for 1, 1.0 and true: a column of them is one label, however its file writes it."""
    whole = isinstance(name, int) or (isinstance(name, float) and name.is_integer())
    return str(int(name)) if whole else str(name)
