def test_low():
    pass
