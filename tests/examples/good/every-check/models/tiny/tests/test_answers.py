def test_every_row_is_answered(session, rows):
    (found,) = session.run(["probability"], rows.feeds)
    assert found.shape == (len(rows.frame),)


def test_nothing_known(answers, rows):
    frame = rows.frame.head(1).assign(size=0, age=0, hour=0)
    assert abs(answers(frame)["probability"][0] - 0.5) < 1e-6


def test_no_row_moves_far(production, session, rows):
    (old,), (new,) = (one.run(None, rows.feeds) for one in (production, session))
    assert abs(old - new).max() < 0.2
