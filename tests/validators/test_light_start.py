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


@pytest.mark.parametrize("module", ["pandas", "pyarrow", "onnx", "onnxruntime", "sklearn", "deepchecks"])
def test_the_commands_own_process_imports_no(module, imported):
    assert module not in imported
