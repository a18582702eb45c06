"""A result from the contained child: bytes that came whole, or the reason why there are none."""

import pytest

from sluicegate.validators.runner.computed import computed
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent
from sluicegate.validators.runner.limits import Limits

LIMITS = Limits(wall_s=20, total_s=20, cpu_s=20)


@pytest.fixture
def result_of(hostile_module):
    def run(name, given=(), limits=LIMITS):
        inputs = Inputs({}, {name: Unavailable("none") for name in made_by_the_parent()})
        return computed(getattr(hostile_module, name), inputs, dict(given), limits)

    return run


def test_the_result_is_what_the_function_leaves(result_of):
    assert result_of("keeps_a_result", {"words": "right"}) == b"right"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("keeps_nothing", "the child left no result"),
        ("leads_elsewhere", "the child left no result"),
        ("keeps_too_much", "the result is larger than 33,554,432 bytes"),
        ("segfaults", "its process ended by SIGSEGV"),
        ("exits", "its process ended with exit code 7"),
        ("has_nothing_to_keep", "there are no rows (see data-integrity)"),
    ],
)
def test_without_a_result_there_is_a_reason(result_of, name, reason):
    with pytest.raises(Unavailable) as caught:
        result_of(name)
    assert reason in caught.value.reason


def test_a_child_that_hangs_is_ended(result_of):
    with pytest.raises(Unavailable) as caught:
        result_of("hangs", limits=Limits(wall_s=1, total_s=1))
    assert "over the wall limit of 1 s" in caught.value.reason
