"""What graph and labels show about a model: its task, its label and its classes.

Every guess is reported to the owner; where two readings fit, an option has to decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sluicegate.ci.scaffold.new_model import Found, NewModel, Samples
from sluicegate.ci.scaffold.table import distinct
from sluicegate.specs.model import Tensor
from sluicegate.specs.selection import FLOATS, numbers_a_row
from sluicegate.specs.values import ClassName
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.evaluation.classes import class_name
from sluicegate.validators.evaluation.metrics._embeddings import GALLERY
from sluicegate.validators.onnx.facts import Graph

if TYPE_CHECKING:
    import pandas as pd

TYPICAL = ("label", "labels", "target", "y", "class", "outcome")
"""What a label's column is often called."""
SHOWN = 20
CLASSIFICATIONS = ("binary-classification", "multiclass-classification")


def label_columns(
    new: NewModel, table: pd.DataFrame, inputs: Sequence[dict[str, Any]], notes: list[str]
) -> tuple[str, ...]:
    """The label's column: named, called like a label, or the only one that fills no input.

    Where one input takes all columns but one, it is the last. Raises InputError where it is not clear.
    """
    names = [str(name) for name in table.columns]
    for name in new.labels:
        if name not in names:
            raise InputError.of(
                f"{new.evaluation} has no column {name!r}",
                f"name its label with --label: {', '.join(names[:SHOWN])}",
            )
    if new.labels:
        return new.labels
    taken = {*(tensor["name"] for tensor in inputs), *new.columns, new.group}
    taken |= {name for tensor in inputs for name in tensor.get("columns", ())}
    left = [name for name in names if name not in taken]
    typical = [name for name in left if name.lower() in TYPICAL]
    unfilled = [tensor["shape"][1:] for tensor in inputs if tensor["name"] not in names]
    last = left[-1:] if unfilled == [[len(left) - 1]] else []
    for candidates in (typical, left, last):
        if len(candidates) == 1:
            notes.append(f"guessed: the label is the column {candidates[0]!r}")
            return (candidates[0],)
    raise InputError.of(
        f"{new.evaluation} has no column that is clearly the label",
        f"name it with --label: {', '.join(left[:SHOWN]) or 'every column is an input'}",
    )


def found(
    new: NewModel,
    graph: Graph,
    outputs: Sequence[Tensor],
    samples: Samples,
    notes: list[str],
    *,
    tokens: str | None = None,
    boxes: Mapping[str, str] = MappingProxyType({}),
) -> Found:
    """The task and the classes; `tokens` is the input of tokens, `boxes` a detector's outputs.

    Adds to `notes` what was guessed. Raises InputError where it is not clear."""
    labels = samples.labels
    tables = samples.tables
    several = len(labels) > 1 or holds_lists(tables[-1], labels[0])
    values: list[Any] = [] if several else distinct(tables, labels[0])
    numbers = _numbers(outputs, new.output)
    task = new.task
    if not task:
        if several:
            task = _task_of_several(outputs, samples, tokens, boxes)
        else:
            task = _task_of_groups(new, tables[-1]) or _task(labels[0], values, numbers)
        notes.append(f"guessed: the task is {task}")
    classes: tuple[ClassName, ...] = ()
    if task in CLASSIFICATIONS and not several:
        count = 2 if task == "binary-classification" else next((n for n in numbers if n and n > 1), None)
        classes = _classes(new, graph, values, count, notes)
    if task in ("token-tagging", "detection"):
        classes = _named(new, tables[-1], labels[-1])
    return Found(task, labels, new.group, classes)


def _named(new: NewModel, table: pd.DataFrame, column: str) -> tuple[ClassName, ...]:
    """The classes that are named: their order is the graph's, and no label tells it. Raises InputError."""
    words = any(isinstance(value, str) for row in table[column] for value in row)
    if words and not new.classes:
        raise InputError.of(
            f"the labels of {column!r} are words, and their order in the output is unknown",
            "list them in the order of the output's numbers: --classes O,B-PER,I-PER",
        )
    return new.classes


def _task_of_several(
    outputs: Sequence[Tensor], samples: Samples, tokens: str | None, boxes: Mapping[str, str]
) -> str:
    """Lists of labels: as long as the tokens, boxes beside their classes, or of a row as a whole."""
    table, labels = samples.tables[-1], samples.labels
    at_tokens = any(one.dtype in FLOATS and len(one.shape) == 3 and one.shape[2] != 1 for one in outputs)
    if tokens is not None and at_tokens and len(labels) == 1:
        if labels[0] == tokens:
            return "language-model"
        if table[labels[0]].map(len).equals(table[tokens].map(len)):
            return "token-tagging"
    if boxes and len(labels) == 2 and all(holds_lists(table, name) for name in labels):
        return "detection"
    return _task_of_lists(table, labels)


def holds_lists(table: pd.DataFrame, column: str) -> bool:
    """Whether a column has a list in each row."""
    from sluicegate.validators.evaluation import feeds

    return feeds.holds_lists(table[column])


def _numbers(outputs: Sequence[Tensor], wanted: str) -> list[int | None]:
    """How many numbers a row each output of floats has; of the one that is wanted alone, if one is."""
    return [
        numbers_a_row(output)
        for output in outputs
        if (output.name == wanted if wanted else output.dtype in FLOATS and output.shape)
    ]


def _task_of_groups(new: NewModel, table: pd.DataFrame) -> str:
    """A retrieval where the groups are its rows' roles, else a ranking; empty without groups."""
    if not new.group:
        return ""
    if new.group not in table.columns:
        raise InputError.of(
            f"{new.evaluation} has no column {new.group!r}", "name the column of the queries with --group"
        )
    return "retrieval" if (table[new.group] == GALLERY).any() else "ranking"


def _task(label: str, values: Sequence[Any], numbers: Sequence[int | None]) -> str:
    """From the label's distinct values, and how many numbers a row the outputs have. Raises InputError."""
    if len(values) < 2:
        raise InputError.of(
            f"the label {label!r} has one value in all rows: {_shown(values) or 'none'}",
            "write rows of every class, or name another column with --label",
        )
    known = [count for count in numbers if count is not None]
    largest = max(known, default=0)
    text = any(isinstance(value, str | bool) for value in values)
    whole = text or all(_number(label, value).is_integer() for value in values)
    if len(values) == 2 and whole and largest <= 2:
        return "binary-classification"
    if largest == 1 and not text:
        return "regression"
    if largest > 2 and whole and len(values) <= largest:
        return "multiclass-classification"
    if numbers and not known:
        raise InputError.of(
            "the outputs leave open how many numbers a row has",
            "pass --task and --output, or export it with its shapes",
        )
    if largest == 0:
        raise InputError.of(
            "the model has no output of floats with a number for each row",
            "export it with one: its probabilities beside the label, or a quantity [batch, 1]",
        )
    remedy = "name another column with --label, or pass --task, and --output where several outputs would fit"
    if len(values) == len(known) and largest == 1:
        remedy = f"export the classes as one output [batch, {len(known)}]: zipmap=False in place of 'columns'"
    raise InputError.of(
        f"{len(values):,} distinct values of the label {label!r} and outputs of "
        f"{', '.join(map(str, known))} numbers a row leave the task unclear",
        remedy,
    )


def _number(label: str, value: Any) -> float:
    """A label as a number. Raises InputError where it is neither a number nor text."""
    try:
        return float(value)
    except (TypeError, ValueError) as problem:
        raise InputError.of(
            f"the label {label!r} holds {type(value).__name__}, such as {str(value)[:40]}",
            "write labels as text, whole numbers or true and false",
        ) from problem


def _task_of_lists(table: pd.DataFrame, labels: tuple[str, ...]) -> str:
    """Several labels a row: values of 0 and 1 only are a multi-label target, others a forecast."""
    import numpy as np

    from sluicegate.validators.evaluation.feeds import stacked

    values = [stacked(table[name]) for name in labels]
    yes_or_no = all(part.dtype.kind in "biuf" and np.isin(part, (0, 1)).all() for part in values)
    return "multi-label" if yes_or_no else "forecasting"


def _classes(
    new: NewModel, graph: Graph, values: Sequence[Any], count: int | None, notes: list[str]
) -> tuple[ClassName, ...]:
    """The classes in the output's order; none where the labels are their numbers already."""
    if new.classes:
        known = {str(value): value for value in values}
        return tuple(known.get(name, name) for name in new.classes)
    own = _of_the_graph(graph.classes, values)
    if own and len(own) == (count or len(own)) and own != tuple(range(len(own))):
        notes.append(f"the classes are the graph's own: {_shown(own)}")
        return own
    if all(_is_index(value, count or 2) for value in values):
        return ()
    if count is not None and len(values) != count:
        raise InputError.of(
            f"the labels have {len(values)} distinct values, but the model has {count} classes",
            "list the classes in the order of the output's numbers: --classes a,b,c",
        )
    notes.append(f"guessed: the classes are in sorted order, as in scikit-learn: {_shown(values)}")
    return tuple(values)


def _of_the_graph(classes: Sequence[ClassName], values: Sequence[Any]) -> tuple[ClassName, ...]:
    """The graph's classes as the labels write them: a CSV has 9 for its "9"; empty where one is missing."""
    known = {class_name(value): value for value in values}
    texts = [class_name(name) for name in classes]
    if not set(known) <= set(texts):
        return ()
    numbers = all(not isinstance(value, str) for value in values) and all(map(_is_whole, texts))
    return tuple(known.get(text, int(text) if numbers else text) for text in texts)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _is_index(value: Any, count: int) -> bool:
    return not isinstance(value, str) and value == int(value) and 0 <= value < count


def _shown(values: Sequence[Any]) -> str:
    more = ", ..." if len(values) > SHOWN else ""
    return ", ".join(map(str, values[:SHOWN])) + more
