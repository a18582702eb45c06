import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from sluicegate.specs.model import Waiver
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError, parse
from sluicegate.validators.runner.finding import (
    Finding,
    Position,
    Verdict,
    error,
    fail,
    inconclusive,
    passed,
    skipped,
)
from sluicegate.validators.runner.inputs import Inputs, Unavailable, about
from sluicegate.validators.runner.judge import NOT_THE_CHECKS, REPORT_IT, settled
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.registry import checks as registered
from sluicegate.validators.runner.run import validate, waive
from sluicegate.validators.runner.subject import Subject
from sluicegate.validators.runner.template import Template
from sluicegate.validators.submission.candidate import Candidate

TODAY = date(2026, 11, 21)


def good(spec):
    """Good."""
    yield passed("fine")


def bad(spec):
    """Bad.

    Because it is.
    """
    yield fail("no")


def silent():
    """Silent."""
    yield from ()


def crashes():
    """Crashes."""
    raise RuntimeError("boom")
    yield passed("never")


def short_of_rows():
    """Its rows are not there, which is not the check's own question."""
    with about(Position("models/m/data/rows.parquet")):
        raise Unavailable("realloc failed")
    yield passed("never")


def blames_itself():
    """Its input is its own question."""
    raise Unavailable("the file is empty", "blames_itself", "Fill it.")
    yield passed("never")


def checks(*functions, family="quality"):
    made = [
        Check(f.__name__, family, "Mend it.", f, needs=("spec",) if f in (good, bad) else ())
        for f in functions
    ]
    return {check.id: check for check in made}


def spec(version=2, waivers=()):
    return SimpleNamespace(version=version, waivers=waivers, sections={})


@pytest.fixture
def subject(tmp_path):
    def make(what=None, production=None, base=None):
        def load(tree, path):
            if tree is side:
                return parse(b"{}", "models/m/model.yaml"), base
            if what is None:
                raise InputError.of("is missing", "add it", "models/m/model.yaml")
            return parse(b"{}", "models/m/model.yaml"), what

        side = WorkTree(tmp_path) if base else None
        return Candidate("m", WorkTree(tmp_path), load, production, side).subject()

    return make


def test_every_check_has_a_finding_and_the_worst_is_the_verdict(subject):
    seen = []
    report = validate(
        [subject(spec())],
        checks(good, bad, silent, crashes),
        today=TODAY,
        progress=lambda *told: seen.append(told),
    )
    said = [(f.check, f.verdict.value, f.message, f.model) for f in report.findings]
    assert said[:3] == [
        ("good", "pass", "fine", "m"),
        ("bad", "fail", "no", "m"),
        ("silent", "error", "the check yielded no finding", "m"),
    ]
    assert said[3][:2] == ("crashes", "error")
    assert said[3][2].startswith("the check broke: RuntimeError at test_run.py:")
    assert [f.remedy for f in report.findings] == [None, "Mend it.", "Mend it.", REPORT_IT]
    assert (report.verdict, report.models) == (Verdict.ERROR, {"m": Verdict.ERROR})
    assert seen[:4] == [("m", "good", None), ("m", "good", "pass"), ("m", "bad", None), ("m", "bad", "fail")]
    assert report.notes == ()


def test_a_model_that_cannot_be_read_is_bad_input_and_not_our_crash(subject):
    report = validate([subject()], checks(good, bad), today=TODAY)
    assert {f.verdict for f in report.findings} == {Verdict.INCONCLUSIVE}
    assert {f.message for f in report.findings} == {"not judged: model.yaml cannot be read (see spec-valid)"}
    assert {f.remedy for f in report.findings} == {"Correct what spec-valid reports."}
    assert report.versions == {"m": (None, None)}


def test_a_fault_that_a_check_is_named_for_is_its_fail(subject):
    (finding,) = validate([subject(spec())], checks(blames_itself), today=TODAY).findings
    assert (finding.verdict, finding.message) == (Verdict.FAIL, "the file is empty")
    assert finding.remedy == "Fill it."


def test_what_is_missing_keeps_its_place_and_is_not_told_the_checks_remedy(subject):
    (finding,) = validate([subject(spec())], checks(short_of_rows), today=TODAY).findings
    assert (finding.verdict, finding.path) == (Verdict.ERROR, "models/m/data/rows.parquet")
    assert finding.remedy == NOT_THE_CHECKS


def test_an_input_that_is_missing_in_the_child_is_missing_with_its_place():
    problem = Unavailable("gone", "onnx-graph", "Export it.", at=Position("model.onnx", 2))
    again = pickle.loads(pickle.dumps(problem))
    assert (again.reason, again.because, again.remedy, again.at) == (
        "gone", "onnx-graph", "Export it.", Position("model.onnx", 2),
    )  # fmt: skip


def test_no_model_at_all_is_no_pass(subject):
    assert validate([], checks(good), today=TODAY).verdict == Verdict.ERROR
    assert validate([subject(spec())], {}, today=TODAY).verdict == Verdict.ERROR


def test_each_scope_has_its_own_checks_and_only_models_have_a_verdict_of_their_own(subject):
    made = checks(good, silent)
    made |= {name: replace(made["silent"], id=name, scope=name) for name in ("environment", "repository")}
    subjects = [subject(spec()), Subject("environment", "eu"), Subject("repository", "")]
    seen = []
    report = validate(subjects, made, today=TODAY, progress=lambda *told: seen.append(told))
    assert [(f.check, f.model, f.verdict.value) for f in report.findings] == [
        ("good", "m", "pass"),
        ("silent", "m", "error"),
        ("environment", "", "error"),
        ("repository", "", "error"),
    ]
    assert list(report.models) == ["m"]
    assert [name for name, _, verdict in seen if verdict] == ["m", "m", "eu", ""]


def test_a_check_of_the_repository_that_crashes_is_an_error_of_that_check_alone():
    made = {
        name: Check(name, "spec", "Fix it.", function, scope="repository")
        for name, function in (("crashes", crashes), ("fine", lambda: iter([passed("fine")])))
    }
    crashed, fine = validate([Subject("repository", "")], made, today=TODAY).findings
    assert (crashed.check, crashed.verdict) == ("crashes", Verdict.ERROR)
    assert crashed.message.startswith("the check broke: RuntimeError at test_run.py:")
    assert (fine.check, fine.verdict) == ("fine", Verdict.PASS)


def test_what_is_left_out_is_skipped_once_for_each_subject_of_its_scope(subject):
    left_out = [*checks(bad).values(), Check("x", "spec", "Fix it.", good, scope="environment")]
    subjects = [subject(spec()), Subject("environment", "eu"), Subject("environment", "us")]
    report = validate(subjects, checks(good), today=TODAY, left_out=left_out)
    assert [(f.check, f.model, f.verdict.value) for f in report.findings] == [
        ("good", "m", "pass"),
        ("bad", "m", "skipped"),
        ("x", "", "skipped"),
    ]
    assert (report.verdict, report.models) == (Verdict.PASS, {"m": Verdict.PASS})
    assert (report.complete, report.left_out) == (False, ("only good was run",))


def test_a_run_without_a_tool_is_partial(subject):
    def rendered():
        yield error("not rendered: helm is not on PATH", tool="helm")

    report = validate([subject(spec())], checks(good, rendered), today=TODAY)
    assert report.left_out == ("helm is absent, so rendered judged nothing",)
    assert validate([subject(spec())], checks(good), today=TODAY).complete


def test_what_only_shows_something_stops_nothing_whatever_happens_to_it(subject):
    shown = {id: replace(check, informative=True) for id, check in checks(bad, crashes, silent, good).items()}
    report = validate([subject(spec())], shown, today=TODAY)
    verdicts = {finding.check: finding.verdict for finding in report.findings}
    stopped = {"bad", "crashes", "silent"}
    assert verdicts == {"good": Verdict.PASS, **dict.fromkeys(stopped, Verdict.SKIPPED)}
    assert all(f.message.startswith("not shown: ") for f in report.findings if f.check in stopped)
    assert not any(check.waivable for check in shown.values())


def test_a_waiver_holds_through_its_last_day_and_never_covers_an_error():
    waivers = (Waiver("bad", "known", "2026-11-21"), Waiver("other", "x", "2027-01-01"))
    failed = replace(fail("no"), check="bad")
    waived = waive(failed, waivers, TODAY)
    assert (waived.verdict, waived.message) == (Verdict.WAIVED, "no (waived until 2026-11-21: known)")
    doubtful = replace(inconclusive("perhaps"), check="bad")
    assert waive(doubtful, waivers, TODAY).verdict == Verdict.WAIVED
    late = waive(failed, waivers, date(2026, 11, 22))
    assert (late.verdict, late.message) == (Verdict.FAIL, "no (its waiver expired after 2026-11-21)")
    broken = replace(error("boom"), check="bad")
    assert waive(broken, waivers, TODAY) is broken
    fine: Finding = replace(passed("fine"), check="bad")
    assert waive(fine, waivers, TODAY) is fine
    unnamed = replace(fail("no"), check="third")
    assert waive(unnamed, waivers, TODAY) is unnamed


WAIVERS = (Waiver("bad", "known", "2027-01-01"),)


def test_the_models_own_waivers_are_applied_where_nothing_is_compared(subject):
    report = validate([subject(spec(waivers=WAIVERS))], checks(good, bad), today=TODAY)
    assert report.verdict == Verdict.WAIVED


def test_a_pull_request_does_not_waive_its_own_refusal_and_the_bases_waiver_holds_until_its_day(subject):
    def verdict(head, base, today=TODAY):
        what = subject(full(head), base=full(base))
        return validate([what], checks(good, bad), today=today).verdict

    assert verdict(WAIVERS, ()) == Verdict.FAIL
    assert verdict((), WAIVERS) == Verdict.WAIVED
    assert verdict(WAIVERS, WAIVERS, date(2027, 1, 1)) == Verdict.WAIVED
    assert verdict(WAIVERS, WAIVERS, date(2027, 1, 2)) == Verdict.FAIL


def full(waivers):
    """A spec with all that the report's first line compares."""
    data = SimpleNamespace(evaluation=None, label="y", segments=())
    return SimpleNamespace(
        version=2, waivers=waivers, sections={}, data=data, decision=None, rollout=None, name="m"
    )


@pytest.mark.parametrize("family", ["spec", "artifact", "graph", "security", "render"])
def test_some_families_are_never_waived(subject, family):
    report = validate([subject(spec(waivers=WAIVERS))], checks(good, bad, family=family), today=TODAY)
    assert report.verdict == Verdict.FAIL


def test_what_a_check_settles_without_the_child_needs_none():
    def without(files):
        return None if files else skipped("there are no files")

    check = Check("x", "quality", "Mend it.", crashes, isolated=True, settles=without)
    report = validate([Subject("model", "m", {"files": ()})], {"x": check}, today=TODAY)
    assert [(one.check, one.model, one.message) for one in report.findings] == [
        ("x", "m", "there are no files")
    ]
    assert settled(check, Inputs({"files": ("a",)})) == []
    assert settled(check, Inputs({}, {"files": Unavailable("none")})) == []


def test_what_a_check_settles_may_hang_on_its_section():
    def without(rules):
        return skipped("no limit") if rules is None else None

    check = Check("x", "quality", "Mend it.", crashes, section="latency", isolated=True, settles=without)
    (nothing,) = settled(check, Inputs({"sections": {}}))
    assert (nothing.message, nothing.remedy) == ("no limit", None)
    assert settled(check, Inputs({"sections": {"latency": 5}})) == []


def test_no_child_is_started_for_a_model_whose_specification_cannot_be_read(monkeypatch):
    def never(*_):
        raise AssertionError("a child was asked for")

    monkeypatch.setattr(Template, "fork", never)
    monkeypatch.setattr(Template, "prepare", never)

    def unreadable(tree, path):
        raise Unavailable("model.yaml cannot be read", "spec-valid")

    tree = WorkTree(Path(__file__).parents[2] / "examples/bad/onnx-loads/no-kernel")
    chosen = {name: registered()[name] for name in ("spec-valid", "onnx-format", "onnx-loads", "quality")}
    report = validate([Candidate("tiny", tree, unreadable).subject()], chosen, today=TODAY)
    verdicts = {one.check: one.verdict for one in report.findings}
    assert verdicts.pop("spec-valid") is Verdict.FAIL
    assert set(verdicts.values()) == {Verdict.INCONCLUSIVE}
