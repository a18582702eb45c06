"""One version, said in sluicegate/__init__.py; files that cannot read it have the same."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import sluicegate

ROOT = Path(__file__).parents[1]


def test_the_installed_distribution_has_it():
    assert version("sluicegate") == sluicegate.__version__


@pytest.mark.parametrize("chart", ["gate", "onnx-serving"])
def test_a_chart_s_app_version_is_it(chart: str):
    text = (ROOT / "charts" / chart / "Chart.yaml").read_text()
    assert YAML(typ="safe").load(text)["appVersion"] == sluicegate.__version__


@pytest.mark.parametrize("image", ["gate", "onnx-server"])
def test_an_image_s_version_is_it(image: str):
    text = (ROOT / "charts" / "images" / image / "Dockerfile").read_text()
    assert re.findall(r"^ARG VERSION=(\S+)$", text, re.M) == [sluicegate.__version__]
