"""helm and kubeconform for tests that need no cluster: found, never built."""

from __future__ import annotations

import os
import shutil

import pytest
from harness.build import cache_folder


def tool(name: str) -> str:
    """SLUICE_NAME, else on PATH, else in the cache of built tools; skips the test where there is none."""
    variable = f"SLUICE_{name.upper()}"
    if found := os.environ.get(variable) or shutil.which(name):
        return found
    built = sorted(cache_folder().glob(f"*/bin/{name}"), key=lambda path: path.stat().st_mtime)
    if not built:
        pytest.skip(f"no {name}: `make tools` builds it; or set {variable}, or put it on PATH")
    return str(built[-1])
