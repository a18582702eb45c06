from weakref import ref

import pytest

from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent, provides


def test_an_input_is_made_once_from_others_by_name():
    made = []

    @provides("test-sum")
    def total(first, second):
        made.append(first + second)
        return made[-1]

    inputs = Inputs({"first": 1, "second": 2})
    assert (inputs["test-sum"], inputs["test-sum"], made) == (3, 3, [3])
    with pytest.raises(ValueError, match="provider already"):
        provides("test-sum")(total)


def test_the_reason_of_an_input_that_cannot_be_made_goes_to_all_that_ask():
    tried = []

    @provides("test-broken")
    def broken():
        tried.append(1)
        raise ZeroDivisionError("by zero")

    @provides("test-above")
    def above(**_):
        return 1

    @provides("test-on-broken")
    def on_broken(first):
        return first

    inputs = Inputs({})
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"`test-broken` could not be made: ZeroDivisionError: by zero"):
            inputs["test-broken"]
    assert tried == [1]
    with pytest.raises(Unavailable, match="no input is called 'first'"):
        inputs["test-on-broken"]


def test_what_is_sent_to_the_child_is_made_first_and_failures_go_along():
    inputs = Inputs({"a": 1}, {"b": Unavailable("why", "spec-valid")})
    made, failed = inputs.sent(("a", "b"))
    assert made == {"a": 1}
    assert (failed["b"].reason, failed["b"].because) == ("why", "spec-valid")


class Large:
    """What is worth letting go of."""


def test_what_no_later_check_needs_is_let_go_of_and_what_was_given_is_kept():
    for name in ("test_rows", "test_session"):
        provides(name)(lambda given: Large())

    @provides("test_scores")
    def scores(test_rows):
        return Large()

    inputs = Inputs({"given": 1})
    rows, session = ref(inputs["test_rows"]), ref(inputs["test_session"])
    inputs.keep_for(["test_scores"])  # which is made of the rows
    assert (rows() is None, session() is None) == (False, True)
    scored = ref(inputs["test_scores"])
    inputs.keep_for(["test_scores"])  # which was made of them
    assert (rows() is None, scored() is None) == (True, False)
    assert inputs["given"] == 1
    assert isinstance(inputs["test_session"], Large)  # recreated on demand


def test_an_input_that_could_not_be_made_is_not_tried_again_once_others_are_let_go_of():
    tried = []

    @provides("test_fails")
    def fails():
        tried.append(1)
        raise Unavailable("why")

    inputs = Inputs({})
    for _ in range(2):
        with pytest.raises(Unavailable, match="why"):
            inputs["test_fails"]
        inputs.keep_for([])
    assert tried == [1]


def test_rules_are_the_section_of_model_yaml_that_is_the_checks_own():
    inputs = Inputs({"sections": {"quality": ("rule",)}, "spec": "spec"})
    assert inputs.with_rules("quality")["rules"] == ("rule",)
    assert inputs.with_rules("quality")["spec"] == "spec"
    assert inputs.with_rules("drift")["rules"] is None
    assert inputs.with_rules(None) is inputs


def test_what_needs_the_repository_is_made_by_the_parent():
    of_git = {"spec", "document", "files", "production", "base", "reference_versions", "earlier_versions"}
    assert set(made_by_the_parent()) == of_git | {
        "today",
        "expectation_positions",
        "engine_options",
        "approved",
    }
