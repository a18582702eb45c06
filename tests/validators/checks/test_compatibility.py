from dataclasses import replace

from support.small_models import model_spec

from sluicegate.specs.callers import Caller
from sluicegate.specs.model import Tensor
from sluicegate.specs.yamlio import Problem, parse
from sluicegate.validators.checks.compatibility import signature_compatible
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.submission.candidate import Reading, StableReading

DOCUMENT = parse(
    b"spec:\n  breaking: x\n  signature:\n    inputs:\n      - {name: x, dtype: float64}\n",
    "models/m/model.yaml",
)
OLD = model_spec()
NEW = replace(model_spec(inputs=(Tensor("x", "float64", ("batch", 2), ("a", "b")),)), version=2)
SAME = replace(OLD, version=2)
CHECKOUT = Caller("checkout", ("m",), "@payments")
SEARCH = Caller("search", ("m",), "search@example.org")


def stable(environment, spec=OLD, callers=(), problems=()):
    return StableReading(environment, callers, Reading(spec, None, problems))


def judge(*versions, spec=NEW, breaking=None):
    return list(signature_compatible(breaking, spec, DOCUMENT, versions))


def test_a_break_fails_at_its_line_and_names_the_callers_once():
    versions = [stable("dev", callers=(CHECKOUT,)), stable("production", callers=(CHECKOUT, SEARCH))]
    (finding,) = judge(*versions)
    assert (finding.verdict, finding.path, finding.line) == (Verdict.FAIL, "models/m/model.yaml", 5)
    assert finding.message == (
        "input 'x' is float64, and was float32 (version 1, stable in dev, production; "
        "callers: checkout (@payments), search (search@example.org))"
    )


def test_each_environment_is_compared_with_what_is_stable_there():
    broken, fine = judge(stable("production"), stable("dev", spec=NEW))
    assert (broken.verdict, fine.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert "stable in production; no caller is listed" in broken.message
    assert fine.message == "compatible with version 2, stable in dev"


def test_a_declared_break_is_waived_with_its_reason_and_still_names_the_callers():
    (finding,) = judge(stable("production", callers=(CHECKOUT,)), breaking="ids outgrew float32")
    assert finding.verdict == Verdict.WAIVED
    assert finding.message.endswith("callers: checkout (@payments)); declared: ids outgrew float32")


def test_a_reason_that_is_stable_already_excuses_no_further_break():
    before = replace(OLD, sections={"breaking": "ids outgrew float32"})
    (finding,) = judge(stable("production", spec=before), breaking="ids outgrew float32")
    assert finding.verdict == Verdict.FAIL
    assert "`breaking` excuses version 1 alone" in finding.message
    assert "version 1 has these very words" in finding.remedy
    (again,) = judge(stable("production", spec=before), breaking="and now keys as well")
    assert again.verdict == Verdict.WAIVED


def test_a_reason_without_a_break_is_said():
    compatible, idle = judge(stable("production"), spec=SAME, breaking="nothing")
    assert (compatible.verdict, idle.verdict) == (Verdict.PASS, Verdict.PASS)
    assert (idle.message, idle.line) == ("model.yaml says `breaking`, and nothing breaks: take it out", 2)


def test_what_only_adds_passes_and_is_shown():
    more = replace(
        model_spec(outputs=(*OLD.signature.outputs, Tensor("z", "float32", ("batch",)))), version=2
    )
    (finding,) = judge(stable("production"), spec=more)
    assert (finding.verdict, finding.message) == (
        Verdict.PASS,
        "compatible with version 1, stable in production; output 'z' is new",
    )


def test_a_first_version_has_no_callers_to_break():
    (finding,) = judge(breaking="whatever")
    assert finding.verdict == Verdict.SKIPPED


def test_what_cannot_be_read_is_no_pass():
    problem = Problem("is not there", "fetch it", "environments/dev/m/release.yaml", 3)
    (lost,) = judge(stable("dev", spec=None, problems=(problem,)), spec=SAME)
    assert lost.verdict == Verdict.INCONCLUSIVE
    assert "environments/dev/m/release.yaml:3: is not there" in lost.message
    (unknown,) = judge(stable("production", callers=None))
    assert unknown.message.endswith("environment.yaml of production cannot be read)")
