"""docs/architecture.md names what there is, and all of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FOLDERS = (
    "charts", "ci", "docs", "embedded", "environments", "gate", "models", "sluicegate", "specs", "tests",
    "validators",
)  # fmt: skip
ROOMS = ("ci", "embedded", "gate", "specs", "validators")
LEAVES = ("embedded/forge/api", "embedded/demo/material")
"""Packages that are a part of the one above them, and are described with it."""

PICTURE = TEXT.split("```")[1]
NAMED = sorted(
    {
        path.rstrip("/")
        for path in re.findall(r"`([\w./-]+)`", TEXT)
        if "/" in path and path.split("/")[0] in FOLDERS
    }
)


def packages() -> list[str]:
    """Every package of ours, as its path, but for the top of a room."""
    inits = (path for room in ROOMS for path in (ROOT / room).rglob("__init__.py"))
    paths = (path.parent.relative_to(ROOT).as_posix() for path in inits)
    return sorted(path for path in paths if "/" in path and path not in LEAVES)


@pytest.mark.parametrize("path", NAMED)
def test_what_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("package", packages())
def test_every_package_is_described(package: str) -> None:
    assert f"`{package}`" in TEXT


def layers() -> list[list[str]]:
    """The linted layers, highest first, each with its packages without `sluicegate.`."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (linted,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [re.findall(r"sluicegate\.([a-z._]+)", layer) for layer in linted]


def test_the_picture_has_a_floor_for_each_linted_layer() -> None:
    floors = re.findall(r"(?m)^ ?(\d+)   ", PICTURE)
    assert floors == [str(number) for number in reversed(range(len(layers())))]


def test_each_package_is_on_the_floor_of_its_layer() -> None:
    starts = [match.start() for match in re.finditer(r"(?m)^ ?\d+   ", PICTURE)]
    ends = [*starts[1:], len(PICTURE)]
    for packages_of_layer, start, end in zip(layers(), starts, ends, strict=True):
        floor = PICTURE[start:end]
        for package in packages_of_layer:
            room, _, inner = package.partition(".")
            assert package in floor or (room in floor and inner in floor), package
