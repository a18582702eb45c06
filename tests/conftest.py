"""What tests of several parts need: the tools that render charts."""

from __future__ import annotations

import pytest
from harness.found import tool


@pytest.fixture
def charting(monkeypatch: pytest.MonkeyPatch) -> None:
    """helm and kubeconform for the code under test, which asks the environment; else a skip that says so."""
    for name in ("helm", "kubeconform"):
        monkeypatch.setenv(f"SLUICE_{name.upper()}", tool(name))
