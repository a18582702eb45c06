"""Results are kept where they stop nothing, and believed where their seal counts."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime

import pytest

from sluicegate.ci.result_seals import OwnSeal
from sluicegate.validators.runner.finding import Finding, Verdict
from sluicegate.validators.runner.result_cache import ResultCache

NOW = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
KEY, OTHER = "a" * 64, "b" * 64
GOOD = (
    Finding("c", Verdict.PASS, "p95 is 3 ms", observed=3.0, interval=(2.5, 3.5), threshold=20.0),
    Finding("c", Verdict.SKIPPED, "nothing runs yet", path="models/m/model.yaml", line=3),
)


@pytest.fixture
def cache(tmp_path) -> ResultCache:
    return ResultCache(tmp_path / "results", OwnSeal(b"k" * 32), NOW)


def test_what_was_kept_is_found_as_it_was(cache) -> None:
    cache.add(KEY, "c", GOOD)
    kept = cache.find(KEY, "c")
    assert kept is not None
    assert (kept.findings, kept.judged) == (GOOD, NOW)
    assert cache.find(OTHER, "c") is None
    assert not cache.refused


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.WAIVED])
def test_what_is_not_good_is_judged_anew_each_time(cache, verdict) -> None:
    cache.add(KEY, "c", [*GOOD, Finding("c", verdict, "no")])
    assert cache.find(KEY, "c") is None


def test_nothing_found_is_not_kept(cache) -> None:
    cache.add(KEY, "c", [])
    assert cache.find(KEY, "c") is None


def entry(cache: ResultCache) -> dict:
    cache.add(KEY, "c", GOOD)
    return json.loads(cache._path(KEY).read_bytes())


TAMPERED = {
    "another figure": lambda data: data | {"entry": data["entry"].replace("3.0", "1.0")},
    "another seal": lambda data: data | {"seal": "0" * 64},
    "no seal": lambda data: {"entry": data["entry"]},
    "a list": lambda data: [data],
    "a number for a seal": lambda data: data | {"seal": 3},
}


@pytest.mark.parametrize("how", TAMPERED)
def test_an_entry_that_was_changed_is_none_and_is_named(cache, how) -> None:
    changed = TAMPERED[how](entry(cache))
    cache._path(KEY).write_text(json.dumps(changed))
    assert cache.find(KEY, "c") is None
    assert cache.refused == [f"{KEY}.json"]


@pytest.mark.parametrize("content", [b"", b"\xff", b'{"entry": ', b"x" * (5 << 20)], ids=len)
def test_a_file_that_is_no_entry_is_none(cache, content) -> None:
    entry(cache)
    cache._path(KEY).write_bytes(content)
    assert cache.find(KEY, "c") is None


def test_an_entry_under_another_key_or_check_is_none(cache) -> None:
    """A sealed file that somebody renames says nothing of other inputs."""
    cache.add(KEY, "c", GOOD)
    cache._path(OTHER).parent.mkdir()
    cache._path(KEY).rename(cache._path(OTHER))
    assert cache.find(OTHER, "c") is None
    cache.add(KEY, "c", GOOD)
    assert cache.find(KEY, "d") is None


def test_a_cache_of_another_machine_is_not_believed(cache) -> None:
    cache.add(KEY, "c", GOOD)
    elsewhere = ResultCache(cache.directory, OwnSeal(b"l" * 32), NOW)
    assert elsewhere.find(KEY, "c") is None
    assert elsewhere.refused


def test_many_write_at_once_and_every_reader_sees_a_whole_entry(cache) -> None:
    seen: list[object] = []

    def work() -> None:
        for _ in range(50):
            cache.add(KEY, "c", GOOD)
            seen.append(cache.find(KEY, "c"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 400
    assert None not in seen
    assert [path.name for path in cache.directory.glob("??/*")] == [f"{KEY}.json"]


def test_what_was_not_used_for_longest_goes_first(cache) -> None:

    keys = [f"{number:064x}" for number in range(4)]
    for age, key in enumerate(keys):
        cache.add(key, "c", GOOD)
        os.utime(cache._path(key), (1_000 + age, 1_000 + age))
    size = cache._path(keys[0]).stat().st_size
    assert cache.find(keys[0], "c")  # the oldest is used now
    cache.most = 2 * size
    cache.trim()
    assert [bool(cache.find(key, "c")) for key in keys] == [True, False, False, True]


def test_a_directory_that_cannot_be_written_costs_only_the_result(tmp_path, caplog) -> None:
    (tmp_path / "file").write_text("")
    cache = ResultCache(tmp_path / "file", OwnSeal(b"k" * 32), NOW)
    cache.add(KEY, "c", GOOD)
    assert cache.find(KEY, "c") is None
    assert "cannot be written" in caplog.text
