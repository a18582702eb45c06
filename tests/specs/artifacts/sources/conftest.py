"""What each kind of address is fetched into."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.specs.artifacts.cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")
