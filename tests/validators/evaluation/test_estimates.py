import numpy as np
import pytest
from scipy import stats

from sluicegate.validators.evaluation.estimates import (
    Counts,
    bootstrap,
    by_influence,
    clopper_pearson,
    median,
    normal,
    placements,
    student,
    tango,
)


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (1, 20), (13, 40), (20, 20), (990, 1000)])
def test_clopper_pearson_is_scipys_exact_interval(hits, count):
    found = clopper_pearson(hits, count, 0.95)
    expected = stats.binomtest(hits, count).proportion_ci(0.95, method="exact")
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.value == hits / count


@pytest.mark.parametrize(
    ("gained", "lost", "pairs", "lower", "upper"),
    [(12, 2, 50, 0.0611, 0.3447), (0, 0, 50, -0.0713, 0.0713), (50, 0, 50, 0.8573, 1.0)],
)
def test_tango_gives_the_published_limits(gained, lost, pairs, lower, upper):
    """Newcombe 1998 (Stat. Med. 17:2635), paired examples, Tango's method; 0, 0 in closed form."""
    found = tango(gained, lost, pairs, 0.95)
    assert (found.lower, found.upper) == (pytest.approx(lower, abs=1e-4), pytest.approx(upper, abs=1e-4))
    mirrored = tango(lost, gained, pairs, 0.95)
    assert (mirrored.lower, mirrored.upper) == (pytest.approx(-found.upper), pytest.approx(-found.lower))


def test_student_is_scipys_interval_of_a_mean():
    values = np.random.default_rng(1).exponential(size=30)
    found = student(values, 0.9)
    expected = stats.t.interval(0.9, 29, loc=values.mean(), scale=stats.sem(values))
    assert (found.lower, found.upper) == pytest.approx(expected)


def test_the_interval_of_a_bounded_figure_stays_within_its_bounds():
    values = np.r_[np.ones(18), 0.2, 0.1]
    on_logit = student(values, 0.95, "logit")
    assert student(values, 0.95).upper > 1
    assert 0 < on_logit.lower < on_logit.value < on_logit.upper < 1
    assert on_logit.value - on_logit.lower > on_logit.upper - on_logit.value
    skewed = student(np.r_[np.zeros(18), 3.0, 9.0], 0.95, "log")
    assert 0 < skewed.lower < skewed.value < skewed.upper


@pytest.mark.parametrize("scale", ["logit", "log"])
def test_on_any_scale_the_interval_is_the_plain_one_where_there_are_many_units(scale):
    values = np.random.default_rng(2).uniform(0.2, 0.9, size=100_000)
    plain, scaled = student(values, 0.95), student(values, 0.95, scale)
    assert (scaled.lower, scaled.upper) == pytest.approx((plain.lower, plain.upper), abs=1e-5)


@pytest.mark.parametrize(
    ("value", "lower", "upper"), [(1.0, 0.025 ** (1 / 40), 1), (0.0, 0, 1 - 0.025 ** (1 / 40))]
)
def test_a_figure_without_an_exception_is_no_more_certain_than_as_many_trials(value, lower, upper):
    found = by_influence(value, np.zeros(100), 0.95, "logit", units=40)
    assert (found.lower, found.upper) == pytest.approx((lower, upper))


def test_a_normal_interval_ends_at_its_bounds():
    found = normal(0.98, 0.0004, 0.95, (0.0, 1.0))
    assert (found.lower, found.upper) == (pytest.approx(0.98 - 1.959964 * 0.02), 1.0)


def test_placements_are_delongs_by_brute_force_with_ties():
    random = np.random.default_rng(4)
    positive = np.array([True] * 12 + [False] * 15)
    scores = np.round(random.random(27), 1)
    kernel = (scores[positive][:, None] > scores[~positive]) + 0.5 * (
        scores[positive][:, None] == scores[~positive]
    )
    of_own, of_others = placements(positive, scores)
    assert of_own == pytest.approx(kernel.mean(axis=1))
    assert of_others == pytest.approx(kernel.mean(axis=0))


def share_of_right(counts: Counts):
    return counts.right.sum(axis=1) / counts.actual.sum(axis=1)


def test_the_bootstrap_of_cells_is_that_of_rows():
    random = np.random.default_rng(5)
    labels = random.integers(0, 3, 300)
    decided = np.where(random.random(300) < 0.7, labels, random.integers(0, 3, 300))
    found = bootstrap(0.0, share_of_right, labels, [decided], 0.95)
    rows = random.integers(0, 300, size=(4_000, 300))
    low, high = np.quantile((labels == decided)[rows].mean(axis=1), [0.025, 0.975])
    assert (found.lower, found.upper) == pytest.approx((low, high), abs=0.006)


def test_the_bootstrap_of_a_difference_keeps_the_rows_together():
    random = np.random.default_rng(6)
    labels = random.integers(0, 3, 300)
    decided = np.where(random.random(300) < 0.6, labels, random.integers(0, 3, 300))
    nearly = decided.copy()
    nearly[:3] = (nearly[:3] + 1) % 3
    alone = bootstrap(0.0, share_of_right, labels, [decided], 0.95)
    gap = bootstrap(0.0, share_of_right, labels, [decided, nearly], 0.95)
    assert gap.upper - gap.lower < (alone.upper - alone.lower) / 3
    same = bootstrap(0.0, share_of_right, labels, [decided, decided], 0.95)
    assert (same.lower, same.upper) == (0.0, 0.0)


def test_the_same_rows_give_the_same_interval():
    labels = np.random.default_rng(7).integers(0, 2, 100)
    decided = np.roll(labels, 1)
    first, second = (bootstrap(0.0, share_of_right, labels, [decided], 0.95) for _ in range(2))
    assert first == second


def test_the_interval_of_a_median_is_the_order_statistics_of_the_sign_test():
    """Conover 1999, table of binomial quantiles: of 40 values, the 14th and the 27th."""
    values = np.random.default_rng(1).permutation(np.arange(1.0, 41.0))
    found = median(values, 0.95)
    assert (found.value, found.lower, found.upper) == (20.5, 14, 27)
    assert (median(values[:3], 0.95).lower, median(values[:3], 0.95).upper) == (
        values[:3].min(),
        values[:3].max(),
    )


def test_a_median_is_covered_whatever_the_tails():
    random = np.random.default_rng(2)
    drawn = [median(random.standard_cauchy(size=40), 0.95) for _ in range(1_000)]
    inside = np.mean([found.lower <= 0 <= found.upper for found in drawn])
    assert 0.94 <= inside <= 0.985
