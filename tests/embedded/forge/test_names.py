from __future__ import annotations

import pytest

from sluicegate.embedded.forge.names import valid_owner, valid_repository


@pytest.mark.parametrize("name", ["olga", "data-science", "gate[bot]", "0x"])
def test_owner_accepted(name: str) -> None:
    assert valid_owner(name)


@pytest.mark.parametrize("name", ["", "..", "-x", "a/b", "api", "a b", "a\n", "é", "a" * 60, ".git"])
def test_owner_refused(name: str) -> None:
    assert not valid_owner(name)


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "-rf", "a..b", "x.git", "a/b", "x.lock", "a\0b", "a" * 101]
)
def test_repository_refused(name: str) -> None:
    assert not valid_repository(name)
