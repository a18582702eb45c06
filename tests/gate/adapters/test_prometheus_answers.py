"""Answers that no Prometheus should give, or that are too long: no data, and the reason is told."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.http_stub import Answer, Request
from support.scraped import BADS, POLICY, RELEASE, read

from sluicegate.gate.adapters import prometheus as adapter
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import GATEWAY


def vector(*rows: tuple[dict[str, str], str]) -> dict:
    result = [{"metric": labels, "value": [1, value]} for labels, value in rows]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


NONSENSE = {
    "html": b"<html>",
    "error": json.dumps({"status": "error", "error": "query timed out"}).encode(),
    "warnings": json.dumps(vector(({}, "1")) | {"warnings": ["a store is down"]}).encode(),
    "scalar": json.dumps(
        {"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}
    ).encode(),
    "empty": json.dumps(vector()).encode(),
    "no-time": json.dumps(vector(({"of": "min gateway"}, "100"))).encode(),
    "no-parts": json.dumps(vector(({}, "100"))).encode(),
    "no-value": json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{}]}}).encode(),
    "list": b"[1]",
    "deep": b"[" * 100_000,
    "not-found": Answer(404, b"no such page"),
    "later": Answer(429, b"too many", {"Retry-After": "30"}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_data_and_says_why(web, answer):
    web.pages["/api/v1/query"] = answer
    seen = read(Prometheus(web.url, seconds=5), RELEASE)
    assert (seen.weight, seen.ready, seen.windows) == (None, False, ())
    assert list(seen.missing) == [GATEWAY] and web.url in seen.missing[GATEWAY]


def test_a_server_that_asks_to_be_left_alone_says_for_how_long(web):
    web.pages["/api/v1/query"] = NONSENSE["later"]
    assert "asks to be left alone until 30 s from then" in read(Prometheus(web.url), RELEASE).missing[GATEWAY]


def test_a_server_that_fails_in_mid_reading_gives_no_data(web):
    web.pages["/api/v1/query"] = json.dumps(vector(({"of": "now"}, "1"))).encode()
    web.pages["/api/v1/query_range"] = Answer(503, b"overloaded")
    seen = read(Prometheus(web.url), RELEASE)
    assert "503: overloaded" in seen.missing[GATEWAY]
    assert web.paths == ["/api/v1/query", "/api/v1/query_range"]


def test_an_answer_over_the_limit_is_asked_for_in_parts(web, monkeypatch):
    """Until it is about one release: then it is no data, and says so."""
    monkeypatch.setattr(adapter, "LARGEST", 1000)
    asked: list[str] = []

    def answer(request: Request) -> bytes:
        asked.append(request.query["query"])
        return b"x" * 2000 if "bb" in asked[-1] else b"<html>"

    web.pages["/api/v1/query"] = answer
    queries = [Query(replace(RELEASE, model=name), BADS, POLICY) for name in ("aa", "bb")]
    seen = Prometheus(web.url).read(queries, datetime.now(UTC))
    assert len(asked) == 3
    assert "did not answer with JSON" in seen[0].missing[GATEWAY]
    assert "answered with more than 1,000 bytes" in seen[1].missing[GATEWAY]


def test_so_many_models_that_their_names_do_not_fit_are_asked_about_in_turn(web):
    queries = [Query(replace(RELEASE, model=f"model-{n:040}"), BADS, POLICY) for n in range(100)]
    Prometheus(web.url).read(queries, datetime.now(UTC))
    assert 1 < len(web.requests) < 10
    assert all(len(request.target) < 16_000 for request in web.requests)
