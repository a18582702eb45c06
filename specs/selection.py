"""Which number of which output a model is judged by: what model.yaml selects, or the only one that fits.

A first dimension counts rows, and the others hold what one row is answered with. Whole numbers are never
taken for probabilities unless `decision` says so: the classes that scikit-learn's converters write beside the
probabilities look like scores, and give the figures of another model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sluicegate.specs.detection import Detection
from sluicegate.specs.model import Body, Score, Selected, Tensor
from sluicegate.specs.values import ClassName
from sluicegate.specs.yamlio import Document, InputError, Location, Problem

FLOATS = ("float16", "float32", "float64")
ONE_NUMBER = ("binary-classification", "regression", "ranking")
"""Tasks whose answer to a row is one number."""
SEVERAL_NUMBERS = ("multiclass-classification", "multi-label")
"""Tasks whose answer to a row is a number for each class."""
OF_TOKENS = ("token-tagging", "language-model")
"""Tasks whose answer to a row is a number for each class, or word, at each token."""


@dataclass(frozen=True)
class Selection:
    """An output, and the one number of each row that counts; without a column all of them."""

    output: Tensor
    column: int | None = None


def numbers_a_row(tensor: Tensor) -> int | None:
    """How many numbers an output holds for each row; None where a dimension is open, 0 without rows."""
    if not tensor.shape:
        return 0
    sizes = [size for size in tensor.shape[1:] if isinstance(size, int)]
    return math.prod(sizes) if len(sizes) == len(tensor.shape) - 1 else None


def judged(model: Body) -> Selection:
    """What metrics are computed of: what `decision` selects, else the only output that fits the task.

    Raises InputError where several outputs fit, or none. A detector is judged by all that `detection` names;
    its scores stand for it.
    """
    if model.task == "detection":
        return Selection(_scores_of_boxes(model))
    if model.decision is not None:
        output = named(model, model.decision.output)
        return Selection(output, _column(model, model.decision, output))
    fitting = [output for output in model.signature.outputs if _fits(model, output)]
    if len(fitting) == 1:
        return Selection(fitting[0], _column(model, None, fitting[0]))
    names = ", ".join(output.name for output in fitting or model.signature.outputs)
    message = f"{'several outputs fit' if fitting else 'no output fits'} the task {model.task}: {names}"
    raise InputError.of(
        message, "name it: decision: {output: ..., column: ...}" if fitting else _unfit(model)
    )


def _unfit(model: Body) -> str:
    """What to do where no output fits: an open one may, and a class is not a probability."""
    outputs = model.signature.outputs
    open_ones = [one.name for one in outputs if one.dtype in FLOATS and numbers_a_row(one) is None]
    if len(open_ones) == 1:
        return f"its shape is open; where it fits, name it: decision: {{output: {open_ones[0]}}}"
    if not any(one.dtype in FLOATS for one in outputs):
        return "export it with its probabilities; a bare class is judged only where decision names it"
    return "name it: decision: {output: ..., column: ...}"


def _scores_of_boxes(model: Body) -> Tensor:
    try:
        return named(model, (model.detection or Detection()).scores)
    except LookupError as problem:
        raise InputError.of(str(problem), "name it: detection: {scores: ...}") from problem


def caches(model: Body) -> dict[str, str]:
    """The inputs that hold what a decoder remembers, each with the output that it is taken from."""
    return {name: made.cache for name, made in model.inputs.items() if made.cache is not None}


def score_column(model: Body) -> int | None:
    """The number of a row that `score` selects; None where it selects none, or the model has no score."""
    return None if model.score is None else _named_column(model, model.score)


def named(model: Body, name: str) -> Tensor:
    """The output of that name. Raises LookupError; the rules of model.yaml refuse any other name."""
    for output in model.signature.outputs:
        if output.name == name:
            return output
    raise LookupError(f"the signature has no output {name!r}")


def class_index(classes: tuple[ClassName, ...] | None, name: ClassName) -> int | None:
    """Where a class stands among the declared ones; None where it is none of them."""
    return None if classes is None or name not in classes else classes.index(name)


def yes_index(model: Body) -> int:
    """Which of two classes is the yes: the one that `decision` names, else the second."""
    if model.decision is not None and model.decision.class_ is not None:
        index = class_index(model.classes, model.decision.class_)
        return 1 if index is None else index
    return 1


def _fits(model: Body, output: Tensor) -> bool:
    """Whether an output can be what the task answers with, by its type and its form."""
    numbers = numbers_a_row(output)
    if output.dtype not in FLOATS or numbers == 0 or output.name in caches(model).values():
        return False
    if model.task in OF_TOKENS:
        return len(output.shape) == 3 and output.shape[2] != 1
    return _numbers_fit(model, numbers)


def _numbers_fit(model: Body, numbers: int | None) -> bool:
    """Whether so many numbers a row can be what the task answers with."""
    if model.task == "binary-classification":
        return numbers in (1, 2)
    if model.task in ONE_NUMBER:
        return numbers == 1
    if model.task == "retrieval":
        return numbers != 1
    if model.task == "multiclass-classification":
        wanted = None if model.classes is None else len(model.classes)
        return numbers is None or (numbers > 1 and numbers == (wanted or numbers))
    return True


def _column(model: Body, selected: Selected | None, output: Tensor) -> int | None:
    """The number that is selected; for two classes and none selected, the yes."""
    column = None if selected is None else _named_column(model, selected)
    several = numbers_a_row(output) != 1
    if column is not None:
        return column if several else None
    return yes_index(model) if model.task == "binary-classification" and several else None


def _named_column(model: Body, selected: Selected) -> int | None:
    if selected.class_ is not None:
        return class_index(model.classes, selected.class_)
    return selected.column


def batch_dimension(model: Body) -> int | str | None:
    """The first dimension that all inputs share, which counts rows; None where they share none."""
    firsts = {tensor.shape[:1] for tensor in model.signature.inputs}
    return next(iter(firsts))[0] if len(firsts) == 1 and () not in firsts else None


def counts_rows(output: Tensor, batch: int | str) -> bool:
    """Whether an output may have one entry a row: its first dimension is open, or the batch's own."""
    return bool(output.shape) and (isinstance(output.shape[0], str) or output.shape[0] == batch)


def output_problems(document: Document, model: Body) -> Iterator[Problem]:
    """Why the model cannot be judged, or its score not watched, as far as the signature tells."""
    try:
        selection = judged(model)
    except InputError as error:
        for problem in error.problems:
            at = ("spec", "signature", "outputs")
            yield document.problem(at, problem.message, problem.remedy, key=True)
    else:
        at = ("spec", "decision", "output") if model.decision else ("spec", "signature", "outputs")
        yield from _judged_problems(document, at, model, selection)
    if model.score is not None:
        yield from _score_problems(document, model, model.score)


def _judged_problems(
    document: Document, at: Location, model: Body, selection: Selection
) -> Iterator[Problem]:
    output = selection.output
    numbers = 1 if selection.column is not None else numbers_a_row(output)
    if model.task == "detection":
        return  # its outputs need not have one entry a row
    if output.dtype == "string" or numbers == 0:
        message = f"the output {output.name!r} has no number for each row"
        yield document.problem(at, message, "select one that has: decision: {output: ..., column: ...}")
    elif model.task in OF_TOKENS:
        yield from _token_problems(document, at, model, selection)
    elif model.task in ONE_NUMBER and numbers not in (1, None):
        message = f"{model.task} is judged on one number a row, and {output.name!r} has {numbers}"
        yield document.problem(at, message, f"select it: decision: {{output: {output.name}, column: 0}}")
    elif model.task == "multiclass-classification" and numbers == 1:
        message = f"{model.task} needs a number for each class, and {output.name!r} has one a row"
        yield document.problem(at, message, "select the probabilities: decision: {output: ...}")
    elif model.classes and model.task in SEVERAL_NUMBERS and numbers not in (len(model.classes), None):
        message = f"{len(model.classes)} classes are named, and {output.name!r} has {numbers} numbers a row"
        yield document.problem(("spec", "classes"), message, "name each class of the output, in its order")


def _token_problems(document: Document, at: Location, model: Body, selection: Selection) -> Iterator[Problem]:
    """A row is answered with a number for each class, or each word, at each of its tokens."""
    output = selection.output
    if len(output.shape) != 3 or selection.column is not None:
        message = f"{model.task} needs numbers at each token, and {output.name!r} is {list(output.shape)}"
        remedy = "select the output [batch, tokens, classes], without a column: decision: {output: ...}"
        yield document.problem(at, message, remedy)
    elif model.classes and isinstance(output.shape[2], int) and output.shape[2] != len(model.classes):
        message = f"{len(model.classes)} classes are named, and {output.name!r} has {output.shape[2]} a token"
        yield document.problem(("spec", "classes"), message, "name each class of the output, in its order")


def _score_problems(document: Document, model: Body, score: Score) -> Iterator[Problem]:
    """The score is one number a row: a server that finds none counts none, and no drift would show."""
    output = named(model, score.output)
    numbers = numbers_a_row(output)
    at = ("spec", "score", "output")
    if output.dtype == "string" or numbers == 0:
        message = f"the output {output.name!r} has no number for each row"
        yield document.problem(at, message, "watch one that has")
    elif score.reduce == "none" and score_column(model) is None and numbers != 1:
        found = "an open number of them" if numbers is None else f"{numbers}"
        message = f"the score is one number a row, and {output.name!r} has {found}"
        remedy = f"select it: score: {{output: {output.name}, column: 1}}, or reduce: max"
        yield document.problem(at, message, remedy)
