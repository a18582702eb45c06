"""What pip would be asked for: refused from elsewhere, inconclusive without a version, else counted."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Finding
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate

EXAMPLE = Path(__file__).parents[2] / "examples/bad/onnx-loads/no-kernel/models"
CHECK = "requirements-pinned"


def judged(root: Path, **requirements: bytes) -> list[Finding]:
    shutil.copytree(EXAMPLE, root / "models")
    for name, content in requirements.items():
        (root / f"models/tiny/{name}.txt").write_bytes(content)
    subject = Candidate("tiny", WorkTree(root), load, None, None).subject()
    return list(validate([subject], {CHECK: checks()[CHECK]}, today=date(2026, 1, 1)).findings)


def test_a_model_without_such_a_file_has_nothing_to_judge(tmp_path: Path) -> None:
    (found,) = judged(tmp_path)
    assert (found.verdict, found.message) == ("skipped", "models/tiny has no requirements.txt")


def test_pins_pass_and_those_without_a_hash_are_counted(tmp_path: Path) -> None:
    hashed = b"numpy==2.1.0 \\\n    --hash=sha256:ab\n"
    (found,) = judged(tmp_path, requirements=hashed, constraints=b"scipy==1.17.1\n")
    assert found.verdict == "pass"
    assert found.message == "2 packages are pinned, 1 of them without a hash"


def test_each_line_is_named_where_it_stands(tmp_path: Path) -> None:
    text = b"numpy==2.1.0\n--index-url https://evil.example\npandas\n"
    refused, unsure = judged(tmp_path, requirements=text)
    assert (refused.verdict, refused.path, refused.line) == ("fail", "models/tiny/requirements.txt", 2)
    assert refused.message == "requirements.txt:2 has an option, --index-url"
    assert (unsure.verdict, unsure.line) == ("inconclusive", 3)
    assert unsure.message == "requirements.txt:3 pins no version"


def test_many_lines_of_a_kind_are_one_finding_at_the_end(tmp_path: Path) -> None:
    text = b"".join(b"package-%d\n" % number for number in range(1_000))
    found = judged(tmp_path, requirements=text)
    assert len(found) == 5
    assert found[-1].message == "requirements.txt:5 pins no version, and 995 more"


@pytest.mark.parametrize("coding", ["utf-7", "rot13", "utf-16"])
def test_text_that_pip_reads_as_other_text_is_refused(tmp_path: Path, coding: str) -> None:
    (found,) = judged(tmp_path, requirements=f"# coding: {coding}\nnumpy==2.1.0\n".encode())
    assert (found.verdict, f"its coding is {coding!r}" in found.message) == ("fail", True)
