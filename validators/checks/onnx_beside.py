"""ONNX files of the directory that are not the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles


@check(
    "onnx-beside",
    family="security",
    static=True,
    remedy="Correct the file, or keep it outside of the model's directory.",
)
def onnx_beside(files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """Every other ONNX file of the directory has to pass the static rules that the model has to pass.

    An older version, or one in another precision, lies beside the model and is opened by whoever finds it
    there. Bytes of no format at all could have the suffix as well.
    """
    from sluicegate.validators.onnx.scan import static_faults

    names = [
        name
        for name, entry in files.entries.items()
        if entry.plain and name != spec.artifact.path and PurePosixPath(name).suffix.lower() == ".onnx"
    ]
    if not names:
        yield skipped("the directory holds no ONNX file but the model")
        return
    sound = True
    for name in names:
        for at_fault, fault in static_faults(files, name):
            sound = False
            yield fail(f"{name}: {at_fault}: {fault.words}", files.position(name), remedy=fault.remedy)
    if sound:
        yield passed(f"{len(names):,} other ONNX files are as the rules want them")
