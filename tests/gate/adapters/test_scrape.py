"""A gateway on this machine: its own windows, and plain counters with the looks of a running gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.clock import ManualClock
from support.http_stub import Answer
from support.releases import V1, V2

from sluicegate.gate.adapters import exposition
from sluicegate.gate.adapters import scrape as adapter
from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.points import Points, render
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.gate.metrics.base import FailureCounter, Selector
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Traffic

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
POLICY = Policy((5, 100), tuple(Gate(name, 0.01) for name in BADS), warmup_requests=0)
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


class Watching:
    """A gate that looks at the gateway every ten seconds."""

    def __init__(self, web) -> None:
        self.clock = ManualClock()
        self.source = Scrape(web.url, seconds=2, looks=Looks(self.clock))

    def look(self, release: Release = RELEASE, now: datetime = NOW, bads=BADS) -> Reading:
        self.clock.now += 10
        (seen,) = self.source.read([Query(release, bads, POLICY)], now)
        return seen


@pytest.fixture
def gate(web, pages) -> Watching:
    return Watching(web)


def grown() -> dict[str, bytes]:
    """The pages after 100 more requests on the canary, 6 of them failed, and 900 on stable."""
    more = gateway(errors="9").replace(b'code="200"} 47', b'code="200"} 141').replace(b" 950", b" 1850")
    return {
        "/metrics": more,
        "/servers/m/canary/metrics": server("canary", V2.digest, 12, 141),
        "/servers/m/stable/metrics": server("stable", V1.digest, 200, 1850),
    }


def test_between_two_looks_there_is_a_window(gate: Watching, pages):
    first = gate.look()
    assert (first.at, first.weight, first.ready, first.windows) == (NOW, 5, True, ())
    pages |= grown()
    seen = gate.look()
    assert (seen.missing, seen.reset) == ({}, None)
    (window,) = seen.windows
    assert (window.seconds, window.traffic) == (10, Traffic(100, 900))
    assert window.tallies == {
        "error_rate": CounterDelta(1000, 100, (6,), (0,)),
        "score_drift": CounterDelta(994, 94, (2,), (10,)),
    }


def test_a_look_by_itself_shows_no_window_and_says_what_to_do(web, pages):
    (seen,) = Scrape(web.url).read([Query(RELEASE, BADS, POLICY)], NOW)
    assert (seen.weight, seen.ready, seen.windows) == (5, True, ())
    assert "use `sluice gate run`" in seen.missing[GATEWAY]


def test_a_clock_that_went_back_does_not_matter(gate: Watching, pages):
    gate.look()
    pages |= grown()
    assert gate.look(now=NOW - timedelta(hours=1)).windows[0].traffic == Traffic(100, 900)
    pages["/metrics"] = gateway(started=(NOW + timedelta(days=3)).timestamp())
    assert gate.look().weight == 5


def test_a_process_that_restarted_between_two_looks_is_named(gate: Watching, pages):
    gate.look()
    late = (NOW - timedelta(minutes=5)).timestamp()
    pages |= grown() | {"/servers/m/canary/metrics": server("canary", V2.digest, 12, 141, started=late)}
    seen = gate.look()
    assert set(seen.windows[0].tallies) == {"error_rate"} and set(seen.missing) == {"score_drift"}
    pages["/metrics"] = gateway(started=late)
    seen = gate.look()
    assert seen.reset is not None and seen.windows == ()


def test_one_request_reads_the_counters_of_all_releases(web, pages):
    other = gateway().replace(b'model="m"', b'model="n"').replace(b"process_start", b"# ")
    pages["/metrics"] = gateway() + other
    errors = {"error_rate": BADS["error_rate"]}
    queries = [Query(replace(RELEASE, model=name), errors, POLICY) for name in ("m", "n")]
    looks = Looks(ManualClock())
    assert [seen.weight for seen in Scrape(web.url, looks=looks).read(queries, NOW)] == [5, 5]
    assert sorted(web.paths) == ["/metrics", "/windows/m", "/windows/n"]


def test_the_metrics_of_thousands_of_models_are_no_limit(web, pages, monkeypatch):
    monkeypatch.setattr(adapter, "KEPT", 20_000)
    page = gateway().replace(b"process_start", b"# ")
    others = b"".join(page.replace(b'model="m"', b'model="x%d"' % n) for n in range(500))
    pages["/metrics"] = others + gateway()
    assert len(others) > 20 * adapter.KEPT
    errors = {"error_rate": BADS["error_rate"]}
    assert Watching(web).look(bads=errors).weight == 5
    pages["/metrics"] = gateway() + b'sluice_x{model="m"} 1\n' * 5000
    assert "answered with more than 20,000 bytes" in Watching(web).look(bads=errors).missing[GATEWAY]


def test_nonsense_about_one_model_costs_no_other(gate: Watching, pages):
    pages["/metrics"] = gateway() + b'sluice_gateway_requests_total{model="n",track="canary" 1\n'
    assert gate.look().weight == 5


CANARY_SERVERS = {
    "dead": Answer(502, b"track 'canary' does not answer"),
    "later": Answer(503, b"busy", {"Retry-After": "30"}),
    "empty": b"",
    "html": b"<html><body>Welcome</body></html>",
    "no-histogram": b"process_start_time_seconds 1\n",
    "another-artifact": server("canary", V1.digest, 1, 2),
    "no-requests": server("canary", V2.digest, 12, 141).replace(b"sluice_server_requests", b"other"),
    "no-scores": server("canary", V2.digest, 12, 141).replace(b"sluice_server_score", b"other"),
    "old": server("canary", V2.digest, 12, 141).replace(b" 141\n", b" 141 1500000000000\n"),
    "nan": server("canary", V2.digest, 12, 141).replace(b" 141\n", b" NaN\n"),
    "twice": server("canary", V2.digest, 12, 141) * 2,
}


@pytest.mark.parametrize("answer", CANARY_SERVERS.values(), ids=CANARY_SERVERS)
def test_a_canary_server_without_scores_leaves_only_its_gate_without_data(gate: Watching, pages, answer):
    gate.look()
    pages |= grown() | {"/servers/m/canary/metrics": answer}
    seen = gate.look()
    assert set(seen.windows[0].tallies) == {"error_rate"} and set(seen.missing) == {"score_drift"}
    assert seen.ready and seen.windows[0].traffic == Traffic(100, 900)


def test_a_hanging_canary_server_costs_only_its_gate(gate: Watching, web, pages):
    gate.source = replace(gate.source, seconds=0.3)
    gate.look()
    pages |= grown() | {"/servers/m/canary/metrics": web.hang}
    seen = gate.look()
    assert set(seen.windows[0].tallies) == {"error_rate"}
    assert "did not answer within 0.3 s" in seen.missing["score_drift"]


GATEWAYS = {
    "html": b"<html><body>Welcome</body></html>",
    "empty": b"",
    "binary": b"\xff\xfe\x00binary",
    "broken": b'sluice_gateway_requests_total{model="m",track="canary" 1\n',
    "words": b'sluice_gateway_requests_total{model="m",track="canary",code="500"} many\n',
    "replicas": gateway() + b'sluice_gateway_weight{model="m",track="canary",replica="b"} 25\n',
    "no-weight": gateway(weight="NaN"),
    "too-much": gateway(weight="101"),
    "old": gateway().replace(b" 47\n", b" 47 1500000000000\n"),
    "not-found": Answer(404, b"nothing here"),
    "later": Answer(429, b"too many", {"Retry-After": "30"}),
}


@pytest.mark.parametrize("body", GATEWAYS.values(), ids=GATEWAYS)
def test_nonsense_from_the_gateway_is_no_data_and_says_why(gate: Watching, pages, body):
    gate.look()
    pages["/metrics"] = body
    seen = gate.look()
    assert (seen.weight, seen.ready, seen.windows) == (None, False, ())
    assert seen.missing[GATEWAY].startswith("the gateway gives no figures: ")


@pytest.mark.parametrize("value", ["NaN", "-3", "2.5", "+Inf"])
def test_what_no_counter_can_be_is_no_window(gate: Watching, pages, value):
    gate.look()
    pages["/metrics"] = gateway(errors=value)
    seen = gate.look()
    assert seen.windows == () and "a counter of requests cannot be" in seen.missing[GATEWAY]


def test_a_series_twice_is_no_data(gate: Watching, pages):
    pages["/metrics"] = gateway() + b'sluice_gateway_requests_total{model="m",track="canary",code="500"} 3\n'
    assert "the same series twice" in gate.look().missing[GATEWAY]


def test_a_gateway_that_does_not_know_the_model_says_nothing_about_it(gate: Watching, pages):
    pages["/metrics"] = b"process_start_time_seconds 5\n"
    seen = gate.look()
    assert (seen.weight, seen.ready, seen.windows) == (None, False, ())


def test_one_answer_without_the_requests_leaves_the_canary_ready_and_proves_nothing(gate: Watching, pages):
    gate.look()
    lines = [line for line in gateway().splitlines() if b"requests_total" not in line]
    pages["/metrics"] = b"\n".join(lines) + b"\n"
    seen = gate.look()
    assert (seen.weight, seen.ready, seen.windows) == (5, True, ())
    assert "whether there were requests is not known" in seen.missing[GATEWAY]


def test_servers_are_not_asked_when_no_gate_counts_there(gate: Watching, web):
    gate.look(bads={"error_rate": BADS["error_rate"]})
    assert web.paths == ["/windows/m", "/metrics"]


def test_ready_means_the_canarys_own_artifact(gate: Watching, pages):
    other = replace(RELEASE, canary=replace(V2, digest="sha256:" + "3" * 64))
    assert not gate.look(other).ready
    pages["/metrics"] = gateway().replace(f'{V2.digest}"}} 1'.encode(), f'{V2.digest}"}} 0'.encode())
    assert not gate.look().ready


def test_a_first_release_in_the_dark_asks_no_server(gate: Watching, web, pages):
    pages["/metrics"] = gateway(weight="0")
    seen = gate.look(replace(RELEASE, stable=None, weight=0))
    assert (seen.ready, seen.windows, seen.missing) == (True, (), {})
    assert web.paths == ["/windows/m", "/metrics"]


def windows(*moments: bytes) -> bytes:
    """As a gateway serves its own windows: what its pages said, every ten seconds."""
    found: dict[object, Points] = {}
    for number, text in enumerate(moments):
        lines = "".join(f"{line}\n" for line in text.decode().splitlines() if 'model="m"' in line)
        for one in exposition.parse(lines, NOW + timedelta(seconds=10 * number), "gateway"):
            known = found.setdefault((one.name, frozenset(one.labels.items())), one)
            known.values.update(one.values)
    return render(found.values())


def test_a_gateways_own_windows_need_no_look_before_and_no_metrics(web, pages):
    pages["/windows/m"] = windows(gateway(), grown()["/metrics"])
    errors = {"error_rate": BADS["error_rate"]}
    (seen,) = Scrape(web.url).read([Query(RELEASE, errors, POLICY)], NOW)
    assert (seen.weight, seen.ready, seen.missing) == (5, True, {})
    assert [window.traffic for window in seen.windows] == [Traffic(100, 900)]
    assert web.paths == ["/windows/m"]


def test_a_step_that_a_person_begins_again_inherits_no_window_of_the_gateways_own(web, pages):
    pages["/windows/m"] = windows(gateway(), gateway(errors="9"), gateway(errors="11"))
    errors = {"error_rate": BADS["error_rate"]}

    def failed(since: datetime) -> list[int]:
        query = Query(replace(RELEASE, since=since), errors, POLICY)
        (seen,) = Scrape(web.url).read([query], NOW)
        assert seen.clock == NOW + timedelta(seconds=20)
        return [window.tallies["error_rate"].bad_canary[0] for window in seen.windows]

    assert failed(NOW) == [6, 2]
    assert failed(NOW + timedelta(seconds=5)) == [2]
    assert failed(NOW + timedelta(hours=1)) == [6, 2], "a moment ahead of the gateway's clock bounds nothing"


@pytest.mark.parametrize("answer", [Answer(500, b"broken"), b"{", b'{"status": "error"}'])
def test_windows_that_cannot_be_read_are_no_data(web, pages, answer):
    pages["/windows/m"] = answer
    (seen,) = Scrape(web.url).read([Query(RELEASE, BADS, POLICY)], NOW)
    assert seen.windows == () and "/windows/m" in seen.missing[GATEWAY]
