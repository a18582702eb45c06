"""Which values of people are named when they differ: those that say what runs, and with which rights."""

import pytest

from sluicegate.validators.submission.values_loosening import DECIDE, values_rules

IMAGE = {"images": {"ort": {"repository": "a/b", "digest": "sha256:0"}}}


@pytest.mark.parametrize("key", DECIDE, ids=".".join)
def test_each_of_them_is_named_when_it_comes_goes_or_differs(key):
    one, other = ({part: value} for part, value in ((key[-1], 1), (key[-1], 2)))
    if len(key) > 1:
        one, other = ({key[0]: inner} for inner in (one, other))
    for before, after in ((None, one), (one, None), (one, other), ({}, one)):
        (words,) = values_rules(before, after)
        assert words == f"{'.'.join(key)} is another: which is stricter cannot be said"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"replicas": 1}, {"replicas": 9}),
        (None, {"resources": {"limits": {"cpu": 2}}}),
        (IMAGE, {**IMAGE, "probes": {}}),
        ({"triton": {"instances": 1}}, {"triton": {"instances": 2}}),
        ("no mapping", []),
    ],
)
def test_all_others_say_nothing(before, after):
    assert list(values_rules(before, after)) == []
