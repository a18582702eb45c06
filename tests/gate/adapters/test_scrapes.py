"""Which moments count. A moment: when the gateway's and the servers' targets were last scraped before it."""

import pytest

from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.scrapes import Scrapes


def scrapes(gateway: dict[float, float], servers: dict[float, float] | None = None) -> Scrapes:
    """One scrape of each before each moment."""
    parts = {"gateway": gateway} | ({"servers": servers} if servers is not None else {})
    return Scrapes.of(
        [Points("", {"of": f"{how} {of}"}, values) for of, values in parts.items() for how in ("min", "max")],
        "m",
    )


def test_a_moment_counts_where_everything_was_scraped_lately():
    assert scrapes({10: 9, 20: 19, 30: 29}).moments(None, 60) == [10, 20, 30]
    assert scrapes({10: 9, 20: 19}, {10: 5, 20: 15}).moments(None, 60) == [10, 20]
    assert scrapes({70: 9, 100: 99}).moments(None, 60) == [100]


def test_a_target_that_was_not_scraped_again_waits_with_the_next_moment():
    """Of two tracks of which one is scraped once a minute, the other would seem to have answered less."""
    once_a_minute = {10: 9, 20: 9, 60: 9, 70: 69}
    assert scrapes({at: at - 1 for at in once_a_minute}, once_a_minute).moments(None, 70) == [10, 70]


def test_figures_from_before_the_step_do_not_count():
    assert scrapes({10: 9, 20: 19, 30: 29}).moments(15, 60) == [20, 30]


def test_a_scrape_that_is_later_than_its_moment_is_no_figure():
    assert scrapes({10: 15}).moments(None, 60) == []


def test_other_models_servers_do_not_matter():
    own = Points("", {"of": "min servers", "model": "m"}, {10: 9})
    other = Points("", {"of": "min servers", "model": "n"}, {10: 1})
    assert Scrapes.of([own, other], "m").stamps == {"min servers": {10: 9}}


def test_what_is_not_scraped_now_is_named():
    scrapes({100: 99}, {100: 95}).require_lately(100, 60, "up")
    with pytest.raises(NoData, match="has no series up"):
        scrapes({}).require_lately(100, 60, "up")
    with pytest.raises(NoData, match="no sample of its gateway for 61 s"):
        scrapes({161: 100}).require_lately(161, 60, "up")
    with pytest.raises(NoData, match="no sample of its servers for 80 s"):
        scrapes({100: 99}, {100: 20}).require_lately(100, 60, "up")
    with pytest.raises(NoData, match="for -5 s"):
        scrapes({100: 105}).require_lately(100, 60, "up")
