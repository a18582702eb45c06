"""`sluice sign` and `sluice verify-model`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.keys import P256, Key

EXAMPLE = Path(__file__).parents[2] / "examples/bad/onnx-loads/no-kernel/models"
KEY = Key(P256)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "models")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/models.pub").write_bytes(KEY.public)
    (tmp_path / "models.key").write_bytes(KEY.private)
    return tmp_path


def signed(sluice, root: Path) -> None:
    done = sluice("sign", "tiny", "--signing-key", root / "models.key", "-C", root)
    assert done.exit_code == 0, done.output


def test_what_was_signed_is_verified_until_a_file_changes(sluice, root: Path) -> None:
    signed(sluice, root)
    assert sluice("verify-model", "tiny", "-C", root).exit_code == 0
    with (root / "models/tiny/model.yaml").open("a") as stream:
        stream.write("# more\n")
    (root / "models/tiny/more.md").write_text("more\n")
    result = sluice("verify-model", "tiny", "-C", root)
    assert result.exit_code == 1
    assert "models/tiny: more.md is not signed" in result.output


def test_a_key_that_the_format_does_not_know_is_refused(sluice, root: Path) -> None:
    (root / "models.key").write_bytes(Key().private)
    result = sluice("sign", "tiny", "--signing-key", root / "models.key", "-C", root)
    assert result.exit_code == 1
    assert "Ed25519, which OpenSSF Model Signing does not know" in result.output


def test_another_key_can_be_named(sluice, root: Path) -> None:
    signed(sluice, root)
    other = root / "other.pub"
    other.write_bytes(Key(P256).public)
    result = sluice("verify-model", "tiny", "--key", other, "-C", root)
    assert result.exit_code == 1
    assert "none of the 1 trusted keys signed model.sig" in result.output
