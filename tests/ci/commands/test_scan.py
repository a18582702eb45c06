"""`sluice scan` judges bare paths: the verdict, why, and what it took."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOUND = ROOT / "models/digits"
BOMB = ROOT / "tests/examples/bad/onnx-bounds/constant-of-shape/models/tiny"


def test_a_path_each_with_what_it_took(sluice) -> None:
    result = sluice("scan", "--format", "json", SOUND, BOMB, BOMB / "model.onnx")
    sound, bomb, file = json.loads(result.output)
    assert result.exit_code == 1
    assert (sound["verdict"], sound["findings"]) == ("pass", [])
    for refused in (bomb, file):
        assert refused["verdict"] == "fail"
        (finding,) = refused["findings"]
        assert (finding["check"], finding["path"]) == ("onnx-bounds", "model.onnx")
        assert "makes at least 1,099,511,627,776 elements" in finding["message"]
        assert refused["seconds"] > 0
        assert 1 << 20 < refused["peak_rss_bytes"] < 1 << 30


def test_sound_paths_exit_with_0(sluice) -> None:
    result = sluice("scan", SOUND / "model.onnx")
    assert result.exit_code == 0
    assert result.output.startswith("pass")


def test_a_link_is_refused_and_not_followed(sluice, tmp_path) -> None:
    (tmp_path / "model.onnx").symlink_to(SOUND / "model.onnx")
    result = sluice("scan", tmp_path / "model.onnx")
    assert result.exit_code == 1
    assert "is a symbolic link" in result.output


def test_a_path_that_is_not_there_is_wrong_usage(sluice) -> None:
    assert sluice("scan", "nowhere.onnx").exit_code == 2
