"""The owners in model.yaml beside those of CODEOWNERS: what differs is named where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.owners import owners_known
from sluicegate.validators.runner.finding import Finding, Verdict

PATH = "models/m/model.yaml"


@pytest.fixture
def found(tmp_path: Path) -> Callable[[list[str], str | None], list[Finding]]:
    def judge(owners: list[str], codeowners: str | None) -> list[Finding]:
        lines = "".join(f'    - "{owner}"\n' for owner in owners)
        document = parse(f"metadata:\n  owners:\n{lines}".encode(), PATH)
        if codeowners is not None:
            (tmp_path / "CODEOWNERS").write_text(codeowners)
        return list(owners_known(SimpleNamespace(owners=tuple(owners)), document, WorkTree(tmp_path)))

    return judge


@pytest.mark.parametrize("line", ["* @olga @org/ml", "* @x\n/models/m/ @org/ML @Olga"])
def test_the_same_owners_in_any_order_and_case(found, line: str) -> None:
    (finding,) = found(["@olga", "@org/ml"], line)
    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("owners", "codeowners", "words"),
    [
        (["@olga"], "* @pia @olga", "* names @pia, whom metadata.owners"),
        (["@olga", "@pia"], "* @olga", "@pia owns this model, and CODEOWNERS:1 (*) does not name it"),
        (["@olga"], "/charts/ @olga", "no line of CODEOWNERS matches models/m/model.yaml"),
        (["olga"], "* @olga", "'olga' is no owner that GitHub knows"),
    ],
)
def test_what_differs_is_named(found, owners: list[str], codeowners: str, words: str) -> None:
    findings = found(owners, codeowners)
    assert {finding.verdict for finding in findings} == {Verdict.FAIL}
    assert any(words in finding.message for finding in findings)


def test_each_is_found_at_its_own_line(found) -> None:
    assert [(one.path, one.line) for one in found(["@olga", "@pia"], "# us\n* @olga @carl\n")] == [
        (PATH, 4),
        ("CODEOWNERS", 2),
    ]


def test_without_codeowners_nothing_is_judged(found) -> None:
    assert [one.verdict for one in found(["@olga"], None)] == [Verdict.SKIPPED]
