"""A decoder says the same token by token as at once, or is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.kinds import decoder, decoder_spec, tagger, tagger_spec

from sluicegate.validators.checks.decoder import decoder_cache
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.evaluation.stepwise import both_passes
from sluicegate.validators.runner.finding import Position, Verdict

FRAME = pd.DataFrame({"ids": [[1, 2, 3, 4], [5, 6], [7], [2, 2, 1, 0, 3, 4]]})
ROWS = Rows("e.parquet", FRAME, np.zeros(4))
FILES = SimpleNamespace(position=Position)


def test_a_cache_that_is_read_gives_the_same_logits() -> None:
    (found,) = decoder_cache(decoder_spec(), decoder(), FILES, ROWS)
    assert found.verdict is Verdict.PASS
    assert found.observed < 1e-6


def test_a_cache_that_is_forgotten_is_refused_at_its_token() -> None:
    (found,) = decoder_cache(decoder_spec(), decoder(forgets=True), FILES, ROWS)
    assert found.verdict is Verdict.FAIL
    assert "row 1 of e.parquet: token by token the logits differ from the whole pass" in found.message


@pytest.mark.parametrize("row", range(4))
def test_both_passes_have_every_token(row) -> None:
    passes = both_passes(decoder(), decoder_spec(), FRAME, row, 32)
    assert passes.whole.shape == passes.stepwise.shape == (len(FRAME["ids"][row]), 8)


def test_long_rows_are_cut() -> None:
    assert both_passes(decoder(), decoder_spec(), FRAME, 3, 2).whole.shape == (2, 8)


def test_a_model_without_a_cache_has_nothing_to_compare() -> None:
    (found,) = decoder_cache(tagger_spec(), tagger(np.eye(3)), FILES, ROWS)
    assert (found.verdict, found.observed) == (Verdict.PASS, None)
