from types import SimpleNamespace

from sluicegate.specs.model import Signature, Tensor, Waiver
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.spec import spec_valid
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.candidate import Reading

TEXT = b"""\
spec:
  version: 4
  waivers:
    - {check: quality, reason: r, until: "2027-01-01"}
    - {check: onnx-graph, reason: r, until: "2027-01-01"}
    - {check: nonsense, reason: r, until: "2027-01-01"}
    - {check: environment-valid, reason: r, until: "2027-01-01"}
"""
DOCUMENT = parse(TEXT, "models/m/model.yaml")


def spec(version=4, waivers=()):
    signature = Signature((), (Tensor("p", "float32", ("batch",)),))
    task = "binary-classification"
    selected = {
        "task": task,
        "classes": None,
        "decision": None,
        "score": None,
        "inputs": {},
        "detection": None,
    }
    return SimpleNamespace(name="m", version=version, waivers=waivers, signature=signature, **selected)


def test_a_waiver_names_a_check_that_can_be_waived():
    waivers = tuple(
        Waiver(check, "r", "2027-01-01")
        for check in ("quality", "onnx-graph", "nonsense", "environment-valid")
    )
    reading = Reading(spec(waivers=waivers), DOCUMENT)
    guard, unknown, other = spec_valid(reading, SimpleNamespace(model="m"))
    assert (guard.verdict, guard.line, guard.message) == (
        Verdict.FAIL,
        5,
        "a waiver names 'onnx-graph', and the checks of spec, artifact, graph, security, render "
        "cannot be waived",
    )
    assert (unknown.line, unknown.message) == (6, "a waiver names 'nonsense', and there is no such check")
    assert "quality" in unknown.remedy
    assert "onnx-graph" not in unknown.remedy
    assert (other.line, other.message) == (
        7,
        "a waiver names 'environment-valid', and it judges the environment, which a model cannot waive",
    )
