"""deepchecks without its tables of all characters does the same to strings."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.extras import needs_deepchecks

pytestmark = needs_deepchecks


@pytest.fixture(scope="module")
def strings():
    from sluicegate.validators.evaluation import deepchecks_package

    return deepchecks_package.strings


@given(text=st.text())
def test_all_but_letters_and_digits_are_deleted(strings, text: str):
    expected = "".join(one for one in text if one.isalnum()).lower()
    assert strings.string_baseform(text, allow_empty_result=True) == expected


def test_so_is_every_character_there_is(strings):
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert every.translate(strings.DEL_MAP) == "".join(filter(str.isalnum, every))


def test_no_character_is_listed(strings):
    assert len(strings.DEL_MAP) == 0
    assert not hasattr(strings, "SPECIAL_CHARACTERS")


def test_python_itself_is_left_as_it_was(strings):
    assert sys.maxunicode == 0x10FFFF
