from __future__ import annotations

import pytest

from sluicegate.specs.suggestions import suggest, suggest_one_of

ENVIRONMENTS = ["dev", "staging", "production"]


@pytest.mark.parametrize(
    ("name", "meant"), [("prodution", "production"), ("prod", "production"), ("stagin", "staging")]
)
def test_the_name_that_was_probably_meant(name: str, meant: str) -> None:
    assert suggest(name, ENVIRONMENTS, "name one of them") == f"did you mean {meant}?"


@pytest.mark.parametrize("known", [ENVIRONMENTS, []])
def test_what_resembles_no_name_gets_the_general_remedy(known: list[str]) -> None:
    assert suggest("xyz", known, "name one of them") == "name one of them"


@pytest.mark.parametrize(
    ("name", "known", "remedy"),
    [
        ("prod", ENVIRONMENTS, "did you mean production?"),
        ("xyz", ENVIRONMENTS, "name one of: dev, staging, production"),
        ("xyz", [], "there are none yet"),
    ],
)
def test_an_unknown_name_is_answered_with_the_likely_one_or_with_all(
    name: str, known: list[str], remedy: str
) -> None:
    assert suggest_one_of(name, known) == remedy
