"""What the wheel holds: the package `sluicegate`, and with it all that its commands read."""

from __future__ import annotations

import email
import os
import shutil
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
from support.environments import UV, run
from support.repositories import commit_files

LARGEST = 4 << 20
"""Bytes of the wheel: the demonstration's models and rows are the most of it."""
OF_A_CHECKOUT = "sluicegate/ci/action.*"
"""GitHub takes the action and its locks from a checkout, as `make` includes sluice.mk from one."""


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        found = archive.namelist()
    assert len(found) == len(set(found)), "a file is in it twice"
    return set(found)


def linked(sources: Path) -> set[str]:
    """The files of `sluicegate/`, links followed, without the images' folder and what only a checkout has."""
    walked = os.walk(sources / "sluicegate", followlinks=True)
    files = {
        (Path(folder) / name).relative_to(sources).as_posix() for folder, _, names in walked for name in names
    }
    left_out = {name for name in files if fnmatch(name, OF_A_CHECKOUT) or name == "sluicegate/ci/sluice.mk"}
    return {name for name in files - left_out if not name.startswith("sluicegate/charts/images/")}


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_it_holds_what_the_links_lead_to_and_nothing_else(wheel: Path, sources: Path):
    ours = {name for name in names(wheel) if ".dist-info/" not in name}
    assert ours == linked(sources)


@pytest.mark.parametrize(
    "name",
    [
        "charts/onnx-serving/templates/_pod.tpl",
        "charts/onnx-serving/templates/NOTES.txt",
        "charts/onnx-serving/.helmignore",
        "charts/gate/files/dashboards/gate.json",
        "charts/schemas/deployment-apps-v1.json",
        "models/model.schema.json",
        "models/flight-delay/data/evaluation.parquet",
        "environments/release.schema.json",
        "embedded/demo/material/flight-delay/live.parquet",
        "embedded/forge/templates/style.css",
        "onnx_server/app.py",
        "py.typed",
    ],
)
def test_what_the_commands_read_travels_in_it(wheel: Path, name: str):
    assert f"sluicegate/{name}" in names(wheel)


def test_nothing_is_installed_beside_the_one_package(wheel: Path):
    assert {name.split("/")[0].removesuffix(".dist-info") for name in names(wheel)} == {
        "sluicegate",
        wheel.name.removesuffix("-py3-none-any.whl"),
    }


def test_it_names_the_commit_that_it_was_built_from(sources: Path, tmp_path: Path):
    clone = tmp_path / "clone"
    shutil.copytree(sources, clone, symlinks=True)
    run("git", "init", "--quiet", cwd=clone)
    commit = commit_files(clone, {".gitignore": "build/\n*.egg-info/\n"})
    pip = (sys.executable, "-P", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", ".", "-w", tmp_path, cwd=clone)
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        assert archive.read("sluicegate/REVISION").decode() == f"{commit}\n"


def test_no_tests_and_no_leavings_are_in_it_and_it_is_small(wheel: Path):
    code = [name for name in names(wheel) if not name.startswith("sluicegate/models/")]  # whose tests travel
    assert not [name for name in code if "/test_" in name or "conftest" in name]
    assert not [name for name in names(wheel) if "__pycache__" in name]
    assert wheel.stat().st_size < LARGEST


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, sources: Path, tmp_path: Path):
    run(UV, "build", "--no-build-isolation", "--python", sys.executable, "-o", tmp_path, cwd=sources)
    (again,) = tmp_path.glob("*.whl")
    assert names(again) == names(wheel)


def test_it_says_where_the_project_is_and_what_it_needs(metadata: email.message.Message):
    urls = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
    assert {*urls} == {"Homepage", "Documentation", "Changelog"}
    assert all(url.startswith("https://sluicegate.dev") for url in urls.values())
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    converters = {"sklearn", "xgboost", "lightgbm", "torch", "keras"}
    sources = {"s3", "gs", "mlflow"}
    extras = {"cpu", "gpu", "data", "train", "audit", "dev"} | converters | sources
    assert {*metadata.get_all("Provides-Extra", [])} == extras
