from itertools import repeat

import numpy as np
import pytest

from sluicegate.validators.evaluation.timing import BLOCKS, Times
from sluicegate.validators.evaluation.timing_verdict import MOST_RUNS, Comparison, Level, judged
from sluicegate.validators.runner.finding import Verdict


def run(ratio, *, milliseconds=5.0, spread=0.02, seed=0):
    """A run in which the candidate takes `ratio` of production's time."""
    random = np.random.default_rng(seed)
    noise = np.exp(spread * random.normal(size=(2, BLOCKS, 10)))
    return Times(milliseconds / 1e3 * np.array([ratio, 1.0])[:, None, None] * noise)


def judge(*runs, criterion=None):
    """The finding, and how many of the runs were used."""
    rest = list(runs[1:])
    finding = judged(runs[0], lambda: rest.pop(0), criterion or Comparison(1.2, 0.1), "CPUExecutionProvider")
    return finding, len(runs) - len(rest)


def test_what_is_fast_enough_is_timed_once():
    finding, runs = judge(run(1.0), run(2.0))
    assert (finding.verdict, runs) == (Verdict.PASS, 1)
    assert finding.production == "p50 5.000 ms" or finding.production.startswith("p50 ")


def test_a_regression_fails_once_a_second_run_agrees():
    finding, runs = judge(run(1.5), run(1.5, seed=1), run(1.5, seed=2))
    assert (finding.verdict, runs, finding.threshold) == (Verdict.FAIL, 2, 1.2)
    assert "2 runs agree" in finding.message
    assert finding.remedy.startswith("A call takes 2.5 ms more than production's")


def test_one_slow_run_refuses_nobody():
    assert judge(run(1.5), *(run(1.0, seed=seed) for seed in range(1, 4)))[0].verdict == Verdict.PASS
    finding, runs = judge(run(1.5), run(1.1, spread=0.6), *(run(1.5, seed=seed) for seed in (1, 2)))
    assert (finding.verdict, runs) == (Verdict.INCONCLUSIVE, MOST_RUNS)


def test_an_open_question_names_its_cause():
    near, _ = judge(*(run(1.2, seed=seed) for seed in range(4)))
    assert near.verdict == Verdict.INCONCLUSIVE
    assert near.remedy.startswith("The time is too near the limit")
    noisy, _ = judge(*(run(1.2, spread=2.0, seed=seed) for seed in range(4)))
    assert noisy.verdict == Verdict.INCONCLUSIVE
    assert noisy.remedy.startswith("The speed of this machine moved by a factor of ")


@pytest.mark.parametrize(("milliseconds", "verdict"), [(0.01, Verdict.PASS), (5.0, Verdict.FAIL)])
def test_microseconds_are_no_loss(milliseconds, verdict):
    finding, _ = judge(*(run(1.6, milliseconds=milliseconds, seed=seed) for seed in range(4)))
    assert finding.verdict == verdict
    assert ("differences below 0.1 ms are ignored" in finding.message) == (verdict == Verdict.PASS)


def test_where_production_is_as_slow_the_machine_is_named_not_the_model():
    slow = [run(1.0, milliseconds=50, seed=seed) for seed in range(2)]
    finding, _ = judge(*slow, criterion=Level(20))
    assert finding.verdict == Verdict.FAIL
    assert finding.remedy.startswith("Production takes 5")
    alone = [Times(times.seconds[:1]) for times in slow]
    finding, _ = judge(*alone, criterion=Level(20))
    assert finding.remedy.startswith("95 of 100 calls take 5")


def interrupted(seed):
    """Two equal models on a machine of which others take whole blocks: long tails, and spells of them."""
    random = np.random.default_rng(seed)
    spell = np.repeat(random.random(BLOCKS // 5) < 0.4, 5)
    stalls = random.exponential(8.0, size=(2, BLOCKS, 1)) * (random.random((2, BLOCKS, 1)) < 0.5)
    return Times(0.005 * np.exp(0.1 * random.normal(size=(2, BLOCKS, 5))) * (1 + stalls * spell[:, None]))


@pytest.mark.slow
def test_equal_models_on_a_busy_machine_are_refused_in_at_most_one_of_a_hundred():
    numbers = iter(range(10**6))
    verdicts = [
        judged(
            interrupted(next(numbers)), lambda: interrupted(next(numbers)), Comparison(1.2, 0.1), ""
        ).verdict
        for _ in repeat(None, 300)
    ]
    assert verdicts.count(Verdict.FAIL) == 0
    assert verdicts.count(Verdict.INCONCLUSIVE) <= 3
