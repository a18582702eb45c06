"""`sluice sign` and `sluice verify-model`, and the check that asks for what they write."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from support.keys import P256, Key

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate

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


def found(root: Path) -> list[tuple[str, str]]:
    subject = Candidate("tiny", WorkTree(root), load).subject()
    report = validate([subject], {"model-signed": checks()["model-signed"]}, today=date(2026, 1, 1))
    return [(str(finding.verdict), finding.message) for finding in report.findings]


def test_what_was_signed_is_verified_until_a_file_changes(sluice, root: Path) -> None:
    signed(sluice, root)
    assert sluice("verify-model", "tiny", "-C", root).exit_code == 0
    assert found(root)[0][0] == "pass"
    with (root / "models/tiny/model.yaml").open("a") as stream:
        stream.write("# more\n")
    (root / "models/tiny/more.md").write_text("more\n")
    result = sluice("verify-model", "tiny", "-C", root)
    assert result.exit_code == 1
    assert "models/tiny: more.md is not signed" in result.output
    assert [verdict for verdict, _ in found(root)] == ["fail", "fail"]


def test_a_signature_is_asked_for_where_the_repository_names_keys_of_models(root: Path) -> None:
    assert found(root) == [("fail", "model.sig is not there")]
    (root / "environments/models.pub").write_text("none\n")
    assert found(root) == [("error", "not judged: environments/models.pub holds no public key")]
    (root / "environments/models.pub").unlink()
    assert found(root)[0][0] == "skipped"


def test_the_keys_are_those_of_the_base(sluice, root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("base")
    (base / "environments").mkdir()
    (base / "environments/models.pub").write_bytes(Key(P256).public)
    signed(sluice, root)
    subject = Candidate("tiny", WorkTree(root), load, None, WorkTree(base)).subject()
    report = validate([subject], {"model-signed": checks()["model-signed"]}, today=date(2026, 1, 1))
    assert report.findings[0].message == "none of the 1 trusted keys signed model.sig"


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
