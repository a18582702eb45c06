"""Whether a decoder says the same with its cache as without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

ROWS = 4
TOKENS = 32
"""Of each row that is decoded both ways."""
TOLERANCE = {"fp32": 1e-3}
"""By precision, the largest difference as a share of the largest logit."""
REDUCED = 0.05
"""Of float16, bfloat16 and int8: they round otherwise where more tokens are computed at once."""


@check(
    "decoder-cache",
    family="quality",
    isolated=True,
    remedy="Export the decoder with its cache again; compare one step with the whole pass before you do.",
)
def decoder_cache(
    spec: ModelSpec, session: InferenceSession, files: ModelFiles, evaluation: Rows
) -> Iterator[Finding]:
    """A decoder gives the same logits token by token, with its cache, as for all tokens at once.

    Quality is judged on whole rows, with an empty cache; requests are decoded token by token. An export
    whose cache is not read, or whose positions begin anew at each step, is judged on figures that no caller
    sees. Four rows, of 32 tokens at most, are decoded both ways.
    """
    import numpy as np

    from sluicegate.specs.selection import caches
    from sluicegate.validators.evaluation.stepwise import both_passes

    if spec.task != "language-model" or not caches(spec):
        yield passed("no input of the model is a cache: each request is one whole pass")
        return
    half = any(tensor.dtype == "float16" for tensor in spec.signature.outputs)
    limit = REDUCED if half else TOLERANCE.get(spec.serving.precision, REDUCED)
    at = files.position(spec.artifact.path)
    worst = 0.0
    for row in np.unique(np.linspace(0, len(evaluation) - 1, ROWS).astype(int)):
        passes = both_passes(session, spec, evaluation.frame, int(row), TOKENS)
        worst = max(worst, passes.gap)
        if not passes.gap <= limit:
            message = (
                f"row {row + 1} of {evaluation.path}: token by token the logits differ from the whole pass "
                f"by {passes.gap:.3g} of the largest, of at most {limit:g}, most at token {passes.first + 1}"
            )
            yield fail(message, at, observed=passes.gap, threshold=limit)
            return
    message = f"token by token the logits are within {worst:.2g} of the largest"
    yield passed(message, at, observed=worst, threshold=limit)
