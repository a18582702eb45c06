import pytest
from support.small_models import X, model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.submission.signature_changes import signature_changes

SCORES = Tensor("scores", "float32", ("batch", 3))


def changes(old, new):
    """What differs between two signatures, each (inputs, outputs): the breaks, and what is only shown."""
    found = signature_changes(*(model_spec(inputs=side[0], outputs=side[1]) for side in (old, new)))
    return (
        [change.words for change in found if change.breaks],
        [change.words for change in found if not change.breaks],
    )


def of_input(old, new):
    return changes(((old,), (SCORES,)), ((new,), (SCORES,)))


def of_output(old, new):
    return changes(((X,), (old,)), ((X,), (new,)))


def test_the_same_signature_changes_nothing_whatever_its_dimensions_are_called():
    renamed = (Tensor("x", "float32", ("n", 2), ("a", "b")),), (Tensor("scores", "float32", ("n", 3)),)
    assert changes(((X,), (SCORES,)), renamed) == ([], [])


def test_what_is_removed_breaks_and_so_does_a_new_input_while_a_new_output_is_shown():
    other = Tensor("other", "float32", ("batch",))
    assert changes(((X, other), (SCORES, other)), ((X,), (SCORES,)))[0] == [
        "input 'other' is removed",
        "output 'other' is removed",
    ]
    assert changes(((X,), (SCORES,)), ((X, other), (SCORES, other))) == (
        ["input 'other' is new, and a request without it is refused"],
        ["output 'other' is new"],
    )


def test_another_type_or_rank_breaks():
    assert of_input(X, Tensor("x", "float64", ("batch", 2)))[0] == ["input 'x' is float64, and was float32"]
    flat = Tensor("scores", "float32", ("batch",))
    assert of_output(SCORES, flat)[0] == ["output 'scores' has the shape [batch], and had [batch, 3]"]


@pytest.mark.parametrize(
    ("judge", "old", "new", "breaks"),
    [
        (of_input, 3, 4, True),
        (of_input, 3, "n", False),
        (of_input, "n", 3, True),
        (of_output, 3, 4, True),
        (of_output, 3, "n", True),
        (of_output, "n", 3, False),
    ],
)
def test_an_input_may_take_more_and_an_output_may_promise_more(judge, old, new, breaks):
    before, after = (Tensor("scores", "float32", ("batch", size)) for size in (old, new))
    broken, shown = judge(before, after)
    assert [len(broken), len(shown)] == ([1, 0] if breaks else [0, 1])
    assert f"[batch, {new}], and had [batch, {old}]" in (broken + shown)[0]


def test_columns_in_other_places_break_though_every_shape_is_the_same():
    swapped = Tensor("x", "float32", ("batch", 2), ("b", "a"))
    assert of_input(X, swapped)[0] == ["input 'x': column 0 is b, and was a; column 1 is a, and was b"]
    unnamed = Tensor("x", "float32", ("batch", 2))
    assert of_input(X, unnamed) == of_input(unnamed, X) == ([], [])


def test_lengths_that_inputs_must_now_share_break_and_so_do_rows_that_an_output_no_longer_has():
    apart = Tensor("a", "int64", ("n",)), Tensor("b", "int64", ("m",))
    tied = Tensor("a", "int64", ("n",)), Tensor("b", "int64", ("n",))
    must = "dimension 0 of input 'a' and dimension 0 of input 'b' must now be of one length"
    assert changes((apart, (SCORES,)), (tied, (SCORES,))) == ([must], [])
    assert changes((tied, (SCORES,)), (apart, (SCORES,)))[0] == []
    whole = Tensor("scores", "float32", ("found", 3))
    rows = "dimension 0 of input 'x' and dimension 0 of output 'scores' are no longer of one length"
    assert of_output(SCORES, whole)[0] == [rows]
    assert of_output(whole, SCORES) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        (("no", "yes"), ("yes", "no"), ["class 0 is yes, and was no; class 1 is no, and was yes"]),
        (("a", "b"), ("a", "b", "c"), ["class 2 is c, and was none"]),
        (("no", "yes"), None, ["class 0 is 0, and was no; class 1 is 1, and was yes"]),
        (None, (0, 1), []),
        (None, (1, 0), ["class 0 is 1, and was 0; class 1 is 0, and was 1"]),
        (None, ("no", "yes"), []),
    ],
)
def test_classes_keep_their_order(old, new, breaks):
    found = signature_changes(model_spec(classes=old), model_spec(classes=new))
    assert [change.words for change in found if change.breaks] == breaks
