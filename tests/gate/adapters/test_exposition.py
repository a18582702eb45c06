from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import START

from sluicegate.gate.adapters.exposition import Texts, parse
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import NoData

TEXT = b"""# TYPE sluice_gateway_requests_total counter
sluice_gateway_requests_total{model="m",code="200"} 5
sluice_gateway_requests_total{code="200",model="n"} NaN
sluice_gateway_requests_total{model="other",code="200"} many
go_goroutines 7
process_start_time_seconds 12
"""


def texts(body: bytes, *models: str, size: int = 7) -> Texts:
    """The body taken in small pieces."""
    found = Texts(models)
    for first in range(0, len(body), size):
        found.feed(body[first : first + size])
    found.end()
    return found


def test_only_the_lines_of_the_models_asked_for_and_of_the_process_are_kept():
    kept = texts(TEXT, "m", "n")
    assert kept.about("m").splitlines() == [
        "process_start_time_seconds 12",
        'sluice_gateway_requests_total{model="m",code="200"} 5',
    ]
    assert 'model="n"' in kept.about("n") and 'model="m"' not in kept.about("n")


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_pieces_may_end_anywhere(size: int):
    assert texts(TEXT, "m", size=size).about("m") == texts(TEXT, "m", size=len(TEXT)).about("m")


def test_what_is_kept_is_counted_and_the_rest_is_not():
    kept = Texts(["m"])
    line = b'sluice_x{model="other"} 1\n'
    assert kept.feed(line * 1000) == 0
    assert kept.feed(b'sluice_x{model="m"} 1\n') == 21


def test_a_text_without_metrics_of_ours_is_no_data():
    with pytest.raises(NoData, match="without metrics of Sluicegate"):
        texts(b"<html>hello</html>\nup 1\n", "m")


def test_samples_are_of_the_look_and_name_the_process():
    assert parse('a_total{model="m"} 5\n', START, "canary") == [
        Points("a_total", {"model": "m", "job": "canary"}, {START.timestamp(): 5.0})
    ]


def test_a_sample_that_says_that_it_is_old_is_no_data():
    """Behind a cache or a federation an answer can hold figures of any age."""
    with pytest.raises(NoData, match=r"has a_total of 2017-07-14 02:40:00 UTC, by its own words"):
        parse("a_total 5 1500000000000\n", START, "gateway")
    ahead = int((START + timedelta(hours=1)).timestamp() * 1000)
    with pytest.raises(NoData, match="by its own words"):
        parse(f"a_total 5 {ahead}\n", START, "gateway")
    lately = int((START - timedelta(seconds=30)).timestamp() * 1000)
    assert len(parse(f"a_total 5 {lately}\n", START, "gateway")) == 1


@given(st.text(max_size=200))
def test_no_text_ends_the_gate(text: str):
    for prefix in ("", 'sluice_x{model="m",', "process_start_time_seconds "):
        try:
            found = parse(prefix + text, START, "gateway")
        except NoData as error:
            assert str(error)
        else:
            assert all(isinstance(one, Points) for one in found)
