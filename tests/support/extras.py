"""Tests that need an optional dependency say so by name."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

DEEPCHECKS = find_spec("deepchecks") is not None
needs_deepchecks = pytest.mark.skipif(
    not DEEPCHECKS, reason="deepchecks is not installed (extra `data`; Python below 3.13, numpy below 2)"
)
