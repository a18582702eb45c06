"""Archives that no forge need let through; `test_github_report.py` has those that come over HTTP."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable

import pytest

from sluicegate.ci.github import artifact
from sluicegate.ci.github.artifact import Refused, read_artifact, report_of
from sluicegate.ci.report.json_report import data
from sluicegate.validators.runner.finding import Finding, Report, Verdict


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return made.getvalue()


def encrypted(content: bytes) -> bytes:
    """The same archive, whose one file says that it is encrypted."""
    marked = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[content.index(signature) + offset] |= 1
    return bytes(marked)


PLAIN = archive(("report.json", b"{}"))
UNREADABLE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no archive": lambda: b"PK\x03\x04 and so on",
    "half of one": lambda: PLAIN[: len(PLAIN) // 2],
    "an encrypted file": lambda: encrypted(PLAIN),
    "an unusual way of packing": lambda: archive(("report.json", b"{}"), method=zipfile.ZIP_LZMA),
    "a name twice": lambda: archive(("report.json", b"{}"), ("Report.JSON", b"{}")),
    "a name of another system": lambda: archive(("report.json", b"{}"), ("C:\\x", b"")),
    "too many files": lambda: archive(*((str(number), b"") for number in range(60))),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("how", UNREADABLE)
def test_an_unsafe_archive_is_refused(how: str) -> None:
    with pytest.raises(Refused) as refused:
        read_artifact(UNREADABLE[how]())
    assert refused.value.kind == "unsafe-archive"


def test_what_an_archive_says_of_its_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes that are read are counted, whatever the directory says."""
    monkeypatch.setattr(artifact, "LARGEST_FILE", 100)
    with pytest.raises(Refused, match="too-large"):
        read_artifact(archive(("report.json", b" " * 101)))


def test_an_archive_that_says_it_is_huge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "LARGEST_WHOLE", 1000)
    with pytest.raises(Refused, match="would unpack to 2,000 bytes"):
        read_artifact(archive(("a.html", b" " * 1000), ("b.html", b" " * 1000)))


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"seconds": NaN}', b"\xff", b'{"a": 1, "a": 2}'], ids=lambda one: one[:12]
)
def test_what_is_no_plain_json_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="not-json"):
        read_artifact(archive(("report.json", content)))


def test_a_report_comes_back_as_it_was_written() -> None:
    finding = Finding(
        "quality", Verdict.PASS, "good", "m", "models/m/model.yaml", 3, 1, 0.5, (0.1, math.inf), 0.4, None
    )
    report = Report(
        (finding,), 1.5, head="a" * 40, notes=("a note",), models={"m": Verdict.PASS},
        versions={"m": (None, 1)}, base="b" * 40, contents={"m": "c" * 40}, checks=("quality",), code="x",
    )  # fmt: skip
    assert report_of(json.loads(json.dumps(data(report)))) == report
