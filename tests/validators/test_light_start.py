"""Who judges statically imports nothing heavy: a hostile pull request costs no more than it must."""

import subprocess
import sys

import pytest

LIST = """
import sys
import sluicegate.ci.commands.validate
from sluicegate.validators.runner.registry import checks
assert checks()
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported():
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


LIBRARIES = [
    "pandas",
    "pyarrow",
    "onnx",
    "onnxruntime",
    "sklearn",
    "deepchecks",
    "kubernetes",
    "prometheus_client",
]
THE_GATES = ["sluicegate.gate.daemon.daemon", "sluicegate.gate.adapters.kubeapi"]


@pytest.mark.parametrize("module", [*LIBRARIES, *THE_GATES])
def test_the_commands_own_process_imports_no(module, imported):
    assert module not in imported
