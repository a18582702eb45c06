"""What tests of several parts need: the tools that render charts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("SLUICE_TOOLS_DIR") or Path.home() / ".cache/sluicegate/tools")


@pytest.fixture
def charting(monkeypatch: pytest.MonkeyPatch) -> None:
    """helm and kubeconform: as the environment says, on PATH, or of the cache of built tools; else a skip."""
    for name in ("helm", "kubeconform"):
        variable = f"SLUICE_{name.upper()}"
        if os.environ.get(variable) or shutil.which(name):
            continue
        built = sorted(CACHE.glob(f"{name}-*/bin/{name}"), key=lambda path: path.stat().st_mtime)
        if not built:
            pytest.skip(f"no {name}: set {variable}, or put it on PATH")
        monkeypatch.setenv(variable, str(built[-1]))
