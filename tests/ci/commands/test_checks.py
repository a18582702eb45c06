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
