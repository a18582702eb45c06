from __future__ import annotations

import pytest
from support.specs import environment_yaml, model_yaml

from sluicegate.ci.model_reader import load
from sluicegate.specs.callers import Caller, callers_of
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError, parse

LISTED = """\
  callers:
    - {name: checkout, models: [fraud, eta], contact: "@payments"}
    - {name: search, models: [eta], contact: search@example.org}
"""


def environment(extra: str):
    return load_environment(parse(environment_yaml("dev", extra=extra), "environments/dev/environment.yaml"))


def test_the_callers_of_a_model_are_those_that_name_it() -> None:
    callers = environment(LISTED).callers
    assert callers[0] == Caller("checkout", ("fraud", "eta"), "@payments")
    assert [str(caller) for caller in callers_of(callers, "fraud")] == ["checkout (@payments)"]
    assert len(callers_of(callers, "eta")) == 2
    assert environment("").callers == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("search,", "checkout,", "spec.callers[1].name: 'checkout' is listed twice; list each caller once"),
        (", contact: search@example.org", "", "spec.callers[1]: contact is missing; add it: whom to tell"),
        ("[eta]", "[]", "spec.callers[1].models: "),
    ],
)
def test_a_caller_that_is_listed_wrongly_is_refused_at_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        environment(LISTED.replace(old, new))
    assert str(caught.value).startswith("environments/dev/environment.yaml:")
    assert said in str(caught.value)


def test_breaking_is_a_reason_in_words(tmp_path) -> None:
    folder = tmp_path / "models/m"
    folder.mkdir(parents=True)
    for text in ('""', '" "', "true"):
        (folder / "model.yaml").write_bytes(model_yaml(extra=f"  breaking: {text}\n"))
        with pytest.raises(InputError, match=r"spec\.breaking"):
            load(WorkTree(tmp_path), "models/m")
    (folder / "model.yaml").write_bytes(model_yaml(extra="  breaking: ids outgrew float32\n"))
    assert load(WorkTree(tmp_path), "models/m")[1].sections == {"breaking": "ids outgrew float32"}
