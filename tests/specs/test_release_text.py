from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.releases import closed, delta

from sluicegate.specs.release import Hold, Release, Step, Tally, Traffic, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.release_text import load
from sluicegate.specs.yamlio import InputError, parse
from sluicegate.specs.yamlio.nodes import compose

PATH = "environments/production/flight-delay/release.yaml"
ONE = Version(1, "1f0c" * 10, "sha256:" + "1" * 64)
TWO = Version(2, "9ab3" * 10, "sha256:" + "2" * 64)
NINE = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
AT_REST = Release("flight-delay", "production", stable=ONE, stable_since=NINE)
RUNNING = replace(
    AT_REST,
    canary=TWO,
    weight=5,
    started=NINE,
    since=NINE,
    counts=(
        Step(
            1, Traffic(12, 1088), {"error_rate/de: all": Tally(delta(10, 990, 0, 3), (delta(2, 98, 2, 0),))}
        ),
    ),
    history=(replace(ONE, digest="sha256:" + "0" * 64),),
    hold=Hold(NINE, "weight: 5, then {version: 1} - or - not # so"),
)
TEXT = render(RUNNING).decode()


def outcome(action: Any) -> Any:
    """What a reader makes of a text: a release, or what it finds wrong."""
    try:
        return action()
    except InputError as error:
        return error.problems


def reads_alike(text: str) -> bool:
    """Whether a text is read as YAML has it."""
    written = text.encode()
    return bool(outcome(lambda: load(written, PATH)) == outcome(lambda: read(parse(written, PATH))))


@pytest.mark.parametrize("release", [AT_REST, RUNNING, Release("flight-delay", "production")])
def test_the_gates_own_bytes_are_read_without_a_yaml_parser(release: Release) -> None:
    parsed = compose.cache_info().misses
    assert load(render(release), PATH) == release
    assert compose.cache_info().misses == parsed


def test_text_with_a_backslash_is_left_to_yaml() -> None:
    release = replace(AT_REST, hold=Hold(NINE, 'said "no"'))
    parsed = compose.cache_info().misses
    assert load(render(release), PATH) == release
    assert compose.cache_info().misses == parsed + 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 5}", "weight: 5, weight: 5}"),  # JSON keeps the last of two
        ("weight: 5}", "weight: 5}  # a remark"),
        ("weight: 5}", "weight: 7}"),
        ("version: 2,", "version: 0x2,"),
        ('"production"', "production"),
        ('"production"', "'production'"),
        ('"production"', '"other"'),
        ("tracks:\n", "tracks:\n\n"),
        ("started:", "Started:"),
        ("history:\n- ", "history: []\n- "),
        ("- {version: 1", "- - {version: 1"),
        ("rejected: []", "rejected: [null]"),
        ("rejected: []\n", ""),
        ("hold: ", "<<: "),
        ("kind: Release\n", "kind: Release\nbaseline: null\n"),
        ('"weight: 5, then', '"\N{EM DASH} 5, then'),
    ],
)
def test_any_other_file_is_read_or_refused_as_yaml(old: str, new: str) -> None:
    assert old in TEXT
    assert reads_alike(TEXT.replace(old, new, 1))


@given(
    st.integers(0, len(TEXT)),
    st.integers(0, 12),
    st.sampled_from(["", " ", "\n", '"', ":", ": ", ",", "{", "}", "[", "]", "#", "- ", "0", "null", "\t"]),
)
def test_whatever_is_edited_is_read_as_yaml(at: int, removed: int, put: str) -> None:
    assert reads_alike(TEXT[:at] + put + TEXT[at + removed :])


def test_a_problem_is_told_with_its_line() -> None:
    with pytest.raises(InputError, match=r"release\.yaml:7:\d+: tracks\.canary\.weight"):
        load(TEXT.replace("weight: 5}", "weight: 105}").encode(), PATH)


def test_a_release_in_another_directory_is_refused() -> None:
    with pytest.raises(InputError, match=r"metadata\.model"):
        load(TEXT.encode(), "environments/production/other/release.yaml")


def test_closed_steps_come_back_as_they_were() -> None:
    release = replace(RUNNING, counts=(closed(1, 12, 1088, error_rate=(12, 1088, 1, 3)), closed(5, 60, 940)))
    assert load(render(release), PATH) == release
