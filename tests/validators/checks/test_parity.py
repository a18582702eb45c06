"""Which version a conversion is compared with, and by whose limits; tests/examples/bad has more."""

import pytest
from examples.make.graphs import WEIGHTS, graph
from examples.make.graphs import half as narrowed
from examples.make.model import BEFORE, model
from examples.make.tables import rows

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate

FROM_1 = "  lineage: {converted_from: 1}\n"


@pytest.fixture
def parity(tmp_path):
    """The findings of the check on a candidate, beside the sides that there are."""

    def write(side, files):
        folder = tmp_path / side / "models/tiny"
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return WorkTree(tmp_path / side)

    def run(candidate, **sides):
        trees = {side: write(side, files) for side, files in sides.items()}
        subject = Candidate("tiny", write("head", candidate), load, **trees).subject()
        inputs = Inputs({**subject.given, "workdir": tmp_path / "work"})
        return list(judge(checks()["parity"], inputs))

    return run


def verdicts(findings):
    return [finding.verdict for finding in findings]


@pytest.fixture
def half():
    """The fp16 version of the plain model; keyword arguments as of `model`."""

    def build(**said):
        return model(narrowed(WEIGHTS), precision="fp16", **said)

    return build


def test_a_sound_conversion_passes_with_each_figure_beside_its_limit(parity, half):
    outputs, decisions, metric, beside = findings = parity(half(), production=model(version=1))
    assert verdicts(findings) == [Verdict.PASS] * 4, [finding.message for finding in findings]
    assert outputs.threshold == 0.05
    assert 0 < outputs.observed < 0.01
    assert (decisions.threshold, decisions.observed) == (0.01, 0)
    assert "500 rows" in decisions.message
    assert "roc_auc was" in metric.message
    assert "times its time" in beside.message


def test_the_same_precision_is_not_compared(parity):
    (finding,) = parity(model(), production=BEFORE)
    assert finding.verdict == Verdict.PASS
    assert "as production" in finding.message


def test_a_first_version_is_skipped(parity, half):
    (finding,) = parity(half(version=1))
    assert finding.verdict == Verdict.SKIPPED


def test_the_version_that_it_says_it_is_made_from_is_compared_and_not_production(parity, half):
    other = model(graph((-1.5, 1.0, 0.5)), version=1)
    source = model(version=2)
    findings = parity(half(version=3, more="  lineage: {converted_from: 2}\n"), production=other, base=source)
    assert verdicts(findings) == [Verdict.PASS] * 4, [finding.message for finding in findings]
    assert "version 2 (the base, fp32)" in findings[0].message


def test_what_runs_already_is_not_judged_again(parity, half):
    same = half(more=FROM_1)
    (finding,) = parity(same, production=same)
    assert "the very file that runs" in finding.message


def test_a_limit_that_production_set_holds(parity, half):
    strict = model(version=1, more="  parity: {output_difference: 0}\n")
    findings = parity(half(), production=strict)
    assert findings[0].verdict == Verdict.FAIL
    assert findings[0].threshold == 0


def test_few_rows_prove_nothing_and_the_remedy_counts_how_many_do(parity, half):
    few = {"evaluation": rows(2, 50), "reference": rows(1, 50)}
    findings = parity(half(**few), production=model(version=1, **few))
    assert findings[1].verdict == Verdict.INCONCLUSIVE
    assert "368 rows without a flip show 0.01" in findings[1].remedy
