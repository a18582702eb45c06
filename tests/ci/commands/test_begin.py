"""From nothing to a release: what `sluice init` wrote, taken through every command that a team runs next."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from support.extras import needs_deepchecks
from support.keys import Key
from support.repositories import git

from sluicegate.ci.scaffold.imported import CI_VARIABLES

COLUMNS = ["age", "size"]


def table(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(400, 2)).astype(np.float32), columns=COLUMNS)
    return frame.assign(late=(frame.sum(axis=1) + random.normal(size=400) > 0).astype(int))


@needs_deepchecks
def test_a_scikit_learn_model_is_judged_and_its_release_begins(sluice, tmp_path, monkeypatch) -> None:
    pytest.importorskip("skl2onnx")
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def run(*words: object) -> str:
        result = sluice(*words)
        assert result.exit_code == 0, result.output
        return result.output

    train, test = table(1), table(2)
    train.to_parquet(tmp_path / "train.parquet")
    test.to_parquet(tmp_path / "test.parquet")
    joblib.dump(LogisticRegression().fit(train[COLUMNS].to_numpy(), train["late"]), tmp_path / "m.joblib")
    key = Key()
    (tmp_path / "gate.key").write_bytes(key.private)
    root = tmp_path / "models"
    run("init", root, "--owner", "@octo/platform")
    (root / "environments/gate.pub").write_bytes(key.public)
    run(
        "new", "model", "delay", "-C", root, "--from", "sklearn", tmp_path / "m.joblib",
        "--owner", "@octo/flights", "--label", "late",
        "--reference", tmp_path / "train.parquet", "--evaluation", tmp_path / "test.parquet",
    )  # fmt: skip
    assert (root / ".github/CODEOWNERS").read_text().endswith("/models/delay/  @octo/flights\n")
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message", "delay: version 1", cwd=root)
    git("clone", "--quiet", "--bare", str(root), str(tmp_path / "origin.git"), cwd=tmp_path)
    git("remote", "add", "origin", str(tmp_path / "origin.git"), cwd=root)

    waits = sluice("gate", "tick", "--repo", tmp_path / "origin.git").output
    assert "version 1 waits for a verdict" in waits
    signed = ("--signing-key", tmp_path / "gate.key")
    judged = run("validate", "--all", "-C", root, "--record", *signed)
    assert "prod is valid" in judged
    assert "version 1 starts" in run("gate", "tick", "--repo", tmp_path / "origin.git", *signed)
    git("pull", "--quiet", "origin", "main", cwd=root)
    assert "delay" in run("status", "-C", root)
    assert (root / "environments/prod/delay/release.yaml").is_file()
