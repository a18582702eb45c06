"""What tests of several parts need: the tools that render charts, and a place for what a crash leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.found import tool


@pytest.fixture(scope="session", autouse=True)
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Log files of crashes that tests provoke stay out of the home directory of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def charting(monkeypatch: pytest.MonkeyPatch) -> None:
    """helm and kubeconform for the code under test, which asks the environment; else a skip that says so."""
    for name in ("helm", "kubeconform"):
        monkeypatch.setenv(f"SLUICE_{name.upper()}", tool(name))
