from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support.releases import POLICY, V1, V2, windows

from sluicegate.gate.adapters.cluster import ReleaseStatus
from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Release

CHANGED = datetime(2026, 11, 21, 13, 16, 2, tzinfo=UTC)
LATER = CHANGED + timedelta(minutes=1)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
IN_EFFECT = ReleaseStatus(5, True, CHANGED, "5" * 40 + " Healthy", ())
SEEN = windows(2, 10, 190)


CLOCK = LATER - timedelta(hours=1)


class Figures:
    """A source that has seen the same windows of every release; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Query] = []

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        self.asked += queries
        return [
            Reading(now, None, False, SEEN, {"drift": f"no scores of {query.model}"}, clock=CLOCK)
            for query in queries
        ]


class Cluster:
    """By model, how a cluster reports it."""

    def __init__(self, **statuses: ReleaseStatus) -> None:
        self.statuses = statuses

    def read(self, release: Release) -> ReleaseStatus:
        return self.statuses[release.model]


def read(status: ReleaseStatus, release: Release = RELEASE) -> tuple[Reading, list[Query]]:
    figures = Figures()
    (seen,) = Combined(figures, Cluster(m=status)).read([Query(release, {}, POLICY)], LATER)
    return seen, figures.asked


def test_weight_and_readiness_are_the_clusters_and_the_windows_the_sources():
    seen, _ = read(replace(IN_EFFECT, problems=("stable: 1 of 2 pods",)))
    assert (seen.weight, seen.ready, seen.synced) == (5, True, "5" * 40 + " Healthy")
    assert (seen.windows, seen.missing) == (SEEN, {"drift": "no scores of m"})
    assert seen.problems == ("stable: 1 of 2 pods",)


def test_windows_begin_a_settle_time_after_the_route_was_changed():
    _, (asked,) = read(IN_EFFECT)
    assert asked.since == CHANGED + timedelta(seconds=6)


def test_figures_do_not_count_where_the_weight_is_not_in_effect():
    for status in (
        ReleaseStatus(problems=("refused",)),
        replace(IN_EFFECT, weight=1),
        replace(IN_EFFECT, since=None),
    ):
        seen, _ = read(status)
        assert (seen.windows, seen.missing, seen.problems) == ((), {}, status.problems)
    assert read(replace(IN_EFFECT, since=None))[0].weight is None


def test_in_the_dark_readiness_alone_counts_and_the_source_tells_its_clock():
    seen, _ = read(replace(IN_EFFECT, weight=0), replace(RELEASE, weight=0))
    assert (seen.weight, seen.ready, seen.windows, seen.clock) == (0, True, (), CLOCK)


def test_in_the_dark_figures_are_asked_for_where_pairs_are_compared():
    dark = replace(RELEASE, weight=0)
    figures = Figures()
    query = Query(dark, {}, replace(POLICY, gates=(Gate("shadow", 0.01, paired=True),)))
    (seen,) = Combined(figures, Cluster(m=replace(IN_EFFECT, weight=0))).read([query], LATER)
    assert (seen.weight, seen.windows, len(figures.asked)) == (0, SEEN, 1)
    first = replace(query, release=replace(dark, stable=None))
    assert Combined(figures, Cluster(m=replace(IN_EFFECT, weight=0))).read([first], LATER)[0].windows == ()


def test_a_sync_that_failed_keeps_a_canary_from_being_ready_and_no_window_from_counting():
    seen, asked = read(replace(IN_EFFECT, ready=False, problems=("it is OutOfSync",)))
    assert (seen.ready, seen.windows, seen.weight) == (False, SEEN, 5) and len(asked) == 1


def test_each_release_gets_its_own_answer():
    figures = Figures()
    cluster = Cluster(m=IN_EFFECT, n=ReleaseStatus(problems=("refused",)), o=IN_EFFECT)
    queries = [Query(replace(RELEASE, model=name), {}, POLICY) for name in ("m", "n", "o")]
    seen = Combined(figures, cluster).read(queries, LATER)
    assert [query.since is None for query in figures.asked] == [False, True, False]
    assert [one.missing.get("drift") for one in seen] == ["no scores of m", None, "no scores of o"]
