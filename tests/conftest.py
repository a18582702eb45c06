"""What all tests share: repeatable examples, the tools that render charts, a place for crash logs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from harness.found import tool
from hypothesis import settings
from support.warm_template import one_template

# A change is judged by the same examples each time, so few; `make properties` looks for new ones.
# How long an example takes says something about the machine alone.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("search", print_blob=True, deadline=None, max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session", autouse=True)
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Log files of crashes that tests provoke stay out of the home directory of whoever runs them.

    Nor is anything taken from there: what a test judges is judged, unless it is about the result cache.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLUICE_NO_CACHE", "1")
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def children_from_one_template() -> Iterator[None]:
    with one_template():
        yield


@pytest.fixture
def charting(monkeypatch: pytest.MonkeyPatch) -> None:
    """helm and kubeconform for the code under test, which asks the environment; else a skip that says so."""
    for name in ("helm", "kubeconform"):
        monkeypatch.setenv(f"SLUICE_{name.upper()}", tool(name))
