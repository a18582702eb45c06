"""What is missing on this machine, and for what: the questions of `sluice doctor`, a file a subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "missing", "not needed"]


@dataclass(frozen=True)
class Line:
    """One thing: whether it is there, what for, and how to have it."""

    name: str
    state: State
    found: str
    """What was found, or why it counts as missing."""
    purpose: str
    remedy: str = ""
    needed: bool = True
    """Whether this repository's own files need it: the command fails where it is missing then."""


@dataclass(frozen=True)
class Patient:
    """What is looked at: a repository's root, and the repository on GitHub where one is named."""

    root: Path
    github: str | None = None
    api: str = "https://api.github.com"


def examine(patient: Patient) -> Iterator[Line]:
    """Every line, those of the machine first. Raises InputError where the directory does not exist."""
    from sluicegate.ci.doctor import machine, remote, repository

    yield from machine.lines(patient)
    yield from repository.lines(patient)
    yield from remote.lines(patient)


def line(name: str, there: bool, found: str, purpose: str, remedy: str, *, needed: bool = True) -> Line:
    """A line that is `ok`, or `missing` with its remedy; where nothing needs what is missing, it says so."""
    if there:
        return Line(name, "ok", found, purpose, needed=needed)
    return Line(name, "missing" if needed else "not needed", found, purpose, remedy, needed)
