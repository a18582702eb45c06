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
    for file in (spec.artifact, spec.data.reference, spec.data.evaluation):
        at = files.position(file.path)
        fault = files.fault(file.path)
        if fault is not None:
            yield fail(f"{file.path} {fault}", at, threshold=file.sha256)
            continue
        digest = files.digest(file.path)
        size = files.entries[file.path].size
        if digest == file.sha256:
            yield passed(f"{file.path} is as pinned ({size:,} bytes)", at)
        elif is_pointer(files.head(file.path), size):
            remedy = "Run `git lfs pull` and commit the file itself: a server gets no LFS."
            yield fail(f"{file.path} is a Git LFS pointer, not the file", at, remedy=remedy)
        else:
            message = f"{file.path} ({size:,} bytes) has another digest than model.yaml names"
            if not size:
                message = f"{file.path} is empty"
            yield fail(message, at, observed=digest, threshold=file.sha256)
