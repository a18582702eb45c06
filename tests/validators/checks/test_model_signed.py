"""A model is signed by a key that the base trusts, or refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from support.keys import P256, Key

from sluicegate.ci.model_reader import load
from sluicegate.ci.signed_models import sign_model
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate

EXAMPLE = Path(__file__).parents[2] / "examples/bad/onnx-loads/no-kernel/models"
KEY = Key(P256)


def trusts(root: Path, public: bytes) -> Path:
    (root / "environments").mkdir()
    (root / "environments/models.pub").write_bytes(public)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "models")
    return trusts(tmp_path, KEY.public)


def found(root: Path, base: WorkTree | None = None, *, check: str = "model-signed") -> list[tuple[str, str]]:
    subject = Candidate("tiny", WorkTree(root), load, None, base).subject()
    report = validate([subject], {check: checks()[check]}, today=date(2026, 1, 1))
    return [(str(finding.verdict), finding.message) for finding in report.findings]


def test_every_file_is_signed_until_one_is_changed_or_added(root: Path) -> None:
    sign_model(WorkTree(root), "tiny", KEY.signer)
    assert [verdict for verdict, _ in found(root)] == ["pass"]
    assert [verdict for verdict, _ in found(root, check="files-allowed")] == ["pass"]
    with (root / "models/tiny/model.yaml").open("a") as stream:
        stream.write("# more\n")
    (root / "models/tiny/more.md").write_text("more\n")
    assert [verdict for verdict, _ in found(root)] == ["fail", "fail"]


def test_a_signature_is_asked_for_where_the_repository_names_keys_of_models(root: Path) -> None:
    assert found(root) == [("fail", "model.sig is not there")]
    (root / "environments/models.pub").write_text("none\n")
    assert found(root) == [("error", "not judged: environments/models.pub holds no public key")]
    (root / "environments/models.pub").unlink()
    assert found(root)[0][0] == "skipped"


def test_the_keys_are_those_of_the_base(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    sign_model(WorkTree(root), "tiny", KEY.signer)
    base = WorkTree(trusts(tmp_path_factory.mktemp("base"), Key(P256).public))
    assert found(root, base) == [("fail", "none of the 1 trusted keys signed model.sig")]
