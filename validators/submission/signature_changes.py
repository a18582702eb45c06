"""What a version changes for the programs that call it: inputs, outputs, and the order of its classes.

An input may take more than before, an output may promise more; anything else breaks a caller that went by
the old signature. Columns and classes count as well: a request whose numbers changed places is answered,
and answered wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from typing import Literal

from sluicegate.specs.model import ModelSpec, Signature, Tensor
from sluicegate.specs.yamlio import Location

Side = Literal["inputs", "outputs"]
Place = tuple[Side, str, int]
"""A dimension: side, tensor, and its number."""
_ONE: dict[Side, str] = {"inputs": "input", "outputs": "output"}
SHOWN = 3
"""Columns or classes that are named where many changed."""


@dataclass(frozen=True)
class SignatureChange:
    """One change, in words; `at` is where the new model.yaml has it."""

    words: str
    breaks: bool
    at: Location = ("spec", "signature")


def signature_changes(old: ModelSpec, new: ModelSpec) -> list[SignatureChange]:
    """What differs for a caller of the old version, in the signature's order; names of dimensions do not."""
    sides: tuple[Side, ...] = ("inputs", "outputs")
    changes = [change for side in sides for change in _side(side, old.signature, new.signature)]
    changes += _lengths(old.signature, new.signature)
    changes += _classes(old, new)
    return changes


def _side(side: Side, old: Signature, new: Signature) -> Iterator[SignatureChange]:
    before: dict[str, Tensor] = {tensor.name: tensor for tensor in getattr(old, side)}
    one = _ONE[side]
    for number, tensor in enumerate(getattr(new, side)):
        at: Location = ("spec", "signature", side, number)
        known = before.pop(tensor.name, None)
        if known is not None:
            yield from _tensor(side, at, known, tensor)
        elif side == "inputs":
            yield SignatureChange(
                f"input {tensor.name!r} is new, and a request without it is refused", True, at
            )
        else:
            yield SignatureChange(f"output {tensor.name!r} is new", False, at)
    for name in before:
        yield SignatureChange(f"{one} {name!r} is removed", True, ("spec", "signature", side))


def _tensor(side: Side, at: Location, old: Tensor, new: Tensor) -> Iterator[SignatureChange]:
    what = f"{_ONE[side]} {new.name!r}"
    if old.dtype != new.dtype:
        yield SignatureChange(f"{what} is {new.dtype}, and was {old.dtype}", True, (*at, "dtype"))
    shapes = f"has the shape {_shape(new)}, and had {_shape(old)}"
    if len(old.shape) != len(new.shape):
        yield SignatureChange(f"{what} {shapes}", True, (*at, "shape"))
        return
    promised, given = (new.shape, old.shape) if side == "inputs" else (old.shape, new.shape)
    broken = any(isinstance(one, int) and one != other for one, other in zip(promised, given, strict=True))
    fixed = [
        tuple(size if isinstance(size, int) else None for size in shape) for shape in (old.shape, new.shape)
    ]
    if broken or fixed[0] != fixed[1]:
        yield SignatureChange(f"{what} {shapes}", broken, (*at, "shape"))
    if not broken and old.columns is not None and new.columns is not None and old.columns != new.columns:
        words = _moved("column", old.columns, new.columns)
        yield SignatureChange(f"{what}: {words}", True, (*at, "columns"))


def _shape(tensor: Tensor) -> str:
    return f"[{', '.join(map(str, tensor.shape))}]"


def _moved(kind: str, old: Sequence[object], new: Sequence[object]) -> str:
    """`column 2 is age, and was size`, for the first few that differ."""
    differing = [
        (number, before, after)
        for number, (before, after) in enumerate(zip_longest(old, new, fillvalue="none"))
        if before != after
    ]
    words = [f"{kind} {number} is {after}, and was {before}" for number, before, after in differing[:SHOWN]]
    if len(differing) > SHOWN:
        words.append(f"{len(differing) - SHOWN} more changed")
    return "; ".join(words)


def _classes(old: ModelSpec, new: ModelSpec) -> Iterator[SignatureChange]:
    """Classes without names are 0, 1, 2, ...: to name them so, or for the first time, moves none of them."""
    before = old.classes or tuple(range(len(new.classes or ())))
    after = new.classes or tuple(range(len(old.classes or ())))
    if before == after:
        return
    at: Location = ("spec", "classes") if new.classes else ("spec",)
    if old.classes is None and set(before).isdisjoint(after):
        yield SignatureChange(f"classes have names: {', '.join(map(str, after[:SHOWN]))}", False, at)
    else:
        yield SignatureChange(_moved("class", before, after), True, at)


def _lengths(old: Signature, new: Signature) -> Iterator[SignatureChange]:
    """Open dimensions of one name have one length: inputs need no such bond more, outputs keep theirs."""
    before = _open(old)
    after = _open(new)
    if before == after:
        return
    for one, other in combinations([place for place in before if place in after], 2):
        was_equal = before[one] == before[other]
        is_equal = after[one] == after[other]
        if was_equal == is_equal:
            continue
        inputs = one[0] == other[0] == "inputs"
        words = f"{_place(one)} and {_place(other)} "
        words += "must now be of one length" if is_equal else "are no longer of one length"
        if inputs or not is_equal:
            yield SignatureChange(words, is_equal == inputs)


def _open(signature: Signature) -> dict[Place, str]:
    sides: tuple[Side, ...] = ("inputs", "outputs")
    return {
        (side, tensor.name, number): size
        for side in sides
        for tensor in getattr(signature, side)
        for number, size in enumerate(tensor.shape)
        if isinstance(size, str)
    }


def _place(place: Place) -> str:
    side, name, number = place
    return f"dimension {number} of {_ONE[side]} {name!r}"
