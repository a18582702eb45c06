"""What `sluice demo` needs before it begins. Its acts are run by `make demo`, in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.ci.commands import demo


def test_without_deepchecks_it_says_what_to_install_and_writes_nothing(
    sluice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    result = sluice("demo", "--directory", tmp_path / "demo")
    assert result.exit_code == 1
    assert "deepchecks, which is not installed; pip install 'sluicegate[data]'" in result.stderr
    assert list(tmp_path.iterdir()) == []
