from types import SimpleNamespace

import pytest

from sluicegate.specs.model import Waiver
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.spec import spec_valid, version_rises
from sluicegate.validators.runner.candidate import BaseRevision, Reading
from sluicegate.validators.runner.finding import Verdict

TEXT = b"""\
spec:
  version: 4
  waivers:
    - {check: quality, reason: r, until: "2027-01-01"}
    - {check: onnx-graph, reason: r, until: "2027-01-01"}
    - {check: nonsense, reason: r, until: "2027-01-01"}
"""
DOCUMENT = parse(TEXT, "models/m/model.yaml")


def spec(version=4, artifact="a", signature="s", waivers=()):
    return SimpleNamespace(name="m", version=version, artifact=artifact, signature=signature, waivers=waivers)


NOTHING_CHANGED = BaseRevision(None, ())


def rises(head, reading, base=NOTHING_CHANGED):
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


def test_a_base_without_the_model_is_no_base_that_cannot_be_read():
    assert rises(spec(), None).verdict == Verdict.PASS
    assert rises(spec(), None, base=None).verdict == Verdict.WAIVED


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


def test_a_waiver_names_a_check_that_can_be_waived():
    waivers = tuple(Waiver(check, "r", "2027-01-01") for check in ("quality", "onnx-graph", "nonsense"))
    reading = Reading(spec(waivers=waivers), DOCUMENT)
    guard, unknown = spec_valid(reading, SimpleNamespace(path="models/m"))
    assert (guard.verdict, guard.line, guard.message) == (
        Verdict.FAIL,
        5,
        "a waiver names 'onnx-graph', and the checks of spec, artifact, graph, security, render cannot be",
    )
    assert (unknown.line, unknown.message) == (6, "a waiver names 'nonsense', and there is none")
    assert "quality" in unknown.remedy
    assert "onnx-graph" not in unknown.remedy
