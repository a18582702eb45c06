def test_low(answers, rows):
    assert answers(rows.frame)["probability"].max() < 0.5
