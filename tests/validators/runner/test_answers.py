import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.validators.runner.answers import MAX_TEXT, AnswerError, done, read_answer, write_answer
from sluicegate.validators.runner.finding import Finding, Verdict

numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50)
findings = st.builds(
    Finding,
    check=st.just("c"),
    verdict=st.sampled_from(Verdict),
    message=plain,
    path=st.none() | plain,
    line=st.none() | st.integers(1, 10_000),
    column=st.none() | st.integers(1, 10_000),
    observed=st.none() | numbers | plain,
    interval=st.none() | st.tuples(numbers, numbers),
    threshold=st.none() | numbers | plain,
    production=st.none() | numbers | plain,
    remedy=st.none() | plain,
    graph=st.lists(st.tuples(plain, plain), max_size=5).map(tuple),
)


@given(findings)
def test_a_finding_comes_back_as_it_was(finding):
    line = write_answer(finding)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_answer(line, "c") == finding


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_else_comes_is_a_named_error(line):
    with pytest.raises(AnswerError):
        read_answer(line, "c")


json_values = st.recursive(
    st.none() | st.booleans() | numbers | plain, lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from([*vars(Finding("c", Verdict.PASS, "m")), "model"]), json_values))
def test_a_finding_with_other_types_is_a_named_error_or_a_whole_finding(fields):
    good = json.loads(write_answer(Finding("c", Verdict.PASS, "m")))
    try:
        found = read_answer(json.dumps({**good, **fields}).encode(), "c")
    except AnswerError:
        return
    assert found.model == ""
    assert found.check == "c"
    assert isinstance(found.message, str)


@given(st.text(max_size=3_000))
def test_no_text_moves_a_terminal_or_is_endless(text):
    found = read_answer(write_answer(Finding("c", Verdict.FAIL, text)), "c")
    assert len(found.message) < MAX_TEXT + 50
    assert not [
        char for char in found.message if (ord(char) < 32 and char != "\n") or ord(char) in (0x7F, 0x202E)
    ]


def test_a_finding_of_another_check_is_refused():
    with pytest.raises(AnswerError, match="not one of c"):
        read_answer(write_answer(Finding("other", Verdict.PASS, "m")), "c")


def test_the_end_of_a_check_is_only_its_own():
    assert read_answer(done("c"), "c") is None
    with pytest.raises(AnswerError):
        read_answer(done("other"), "c")
    with pytest.raises(AnswerError, match="not JSON"):
        read_answer(b"[" * 60_000, "c")
