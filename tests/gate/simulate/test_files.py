from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sluicegate.gate.simulate import files
from sluicegate.gate.simulate.scenarios import BY_NAME
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]


def short(name):
    scenario = BY_NAME[name].at(0.01)
    return replace(scenario, setting=replace(scenario.setting, windows=70))


@pytest.mark.parametrize("name", ["null", "cold-start", "sticky", "regression"])
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
def test_a_file_is_the_traffic_that_the_rules_see(name, suffix, tmp_path):
    path = tmp_path / f"traffic.{suffix}"
    files.write(path, short(name), 3, 2)
    read = files.read(path)
    assert (read.name, read.setting, read.rollouts) == (name, short(name).setting, 2)
    for rollout in range(2):
        drawn = short(name).traffic(3, rollout)
        recorded = read.traffic(99, rollout)
        assert recorded.cold == drawn.cold
        assert all(recorded.serve(w, p) == drawn.serve(w, p) for w in (0, 1, 69) for p in (1, 50))


def test_a_compressed_file_has_the_same_bytes_every_time(tmp_path):
    for name in ("a.gz", "b.gz"):
        files.write(tmp_path / name, short("null"), 3, 1)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_each_line_is_plain_json(tmp_path):
    path = tmp_path / "traffic.jsonl"
    files.write(path, short("regression"), 3, 1)
    head, first, *_ = map(json.loads, path.read_text().splitlines())
    assert (head["format"], head["windows"], head["difference"]) == ("sluicegate-traffic/1", 70, 0.11)
    assert (first["rollout"], first["window"], len(first["requests"])) == (0, 0, 100)
    assert sum(number for _, number in first["if_canary"]) > 50
    assert first["if_stable"] == []


@pytest.mark.skipif(not np.__version__.startswith("1.26."), reason="the digest is that of numpy 1.26")
def test_the_documented_digest_is_that_of_the_benchmarks_traffic(tmp_path):
    """Whoever draws the benchmark's traffic has the same one; a change of it is a change of the benchmark."""
    path = tmp_path / "stalls-1.jsonl"
    files.write(path, BY_NAME["stalls-1"].at(0.01), 1, 1)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in (ROOT / "docs/benchmark.md").read_text()


def edited(path, number, change):
    lines = path.read_text().splitlines()
    lines[number - 1] = change(lines[number - 1])
    path.write_text("\n".join(lines))


FAULTS = {
    "no head": (1, lambda _: "{}", "the first line is not the head"),
    "a text for a number": (
        1,
        lambda line: line.replace('"rate":100.0', '"rate":"x"'),
        "head.rate is 'x'",
    ),
    "no seconds": (1, lambda line: line.replace('"seconds":10.0', '"seconds":0'), "not between 0 and a day"),
    "no share": (1, lambda line: line.replace('"failures":0.005', '"failures":2'), "no shares"),
    "one track": (1, lambda line: line.replace('"replicas":[1,1]', '"replicas":[1]'), "replicas"),
    "fewer windows": (
        1,
        lambda line: line.replace('"windows":70', '"windows":71'),
        "rollout 0 has 70 of its 71 windows",
    ),
    "half a request": (3, lambda line: line.replace('"requests":[', '"requests":[0.5,'), "0.5 is no count"),
    "a lot from the end": (3, lambda line: line.replace('"if_canary":[', '"if_canary":[[-1,0],'), "no count"),
    "fewer failures than none": (
        3,
        lambda line: line.replace('"if_canary":[', '"if_canary":[[5,-1],'),
        "-1 is no count",
    ),
    "not JSON": (3, lambda line: line[:-3], "this is not JSON"),
    "no requests": (3, lambda line: line.replace("requests", "request"), "this is no window"),
    "99 lots": (3, lambda line: line.replace('"requests":[', '"requests":[0,'), "this is no window"),
    "order": (3, lambda line: line.replace('"window":1', '"window":9'), "out of order"),
    "more than it has": (
        3,
        lambda line: line.replace('"if_canary":[', '"if_canary":[[5,999],'),
        "fails more",
    ),
    "a number that none can be": (
        3,
        lambda line: line.replace('"requests":[', f'"requests":[1{"0" * 30},', 1),
        "this is no window",
    ),
    "too deep": (3, lambda _: "[" * 100_000, "this is not JSON"),
    "too few": (1, lambda line: line.replace('"rollouts":2', '"rollouts":3'), "2 of its 3 rollouts"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_line(fault, tmp_path):
    path = tmp_path / "traffic.jsonl"
    files.write(path, short("null"), 3, 2)
    number, change, message = FAULTS[fault]
    edited(path, number, change)
    with pytest.raises(InputError, match=message) as caught:
        files.read(path)
    assert f"{path}:{number}:" in str(caught.value)


def test_what_is_cut_off_damaged_or_missing_is_named(tmp_path):
    whole = gzip.compress(bytes(range(256)) * 9)
    cut, damaged = tmp_path / "cut.gz", tmp_path / "damaged.gz"
    cut.write_bytes(whole[:-9])
    damaged.write_bytes(whole[:10] + b"\xff" * 20 + whole[30:])
    for path in (cut, damaged, tmp_path / "missing"):
        with pytest.raises(InputError, match="cannot be read"):
            files.read(path)
    (tmp_path / "empty").write_text("")
    with pytest.raises(InputError, match="it is empty"):
        files.read(tmp_path / "empty")


def test_a_first_version_has_no_file(tmp_path):
    with pytest.raises(InputError, match="first-late has no stable version"):
        files.write(tmp_path / "traffic.jsonl", BY_NAME["first-late"].at(0.01), 3, 2)
    assert not (tmp_path / "traffic.jsonl").exists()
