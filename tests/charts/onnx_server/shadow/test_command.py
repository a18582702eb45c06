"""The comparer as a real process, between two real servers."""

from __future__ import annotations

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from sluicegate.onnx_server.shadow.command import parser

DIGEST = "sha256:" + "2" * 64
INFER = "/v2/models/m/infer"


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.02)


class Comparer:
    def __init__(self, served) -> None:
        self.served = served

    def copy(
        self, body: bytes | None = None, path: str = INFER, headers: dict[str, str] | None = None
    ) -> int:
        body = body or b'{"inputs":[{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}'
        request = urllib.request.Request(self.served.url + path, body, headers or {})
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status

    def count(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels; each has the model's, the track's and the artifact's."""
        known = {"model": "m", "track": "canary", "digest": DIGEST, **labels}
        return sum(
            value
            for (n, own), value in self.served.samples().items()
            if n == name and known.items() <= dict(own).items()
        )

    @property
    def settled(self) -> float:
        """How many copies have come to an end."""
        return self.count("sluice_shadow_pairs_total") + self.count("sluice_shadow_dropped_total")


@pytest.fixture
def compare(start_server):
    @contextlib.contextmanager
    def start(stable: str, canary: str, *options: str) -> Iterator[Comparer]:
        words = ["shadow", "--model", "m", "--digest", DIGEST, "--stable", stable, "--canary", canary]
        with start_server(words, *options) as served:
            yield Comparer(served)

    return start


def test_equal_servers_give_equal_pairs_that_enter_no_figure_of_theirs(serve, compare):
    score = ("--score-output", "probability", "--score-edges", "0.5")
    with serve("row_mean", *score) as stable, serve("row_mean", *score) as canary:
        with compare(stable.url, canary.url) as comparer:
            assert comparer.copy() == 202
            until(lambda: comparer.settled == 1)
            assert [comparer.copy() for _ in range(4)] == [202] * 4
            until(lambda: comparer.settled == 5)
            assert comparer.count("sluice_shadow_pairs_total") == 5
            assert comparer.count("sluice_shadow_within_total", measure="absolute", limit="0") == 5
            assert comparer.count("sluice_shadow_different_total") == 0
        for server in (stable, canary):
            seen = {}
            for (name, _), value in server.samples().items():
                seen[name] = seen.get(name, 0) + value
            assert seen["sluice_server_shadow_requests_total"] == 5
            assert seen["sluice_server_requests_total"] == 0
            assert seen["sluice_server_score_count"] == 0
            assert seen["sluice_server_request_duration_seconds_count"] == 0


def test_a_canary_of_another_signature_differs_in_each_pair(serve, compare):
    with serve("row_mean") as stable, serve("found") as canary, compare(stable.url, canary.url) as comparer:
        comparer.copy()
        until(lambda: comparer.settled == 1)
        assert comparer.count("sluice_shadow_different_total", reason="answer") == 1
        assert comparer.count("sluice_shadow_within_total") == 0


def test_until_the_canary_was_ready_nothing_is_held_against_it(serve, compare):
    """As while its pods start; once it was ready, an answer that does not come is a different one."""
    with serve("row_mean") as stable:
        with compare(stable.url, "http://127.0.0.1:9") as comparer:
            comparer.copy()
            until(lambda: comparer.settled == 1)
            assert comparer.count("sluice_shadow_dropped_total", reason="starting") == 1
        with contextlib.ExitStack() as stack:
            canary = stack.enter_context(serve("row_mean"))
            with compare(stable.url, canary.url) as comparer:
                comparer.copy()
                until(lambda: comparer.settled == 1)
                stack.close()
                comparer.copy()
                until(lambda: comparer.settled == 2)
                assert comparer.count("sluice_shadow_pairs_total") == 2
                assert comparer.count("sluice_shadow_different_total", reason="answer") == 1


def test_what_stable_does_not_answer_and_what_cannot_be_compared_is_no_pair(serve, compare):
    with (
        serve("row_mean") as stable,
        serve("row_mean") as canary,
        compare(stable.url, canary.url) as comparer,
    ):
        comparer.copy(b"{}")
        until(lambda: comparer.count("sluice_shadow_dropped_total", reason="stable") == 1)
        comparer.copy(path="/v2/models/m/versions/2/infer")
        comparer.copy(path="/elsewhere")
        comparer.copy(headers={"inference-header-content-length": "3"})
        until(lambda: comparer.count("sluice_shadow_dropped_total", reason="request") == 3)
        assert comparer.count("sluice_shadow_pairs_total") == 0


def test_it_is_healthy_and_takes_no_other_request(serve, compare):
    with serve("row_mean") as stable, compare(stable.url, stable.url) as comparer:
        assert comparer.served.call("/v2/health/live") == (200, {"ready": True})
        with pytest.raises(urllib.error.HTTPError, match=r"404|405"):
            urllib.request.urlopen(comparer.served.url + INFER, timeout=10)


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--stable", "https://a:1", "is not http://HOST:PORT"),
        ("--stable", "http://a:1/path", "is not http://HOST:PORT"),
        ("--canary", "http://a:x", "is not http://HOST:PORT"),
        ("--model", "A b", "is not a model's name"),
        ("--digest", "sha256:1", "is not a sha256: digest"),
        ("--in-flight", "0", "is not a whole number from 1 to 1000"),
        ("--timeout", "0", "is not a number of seconds"),
        ("--timeout", "soon", "is not a number of seconds"),
    ],
)
def test_options_that_cannot_be_are_refused(option: str, value: str, why: str, capsys):
    good = {"--model": "m", "--digest": DIGEST, "--stable": "http://a:1", "--canary": "http://b:2"}
    words = [word for pair in (good | {option: value}).items() for word in pair]
    with pytest.raises(SystemExit):
        parser().parse_args(words)
    assert why in capsys.readouterr().err
