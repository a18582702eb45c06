from dataclasses import replace
from types import SimpleNamespace

import pytest

from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError, parse
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.submission.candidate import Candidate, Production

ONE_FILE = SimpleNamespace(files=())


@pytest.fixture
def inputs(tmp_path):
    """Inputs of a model whose base's model.yaml is this text: `good` can be read, other texts cannot."""

    def make(text, production=None, data="rows"):
        base = tmp_path / "side/models/m"
        base.mkdir(parents=True)
        if text is not None:
            (base / "model.yaml").write_text(text)
        (tmp_path / "work").mkdir()

        def load(tree, path):
            if text != "good":
                raise InputError.of("is wrong", "mend it", path)
            return parse(b"good", path), SimpleNamespace(data=data, artifact=ONE_FILE, sections={}, version=7)

        tree = WorkTree(tmp_path / "side")
        candidate = Candidate("m", tree, load, base=tree)
        return Inputs({"candidate": candidate, "workdir": tmp_path / "work", "production": production})

    return make


def test_rules_are_the_models_own_and_all_accepted_ones():
    old = ReferenceVersion("production", SimpleNamespace(sections={"drift": 1}), None)
    bare = replace(old, who="the base", spec=SimpleNamespace(sections={}))
    assert all_rules("drift", 2, (old, bare)) == [2, 1]
    assert all_rules("drift", None, (bare,)) == []


def test_the_base_is_beside_production_with_its_own_files(inputs):
    running = Production(SimpleNamespace(data="older", artifact=ONE_FILE), "files")
    old, base = inputs("good", running)["reference_versions"]
    assert (old.who, old.files) == ("production", "files")
    assert (base.who, base.spec.version) == ("the base", 7)
    assert (base.files.directory / "model.yaml").read_text() == "good"


def test_the_same_data_are_not_copied_twice(inputs):
    running = Production(SimpleNamespace(data="rows", artifact=ONE_FILE), "files")
    assert inputs("good", running)["reference_versions"][1].files == "files"


def test_a_base_without_the_model_has_no_rules(inputs):
    assert inputs(None)["reference_versions"] == ()


@pytest.mark.parametrize(("text", "document"), [("spec: {version: 7}", True), ("[", False)])
def test_rules_of_a_base_that_cannot_be_read_are_not_taken_for_none(inputs, text, document):
    made = inputs(text)
    with pytest.raises(Unavailable, match=r"the base's model\.yaml cannot be read"):
        made["reference_versions"]
    reading = made["base_reading"]
    assert (reading.spec, reading.document is not None) == (None, document)
