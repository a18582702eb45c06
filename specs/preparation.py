"""How an input is made that no column of numbers fills: decoded pictures, a cache, a mask, positions.

Callers of the server send these inputs as tensors; the section says how the validators make them from the
model's data, as the model's own pipeline did in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Side = Annotated[int, Field(ge=1, le=8192)]
ForEachChannel = Annotated[tuple[float, ...], Field(min_length=1, max_length=3)]


@dataclass(frozen=True)
class Picture:
    """Encoded pictures (PNG or JPEG), each decoded, resized and scaled: (pixel x scale - mean) / std."""

    size: Annotated[tuple[Side, Side], Field(description="height and width in pixels: [224, 224]")]
    layout: Literal["nchw", "nhwc"] = "nchw"
    """Channels before height and width, or after them."""
    channels: Literal["rgb", "bgr", "gray"] = "rgb"
    scale: Annotated[float, Field(gt=0)] = 1 / 255
    """What a pixel, 0 to 255, is multiplied by: 1/255 gives 0 to 1."""
    mean: ForEachChannel = (0.0,)
    """Subtracted after the scale: one number, or one for each channel."""
    std: ForEachChannel = (1.0,)
    """Divided by after the mean: one number, or one for each channel."""
    shorter_side: Side | None = None
    """The shorter side is resized to this, and the middle is cut out; without it the picture is stretched."""

    @property
    def depth(self) -> int:
        """How many channels a picture has."""
        return 1 if self.channels == "gray" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one picture."""
        height, width = self.size
        return (self.depth, height, width) if self.layout == "nchw" else (height, width, self.depth)

    def __post_init__(self) -> None:
        """Raises ValueError for constants that fit no channel, and for a middle that is not there."""
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, self.depth):
                raise ValueError(f"{name} should be one number, or one for each of {self.depth} channels")
        if 0 in self.std:
            raise ValueError("std should not be 0")
        if self.shorter_side is not None and self.shorter_side < max(self.size):
            raise ValueError("shorter_side should be at least height and width: the middle is cut out of it")


@dataclass(frozen=True)
class Preparation:
    """How one input is made: from pictures, from nothing (a cache), or from the length of the sequence."""

    image: Picture | None = None
    """Its column holds encoded pictures, or the paths of picture files beside the table."""
    cache: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The output that holds what this input takes at the next step: present.0.key."""
    made: Literal["mask", "positions"] | None = None
    """`mask` is 1 for each token, those in the cache included; `positions` counts tokens from 0."""

    def __post_init__(self) -> None:
        """Raises ValueError unless it is made in one way."""
        ways = (self.image, self.cache, self.made)
        if len(ways) - ways.count(None) != 1:
            raise ValueError("should have one of image, cache, made")
