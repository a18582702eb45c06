"""Encoded pictures as an input's pixels: PNG and JPEG, decoded only where hostile data may be read.

A file of a few kilobytes can claim any size: what its header says is checked before a pixel is decoded.
Resizing is Pillow's bilinear filter with antialiasing, which torchvision applies to pictures as well.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.preparation import Picture
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from PIL.Image import Image

Array = npt.NDArray[Any]
FAULT = "data-integrity"
FORMATS = ("PNG", "JPEG")
MAX_PIXELS = 50_000_000
"""Of one picture, before it is resized: more than any camera's, and 150 MB of memory."""
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Pillow's modes of 8 bits a channel; 16 bits would be cut off."""
DIGEST = "_sha256"
"""Ends the name of the column that pins a column of paths."""


def picture_columns(spec: ModelSpec) -> dict[str, tuple[str, Picture]]:
    """By input, the column of its pictures, and how they are prepared."""
    found = {}
    for tensor in spec.signature.inputs:
        prepared = spec.inputs.get(tensor.name)
        if prepared is not None and prepared.image is not None:
            found[tensor.name] = ((tensor.columns or (tensor.name,))[0], prepared.image)
    return found


def pixels(values: Iterable[Any], picture: Picture, dtype: str, name: str, rows: Iterable[int]) -> Array:
    """The pictures of a column, [N, ...]; `rows` are their numbers from 0. Raises Unavailable by row."""
    made = [
        scaled(decoded(value, f"row {row + 1} of column {name!r}"), picture)
        for value, row in zip(values, rows, strict=True)
    ]
    whole: Array = np.stack(made).astype(dtype) if made else np.empty((0, *picture.shape), dtype)
    return whole


def decoded(value: Any, where: str) -> Image:
    """One picture of PNG or JPEG bytes. Raises Unavailable, which begins with `where`."""
    from PIL import Image

    encoded = value.get("bytes") if isinstance(value, dict) else value  # as Hugging Face's datasets hold it
    if not isinstance(encoded, bytes):
        raise Unavailable(
            f"{where} holds {_kind(value)}, and no picture",
            FAULT,
            f"Write the bytes of the PNG or JPEG file, or its path with a column `...{DIGEST}` beside it.",
        )
    try:
        opened = Image.open(io.BytesIO(encoded), formats=FORMATS)
        _require_sane(opened, where)
        opened.load()
    except Unavailable:
        raise
    except Image.DecompressionBombError as problem:
        raise _too_large(where, "far more") from problem
    except Exception as problem:
        raise Unavailable(
            f"{where} is not an image that can be decoded: {' '.join(str(problem).split())[:200]}",
            FAULT,
            f"Write {' or '.join(FORMATS)} files, whole.",
        ) from problem
    return opened


def _require_sane(opened: Image, where: str) -> None:
    """By the header alone. Raises Unavailable."""
    count = opened.width * opened.height
    if count > MAX_PIXELS:
        raise _too_large(where, f"{count:,}")
    if opened.mode not in MODES:
        raise Unavailable(
            f"{where} is a picture of mode {opened.mode}, with more than 8 bits a channel",
            FAULT,
            "Convert it to 8 bits a channel as in training, or write its pixels as a column of lists.",
        )


def _too_large(where: str, count: str) -> Unavailable:
    return Unavailable(
        f"{where} is a picture of {count} pixels, of at most {MAX_PIXELS:,}", FAULT, "Scale it down."
    )


def _kind(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return "nothing"
    return f"the text {value[:60]!r}" if isinstance(value, str) else f"a {type(value).__name__}"


def scaled(image: Image, picture: Picture) -> Array:
    """A picture's pixels as its input takes them, float32, of `picture.shape`."""
    from PIL import Image

    height, width = picture.size
    image = image.convert("L" if picture.channels == "gray" else "RGB")
    if picture.shorter_side is None:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    else:
        image = _middle(image, picture.shorter_side, height, width)
    values = np.asarray(image, dtype=np.float32).reshape(height, width, picture.depth)
    if picture.channels == "bgr":
        values = values[:, :, ::-1]
    mean, std = (np.asarray(part, dtype=np.float32) for part in (picture.mean, picture.std))
    made: Array = (values * np.float32(picture.scale) - mean) / std
    return made.transpose(2, 0, 1) if picture.layout == "nchw" else made


def _middle(image: Image, shorter: int, height: int, width: int) -> Image:
    """As torchvision's Resize(shorter) and CenterCrop do."""
    from PIL import Image

    factor = shorter / min(image.size)
    size = [shorter if side == min(image.size) else int(side * factor) for side in image.size]
    image = image.resize((size[0], size[1]), Image.Resampling.BILINEAR)
    left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
    return image.crop((left, top, left + width, top + height))


def with_files(frame: pd.DataFrame, spec: ModelSpec, files: ModelFiles, table: str) -> pd.DataFrame:
    """The table with the bytes of the picture files that it names, each held against its digest.

    Paths are relative to the table's own directory. Raises Unavailable for a path that leads to no plain
    file, and for one without its digest beside it: the table's own digest would not pin what it names.
    """
    for name, _ in picture_columns(spec).values():
        if name in frame.columns and any(isinstance(value, str) for value in frame[name]):
            digests = frame.get(f"{name}{DIGEST}")
            if digests is None:
                raise Unavailable(
                    f"{table} names picture files in column {name!r}, and no digest pins them",
                    FAULT,
                    f"Add the column {name + DIGEST!r} with `sha256:...` of each file, or write their bytes.",
                )
            frame = frame.assign(**{name: list(_read(files, table, frame[name], digests))})
    return frame


def _read(files: ModelFiles, table: str, paths: Iterable[Any], digests: Iterable[Any]) -> Iterator[Any]:
    folder = PurePosixPath(table).parent
    known: dict[str, bytes] = {}
    for number, (path, digest) in enumerate(zip(paths, digests, strict=True)):
        if not isinstance(path, str):
            yield path
            continue
        place = (folder / path).as_posix()
        if (fault := files.fault(place)) is not None:
            raise Unavailable(f"row {number + 1} of {table} names {path!r}, which {fault}", FAULT)
        if place not in known:
            known[place] = (files.directory / place).read_bytes()
        if f"sha256:{hashlib.sha256(known[place]).hexdigest()}" != digest:
            raise Unavailable(
                f"row {number + 1} of {table} names {path!r}, whose bytes do not match its digest",
                "artifact-digests",
                "Commit the file that the table was written for, or write its digest again.",
            )
        yield known[place]


def looks(values: Iterable[Any], name: str) -> Array:
    """Mean and spread of each picture's brightness, [N, 2], 0 to 255: what drift looks at."""
    found = []
    for row, value in enumerate(values):
        gray = np.asarray(decoded(value, f"row {row + 1} of column {name!r}").convert("L").resize((64, 64)))
        found.append((gray.mean(), gray.std()))
    return np.array(found, dtype=np.float64).reshape(-1, 2)
