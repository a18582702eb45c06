"""Operators whose output has as many places as another input, or an attribute, says."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.validators.onnx.bounds.given import Attributes, dimensions, of_input, whole_number
from sluicegate.validators.onnx.bounds.intervals import DIMENSION, UNKNOWN, Interval, Known, exactly

IMAGE_RANK = 4


def gather_nd(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """GatherND: for each index what is left of the shape behind it."""
    shape, indices = of_input(inputs, 0).shape, of_input(inputs, 1).shape
    if shape is None or not indices or not indices[-1].exact:
        return UNKNOWN
    taken = whole_number(attributes, "batch_dims", 0) + int(indices[-1].low)
    return Known((*indices[:-1], *shape[taken:])) if 0 <= taken <= len(shape) else UNKNOWN


def center_crop_pad(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """CenterCropPad: of the wanted shape, along its axes, which are all by default."""
    wanted, shape = dimensions(inputs, 1), of_input(inputs, 0).shape
    axes = attributes.get("axes")
    if wanted is None or not isinstance(axes, list):
        return UNKNOWN if wanted is None else Known(wanted)
    if shape is None:
        return Known(wanted)
    made = list(shape)
    for axis, length in zip(axes, wanted, strict=False):
        if not isinstance(axis, int) or not -len(made) <= axis < len(made):
            return UNKNOWN
        made[axis] = length
    return Known(tuple(made))


def col2im(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Col2Im: images of the wanted shape, at least one with one channel."""
    wanted = dimensions(inputs, 1)
    return UNKNOWN if wanted is None else Known((DIMENSION, DIMENSION, *wanted))


def grid_sample(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """GridSample: for each channel the places of the grid."""
    image, grid = of_input(inputs, 0).shape, of_input(inputs, 1).shape
    if not grid:
        return UNKNOWN
    channels = image[1] if image is not None and len(image) > 1 else DIMENSION
    return Known((grid[0], channels, *grid[1:-1]))


def roi_align(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """RoiAlign: for each region the channels, and places as the attributes say."""
    sizes = [whole_number(attributes, name, 1) for name in ("output_height", "output_width")]
    return _of_regions(inputs, sizes)


def max_roi_pool(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """MaxRoiPool: likewise, by its pooled shape."""
    sizes = attributes.get("pooled_shape")
    return _of_regions(inputs, sizes) if isinstance(sizes, list) else UNKNOWN


def _of_regions(inputs: Sequence[Known], sizes: Sequence[int]) -> Known:
    image, regions = of_input(inputs, 0).shape, of_input(inputs, 1).shape
    channels: Interval = image[1] if image is not None and len(image) == IMAGE_RANK else DIMENSION
    return Known((regions[0] if regions else DIMENSION, channels, *map(exactly, sizes)))
