from types import SimpleNamespace

import pytest

from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.version import version_rises
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.candidate import BaseRevision, Reading

DOCUMENT = parse(b"spec:\n  version: 4\n", "models/m/model.yaml")


def spec(version=4, artifact="a", signature="s"):
    return SimpleNamespace(name="m", version=version, artifact=artifact, signature=signature)


BASE = BaseRevision(None)


def rises(head, reading, base=BASE):
    (finding,) = version_rises(head, base, reading, DOCUMENT)
    return finding


@pytest.mark.parametrize(
    ("head", "base", "verdict"),
    [
        (spec(5, "b"), spec(4), Verdict.PASS),
        (spec(4), spec(4), Verdict.PASS),
        (spec(3), spec(4), Verdict.FAIL),
        (spec(4, "b"), spec(4), Verdict.FAIL),
        (spec(4, signature="t"), spec(4), Verdict.FAIL),
    ],
)
def test_a_version_never_goes_back_and_other_bytes_are_another_version(head, base, verdict):
    finding = rises(head, Reading(base, DOCUMENT))
    assert (finding.verdict, finding.line, finding.threshold) == (verdict, 2, 4)


def test_a_base_without_the_model_is_not_one_that_cannot_be_read():
    assert rises(spec(), None).verdict == Verdict.PASS
    assert rises(spec(), None, base=None).verdict == Verdict.SKIPPED


@pytest.mark.parametrize(
    ("version", "verdict"), [(3, Verdict.FAIL), (4, Verdict.INCONCLUSIVE), (5, Verdict.PASS)]
)
def test_the_version_of_a_base_that_breaks_other_rules_is_read_all_the_same(version, verdict):
    assert rises(spec(version), Reading(None, DOCUMENT)).verdict == verdict


@pytest.mark.parametrize(
    "text", [None, b"a", b"spec: 1", b"spec: {}", b'spec: {version: "9"}', b"spec: {version: true}"]
)
def test_no_version_at_all_in_the_base_is_inconclusive(text):
    document = None if text is None else parse(text, "models/m/model.yaml")
    assert rises(spec(), Reading(None, document)).verdict == Verdict.INCONCLUSIVE
