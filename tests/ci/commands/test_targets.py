"""What is to be judged, before anything is: subjects by their scope and name, and the trees behind them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sluicegate.ci.commands._checkout import checkout
from sluicegate.ci.commands._targets import NO_PRODUCTION, Target, gate_values, of_change, of_work_tree
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec, Metrics
from sluicegate.specs.tree import FileEntry, WorkTree
from sluicegate.specs.yamlio import InputError

EVERYTHING = [("model", "tiny"), ("environment", "dev"), ("environment", "production"), ("repository", "")]


def repository_models(root: Path) -> list[Path]:
    return list(root.glob(layout.model_path("*")))


def judged(target: Target) -> list[tuple[str, str]]:
    return [(subject.scope, subject.name) for subject in target.subjects]


def test_a_model_by_name_is_judged_alone(work) -> None:
    place = checkout(work.root)
    with place.repository() as repository:
        assert judged(of_work_tree(place, repository, ("models/tiny/", "tiny"), None)) == [("model", "tiny")]


def test_all_of_the_work_tree_is_everything_with_nothing_to_compare_it_with(work) -> None:
    place = checkout(work.root)
    with place.repository() as repository:
        target = of_work_tree(place, repository, (), None)
    assert (judged(target), target.head, target.notes) == (EVERYTHING, None, ())
    assert {subject.given["base_tree"] for subject in target.subjects} == {None}
    assert of_work_tree(place, None, (), None).notes == (NO_PRODUCTION,)


def test_the_files_are_listed_no_more_often_for_more_models(work, monkeypatch) -> None:
    listed, listing = Counter(), WorkTree.entries

    def counted(self: WorkTree, prefix: str) -> list[FileEntry]:
        listed[len(repository_models(self.root))] += prefix == layout.MODELS
        return listing(self, prefix)

    monkeypatch.setattr(WorkTree, "entries", counted)
    of_work_tree(checkout(work.root), None, (), "dev")
    spec = (work.root / layout.model_path("tiny")).read_text()
    for name in ("second", "third"):
        work.write(layout.model_path(name), spec.replace("tiny", name))
    of_work_tree(checkout(work.root), None, (), "dev")
    assert listed[1] == listed[3] > 0


def test_a_change_brings_its_models_its_environments_and_both_sides(work) -> None:
    work.git("checkout", "--quiet", "-b", "topic")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.edit("environments/production/environment.yaml", "namespace: models-", "namespace: other-")
    head = work.commit()
    with checkout(work.root).repository() as repository:
        target = of_change(repository, "main", "topic", None)
        candidate = target.subjects[0].given["candidate"]
        assert candidate.load(candidate.tree, candidate.path)[1].version == 2
        assert candidate.load(candidate.base, candidate.path)[1].version == 1
        assert candidate.production is None
    assert judged(target) == [("model", "tiny"), ("environment", "production"), ("repository", "")]
    assert target.head == head


def test_production_is_the_commit_of_the_stable_version(work, digest) -> None:
    first = work.git("rev-parse", "main")
    work.release("production", "tiny", 1, first, digest)
    work.commit()
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    place = checkout(work.root)
    with place.repository() as repository:
        candidate = of_work_tree(place, repository, ("tiny",), None).subjects[0].given["candidate"]
        assert candidate.load(candidate.production, candidate.path)[1].version == 1
        elsewhere = of_work_tree(place, repository, ("tiny",), "dev").subjects[0].given["candidate"]
        assert elsewhere.production is None


def test_a_repository_without_a_model_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="has no model"):
        of_work_tree(checkout(tmp_path), None, (), None)


def test_the_gate_is_installed_for_the_environments_of_its_cluster() -> None:
    metrics = Metrics("prometheus", "http://127.0.0.1:9090", gateway="traefik")
    here = EnvironmentSpec("eu", "models", metrics, "gateway-api")
    far = EnvironmentSpec("us", "models-us", metrics, "gateway-api", cluster="far")
    values = gate_values([here, far])
    assert values["environments"] == [{"namespace": "models", "traffic": "gateway-api"}]
    assert values["image"]["digest"].startswith("sha256:")


def test_each_environment_says_what_is_stable_there_and_who_calls_it(work, digest) -> None:
    first = work.git("rev-parse", "main")
    work.release("production", "tiny", 1, first, digest)
    work.release("dev", "tiny", 1, "1" * 40, digest)
    file = work.root / "environments/production/environment.yaml"
    listed = (
        '  callers: [{name: shop, models: [tiny], contact: "@shop"}, {name: hr, models: [x], contact: "@hr"}]'
    )
    file.write_text(f"{file.read_text()}{listed}\n")
    work.commit()
    place = checkout(work.root)
    with place.repository() as repository:
        candidate = of_work_tree(place, repository, ("tiny",), None).subjects[0].given["candidate"]
        dev, production = candidate.stable()
        assert candidate.load(production.tree, candidate.path)[1].version == 1
    assert (dev.environment, dev.tree, dev.callers) == ("dev", None, ())
    assert "not in this clone" in dev.problems[0].message
    assert (production.environment, [str(caller) for caller in production.callers]) == (
        "production",
        ["shop (@shop)"],
    )
