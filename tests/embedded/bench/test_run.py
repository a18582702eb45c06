from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from sluicegate.embedded.bench.run import chosen, main

PARTS = dict.fromkeys(("idle tick of 1,000 models", "idle tick of 10,000 models", "serving"), dict)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), list(PARTS)),
        (("idle",), list(PARTS)[:2]),
        (("10,000", "serving"), list(PARTS)[1:]),
    ],
)
def test_parts_are_chosen_by_words_of_their_names(words, names) -> None:
    assert list(chosen(PARTS, words)) == names


def test_a_word_of_no_name_is_refused_with_the_names() -> None:
    with pytest.raises(click.UsageError, match="no figure's name has 'idel' in it; there are: idle tick of"):
        chosen(PARTS, ("serving", "idel"))


def test_help_measures_nothing() -> None:
    shown = CliRunner().invoke(main, ["--help"])
    assert shown.exit_code == 0
    assert "--large" in shown.output
