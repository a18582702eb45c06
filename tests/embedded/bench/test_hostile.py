"""The figures of static judgement are of what they say."""

import pytest

from sluicegate.embedded.bench import hostile
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.onnx.scan import static_faults
from sluicegate.validators.submission.files import ModelFiles


def faults(root):
    entries = {entry.path: entry for entry in WorkTree(root).entries("")}
    files = ModelFiles("", entries, root, pinned=frozenset(entries))
    return [fault.words for _, fault in static_faults(files, "model.onnx")]


@pytest.mark.parametrize("what", ["large-inline", "large-external", "chain-50"])
def test_the_models_that_are_measured_are_sound(what, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(hostile, "MEBIBYTES", 16)
    hostile.main(what, tmp_path)
    assert faults(tmp_path) == []
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > (16 << 20 if "large" in what else 0)
    seconds, memory = capsys.readouterr().out.split()
    assert float(seconds) >= 0
    assert int(memory) > 1 << 20


def test_the_refused_model_is_refused_for_its_size(monkeypatch):
    said = []

    def judged(what, folder):
        said.extend(faults(hostile.Path(folder)))
        return 1.0, 1 << 20

    monkeypatch.setattr(hostile, "_alone", judged)
    hostile.refused()
    assert "more than 1,000,000 fields" in said[0]


def test_the_pull_request_that_is_measured_is_refused():
    taken = hostile.refused_pull_request()
    assert taken["cpu_seconds"] > 0
    assert taken["peak_mib"] < 200
