import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def hostile_module():
    """`hostile_checks.py`, which no test imports by name, so that the child runs it from its file."""
    path = Path(__file__).resolve().parent / "hostile_checks.py"
    found = importlib.util.spec_from_file_location("hostile_checks", path)
    module = importlib.util.module_from_spec(found)
    sys.modules["hostile_checks"] = module
    found.loader.exec_module(module)
    yield module
    del sys.modules["hostile_checks"]
