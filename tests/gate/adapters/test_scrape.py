from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.http_stub import Answer
from support.releases import V1, V2

from sluicegate.gate.adapters.samples import NoData, Sample
from sluicegate.gate.adapters.scrape import Scrape, parse
from sluicegate.gate.metrics.base import FailureCounter, Selector
from sluicegate.specs.release import Baseline, CounterSnapshot, Release, Traffic

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5, started=NOW, since=NOW)
BADS = {
    "error_rate": (
        FailureCounter("gateway", plus=(Selector("sluice_gateway_requests_total", unlike={"code": "2.."}),)),
    ),
    "score_drift": (
        FailureCounter(
            "server",
            plus=(Selector("sluice_server_score_count"),),
            minus=(Selector("sluice_server_score_bucket", le=0.5),),
        ),
    ),
}
EARLY = (NOW - timedelta(hours=1)).timestamp()


def gateway(started: float = EARLY, weight: str = "5", errors: str = "3") -> bytes:
    return f"""# HELP sluice_gateway_requests_total Answered requests.
# TYPE sluice_gateway_requests_total counter
sluice_gateway_requests_total{{model="m",track="stable",code="200"}} 950
sluice_gateway_requests_total{{model="m",track="canary",code="200"}} 47
sluice_gateway_requests_total{{model="m",track="canary",code="500"}} {errors}
sluice_gateway_requests_total{{model="other",track="canary",code="500"}} NaN
# TYPE sluice_gateway_weight gauge
sluice_gateway_weight{{model="m",track="stable"}} 95
sluice_gateway_weight{{model="m",track="canary"}} {weight}
# TYPE sluice_gateway_track_ready gauge
sluice_gateway_track_ready{{model="m",track="stable",version="1",digest="{V1.digest}"}} 1
sluice_gateway_track_ready{{model="m",track="canary",version="2",digest="{V2.digest}"}} 1
process_start_time_seconds {started}
""".encode()


def server(track: str, digest: str, above: int, total: int, started: float = EARLY) -> bytes:
    """A server that answered `total` requests with a score, and one without."""
    labels = f'model="m",track="{track}",digest="{digest}"'
    return f"""# TYPE sluice_server_requests counter
sluice_server_requests_total{{{labels},code="200"}} {total}
sluice_server_requests_total{{{labels},code="500"}} 1
# TYPE sluice_server_score histogram
sluice_server_score_bucket{{{labels},le="0.5"}} {total - above}
sluice_server_score_bucket{{{labels},le="+Inf"}} {total}
sluice_server_score_count{{{labels}}} {total}
sluice_server_score_sum{{{labels}}} 1.5
process_start_time_seconds {started}
""".encode()


@pytest.fixture
def pages(web):
    web.pages["/metrics"] = gateway()
    web.pages["/servers/m/canary/metrics"] = server("canary", V2.digest, 10, 47)
    web.pages["/servers/m/stable/metrics"] = server("stable", V1.digest, 190, 950)
    return web.pages


def read(web, release: Release = RELEASE):
    return Scrape(web.url, seconds=2).read(release, BADS, NOW)


def test_all_figures_of_a_running_release(web, pages):
    seen = read(web)
    assert (seen.at, seen.weight, seen.ready, seen.problems) == (NOW, 5, True, ())
    assert seen.traffic == Traffic(canary=50, stable=950)
    assert seen.totals == {
        "error_rate": CounterSnapshot(50, 950, (3,), (0,)),
        "score_drift": CounterSnapshot(48, 951, (10,), (190,)),
    }
    assert seen.restarted == {}


def test_a_server_that_does_not_count_its_requests_leaves_the_drift_without_data(web, pages):
    page = pages["/servers/m/canary/metrics"]
    pages["/servers/m/canary/metrics"] = page.replace(b"sluice_server_requests", b"other_requests")
    seen = read(web)
    assert list(seen.totals) == ["error_rate"]
    assert seen.problems[0].startswith("score_drift: sluice_server_requests_total is not there")


def test_servers_are_not_asked_when_no_gate_counts_there(web, pages):
    seen = Scrape(web.url).read(RELEASE, {"error_rate": BADS["error_rate"]}, NOW)
    assert list(seen.totals) == ["error_rate"] and web.paths == ["/metrics"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(502, b"track 'canary' does not answer"),
        b"",
        b"<html><body>Welcome</body></html>",
        b"process_start_time_seconds 1\n",
        server("canary", V1.digest, 1, 2),
        server("canary", V2.digest, 1, 2, started=float("nan")),
    ],
    ids=["dead", "empty", "html", "no-histogram", "another-artifact", "nonsense-start"],
)
def test_a_canary_server_without_scores_leaves_only_its_gate_without_data(web, pages, answer):
    pages["/servers/m/canary/metrics"] = answer
    seen = read(web)
    assert seen.totals == {"error_rate": CounterSnapshot(50, 950, (3,), (0,))}
    assert seen.traffic == Traffic(50, 950) and seen.ready
    assert len(seen.problems) == 1 and seen.problems[0].startswith("score_drift: ")


def test_a_hanging_canary_server_costs_only_its_gate(web, pages):
    pages["/servers/m/canary/metrics"] = web.hang
    seen = Scrape(web.url, seconds=0.3).read(RELEASE, BADS, NOW)
    assert list(seen.totals) == ["error_rate"] and "did not answer" in seen.problems[0]


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Welcome</body></html>",
        b"",
        b"\xff\xfe\x00binary",
        b'sluice_gateway_requests_total{model="m",track="canary" 1\n',
        b'sluice_gateway_requests_total{model="m",track="canary",code="500"} many\n',
        gateway(errors="NaN"),
        gateway(errors="-3"),
        gateway(errors="2.5"),
        gateway(errors="+Inf"),
        gateway() + b'sluice_gateway_requests_total{model="m",track="canary",code="500"} 3\n',
        gateway() + b'sluice_gateway_weight{model="m",track="canary",replica="b"} 25\n',
        gateway(weight="NaN"),
        gateway(weight="101"),
        gateway(started=float("inf")),
        Answer(404, b"nothing here"),
    ],
)
def test_nonsense_from_the_gateway_is_no_data_and_says_why(web, pages, body):
    pages["/metrics"] = body
    seen = read(web)
    assert (seen.weight, seen.ready, seen.traffic, seen.totals) == (None, False, None, {})
    assert len(seen.problems) == 1 and seen.problems[0].startswith("the gateway gives no figures: ")


def test_a_gateway_that_does_not_know_the_model_says_nothing_about_it(web):
    web.pages["/metrics"] = b"process_start_time_seconds 5\n"
    seen = Scrape(web.url).read(RELEASE, {"error_rate": BADS["error_rate"]}, NOW)
    assert (seen.weight, seen.ready, seen.traffic) == (None, False, None)
    assert "whether there were requests is not known" in seen.problems[0]


def without(body: bytes, *marks: str) -> bytes:
    return b"\n".join(li for li in body.split(b"\n") if not all(mark.encode() in li for mark in marks))


def test_one_answer_without_the_requests_is_no_data_and_leaves_the_canary_ready(web, pages):
    pages["/metrics"] = without(gateway(), "requests_total")
    for release in (RELEASE, replace(RELEASE, baseline=Baseline(NOW, Traffic(30, 570), {}))):
        seen = read(web, release)
        assert (seen.weight, seen.ready, seen.traffic, seen.totals) == (5, True, None, {})


@pytest.mark.parametrize("track", ["canary", "stable"])
def test_a_track_that_had_requests_and_lost_its_series_gives_no_data(web, pages, track):
    pages["/metrics"] = without(gateway(), "requests_total", f'"{track}"')
    none_yet = read(web).traffic
    assert none_yet is not None and getattr(none_yet, track) == 0
    counted = replace(RELEASE, baseline=Baseline(NOW, Traffic(30, 570), {}))
    seen = read(web, counted)
    assert seen.traffic is None and f"the track {track}, which had" in seen.problems[0]
    assert (read(web, replace(counted, weight=100)).traffic is None) == (track == "canary")


def test_a_start_in_the_future_is_no_data(web, pages):
    pages["/metrics"] = gateway(started=(NOW + timedelta(days=3)).timestamp())
    seen = read(web)
    assert seen.traffic is None and "2025-03-04 12:00:00 UTC, later than now" in seen.problems[0]


def test_a_clock_that_is_a_little_fast_resets_the_counting_once(web, pages):
    pages["/metrics"] = gateway(started=(NOW + timedelta(seconds=4)).timestamp())
    release, begun = replace(RELEASE, baseline=Baseline(NOW, Traffic(0, 0), {})), []
    for seconds in range(10):
        seen = Scrape(web.url).read(release, {}, NOW + timedelta(seconds=seconds))
        if "traffic" in seen.restarted:
            release = replace(release, baseline=Baseline(seen.at, seen.traffic, {}))
            begun.append(seconds)
    assert begun == [4]


def test_ready_means_the_canarys_own_artifact(web, pages):
    other = replace(RELEASE, canary=replace(V2, digest="sha256:" + "3" * 64))
    assert not Scrape(web.url).read(other, {}, NOW).ready
    pages["/metrics"] = gateway().replace(f'{V2.digest}"}} 1'.encode(), f'{V2.digest}"}} 0'.encode())
    assert not read(web).ready


def test_a_first_release_has_no_figures_to_compare_and_no_problem(web, pages):
    pages["/servers/m/stable/metrics"] = Answer(404, b"")
    seen = read(web, replace(RELEASE, stable=None, weight=0))
    assert seen.ready and seen.totals == {} and seen.problems == ()


def test_processes_that_started_after_the_baseline_are_named(web, pages):
    began = NOW - timedelta(minutes=10)
    baseline = Baseline(began, Traffic(0, 0), {})
    late = (NOW - timedelta(minutes=5)).timestamp()
    release = replace(RELEASE, baseline=baseline)
    assert read(web, release).restarted == {}
    pages["/servers/m/canary/metrics"] = server("canary", V2.digest, 1, 5, started=late)
    assert list(read(web, release).restarted) == ["score_drift"]
    assert "the canary server restarted at 2025-03-01 11:55:00" in read(web, release).restarted["score_drift"]
    renewed = replace(baseline, renewed={"score_drift": NOW - timedelta(minutes=4)})
    assert read(web, replace(RELEASE, baseline=renewed)).restarted == {}
    pages["/metrics"] = gateway(started=late)
    assert set(read(web, release).restarted) == {"traffic", "error_rate", "score_drift"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_end_the_gate(body):
    for prefix in (b"", b'sluice_x{model="m",', b'process_start_time_seconds{model="m"'):
        try:
            found = parse(prefix + body, "m")
        except NoData as error:
            assert str(error)
        else:
            assert all(isinstance(sample, Sample) for sample in found)
