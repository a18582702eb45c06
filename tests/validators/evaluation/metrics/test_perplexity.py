import numpy as np
import pytest
from support.judged import documents, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions


def test_it_is_over_all_tokens_and_no_mean_of_documents() -> None:
    tokens, nats = np.array([1.0, 9.0] * 10), np.array([4.0, 9.0] * 10)
    found = metric("perplexity").estimate(Predictions(tokens, values=nats))
    assert found.value == pytest.approx(np.exp(13 / 10))
    assert found.lower < found.value < found.upper


def test_a_model_that_gives_every_word_the_same_chance_has_as_many_as_there_are() -> None:
    tokens = np.full(20, 7.0)
    judged = Predictions(tokens, values=tokens * np.log(50))
    assert metric("perplexity").estimate(judged).value == pytest.approx(50)


def test_documents_without_a_predicted_token_add_nothing() -> None:
    one, _ = documents(np.random.default_rng(1), 40)
    more = Predictions(np.r_[one.labels, 0, 0], values=np.r_[one.values, 0, 0])
    assert metric("perplexity").estimate(more).value == pytest.approx(
        metric("perplexity").estimate(one).value
    )


def test_too_few_documents_show_nothing() -> None:
    judged = Predictions(np.r_[np.full(9, 5.0), np.zeros(9)], values=np.ones(18))
    with pytest.raises(Undefined, match="needs 10 documents with a token that is predicted, and there are 9"):
        metric("perplexity").estimate(judged)
