from __future__ import annotations

import pytest

from sluicegate.specs.yamlio import InputError, dotted, parse


def test_an_error_reads_as_file_line_column_place_what_and_remedy() -> None:
    with pytest.raises(InputError) as caught:
        parse(b"q:\n- m: .nan\n- m: *x\n", "models/m/model.yaml").checked()
    assert str(caught.value).splitlines() == [
        "models/m/model.yaml:2:6: q[0].m: .nan is not a finite number; write a finite number",
        "models/m/model.yaml:3:6: q[1].m: an alias is not allowed; write the value out",
    ]
    assert str(InputError.of("no such model", "run `sluice status`")) == "no such model; run `sluice status`"


def test_paths_in_words() -> None:
    assert dotted(("spec", "quality", 0, "margin")) == "spec.quality[0].margin"
    assert dotted(("labels", "a.b/c")) == 'labels["a.b/c"]'
