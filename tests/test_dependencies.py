"""What is imported is declared, and what is declared is imported: of each part that is installed alone."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SERVER = tomllib.loads((ROOT / "charts/images/onnx-server/pyproject.toml").read_text())["project"]
OURS = {
    "sluicegate", "contract", "crash", "examples", "harness", "hog", "sequences", "support",
    "sluicegate_example", "zoo", "hostile", "quickstart", "fuzz",
}  # fmt: skip
TOOLS = {
    "check-jsonschema", "import-linter", "mypy", "pandas-stubs", "pip-audit", "pytest-timeout",
    "pytest-xdist", "ruff", "setuptools", "types-jsonschema", "uv", "zizmor",
}  # fmt: skip
"""Of the extra `dev`: what is run, and never imported."""
PART_OF = {"onnxruntime-gpu": "onnxruntime", "setuptools": "deepchecks"}
"""What another declared distribution imports, or stands in for."""
FOR_DATA = {"tzdata"}
"""What nobody imports: zoneinfo reads it where the system has no time zones."""
HELD_BACK = {"protobuf", "python-dateutil"}
"""What others import, and declare without the bound that all of them together need."""
FORMATS = ("sklearn", "xgboost", "lightgbm", "torch", "keras")
"""The extras of `sluice new model --from`."""
SOURCES = {"fsspec", "mlflow"}
"""What the sources of artifacts import of their extras."""
BY_CONVERTERS = {"onnxconverter-common", "onnxscript", "tensorflow", "tf2onnx"}
"""What only the converters import that those extras bring."""
SERVER_CODE = ("charts/images/onnx-server/onnx_server", "specs/yamlio")
CODE = (
    "ci",
    "gate",
    "validators",
    "specs",
    "embedded",
    "sluicegate",
    "charts/images/onnx-server/onnx_server",
)


def normal(name: str) -> str:
    """A distribution's name as packaging.python.org normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: Iterable[str]) -> set[str]:
    return {normal(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in requirements}


def files(*parts: str) -> list[Path]:
    """The Python files of these folders, and of `sluicegate/` those that are no link's."""
    found = [path for part in parts for path in (ROOT / part).rglob("*.py") if "example" not in path.parts]
    assert found
    return [path for path in found if not path.is_symlink()]


@cache
def distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node: no expression holds an import, and most nodes are expressions."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(node, field, None)
        for one in inner if isinstance(inner, list) else ():
            yield one
            yield from statements(one)


@cache
def foreign(path: Path) -> frozenset[str]:
    """The packages that a file imports and that are neither ours nor Python's own."""
    found: set[str] = set()
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found - sys.stdlib_module_names - OURS)


def imported(paths: Iterable[Path]) -> dict[str, str]:
    """The distributions that these files import, each with a file that does."""
    found: dict[str, str] = {}
    for path in paths:
        for name in foreign(path):
            (owner,) = distributions().get(name, [name])[:1]
            found.setdefault(normal(owner), str(path.relative_to(ROOT)))
    return found


ZOO = named(line for line in (ROOT / "tests/zoo/requirements.in").read_text().splitlines() if line[0] != "#")
"""What makes the models of `make zoo`, in an environment of its own; torch is of whichever Python has it."""
FUZZ = named(
    line for line in (ROOT / "tests/fuzz/requirements.lock").read_text().splitlines() if line[:1].strip()
)
"""What `make fuzz` installs for itself."""
BASE = named(PROJECT["dependencies"])
EXTRAS = {name: named(requirements) for name, requirements in PROJECT["optional-dependencies"].items()}
CONVERTED = set().union(*(EXTRAS[name] for name in FORMATS))


@pytest.mark.parametrize(
    ("paths", "declared"),
    [
        (files(*CODE), BASE | EXTRAS["cpu"] | EXTRAS["data"] | CONVERTED | SOURCES),
        (files("models"), BASE | EXTRAS["cpu"] | EXTRAS["train"]),
        (files(*SERVER_CODE), named(SERVER["dependencies"]) | named(SERVER["optional-dependencies"]["cpu"])),
        (
            files("tests", "charts/schemas", "charts/onnx-serving", "charts/images"),
            BASE | EXTRAS["cpu"] | EXTRAS["train"] | EXTRAS["dev"] | CONVERTED | {"mlflow"} | ZOO | FUZZ,
        ),
    ],
    ids=["sluicegate", "training", "onnx-server", "tests"],
)
def test_what_is_imported_is_declared(paths: list[Path], declared: set[str]):
    assert {name: file for name, file in imported(paths).items() if name not in declared} == {}


@pytest.mark.parametrize(
    ("paths", "declared"),
    [
        (
            files(*CODE),
            (BASE | EXTRAS["cpu"] | EXTRAS["gpu"] | EXTRAS["data"] | CONVERTED) - BY_CONVERTERS,
        ),
        (files("models"), EXTRAS["train"]),
        (files(*SERVER_CODE), named(SERVER["dependencies"]) - {"uvloop", "httptools"}),
        (files("tests"), EXTRAS["dev"] - TOOLS),
    ],
    ids=["sluicegate", "training", "onnx-server", "tests"],
)
def test_what_is_declared_is_imported(paths: list[Path], declared: set[str]):
    """Two of the server's are uvicorn's to import: `--loop uvloop --http httptools`."""
    assert {PART_OF.get(name, name) for name in declared} - imported(
        paths
    ).keys() - FOR_DATA - HELD_BACK == set()


def test_the_gate_s_image_has_what_the_gate_imports():
    text = (ROOT / "charts/images/gate/requirements.in").read_text()
    declared = named(line for line in text.splitlines() if not line.startswith("#"))
    # `sluice gate simulate` is for people who plan, not for the gate at work.
    # Sources of artifacts are for who judges and serves; the gate knows digests.
    at_work = [path for path in files("gate", "specs") if not {"simulate", "sources"} & {*path.parts}]
    assert imported(at_work).keys() <= declared <= BASE | EXTRAS["cpu"]


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "charts/images/gate/requirements.lock",
        "charts/images/onnx-server/requirements.cpu.lock",
        "charts/images/onnx-server/requirements.gpu.lock",
        "charts/images/pip.lock",
        "tests/fuzz/requirements.lock",
        "tests/packaging/model_signing.lock",
        "tests/packaging/validators.lock",
    ],
)
def test_a_lock_has_hashes_and_no_addresses(lock: str):
    text = (ROOT / lock).read_text()
    entries = re.findall(r"^[a-z0-9][\w.-]*==.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.M)
    assert len(entries) == len(re.findall(r"^[a-z0-9]", text, re.M)) > 0
    assert "://" not in text and "--index" not in text


def test_only_deepchecks_holds_numpy_below_2_and_needs_a_python_below_3_13():
    capped = [line for line in PROJECT["dependencies"] if re.match(r"numpy\b.*<2($|\D)", line)]
    assert capped == [] and PROJECT["requires-python"] == SERVER["requires-python"] == ">=3.11,<3.14"
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"^numpy==(\d)[\d.]* ; (\S+ \S+ \S+) ", lock, re.M) == [
        ("1", "python_full_version < '3.13'"),
        ("2", "python_full_version >= '3.13'"),
    ]
    for line in PROJECT["optional-dependencies"]["data"]:
        assert line.endswith("; python_version < '3.13'")


def test_what_imports_numpy_is_tested_with_numpy_2():
    """`make test-numpy2` leaves out what numpy cannot change: no module tested there computes."""
    listed = re.search(r"^WITHOUT_NUMPY := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(), re.M)[1]
    left_out = listed.replace("\\", " ").split()
    assert [pattern for pattern in left_out if not list(ROOT.glob(pattern))] == []
    computing = {"numpy", "onnx", "onnxruntime", "pandas", "pyarrow", "scipy", "sklearn", "deepchecks"}
    assert {
        str(path.relative_to(ROOT))
        for path in files("ci", "gate", "validators", "specs", "embedded")
        if foreign(path) & computing
        for mirrored in [f"tests/{path.parent.relative_to(ROOT)}/test_{path.name}"]
        if any(fnmatch(mirrored, pattern) or fnmatch(mirrored, f"{pattern}/*") for pattern in left_out)
    } == set()
