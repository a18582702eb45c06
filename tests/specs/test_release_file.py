from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.releases import closed, delta

from sluicegate.specs.release import CounterDelta, Hold, Rejection, Release, Step, Tally, Traffic, Version
from sluicegate.specs.release_file import HEADER, holds, read, render, update
from sluicegate.specs.yamlio import InputError, parse

PATH = "environments/production/flight-delay/release.yaml"
ONE = Version(1, "1f0c" * 10, "sha256:" + "1" * 64)
TWO = Version(2, "9ab3" * 10, "sha256:" + "2" * 64)
NINE = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
RUNNING = Release(
    "flight-delay",
    "production",
    stable=ONE,
    canary=TWO,
    weight=5,
    started=NINE,
    since=NINE + timedelta(minutes=5),
    counts=(Step(1, Traffic(12, 1088), {"error_rate": Tally(delta(10, 990, 0, 3), (delta(2, 98, 2, 0),))}),),
    history=(replace(ONE, version=1, digest="sha256:" + "0" * 64),),
    rejected=(Rejection(3, "sha256:" + "3" * 64, 'lower 0.02 > 0: "bad" #1'),),
    hold=Hold(NINE, "by hand"),
)
TEXT = """\
# Written by the gate alone; a pull request that changes it is refused. See docs/.
apiVersion: sluicegate.dev/v1
kind: Release
metadata: {model: "flight-delay", environment: "production"}
tracks:
  stable: {version: 1, revision: "REV1", digest: "sha256:DIG1", weight: 95}
  canary: {version: 2, revision: "REV2", digest: "sha256:DIG2", weight: 5}
started: "2026-11-21T09:15:00Z"
since: "2026-11-21T09:20:00Z"
counts:
- {weight: 1, traffic: {canary: 12, stable: 1088}, tallies: {error_rate: {rest: REST, windows: [WINDOW]}}}
history:
- {version: 1, revision: "REV1", digest: "sha256:DIG0"}
rejected:
- {version: 3, digest: "sha256:DIG3", reason: "lower 0.02 > 0: \\"bad\\" #1"}
hold: {since: "2026-11-21T09:15:00Z", reason: "by hand"}
"""
for mark, text in {
    "REV1": ONE.revision, "REV2": TWO.revision, **{f"DIG{n}": str(n) * 64 for n in range(4)},
    "REST": "{requests: 1000, canary: 10, bad_canary: [0], bad_stable: [3]}",
    "WINDOW": "{requests: 100, canary: 2, bad_canary: [2], bad_stable: [0]}",
}.items():  # fmt: skip
    TEXT = TEXT.replace(mark, text)


def test_the_file_as_the_gate_keeps_it() -> None:
    assert render(RUNNING).decode() == TEXT
    assert read(parse(TEXT.encode(), PATH)) == RUNNING


def test_a_release_of_nothing_yet() -> None:
    empty = Release("flight-delay", "dev")
    assert render(empty).decode().removeprefix(HEADER) == (
        "apiVersion: sluicegate.dev/v1\nkind: Release\n"
        'metadata: {model: "flight-delay", environment: "dev"}\n'
        "tracks:\n  stable: null\n  canary: null\nstarted: null\nsince: null\n"
        "counts: []\nhistory: []\nrejected: []\nhold: null\n"
    )
    assert read(parse(render(empty), "environments/dev/flight-delay/release.yaml")) == empty


def lines(old: bytes, new: bytes) -> list[str]:
    """The lines of the new text that the old one has not."""
    return [line for line in new.decode().splitlines() if line not in old.decode().splitlines()]


def test_an_update_changes_what_changed_and_nothing_else() -> None:
    text = TEXT.replace("weight: 5}", "weight: 5}   # watched by the team").encode() + b"\n# the end\n\n"
    assert update(text, RUNNING) == text
    later = replace(RUNNING, weight=25, since=NINE + timedelta(hours=1), hold=None)
    changed = update(text, later)
    assert lines(text, changed) == [
        f'  stable: {{version: 1, revision: "{ONE.revision}", digest: "{ONE.digest}", weight: 75}}',
        f'  canary: {{version: 2, revision: "{TWO.revision}", digest: "{TWO.digest}", weight: 25}}   '
        "# watched by the team",
        'since: "2026-11-21T10:15:00Z"',
        "hold: null",
    ]
    assert update(changed, RUNNING) == text


@pytest.mark.parametrize("note", ["", "   # watched by the team"])
def test_an_update_that_is_told_what_the_file_says_gives_the_same_bytes(note: str) -> None:
    text = TEXT.replace("weight: 5}", f"weight: 5}}{note}").encode()
    later = replace(RUNNING, weight=25, hold=Hold(NINE, "caf\u00e9 \\ closed"))
    assert update(text, later, RUNNING) == update(text, later)
    assert note in update(text, later, RUNNING).decode()


def test_a_file_that_says_something_else_than_was_told_keeps_what_it_says() -> None:
    later = replace(RUNNING, weight=25)
    assert update(TEXT.encode(), later, replace(RUNNING, weight=1)) == update(TEXT.encode(), later)


def test_a_finish_and_a_new_start_keep_what_people_wrote_beside_it() -> None:
    text = TEXT.replace("history:\n", "history:   # the last ten\n").encode()
    done = Release("flight-delay", "production", stable=TWO, history=(ONE, *RUNNING.history))
    finished = update(text, done)
    assert b"  canary: null\n" in finished
    assert b"counts: []\nhistory:   # the last ten\n- {version: 1" in finished
    assert update(finished, replace(RUNNING, history=())).count(b"history: []   # the last ten\n") == 1


def test_crlf_stays() -> None:
    text = TEXT.replace("\n", "\r\n").encode()
    changed = update(text, replace(RUNNING, counts=RUNNING.counts * 2, rejected=()))
    assert changed.count(b"\r\n") == changed.count(b"\n")


def test_the_file_of_another_model_is_never_written() -> None:
    with pytest.raises(ValueError, match="the file is of"):
        update(TEXT.encode(), replace(RUNNING, model="digits"))


@pytest.mark.parametrize(
    "release",
    [
        replace(RUNNING, weight=101),
        replace(RUNNING, canary=None),
        replace(RUNNING, started=datetime(2026, 1, 1)),
        replace(RUNNING, stable=replace(ONE, digest="sha256:12")),
        replace(RUNNING, stable=replace(ONE, revision="main")),
        replace(RUNNING, history=(replace(ONE, revision="HEAD"),)),
        replace(RUNNING, rejected=(Rejection(1, "sha256:" + "3" * 64, "bell \x07"),)),
        replace(RUNNING, model="Upper"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(release: Release) -> None:
    for write in (render, lambda release: update(TEXT.encode(), release)):
        with pytest.raises(
            ValueError, match=r"cannot be written|no time zone|canary weight|the file is of|its meaning"
        ):
            write(release)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "weight: 95",
            "weight: 96",
            "6:SS: tracks.stable.weight: the weights of the tracks do not add up to 100; ",
        ),
        (
            "requests: 1000",
            "requests: -1",
            "11:SS: counts[0].tallies.error_rate.rest.requests: -1 is negative; ",
        ),
        ("requests: 1000", "requests: 1e3", "11:SS: counts[0].tallies.error_rate.rest.requests: "),
        (
            "canary: 2,",
            "canary: -2,",
            "11:SS: counts[0].tallies.error_rate.windows[0].canary: -2 is negative; ",
        ),
        ("windows: [", "window: [", "11:SS: counts[0].tallies.error_rate.window: no such key; "),
        ("canary: 10, bad", "bad", "11:SS: counts[0].tallies.error_rate.rest: canary is missing; "),
        ("sha256:" + "0" * 64, "sha256:0", "13:SS: history[0].digest: is not a sha256 digest; "),
        (
            '"2026-11-21T09:20:00Z"',
            '"2026-11-21T09:20:00"',
            "9:SS: since: should be a moment with its time zone, ",
        ),
        (
            'since: "2026-11-21T09:15:00Z"',
            'since: "2026-11-21T09:15:00"',
            "16:SS: hold.since: has no time zone; ",
        ),
        (
            "flight-delay",
            "digits",
            "4:SS: metadata.model: is called 'digits' in the directory 'flight-delay'; ",
        ),
        (
            '"production"',
            '"dev"',
            "4:SS: metadata.environment: is called 'dev' in the directory 'production'; ",
        ),
        ("hold: {", "holds: {", "16:SS: holds: no such key; did you mean hold?"),
        (
            "history:",
            "x: 1\nhistory:",
            "12:SS: x: no such key; remove it; known here: apiVersion, ",
        ),
    ],
)
def test_a_file_that_people_changed_is_refused(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(InputError) as caught:
        read(parse(TEXT.replace(old, new).encode(), PATH))
    found = [
        re.sub(r"^(\d+):\d+:", r"\1:SS:", line.removeprefix(PATH + ":"))
        for line in str(caught.value).splitlines()
    ]
    assert [line for line in found if line.startswith(said)], caught.value


COUNT = st.integers(0, 10**9)
COUNTS = st.lists(COUNT, min_size=1, max_size=3).map(tuple)
REASON = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["C", "Z"]), max_size=30
)
NAME = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HEX = "0123456789abcdef"
DIGEST = st.text(HEX, min_size=64, max_size=64).map("sha256:".__add__)
VERSION = st.builds(Version, st.integers(1, 9999), st.text(HEX, min_size=40, max_size=40), DIGEST)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES)
TRAFFIC = st.builds(Traffic, COUNT, COUNT)
GATE_NAMES = st.sampled_from(["error_rate", "slow_requests", "score_drift"])


def by_gate(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(GATE_NAMES, values).map(lambda found: dict(sorted(found.items())))


@st.composite
def releases(draw: st.DrawFn) -> Release:
    canary = draw(st.none() | VERSION)
    counted = st.builds(CounterDelta, COUNT, COUNT, COUNTS, COUNTS)
    tally = st.builds(Tally, counted, st.lists(counted, max_size=3).map(tuple))
    step = st.builds(Step, st.integers(0, 100), TRAFFIC, by_gate(tally))
    return Release(
        model="m",
        environment="e",
        stable=draw(st.none() | VERSION),
        canary=canary,
        weight=draw(st.integers(0, 100)) if canary else 0,
        started=draw(st.none() | MOMENT),
        since=draw(st.none() | MOMENT),
        counts=tuple(draw(st.lists(step, max_size=3))),
        history=tuple(draw(st.lists(VERSION, max_size=3))),
        rejected=tuple(draw(st.lists(st.builds(Rejection, st.integers(1, 99), DIGEST, REASON), max_size=2))),
        hold=draw(st.none() | st.builds(Hold, MOMENT, REASON, st.none() | REASON)),
        approved=draw(st.none() | st.integers(0, 100)),
        released=draw(st.none() | st.integers(0, 100)),
        hotfix=draw(st.none() | REASON),
    )


@settings(max_examples=25)
@given(releases(), releases())
def test_what_is_written_reads_back(old: Release, new: Release) -> None:
    text = render(old)
    assert read(parse(text, "environments/e/m/release.yaml")) == old
    changed = update(text, new)
    assert read(parse(changed, "environments/e/m/release.yaml")) == new
    assert changed == render(new)


OLDER = TEXT.replace(
    "counts:\n",
    'baseline: {at: "2026-11-21T09:15:00Z", traffic: {canary: 10, stable: 990}, totals: {}, renewed: {}}\n'
    "counts:\n",
).replace(
    TEXT[TEXT.index("- {weight: 1") : TEXT.index("history:")],
    "- {weight: 1, traffic: {canary: 10, stable: 990}, tallies: {error_rate: "
    "{requests: 1000, bad_canary: [0], bad_stable: [3]}}}\n",
)
"""The same release as a gate that counted no windows kept it."""


def test_a_file_that_counted_from_a_baseline_is_read_without_its_closed_steps() -> None:
    assert "baseline" in OLDER
    assert read(parse(OLDER.encode(), PATH)) == replace(RUNNING, counts=())
    idle = re.sub("baseline: .*", "baseline: null", OLDER)
    assert read(parse(idle.encode(), PATH)) == replace(RUNNING, counts=())


def test_all_else_of_such_a_file_is_checked_as_ever() -> None:
    with pytest.raises(InputError, match="do not add up to 100"):
        read(parse(OLDER.replace("weight: 95", "weight: 96").encode(), PATH))


def test_such_a_file_is_written_anew_as_a_whole_by_the_next_decision() -> None:
    later = replace(RUNNING, weight=25, counts=(closed(5, 50, 950, error_rate=(50, 950, 0, 3)),))
    assert update(OLDER.encode(), later) == render(later)
    assert b"baseline" not in render(later)


def test_what_few_releases_have_is_written_where_it_is_set_and_gone_when_it_is_not() -> None:
    approved = replace(
        RUNNING, approved=5, released=5, hotfix="users cannot log in", hold=Hold(NINE, "audit", "A Person")
    )
    text = update(TEXT.encode(), approved)
    assert text.decode().splitlines()[-4:] == [
        'hold: {since: "2026-11-21T09:15:00Z", reason: "audit", by: "A Person"}',
        "approved: 5",
        "released: 5",
        'hotfix: "users cannot log in"',
    ]
    assert read(parse(text, PATH)) == approved
    assert update(text, RUNNING) == TEXT.encode()


def test_helm_would_read_the_same_values() -> None:
    yaml = pytest.importorskip("yaml")
    values: dict[str, Any] = yaml.safe_load(TEXT)
    assert values["tracks"]["canary"] == {
        "version": 2, "revision": TWO.revision, "digest": TWO.digest, "weight": 5
    }  # fmt: skip
    assert values["since"] == "2026-11-21T09:20:00Z"


@pytest.mark.parametrize("text", [render(RUNNING), render(RUNNING) + b"# a remark by people\n"])
def test_a_file_holds_the_release_that_it_says_and_no_other(text: bytes) -> None:
    assert holds(text, RUNNING)
    assert not holds(text, replace(RUNNING, weight=6))
    assert not holds(text, replace(RUNNING, hold=None))


def test_what_is_no_release_holds_none() -> None:
    with pytest.raises(InputError):
        holds(b"kind: Release\n", RUNNING)


BESIDE = replace(
    RUNNING,
    baseline=True,
    counts=(Step(1, Traffic(12, 1088, 11), {"error_rate": Tally(delta(10, 990, 0, 3))}, baseline=True),),
)


def test_a_baseline_is_stables_version_with_the_canarys_weight():
    text = render(BESIDE).decode()
    assert "  stable: {version: 1, revision: " in text and "weight: 90}" in text
    line = next(line for line in text.splitlines() if line.startswith("  baseline: "))
    assert line.startswith(f'  baseline: {{version: 1, revision: "{ONE.revision}"') and line.endswith(
        "weight: 5}"
    )
    assert "traffic: {canary: 12, stable: 1088, baseline: 11}" in text
    assert read(parse(text.encode(), PATH)) == BESIDE
    assert update(render(RUNNING), BESIDE) == render(BESIDE)
    assert b"baseline" not in update(render(BESIDE), RUNNING)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("baseline: {version: 1", "baseline: {version: 7", "is not the version of stable"),
        ("weight: 90}", "weight: 89}", "do not add up to 100"),
    ],
)
def test_another_baseline_is_refused(old, new, message):
    with pytest.raises(InputError, match=message):
        read(parse(render(BESIDE).replace(old.encode(), new.encode()), PATH))


def test_no_baseline_runs_beside_a_weight_above_33_or_none():
    for weight in (0, 34):
        with pytest.raises(ValueError, match="a baseline beside a canary weight"):
            render(replace(BESIDE, weight=weight))
