"""What a model's directory may hold."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.validators.runner.finding import Finding, fail, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.directory import directory_faults
from sluicegate.validators.submission.fault import grouped
from sluicegate.validators.submission.files import MAX_SIZE, ModelFiles

CARD = "README.md"
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING")


@check(
    "files-allowed",
    family="security",
    static=True,
    remedy="Remove the file, or keep it outside of the model's directory.",
)
def files_allowed(files: ModelFiles) -> Iterator[Finding]:
    """The directory holds plain files of known formats, and nothing that runs when it is opened.

    A format is known by its suffix and by what the file begins with. Pickles are refused by suffix and,
    whatever they are called, by the first opcode that calls what it imports; so are archives, scripts and
    native code, links, devices and submodules. What has a text's suffix must be text in UTF-8, .json must
    parse, and numpy's arrays hold no objects. Names are of ordinary characters, and no two differ only in
    case. How many files and bytes there are is judged by their listing, before any is read.
    """
    faults = list(grouped(directory_faults(files)))
    yield from (fail(fault.words, files.position(fault.name), remedy=fault.remedy) for fault in faults)
    total = sum(entry.size for entry in files.entries.values())
    if not faults:
        message = f"{len(files.entries)} files of {total:,} bytes, all of known kinds"
        yield passed(message, observed=total, threshold=MAX_SIZE)


@check(
    "card-and-licence",
    family="artifact",
    informative=True,
    remedy="Write a README.md and a LICENSE beside model.yaml.",
)
def model_card(files: ModelFiles) -> Iterator[Finding]:
    """The model has a card, and says under which licence it may be used.

    Only shown: a model without either can be sound. What a card should hold is Mitchell et al.,
    Model Cards for Model Reporting (2019).
    """
    missing = [] if CARD in files.entries else [f"no {CARD}"]
    if not any(name in files.entries for name in LICENCES):
        missing.append("no LICENSE")
    if missing:
        yield skipped(f"{files.path} has {' and '.join(missing)}", files.position("model.yaml"))
    else:
        yield passed("a card and a licence", files.position(CARD))
