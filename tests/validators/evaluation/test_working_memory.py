import numpy as np
import pytest

from sluicegate.validators.evaluation import working_memory
from sluicegate.validators.evaluation.working_memory import CLEAR, peak_growth

SIZE = 64 << 20


@pytest.mark.skipif(not CLEAR.exists(), reason="needs Linux's /proc")
def test_memory_that_is_taken_and_given_back_is_seen():
    grown = peak_growth(lambda: np.ones(SIZE, np.uint8).sum())
    assert SIZE * 0.9 < grown < SIZE * 1.5
    assert peak_growth(lambda: None) < SIZE / 8


def test_where_the_system_does_not_tell_nothing_is_claimed(monkeypatch, tmp_path):
    monkeypatch.setattr(working_memory, "CLEAR", tmp_path / "none" / "clear_refs")
    assert peak_growth(lambda: None) is None
