import inspect

import pytest

from sluicegate.validators.runner.finding import Verdict, fail, passed
from sluicegate.validators.runner.registry import FAMILIES, check, checks


def test_every_check_tells_its_title_explanation_and_remedy():
    for one in checks().values():
        assert one.title.endswith("."), one.id
        assert len(one.explanation) > 40, one.id
        assert one.remedy.endswith("."), one.id
        assert (one.section is None) == (one.parameters is None), one.id
        assert ("rules" in one.needs) == (one.section is not None), one.id


def test_checks_come_in_the_order_of_their_families_and_each_family_has_one():
    families = [one.family for one in checks().values()]
    assert families == sorted(families, key=FAMILIES.index)
    assert set(families) == set(FAMILIES)


def test_what_loads_a_model_or_data_runs_in_the_child():
    loading = {"graph", "session", "production_session", "evaluation", "reference", "evaluation_sets"}
    loading.add("tables")
    for one in checks().values():
        assert one.isolated == (one.static or bool(loading & set(one.needs))), one.id


def test_an_id_is_taken_once_and_a_family_is_one_of_the_known():
    def again():
        yield passed("x")

    with pytest.raises(ValueError, match="taken"):
        check("spec-valid", family="spec", remedy="x")(again)
    with pytest.raises(ValueError, match="taken or its family 'none'"):
        check("some-new-id", family="none", remedy="x")(again)
    assert "some-new-id" not in checks()


def test_a_scope_is_one_of_the_known_and_only_a_model_has_a_section_or_a_child():
    def one():
        yield passed("x")

    with pytest.raises(ValueError, match="its scope 'planet' is not one of"):
        check("some-new-id", family="spec", remedy="x", scope="planet")(one)
    for more in ({"section": "x", "parameters": int}, {"isolated": True}):
        with pytest.raises(ValueError, match="only a check of a model"):
            check("some-new-id", family="spec", remedy="x", scope="repository", **more)(one)
    assert "some-new-id" not in checks()


def test_only_what_judges_a_model_can_be_waived_by_it():
    waivable = {one.id for one in checks().values() if one.waivable}
    assert {"quality", "latency", "data-drift", "rollout-decidable", "gpu-fit"} <= waivable
    assert all(checks()[id].scope == "model" for id in waivable)
    assert checks()["environment-gpus"].family == checks()["gpu-fit"].family
    assert not checks()["environment-gpus"].waivable


def test_the_worst_verdict_wins_and_nothing_at_all_is_an_error():
    order = ["pass", "skipped", "waived", "inconclusive", "fail", "error"]
    assert sorted(Verdict, key=lambda verdict: verdict.rank) == order
    assert Verdict.of([Verdict.PASS, Verdict.FAIL, Verdict.WAIVED]) == Verdict.FAIL
    assert Verdict.of([]) == Verdict.ERROR


def test_a_model_passes_where_one_check_passed_and_the_others_were_skipped():
    assert Verdict.of([Verdict.SKIPPED, Verdict.PASS]) == Verdict.PASS
    assert Verdict.of([Verdict.SKIPPED, Verdict.SKIPPED]) == Verdict.SKIPPED
    assert Verdict.of([Verdict.SKIPPED, Verdict.PASS, Verdict.WAIVED]) == Verdict.WAIVED


def test_a_finding_takes_the_checks_remedy_only_where_it_is_needed_and_has_none():
    spec_valid = checks()["spec-valid"]
    assert inspect.isgeneratorfunction(spec_valid.function)
    own = fail("x", remedy="Do this.")
    assert (own.remedy, fail("x").remedy, passed("x").remedy) == ("Do this.", None, None)
