"""What an image's wheel is built from. Other wheels come from an index: the cluster suite builds images."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

IMAGES = Path(__file__).parents[3] / "charts" / "images"
IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
import sluicegate
names = [found.name for found in pkgutil.walk_packages(sluicegate.__path__, "sluicegate.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(json.dumps({"names": names, "modules": sorted(sys.modules), "file": sluicegate.__file__}))
"""
MODEL = """
apiVersion: sluicegate.dev/v1
kind: Model
metadata: {name: m}
spec:
  version: 1
  artifact: {path: model.onnx, sha256: "sha256:0"}
  signature:
    inputs: [{name: x, dtype: float32, shape: [batch, 2]}]
    outputs: [{name: y, dtype: float32, shape: [batch]}]
  score: Null
"""


@pytest.fixture(scope="module")
def context() -> ModuleType:
    spec = importlib.util.spec_from_file_location("context", IMAGES / "context.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def locked(lock: Path) -> Iterator[importlib.metadata.Distribution]:
    """The distributions of a lock that are installed here."""
    for name in re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE):
        try:
            yield importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue


@pytest.fixture(scope="module")
def image(context: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Python that finds what is in the image of the server, and nothing else that is installed here."""
    tree = tmp_path_factory.mktemp("tree")
    context.lay_out("onnx-server", tree)
    packages = tmp_path_factory.mktemp("packages")
    for distribution in locked(IMAGES / "onnx-server" / "requirements.cpu.lock"):
        for top in {
            file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")
        }:
            if not (packages / top).exists():
                (packages / top).symlink_to(distribution.locate_file(top))
    start = f"import sys; sys.path[:0] = {[str(tree), str(packages)]!r}\n"
    return [sys.executable, "-I", "-S", "-c", start]


def run(image: list[str], code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*image[:-1], image[-1] + code], capture_output=True, text=True, check=False)


def test_the_server_runs_on_what_its_image_holds(image: list[str]) -> None:
    done = run(image, IMPORT_EVERYTHING)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {
        "sluicegate.onnx_server.fetch",
        "sluicegate.onnx_server.app",
        "sluicegate.specs.yamlio.nodes",
    } <= {*found["names"]}
    assert "pydantic" not in found["modules"]
    assert not found["file"].startswith(str(IMAGES.parents[1]))


def test_no_module_is_laid_out_that_the_server_does_not_import(image: list[str]) -> None:
    code = "import sluicegate.onnx_server.fetch, sluicegate.onnx_server.app, json\n"
    code += "import sluicegate.onnx_server.shadow.command\n"
    code += "from sluicegate.specs.plugins import SOURCES\n[SOURCES.find(name) for name in SOURCES.names()]\n"
    done = run(
        image, code + "print(json.dumps([name for name in sys.modules if name.startswith('sluicegate')]))"
    )
    everything = json.loads(run(image, IMPORT_EVERYTHING).stdout)["names"]
    specs = {name for name in everything if name.startswith("sluicegate.specs")}
    assert specs <= set(json.loads(done.stdout)), done.stderr


def test_the_image_reads_a_model_by_the_reader_of_the_checks(image: list[str]) -> None:
    code = "from sluicegate.onnx_server.artifact.declared import read\n"
    done = run(image, code + f"print(read({MODEL.encode()!r}, 'here').score_output)")
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_pydantic_cannot_even_be_found_there(image: list[str]) -> None:
    """Else the tests above would prove nothing."""
    assert "No module named 'pydantic'" in run(image, "import pydantic").stderr


@pytest.mark.parametrize("name", ["onnx-server", "gate"])
def test_a_wheel_is_built_from_a_copy_without_caches(context: ModuleType, name: str, tmp_path: Path) -> None:
    context.lay_out(name, tmp_path)
    assert (tmp_path / "pyproject.toml").is_file() and (tmp_path / "sluicegate" / "__init__.py").is_file()
    assert not list(tmp_path.rglob("__pycache__"))


def test_an_image_that_is_unknown_or_a_directory_in_use_is_refused(
    context: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(
        context.ContextFailed, match=r"there is no image web \(cpu\); choose among onnx-server"
    ):
        context.write("web", tmp_path)
    (tmp_path / "left").touch()
    with pytest.raises(context.ContextFailed, match="is not empty; give a new directory"):
        context.write("gate", tmp_path)
