"""How an input is prepared: one way, by constants that fit its channels."""

from __future__ import annotations

import pytest

from sluicegate.specs.preparation import Picture, Preparation


@pytest.mark.parametrize(
    ("picture", "shape"),
    [
        (Picture((4, 5)), (3, 4, 5)),
        (Picture((4, 5), layout="nhwc"), (4, 5, 3)),
        (Picture((4, 5), channels="gray"), (1, 4, 5)),
    ],
)
def test_the_shape_follows_layout_and_channels(picture: Picture, shape: tuple[int, ...]) -> None:
    assert picture.shape == shape


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"mean": (0.5, 0.5)}, "mean should be one number, or one for each of 3 channels"),
        ({"std": (0.0,)}, "std should not be 0"),
        ({"shorter_side": 3}, "shorter_side should be at least height and width"),
    ],
)
def test_constants_that_fit_no_picture_are_refused(parts, words) -> None:
    with pytest.raises(ValueError, match=words):
        Picture((4, 5), **parts)


@pytest.mark.parametrize("parts", [{}, {"cache": "present", "made": "mask"}])
def test_an_input_is_made_in_one_way(parts) -> None:
    with pytest.raises(ValueError, match="should have one of image, cache, made"):
        Preparation(**parts)
