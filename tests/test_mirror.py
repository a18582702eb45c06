"""Tests mirror the code by file: a reader of a module finds its specification at once."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MIRRORED = (
    "gate/core",
    "gate/daemon",
    "gate/metrics",
    "gate/simulate",
    "validators/checks",
    "specs",
    "specs/yamlio",
)
EXAMPLES = "judges real files: each thing that it refuses is a directory of tests/examples/bad"
COMMITS = "compares two commits: tests/ci/commands/test_validate_repository.py, with real charts and tools"
ELSEWHERE = {
    "gate/core/evaluation.py": "holds one noun: what shows it is tested in tests/ci/report/rollout",
    "validators/checks/artifact.py": EXAMPLES,
    "validators/checks/data_drift.py": "is tested beside data.py, on the same samples: test_data.py",
    "validators/checks/target_leakage.py": EXAMPLES,
    "validators/checks/external_data.py": EXAMPLES,
    "validators/checks/privacy.py": EXAMPLES,
    "validators/checks/files.py": EXAMPLES,
    "validators/checks/onnx_beside.py": EXAMPLES,
    "validators/checks/graph.py": EXAMPLES,
    "validators/checks/graph_diff.py": EXAMPLES,
    "validators/checks/lineage.py": "only shows: tested in test_lineage.py of submission and test_status.py",
    "validators/checks/affected_renders.py": COMMITS,
    "validators/checks/gate_renders.py": COMMITS,
    "specs/exit_codes.py": "holds numbers: tests/ci/test_main.py has each by a real process",
    "specs/lineage.py": "holds nouns: tested where they are used, in tests/ci/commands/test_reproduce.py",
    "specs/model.py": "holds nouns: what they mean is tested where they are read, in test_model_file.py",
    "specs/values.py": "holds nouns: what they refuse is tested where they are read, in test_model_file.py",
    "specs/detection.py": "holds nouns: what they mean is tested in test_preparation_rules.py",
    "specs/environment.py": "holds nouns: tested where they are read, in test_environment_file.py",
}
"""Module -> why it has no test file of its own."""


@pytest.mark.parametrize("folder", MIRRORED)
def test_each_module_has_a_test_file_of_its_name(folder: str):
    modules = [path for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    assert modules, f"{folder} is empty: name where its modules are now"
    missing = [
        f"{folder}/{path.name}"
        for path in sorted(modules)
        if not (ROOT / "tests" / folder / f"test_{path.stem}.py").is_file()
    ]
    assert [name for name in missing if name not in ELSEWHERE] == []


def test_no_exception_outlives_its_module():
    assert [name for name in ELSEWHERE if not (ROOT / name).is_file()] == []
