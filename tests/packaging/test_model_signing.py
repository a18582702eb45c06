"""OpenSSF's own `model-signing` reads what `sluice sign` writes, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.environments import Environment, run
from support.keys import P256, Key

from sluicegate.ci.signed_models import model_faults, sign_model
from sluicegate.specs.tree import WorkTree


def test_both_read_what_the_other_signed(make_environment: Callable[[], Environment], tmp_path: Path) -> None:
    environment = make_environment()
    lock = Path(__file__).parent / "model_signing.lock"
    environment.pip("install", "--require-hashes", "--no-deps", "-r", lock)
    model = tmp_path / "models/tiny"
    (model / "data").mkdir(parents=True)
    (model / "model.yaml").write_text("name: tiny\n")
    (model / "data/rows.csv").write_text("a,b\n1,2\n")
    key = Key(P256)
    (tmp_path / "models.key").write_bytes(key.private)
    (tmp_path / "models.pub").write_bytes(key.public)
    work, public = WorkTree(tmp_path), tmp_path / "models.pub"
    theirs = (environment.program("model_signing"),)
    of_model = (model, "--signature", model / "model.sig")
    sign_model(work, "tiny", key.signer)
    run(*theirs, "verify", "key", *of_model, "--public_key", public, cwd=tmp_path)
    (model / "model.sig").unlink()
    run(*theirs, "sign", "key", *of_model, "--private_key", tmp_path / "models.key", cwd=tmp_path)
    assert model_faults(work, "tiny", public) == ([], 2)
    (model / "data/rows.csv").write_text("a,b\n1,3\n")
    assert len(model_faults(work, "tiny", public)[0]) == 1
