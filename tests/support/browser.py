"""Headless Chromium, where it is installed: what a reader sees of a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str:
    """The program. Skips the test, by this name, where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip(f"no Chromium is installed ({', '.join(NAMES)})")
    return found


def screenshot(address: str, file: Path, height: int = 1600) -> Image.Image:
    """What a window of 1,100 points shows of a page; the picture is kept in `file`."""
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
    ]
    options += [f"--user-data-dir={file.parent / 'browser'}", f"--window-size=1100,{height}"]
    command = [chromium(), *options, "--virtual-time-budget=5000", f"--screenshot={file}", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert file.is_file(), done.stderr[-2000:]
    with Image.open(file) as image:
        return image.convert("RGB")


def colours(image: Image.Image) -> dict[tuple[int, ...], int]:
    """How many points have each colour."""
    counted = image.getcolors(image.width * image.height)
    assert counted is not None
    return {colour: number for number, colour in counted if isinstance(colour, tuple)}
