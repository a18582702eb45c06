"""The smoke test against real servers of the embedded runtime, and against answers that only a stub gives."""

from __future__ import annotations

import json
import math
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.dark_models import ENVIRONMENT, NAME, Shelf, artifact, evaluation_rows
from support.http_stub import Answer, Site
from support.specs import environment_yaml

from sluicegate.ci.smoke import ROWS, Row, ask, differences, smoke_test
from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.inference import Direct
from sluicegate.gate.core.decision import Smoke
from sluicegate.gate.daemon.reconcile import tick
from sluicegate.gate.daemon.smoke import DarkCanary, SmokeTests
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.release import Release, Version
from sluicegate.specs.yamlio import parse


def expecting(value: float) -> dict[str, object]:
    """One output of one row."""
    return {"y": {"shape": [1], "data": [value]}}


INFER = f"/servers/{NAME}/canary/infer"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    made = Shelf(tmp_path_factory.mktemp("shelf"))
    made.environment("http://127.0.0.1:1")
    yield made
    made.repository.close()


@pytest.fixture(scope="module")
def runtime(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with Runtime(shelf.bare, ENVIRONMENT, tmp_path_factory.mktemp("runtime")) as running:
        yield running


def environment(url: str) -> EnvironmentSpec:
    return load_environment(parse(environment_yaml(ENVIRONMENT, url=url), "environment.yaml"))


def smoke_of(shelf: Shelf, url: str, version: Version) -> Smoke:
    """The smoke test of a version, of a canary whose router is at `url`."""
    tree = shelf.repository.tree(version.revision)
    return smoke_test(DarkCanary(environment(url), NAME, version, tree))


def smoke_beside(shelf: Shelf, runtime: Runtime, served: Version, version: Version) -> Smoke:
    """The smoke test of a version where a real server of `served` is the dark canary."""
    shelf.dark(served)
    runtime.wait_for(NAME, {"canary": (served.version, 0)})
    return smoke_of(shelf, runtime.url, version)


# --- real servers ---


def test_a_sound_server_answers_every_row_in_the_dark_and_nothing_counts_it(shelf, runtime):
    version = shelf.version(1, artifact(0.5))
    smoke = smoke_beside(shelf, runtime, version, version)
    assert smoke == Smoke("passed", "20 rows of its evaluation set are answered as expected", ROWS, ROWS)
    counted = [line for line in read(runtime.metrics_url).decode().splitlines() if "requests_total{" in line]
    assert {line.rsplit(" ", 1)[1] for line in counted} <= {"0"}


def test_a_server_that_answers_400_to_all_fails(shelf, runtime):
    served = shelf.version(2, artifact(0.5, features=4), evaluation_rows(features=4))
    smoke = smoke_beside(shelf, runtime, served, shelf.version(3, artifact(0.5)))
    assert (smoke.verdict, smoke.rows, smoke.answered) == ("failed", 1, 0)
    assert "row 4 of its evaluation set was answered with 400: " in smoke.reason
    assert "does not fit" in smoke.reason


def test_a_server_whose_output_is_nan_fails(shelf, runtime):
    served = shelf.version(4, artifact(math.nan))
    smoke = smoke_beside(shelf, runtime, served, shelf.version(5, artifact(0.5)))
    assert smoke.verdict == "failed"
    assert "output 'y' is not finite" in smoke.reason


def test_a_server_with_other_weights_fails(shelf, runtime):
    served = shelf.version(6, artifact(0.51))
    smoke = smoke_beside(shelf, runtime, served, shelf.version(7, artifact(0.5)))
    assert (smoke.verdict, smoke.rows, smoke.answered) == ("failed", 1, 1)
    assert smoke.reason == "row 4 of its evaluation set: output 'y' is 0.866794, expected 0.849798"


# --- answers that no server of ours gives ---

ROWS_ASKED = [
    Row(4, [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 3.0]}], expecting(1.0)),
    Row(9, [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [math.nan, 3.0]}], expecting(2.0)),
]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


def answered(site: Site, *bodies: object, tolerance: float = 1e-3, bare_nan: bool = False) -> Smoke:
    """What the smoke test says of a server that gives these answers in turn."""
    site.pages[INFER] = [
        body if isinstance(body, Answer) else Answer(body=json.dumps(body).encode()) for body in bodies
    ]
    return ask(Direct(f"{site.url}{INFER}"), ROWS_ASKED, tolerance, bare_nan=bare_nan)


def output(data: object, shape: object = (1,), name: str = "y") -> dict[str, object]:
    """An answer of one output."""
    return {"outputs": [{"name": name, "datatype": "FP32", "shape": shape, "data": data}]}


def test_requests_are_those_of_the_protocol_and_a_missing_number_is_null(site):
    assert answered(site, output([1.0]), output([2.0])).verdict == "passed"
    first, second = (json.loads(request.body) for request in site.requests)
    assert first == {"inputs": ROWS_ASKED[0].inputs, "outputs": [{"name": "y"}]}
    assert second["inputs"][0]["data"] == [None, 3.0]


def test_triton_gets_a_missing_number_as_nan(site):
    assert answered(site, output([1.0]), output([2.0]), bare_nan=True).verdict == "passed"
    assert b'"data":[NaN,3.0]' in site.requests[1].body


def test_the_first_row_that_is_wrong_ends_it(site):
    smoke = answered(site, output([1.0]), output([1.0]))
    assert smoke == Smoke("failed", "row 9 of its evaluation set: output 'y' is 1, expected 2", 2, 2)


def test_data_may_be_nested_by_rows(site):
    assert answered(site, output([[1.0]]), output([[[2.0]]])).verdict == "passed"


@pytest.mark.parametrize(("by", "verdict"), [(5e-4, "passed"), (2e-3, "failed")])
def test_rounding_is_no_difference(site, by, verdict):
    assert answered(site, output([1.0 + by]), output([2.0])).verdict == verdict


def test_a_large_output_may_differ_by_as_large_a_part(site):
    assert answered(site, output([1.0]), output([2.0 + 1e-3])).verdict == "passed"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (output([math.nan]), "output 'y' is nan, not a finite number; expected 1"),
        (output([math.inf]), "output 'y' is inf, not a finite number"),
        (output([None]), "output 'y' is None, not a finite number"),
        (output(["1"]), "output 'y' is '1', not a finite number"),
        (output([True]), "output 'y' is True, not a finite number"),
        (output([]), "has 0 values, expected 1"),
        (output(7), "has 0 values, expected 1"),
        (output([1.0], [1, 1]), "has the shape [1, 1], expected [1]"),
        (output([1.0], name="z"), "output 'y' is missing"),
        ([], "not one of the Open Inference Protocol"),
        ({"outputs": 1}, "not one of the Open Inference Protocol"),
        ({"outputs": [1]}, "not one of the Open Inference Protocol"),
        (Answer(body=b"<html>"), "not one of the Open Inference Protocol"),
        (Answer(body=b"[" * 100_000), "not one of the Open Inference Protocol"),
        (Answer(500, b"broken\n\nindeed"), "was answered with 500: broken indeed"),
    ],
)
def test_an_answer_that_is_not_the_expected_one_fails(site, body, reason):
    smoke = answered(site, body)
    assert smoke.verdict == "failed"
    assert reason in smoke.reason


def test_an_output_that_is_itself_no_number_is_compared_with_nothing():
    assert list(differences(json.dumps(output([0.0])).encode(), expecting(math.nan), 1e-3)) == []


def test_labels_and_whole_numbers_are_equal_or_not():
    wanted = {"label": {"shape": [1], "data": ["late"]}, "class": {"shape": [1], "data": [2]}}
    answer = {
        "outputs": [
            {"name": "label", "shape": [1], "data": ["soon"]},
            {"name": "class", "shape": [1], "data": [3]},
        ]
    }
    assert list(differences(json.dumps(answer).encode(), wanted, 1e-3)) == [
        "output 'label' is 'soon', expected 'late'",
        "output 'class' is 3, expected 2",
    ]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_answers_in_place_of_the_canary_is_no_fault_of_it(site, status):
    smoke = answered(site, output([1.0]), Answer(status, b"no healthy upstream"))
    assert (smoke.verdict, smoke.answered) == ("not_run", 1)
    assert f"answered {status}: no healthy upstream" in smoke.reason


def test_a_canary_that_is_not_reached_was_not_tested(site):
    site.close()
    smoke = answered(site, output([1.0]))
    assert smoke.verdict == "not_run"
    assert "see that the canary runs" in smoke.reason


# --- nothing to compare with ---


def test_without_evaluation_rows_nothing_is_expected(shelf, site):
    version = shelf.version(1, artifact(0.5))
    revision = shelf.commit({f"models/{NAME}/data/rows.parquet": b"not a table"})
    smoke = smoke_of(shelf, site.url, replace(version, revision=revision))
    assert smoke.verdict == "not_run"
    assert "what it should answer is not known: data/rows.parquet is not a readable table" in smoke.reason
    assert site.requests == []


def test_an_artifact_in_git_lfs_is_not_there_to_compare_with(shelf, site):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    version = shelf.version(1, pointer)
    smoke = smoke_of(shelf, site.url, version)
    assert smoke.verdict == "not_run"
    assert "what it should answer is not known" in smoke.reason


# --- the whole way of a first version ---


@pytest.fixture
def own_shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.repository.close()


def first_version(shelf: Shelf) -> Release:
    """Tick until version 1 has left the dark; its release then."""
    smoke = SmokeTests(smoke_test)
    deadline = time.monotonic() + 60
    with Repository(shelf.bare) as repository:
        while time.monotonic() < deadline:
            (outcome,) = tick(repository, clock=lambda: datetime.now(UTC), smoke=smoke)
            assert outcome.decision is not None, outcome.problem
            release = outcome.decision.release
            if release.weight == 100 or release.rejected:
                return release
    raise AssertionError(outcome.decision.reason)


def test_a_first_version_that_answers_well_takes_all_traffic(own_shelf, tmp_path):
    own_shelf.version(1, artifact(0.5))
    with Runtime(own_shelf.bare, ENVIRONMENT, tmp_path / "runtime") as runtime:
        own_shelf.environment(runtime.url)
        release = first_version(own_shelf)
    assert (release.weight, release.rejected) == (100, ())
    (said,) = log(own_shelf, "0 -> 100")
    assert "the smoke test passed: 20 rows of its evaluation set are answered as expected" in said


def test_a_first_version_that_answers_400_to_all_is_taken_back(own_shelf, site, tmp_path):
    own_shelf.version(1, artifact(0.5))
    with Runtime(own_shelf.bare, ENVIRONMENT, tmp_path / "runtime") as runtime:
        site.pages["/metrics"] = lambda _: read(runtime.metrics_url)
        site.pages[INFER] = Answer(400, b"no such input")
        own_shelf.environment(site.url)
        release = first_version(own_shelf)
    (rejection,) = release.rejected
    assert (rejection.version, release.canary, release.stable) == (1, None, None)
    assert "the smoke test failed: row 4 of its evaluation set was answered with 400" in rejection.reason


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def log(shelf: Shelf, weight: str) -> list[str]:
    """The messages of the gate's commits with this change of weight."""
    shelf.repository.fetch()
    commits = shelf.repository.log(shelf.repository.tip("main"))
    return [commit.message for commit in commits if f"Gate-Weight: {weight}" in commit.message]
