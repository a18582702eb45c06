"""The files that model.yaml pins are there, and are those."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.lfs import is_pointer
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles


@check(
    "artifact-digests",
    family="artifact",
    remedy="Commit the file that was meant, or put its sha256 into model.yaml.",
)
def artifact_digests(spec: ModelSpec, files: ModelFiles) -> Iterator[Finding]:
    """Every file that model.yaml pins is there, and has the sha256 that it names.

    What is judged here is what is served later: the server refuses an artifact whose digest differs.
    """
    pinned = [(file.local, file.sha256, file.size) for file in spec.artifact.files]
    pinned += [(file.path, file.sha256, None) for file in (spec.data.reference, spec.data.evaluation)]
    for name, expected, declared in pinned:
        at = files.position(name)
        fault = files.fault(name)
        if fault is not None:
            yield fail(f"{name} {fault}", at, threshold=expected)
            continue
        digest = files.digest(name)
        size = files.entries[name].size
        if digest == expected and declared in (None, size):
            yield passed(f"{name} is as pinned ({size:,} bytes)", at)
        elif digest == expected:
            remedy = f"Write size: {size}."
            yield fail(f"{name} has {size:,} bytes, and model.yaml says {declared:,}", at, remedy=remedy)
        elif is_pointer(files.head(name), size):
            remedy = "Run `git lfs pull` and commit the file itself, or pin its address: `uri: lfs:...`."
            yield fail(f"{name} is a Git LFS pointer, not the file", at, remedy=remedy)
        else:
            message = f"{name} ({size:,} bytes) has another digest than model.yaml names"
            if not size:
                message = f"{name} is empty"
            yield fail(message, at, observed=digest, threshold=expected)
