"""Rules that several files share: what a type alone cannot say about a well-formed document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sluicegate.specs.policy import Pause
from sluicegate.specs.yamlio import Document, Location, Problem


def named_as_directory(document: Document, location: Location, name: str, up: int = 0) -> Iterator[Problem]:
    """A name is that of the directory: of the file's own, or of the one `up` levels above."""
    directories = document.path.split("/")[:-1]
    directory = directories[-1 - up] if len(directories) > up else ""
    if directory and name != directory:
        message = f"is called {name!r} in the directory {directory!r}"
        yield document.problem(location, message, "give both the same name")


def rising(document: Document, location: Location, values: Sequence[float]) -> Iterator[Problem]:
    """Each number is larger than the one before it."""
    for number, (before, value) in enumerate(pairwise(values), start=1):
        if value <= before:
            message = f"{value} comes after {before}"
            yield document.problem((*location, number), message, "let each be larger than the one before it")


def steps_of_a_rollout(document: Document, location: Location, steps: Sequence[int]) -> Iterator[Problem]:
    """Steps rise, and the last one takes all traffic."""
    yield from rising(document, location, steps)
    if steps[-1] != 100:
        message = f"the last step is {steps[-1]}, not 100"
        yield document.problem((*location, len(steps) - 1), message, "end with 100")


def pauses_of_a_rollout(
    document: Document, location: Location, pauses: Sequence[Pause], steps: Sequence[int] | None
) -> Iterator[Problem]:
    """Each pause is at a step, or at 0 for the dark canary, and each step has one at most."""
    seen: set[int] = set()
    for number, pause in enumerate(pauses):
        if steps is not None and pause.weight not in (0, *steps):
            listed = ", ".join(map(str, (0, *steps)))
            message = f"{pause.weight} % is not a step"
            yield document.problem((*location, number, "weight"), message, f"write one of {listed}")
        if pause.weight in seen:
            message = f"there are two pauses at {pause.weight} %"
            yield document.problem((*location, number, "weight"), message, "keep one of them")
        if pause.min_seconds is not None and pause.min_seconds < 0:
            message = f"{pause.min_seconds} is negative"
            yield document.problem((*location, number, "min_seconds"), message, "write 0 or more")
        seen.add(pause.weight)
