from __future__ import annotations

import json

from sluicegate.validators.runner.registry import checks


def test_every_check_with_title_explanation_and_remedy(sluice) -> None:
    text = " ".join(sluice("checks").output.split())
    for check in checks().values():
        for said in (check.id, check.title, check.explanation, check.remedy):
            assert " ".join(said.split()) in text


def test_json_and_one_family(sluice) -> None:
    rows = json.loads(sluice("checks", "--json", "--family", "spec").output)
    assert {row["family"] for row in rows} == {"spec"}
    assert {row["check"] for row in rows} == {c.id for c in checks().values() if c.family == "spec"}


def test_every_check_names_what_it_judges_and_whether_it_can_be_waived(sluice) -> None:
    rows = {row["check"]: row for row in json.loads(sluice("checks", "--json").output)}
    assert {row["scope"] for row in rows.values()} == {"model", "environment", "repository"}
    environment, quality = rows["environment-valid"], rows["quality"]
    assert (environment["scope"], environment["waivable"]) == ("environment", False)
    assert (quality["scope"], quality["waivable"]) == ("model", True)
    assert "model-removed (of the repository)" in sluice("checks").output
