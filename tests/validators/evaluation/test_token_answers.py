"""Taggers and language models by real graphs, on documents of several lengths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.kinds import decoder, decoder_spec, tagger, tagger_spec

from sluicegate.specs.model import Serving
from sluicegate.validators.evaluation.labels import read_labels
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.inputs import Unavailable

WORDS = np.eye(3)[[0, 1, 2, 0]]
"""Words 0 and 3 are O, 1 is B-PER, 2 is I-PER."""


def rows_of(frame: pd.DataFrame, spec) -> Rows:
    return Rows("e.parquet", frame, read_labels(frame, spec, "e.parquet"))


def test_documents_of_several_lengths_are_tagged_each_for_itself() -> None:
    frame = pd.DataFrame(
        {"ids": [[0, 1, 2], [1], [3, 1]], "tags": [["O", "B-PER", "O"], ["B-PER"], [None, "I-PER"]]}
    )
    judged = predict(tagger(WORDS), tagger_spec(), rows_of(frame, tagger_spec()))
    assert judged.labels.tolist() == [[0, 1, 0], [1, -100, -100], [-100, 2, -100]]
    assert judged.decisions.tolist() == [[0, 1, 2], [1, 0, 0], [0, 1, 0]]
    assert judged.classes == ("O", "B-PER", "I-PER")


@pytest.mark.parametrize("max_batch", [1, 2, 64])
def test_the_batch_changes_nothing(max_batch) -> None:
    random = np.random.default_rng(1)
    lengths = random.integers(1, 6, 30)
    ids = [random.integers(0, 4, length).tolist() for length in lengths]
    frame = pd.DataFrame({"ids": ids, "tags": [[0] * length for length in lengths]})
    spec = replace(tagger_spec(None), serving=Serving(max_batch=max_batch))
    judged = predict(tagger(WORDS), spec, rows_of(frame, spec))
    for own, answer in zip(ids, judged.decisions, strict=True):
        assert answer[: len(own)].tolist() == [(0, 1, 2, 0)[word] for word in own]


def test_labels_that_are_fewer_than_tokens_are_refused_by_row() -> None:
    frame = pd.DataFrame({"ids": [[0, 1], [1, 2]], "tags": [[0, 1], [1]]})
    with pytest.raises(Unavailable, match="row 2 has 2 tokens, and 1 labels in column 'tags'"):
        predict(tagger(WORDS), tagger_spec(None), rows_of(frame, tagger_spec(None)))


def test_an_answer_that_is_no_number_is_known_by_its_document() -> None:
    table = WORDS.copy()
    table[2, 0] = np.nan
    frame = pd.DataFrame({"ids": [[0, 1], [2, 1], [2, 1]], "tags": [[0, 1], [0, 1], [-100, 1]]})
    judged = predict(tagger(table), tagger_spec(None), rows_of(frame, tagger_spec(None)))
    assert judged.finite.tolist() == [True, False, True]


def test_production_with_its_tags_in_another_order_is_compared_by_name() -> None:
    frame = pd.DataFrame({"ids": [[0, 1, 2]], "tags": [["O", "B-PER", "I-PER"]]})
    other = ("B-PER", "I-PER", "O")
    theirs = replace(tagger_spec(other))
    judged = predict(tagger(np.roll(WORDS, -1, axis=1)), theirs, rows_of(frame, theirs))
    assert judged.aligned(("O", "B-PER", "I-PER")).decisions.tolist() == [[0, 1, 2]]


def surprise_by_hand(ids: list[int]) -> float:
    random = np.random.default_rng(4)
    words, head = (random.normal(size=size).astype(np.float32) for size in ((8, 4), (4, 8)))
    logits = np.cumsum(words[ids], axis=0) @ head
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return float(-np.log(chances[np.arange(len(ids) - 1), ids[1:]]).sum())


def test_a_decoder_with_a_cache_is_run_with_an_empty_one_and_judged_on_the_next_tokens() -> None:
    ids = [[1, 2, 3, 4], [5, 6], [7], [2, 2, 1, 0]]
    frame = pd.DataFrame({"ids": ids})
    judged = predict(decoder(), decoder_spec(), rows_of(frame, decoder_spec()))
    assert judged.labels.tolist() == [3, 1, 0, 3]
    assert judged.values == pytest.approx([surprise_by_hand(own) for own in ids], rel=1e-5)


def test_tokens_with_the_label_100_below_zero_are_not_predicted() -> None:
    spec = replace(decoder_spec(), data=replace(decoder_spec().data, label="next"))
    frame = pd.DataFrame({"ids": [[1, 2, 3, 4]], "next": [[1, -100, 3, -100]]})
    judged = predict(decoder(), spec, rows_of(frame, spec))
    assert judged.labels.tolist() == [1]
    assert judged.values[0] < surprise_by_hand([1, 2, 3, 4])


def test_a_token_beyond_the_vocabulary_is_refused() -> None:
    spec = replace(decoder_spec(), data=replace(decoder_spec().data, label="next"))
    frame = pd.DataFrame({"ids": [[1, 2]], "next": [[1, 9]]})
    with pytest.raises(Unavailable, match="a label is 9, and output 'logits' has 0 to 7 at each token"):
        predict(decoder(), spec, rows_of(frame, spec))
