from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from support.releases import V1, V2

from sluicegate.gate.adapters.cluster import ReleaseStatus
from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import Baseline, Release, Traffic

CHANGED = datetime(2026, 11, 21, 13, 16, 2, tzinfo=UTC)
LATER = CHANGED + timedelta(minutes=1)
RELEASE = Release(
    "m",
    "production",
    stable=V1,
    canary=V2,
    weight=5,
)
IN_EFFECT = ReleaseStatus(5, True, CHANGED, "5" * 40 + " Healthy", ())


class Fixed:
    """A source, or a cluster, that has read this."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def read(self, *_: Any) -> Any:
        return self.value


def combined(at: datetime, release: Release = RELEASE, status: ReleaseStatus = IN_EFFECT) -> Reading:
    figures = Reading(at, None, False, Traffic(5, 95), problems=("no scores",))
    return Combined(Fixed(figures), Fixed(status)).read(release, {}, at)


def test_weight_and_readiness_are_the_clusters_and_the_figures_the_sources():
    seen = combined(LATER)
    assert (seen.weight, seen.ready, seen.synced) == (5, True, "5" * 40 + " Healthy")
    assert (seen.traffic, seen.problems, seen.restarted) == (Traffic(5, 95), ("no scores",), {})


def test_figures_count_from_a_settle_time_after_the_change():
    early = combined(CHANGED + timedelta(seconds=5.9))
    assert early.weight is None and "the figures are older" in early.problems[-1]
    assert combined(CHANGED + timedelta(seconds=6)).weight == 5


def test_a_route_that_changed_after_counting_began_resets_it():
    counting = replace(RELEASE, baseline=Baseline(LATER, Traffic(0, 0), {}))
    assert combined(LATER, counting).restarted == {}
    early = replace(RELEASE, baseline=Baseline(CHANGED - timedelta(minutes=1), Traffic(0, 0), {}))
    seen = combined(LATER, early)
    assert "the route was changed at 2026-11-21T13:16:02" in seen.restarted["traffic"] and seen.weight == 5


def test_a_cluster_that_cannot_be_read_leaves_no_weight_beside_good_figures():
    seen = combined(LATER, status=ReleaseStatus(problems=("refused",)))
    assert (seen.weight, seen.ready, seen.synced, seen.traffic) == (None, False, None, Traffic(5, 95))
    assert seen.problems == ("no scores", "refused")


def test_a_weight_without_its_moment_is_not_in_effect():
    assert combined(LATER, status=replace(IN_EFFECT, since=None)).weight is None
