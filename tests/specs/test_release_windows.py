"""Recurring windows: cron, duration, and the zone's own daylight saving time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sluicegate.specs.release_windows import ReleaseWindow, shut, unusable
from sluicegate.specs.yamlio import parse

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = ReleaseWindow("allow", "0 9 * * 1-5", "8h", "Europe/Berlin")
LUNCH = ReleaseWindow("deny", "0 12 * * *", "1h", "Europe/Berlin", reason="lunch")


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "is_shut"),
    [
        (berlin(2026, 11, 26, 8, 59, 59), True),
        (berlin(2026, 11, 26, 9), False),
        (berlin(2026, 11, 26, 16, 59, 59), False),
        (berlin(2026, 11, 26, 17), True),
        (berlin(2026, 11, 28, 10), True),  # a Saturday
        (datetime(2026, 11, 26, 8, 30, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), False),  # summer: Berlin is two hours ahead
        (datetime(2026, 7, 1, 15, 30, tzinfo=UTC), True),
    ],
)
def test_nothing_moves_outside_of_all_windows_that_allow(now: datetime, is_shut: bool):
    assert (shut([OFFICE], now) is not None) == is_shut


def test_the_reason_says_when_it_opens_next():
    assert shut([OFFICE], berlin(2026, 11, 27, 18)) == (
        "outside of the release windows, the next one opens at 2026-11-30T09:00:00+01:00"
    )


def test_one_that_denies_wins_and_says_until_when():
    assert shut([OFFICE, LUNCH], berlin(2026, 11, 26, 12, 30)) == "lunch, until 2026-11-26T13:00:00+01:00"
    assert shut([OFFICE, LUNCH], berlin(2026, 11, 26, 13)) is None


def test_without_windows_everything_may_move():
    assert shut([], berlin(2026, 11, 26, 3)) is None
    assert shut([LUNCH], berlin(2026, 11, 26, 3)) is None


def test_a_window_across_midnight_and_the_change_of_clocks():
    night = ReleaseWindow("allow", "0 23 * * *", "6h", "Europe/Berlin")
    assert shut([night], berlin(2026, 10, 25, 3, 30)) is None, "30 minutes past three are 5.5 hours"
    assert shut([night], datetime(2026, 10, 25, 2, 59, tzinfo=UTC)) is None
    assert shut([night], datetime(2026, 10, 25, 3, 1, tzinfo=UTC)) is not None, "six hours have passed"


@pytest.mark.parametrize(
    ("minutes", "is_shut"), [(29, False), (30, True), (60, True), (72, True), (89, True), (90, False)]
)
def test_an_hour_that_clocks_repeat_hides_nothing_that_opened_in_its_first_half(minutes: int, is_shut: bool):
    """On 25 October Berlin has 02:00 to 03:00 twice; the window opens at the first 02:30."""
    night = ReleaseWindow("deny", "30 2 * * *", "1h", "Europe/Berlin")
    now = datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)
    assert (shut([night], now) is not None) == is_shut


def test_what_opens_in_the_hour_that_clocks_leave_out_opens_at_its_end():
    night = ReleaseWindow("deny", "30 2 * * *", "1h", "Europe/Berlin")
    assert shut([night], berlin(2026, 3, 29, 3, 59)) is not None
    assert shut([night], berlin(2026, 3, 29, 4)) is None


@pytest.mark.parametrize(
    ("zone", "known"),
    [
        ("Europe/Berlin", True),
        ("UTC", True),
        ("Asia/Calcutta", True),  # a former name, which the database keeps
        ("localtime", False),  # another time on another machine
        ("posix/UTC", False),
        ("right/UTC", False),
        ("posixrules", False),
        ("europe/berlin", False),
        ("Europe", False),
        ("../Europe/Berlin", False),
        ("/etc/localtime", False),
        ("+02:00", False),
        ("", False),
    ],
)
def test_a_zone_is_a_name_of_the_iana_database(zone: str, known: bool):
    document = parse(b"windows: [{timezone: any}]\n", "e.yaml")
    window = ReleaseWindow("allow", "0 9 * * *", "1h", zone)
    found = [str(problem) for problem in unusable(document, ("windows",), [window])]
    named = f"e.yaml:1:22: windows[0].timezone: {zone!r} is not a time zone"
    assert found == [] if known else found[0].startswith(named), found


def test_an_unknown_zone_and_a_schedule_that_is_none_are_named_at_their_line():
    document = parse(b"windows:\n- {schedule: 61 9 * * *}\n- {timezone: Mars/Olympus}\n", "e.yaml")
    windows = [
        ReleaseWindow("allow", "61 9 * * *", "1h"),
        ReleaseWindow("allow", "0 9 * * *", "1h", "Mars/Olympus"),
        OFFICE,
    ]
    first, second = unusable(document, ("windows",), windows)
    assert (first.line, first.message) == (2, "'61 9 * * *' is not a cron expression: Bad minute")
    assert (second.line, second.message) == (3, "'Mars/Olympus' is not a time zone")
