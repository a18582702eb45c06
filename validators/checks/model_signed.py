"""Whether a key that the repository trusts signed the model's files as they are."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs import model_signature
from sluicegate.specs.keys import KeyProblem, public_keys
from sluicegate.specs.layout import MODEL_KEYS
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_signature import SignatureProblem
from sluicegate.validators.runner.finding import Finding, Position, error, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

SHOWN = 5
"""How many files that differ are named."""


@check(
    "model-signed",
    family="artifact",
    remedy="Let whoever holds a key of environments/models.pub run `sluice sign MODEL --signing-key FILE`, "
    "and commit model.sig.",
)
def model_signed(spec: ModelSpec, files: ModelFiles, model_keys: bytes | None) -> Iterator[Finding]:
    """Every file of the model is signed by a key that the base trusts for models.

    model.sig is a signature in the format of OpenSSF Model Signing over all files of the model's directory,
    each by its SHA-256. What model.yaml pins at an address is signed by its digest there. The keys are those
    of environments/models.pub at the base, so that no change brings its own; without that file none is asked.
    """
    if model_keys is None:
        yield skipped(f"there is no {MODEL_KEYS}, so no signature is asked for")
        return
    try:
        keys = public_keys(model_keys, MODEL_KEYS)
    except KeyProblem as problem:
        yield error(f"not judged: {problem.message}", Position(MODEL_KEYS), remedy=problem.remedy)
        return
    at = files.position(model_signature.FILE)
    if (fault := files.fault(model_signature.FILE)) is not None:
        yield fail(f"{model_signature.FILE} {fault}", at)
        return
    elsewhere = {file.local for file in spec.artifact.files if file.path is None}
    digests = {
        name: files.digest(name)
        for name, entry in files.entries.items()
        if entry.plain and name != model_signature.FILE and name not in elsewhere
    }
    try:
        data = files.head(model_signature.FILE, model_signature.LARGEST + 1)
        differing = list(model_signature.faults(data, keys, digests))
    except SignatureProblem as problem:
        yield fail(problem.message, at)
        return
    yield from (fail(words, at) for words in differing[:SHOWN])
    if len(differing) > SHOWN:
        yield fail(f"and {len(differing) - SHOWN:,} more files", at)
    if not differing:
        yield passed(f"a key of {MODEL_KEYS} signed all {len(digests)} files", at)
