"""`sluice validate --record`: the verdict of a complete run, signed, on the branch of the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.extras import needs_deepchecks
from support.keys import Key

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.verdict_record import unseal
from sluicegate.specs import layout
from sluicegate.validators.runner.registry import checks

KEY = Key()


def with_key(tmp_path: Path) -> list[Any]:
    file = tmp_path / "gate.key"
    file.write_bytes(KEY.private)
    return ["--signing-key", file]


@needs_deepchecks
def test_all_of_a_commit_is_judged_and_recorded(sluice, work, tmp_path, monkeypatch) -> None:
    """What is committed counts, whatever lies in the work tree."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "olga")
    head = work.git("rev-parse", "HEAD")
    work.write("models/tiny/model.yaml", "nonsense: [")
    result = sluice("validate", "-C", work.root, "--all", "--record", *with_key(tmp_path))
    assert result.exit_code == 0, result.output
    with Repository.in_place(work.root) as repository:
        tip = str(repository.tip("gate-evidence"))
        (entry,) = repository.entries(tip, layout.VERDICTS)
        sealed = unseal(repository.blob(entry.oid))
        tree = repository.object_at(head, "models/tiny")
    verdict = sealed.verdict
    assert (verdict.model, verdict.version, verdict.verdict, verdict.head) == ("tiny", 1, "pass", head)
    assert verdict.content == tree
    assert set(verdict.checks) == set(checks())
    assert verdict.by == "@olga"
    assert f"recorded in gate-evidence {tip[:12]}: tiny pass" in result.stderr


def test_a_partial_run_is_not_recorded(sluice, work, tmp_path) -> None:
    words = ["--record", "--check", "spec-valid", *with_key(tmp_path)]
    result = sluice("validate", "-C", work.root, "--all", *words)
    assert result.exit_code == 1
    assert "no verdict is recorded: only spec-valid was run" in result.stderr
    assert not work.git("branch", "--list", "gate-evidence")


def test_without_a_key_nothing_is_judged(sluice, work, monkeypatch) -> None:
    monkeypatch.delenv("SLUICE_SIGNING_KEY", raising=False)
    result = sluice("validate", "-C", work.root, "--all", "--record")
    assert result.exit_code == 1
    assert "a recorded verdict counts only where one signed it" in result.stderr
