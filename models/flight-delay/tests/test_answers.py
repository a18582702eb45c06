"""What is known of single answers: run by `sluice validate flight-delay --check own-tests`."""

import numpy as np


def test_every_row_is_answered_with_a_probability(session, rows):
    (probability,) = session.run(["probability"], rows.feeds)
    assert probability.shape == (len(rows.frame),)
    assert ((probability >= 0) & (probability <= 1)).all()


def test_an_answer_does_not_depend_on_the_rows_beside_it(answers, rows):
    frame = rows.frame.head(64)
    alone = [answers(frame.iloc[[row]])["probability"][0] for row in range(len(frame))]
    np.testing.assert_allclose(answers(frame)["probability"], alone, atol=1e-6)


def test_evenings_are_later_than_mornings(answers, rows):
    def mean_at(hour):
        return answers(rows.frame.head(2_000).assign(departure_hour=hour))["probability"].mean()

    assert mean_at(19) > mean_at(7)


def test_most_decisions_stay_those_of_production(production, session, rows):
    (old,), (new,) = (one.run(["probability"], rows.feeds) for one in (production, session))
    assert ((old >= 0.2) == (new >= 0.2)).mean() > 0.7
