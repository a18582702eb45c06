"""How far columns of lists are from the reference: images, series, embeddings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from sluicegate.validators.evaluation.feeds import holds_lists, stacked


def list_drift(names: Iterable[str], reference: pd.DataFrame, evaluation: pd.DataFrame) -> dict[str, float]:
    """For each of the columns that holds lists, the distance of its rows' means or spreads, 0 to 1.

    The larger of the two Kolmogorov-Smirnov distances: an image that is brighter, a series that moves more.
    """
    scores: dict[str, float] = {}
    for name in names:
        if not holds_lists(evaluation[name]):
            continue
        pair = [stacked(frame[name]) for frame in (reference, evaluation)]
        flat = [part.reshape(len(part), -1).astype(np.float64) for part in pair]
        distances = [
            float(ks_2samp(*(summary(part, axis=1) for part in flat)).statistic)
            for summary in (np.nanmean, np.nanstd)
        ]
        scores[name] = max(distances)
    return scores
