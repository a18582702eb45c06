"""Pictures as pixels: decoded, resized and scaled as declared, and refused by row."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.kinds import brightness, brightness_spec, encoded

from sluicegate.specs.preparation import Picture
from sluicegate.specs.tree import FileEntry
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.list_drift import picture_drift
from sluicegate.validators.evaluation.pictures import decoded, pixels, with_files
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

RANDOM = np.random.default_rng(3)
RGB = RANDOM.integers(0, 256, (6, 8, 3))


def one(value, picture: Picture) -> np.ndarray:
    return pixels([value], picture, "float32", "x", [0])[0]


def test_pixels_of_a_png_are_exact_and_scaled_by_declaration() -> None:
    plain = one(encoded(RGB), Picture((6, 8), layout="nhwc", scale=1))
    assert np.array_equal(plain, RGB)
    made = one(encoded(RGB), Picture((6, 8), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)))
    expected = (RGB / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    assert made == pytest.approx(expected.transpose(2, 0, 1), abs=1e-5)


def test_channels_may_be_turned_round_or_gray() -> None:
    assert np.array_equal(one(encoded(RGB), Picture((6, 8), "nhwc", "bgr", 1)), RGB[:, :, ::-1])
    gray = one(encoded(RGB), Picture((6, 8), "nhwc", "gray", 1))
    assert gray[:, :, 0] == pytest.approx(RGB @ [0.299, 0.587, 0.114], abs=1)


def test_jpeg_palettes_transparency_and_black_and_white_are_decoded() -> None:
    assert decoded(encoded(RGB, "JPEG"), "row 1").size == (8, 6)
    for mode in ("P", "RGBA", "1", "L", "CMYK"):
        written = io.BytesIO()
        form = "JPEG" if mode == "CMYK" else "PNG"
        Image.fromarray(RGB.astype(np.uint8)).convert(mode).save(written, form)
        assert one(written.getvalue(), Picture((6, 8))).shape == (3, 6, 8)


def test_a_picture_is_stretched_or_its_middle_is_cut_out() -> None:
    wide = np.zeros((10, 20, 3), int)
    wide[:, 5:15] = 200
    assert one(encoded(wide), Picture((4, 4), scale=1)).min() < 50
    middle = one(encoded(wide), Picture((8, 8), scale=1, shorter_side=10))
    assert middle.shape == (3, 8, 8)
    assert (middle == 200).all()


def test_a_struct_with_bytes_is_a_picture() -> None:
    value = {"bytes": encoded(RGB), "path": None}
    assert np.array_equal(one(value, Picture((6, 8), "nhwc", "rgb", 1)), RGB)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width: int, height: int, bits: int = 8) -> bytes:
    """A PNG of a few bytes whose header claims so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, 2 if bits == 8 else 0, 0, 0, 0)
    whole = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + whole


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (claiming(8_000, 8_000), "is a picture of 64,000,000 pixels, of at most 50,000,000"),
        (claiming(200_000, 200_000), "is a picture of far more pixels, of at most 50,000,000"),
        (claiming(4, 4, bits=16), "with more than 8 bits a channel"),
        (claiming(4, 4), "is not an image that can be decoded"),
        (encoded(RGB)[:60], "is not an image that can be decoded"),
        (encoded(RGB, "GIF"), "is not an image that can be decoded"),
        (b"", "is not an image that can be decoded"),
        ("a.png", "holds the text 'a.png', and no picture"),
        (None, "holds nothing, and no picture"),
        (3, "holds a int, and no picture"),
    ],
)
def test_what_is_no_sound_picture_is_refused_by_row(value, words) -> None:
    with pytest.raises(Unavailable, match="row 8 of column 'x' ") as refused:
        pixels([value], Picture((6, 8)), "float32", "x", [7])
    assert words in refused.value.reason


@pytest.mark.parametrize("max_batch", [1, 3, 64])
def test_a_classifier_of_pictures_is_run_batch_by_batch(max_batch) -> None:
    grays = [np.full((5, 7, 3), level) for level in range(0, 250, 25)]
    frame = pd.DataFrame({"x": [encoded(gray) for gray in grays]})
    answers = run_model(brightness(), brightness_spec(max_batch=max_batch), frame)
    assert answers["probabilities"][:, 1] == pytest.approx(np.arange(0, 250, 25) / 255, abs=1e-6)


def test_pictures_that_are_brighter_drift() -> None:
    def sample(seed: int, light: int) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        return pd.DataFrame(
            {"x": [encoded(random.integers(light, light + 90, (6, 6, 3))) for _ in range(60)]}
        )

    assert picture_drift(brightness_spec(), sample(1, 0), sample(2, 0))["x"] < 0.35
    assert picture_drift(brightness_spec(), sample(1, 0), sample(2, 60))["x"] > 0.9


def directory(tmp_path, **files: bytes) -> ModelFiles:
    entries = {}
    for name, data in files.items():
        path = f"data/{name}.png"
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
        entries[path] = FileEntry(path, "100644", len(data))
    return ModelFiles("models/m", entries, tmp_path)


def pinned(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_paths_are_read_beside_the_table_and_held_against_their_digest(tmp_path) -> None:
    files = directory(tmp_path, a=b"one", b=b"two")
    frame = pd.DataFrame({"x": ["a.png", "b.png"], "x_sha256": [pinned(b"one"), pinned(b"two")]})
    read = with_files(frame, brightness_spec(), files, "data/e.parquet")
    assert read["x"].tolist() == [b"one", b"two"]
    with pytest.raises(Unavailable, match=r"row 2 .* 'b.png', whose bytes do not match its digest"):
        with_files(swapped(frame), brightness_spec(), files, "data/e.parquet")


def swapped(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(x_sha256=[frame["x_sha256"][0]] * 2)


@pytest.mark.parametrize(
    ("path", "words"),
    [("../../secret.png", "leads out of the model's directory"), ("none.png", "which is not there")],
)
def test_a_path_that_leads_to_no_file_of_the_model_is_refused(tmp_path, path, words) -> None:
    frame = pd.DataFrame({"x": [path], "x_sha256": [pinned(b"one")]})
    with pytest.raises(Unavailable, match=words):
        with_files(frame, brightness_spec(), directory(tmp_path, a=b"one"), "data/e.parquet")


def test_paths_without_digests_are_refused(tmp_path) -> None:
    with pytest.raises(Unavailable, match="names picture files in column 'x', and no digest pins them"):
        with_files(pd.DataFrame({"x": ["a.png"]}), brightness_spec(), directory(tmp_path), "data/e.parquet")
