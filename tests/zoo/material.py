"""What `make.py` wrote of a kind and its models, as the run reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A metric with its parameters, and the library's value."""

    rule: dict[str, Any]
    value: float

    @property
    def named(self) -> str:
        """As a report would name it: `f1 (average: macro)`."""
        more = ", ".join(f"{key}: {value}" for key, value in self.rule.items() if key != "metric")
        return f"{self.rule['metric']} ({more})" if more else str(self.rule["metric"])


@dataclass(frozen=True)
class Specimen:
    """A model's files and what its library says of both versions."""

    directory: Path
    kind: str
    library: str
    options: tuple[str, ...]
    form: str
    tolerance: float
    reason: str
    request: list[dict[str, Any]]
    figures: tuple[list[Figure], list[Figure]]
    answers: tuple[list[dict[str, Any]], list[dict[str, Any]]]

    @property
    def name(self) -> str:
        """The model's name."""
        return self.directory.name


@dataclass(frozen=True)
class Kind:
    """A file of kinds/, as it was made."""

    name: str
    title: str
    text: str
    absent: str
    """Why it could not be made; empty where it was."""
    specimens: tuple[Specimen, ...]


def kinds(directory: Path) -> list[Kind]:
    """Every kind that lies in the directory, in alphabetical order."""
    return [_kind(folder) for folder in sorted(directory.iterdir()) if (folder / "kind.json").is_file()]


def _kind(folder: Path) -> Kind:
    about = json.loads((folder / "kind.json").read_text(encoding="utf-8"))
    absent = folder / "absent.txt"
    found = tuple(specimen(path.parent, folder.name) for path in sorted(folder.glob("*/expected.json")))
    reason = absent.read_text(encoding="utf-8").strip() if absent.is_file() else ""
    return Kind(folder.name.replace("_", "-"), about["title"], about["text"], reason, found)


def specimen(directory: Path, kind: str) -> Specimen:
    """A model that lies in a directory of its own."""
    said = json.loads((directory / "expected.json").read_text(encoding="utf-8"))
    first, second = ([Figure(**one) for one in version["figures"]] for version in said["versions"])
    return Specimen(
        directory,
        kind.replace("_", "-"),
        said["library"],
        tuple(said["options"]),
        said["form"],
        said["tolerance"],
        said["reason"],
        said["request"],
        (first, second),
        (said["versions"][0]["answers"], said["versions"][1]["answers"]),
    )
