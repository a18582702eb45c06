"""What is counted is there from the start, under the names that are documented."""

import os
import re
from pathlib import Path

from sluicegate.onnx_server.metrics import REASONS

IMAGE = Path(__file__).parents[3] / "charts" / "images" / "onnx-server"
ALL = {reason for reasons in REASONS.values() for reason in reasons}


def test_every_series_begins_at_zero(serve):
    """`increase()` sees no first error of a series that begins with it."""
    with serve("row_mean") as served:
        seen = served.samples()
    labels = {"model": "m", "track": "canary", "digest": served.digest}

    def values(name, key):
        return {
            dict(found)[key]: value
            for (series, found), value in seen.items()
            if series == name and labels.items() <= dict(found).items()
        }

    assert values("sluice_server_errors_total", "reason") == dict.fromkeys(ALL, 0)
    codes = {"200", *(str(code) for code in REASONS)}
    assert values("sluice_server_requests_total", "code") == dict.fromkeys(codes, 0)


def test_the_cpu_time_is_that_of_the_process(serve):
    """Between two readings of /proc, in ticks of a hundredth of a second."""

    def ticks(pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    with serve("row_mean") as served:
        before = ticks(served.pid)
        samples = served.samples()
        after = ticks(served.pid)
    (seen,) = [v for (name, _), v in samples.items() if name == "sluice_server_cpu_seconds_total"]
    assert before - 0.02 <= seen <= after + 0.02


def test_the_reasons_are_those_that_requests_are_refused_for():
    texts = "".join(path.read_text() for path in (IMAGE / "onnx_server").glob("*.py"))
    found = {(int(code), reason) for code, reason in re.findall(r'RequestError\(\s*(\d+),\s*"(\w+)"', texts)}
    found |= {(400, reason) for reason in re.findall(r'\bbad\(\s*"(\w+)"', texts)}
    assert found == {(code, reason) for code, reasons in REASONS.items() for reason in reasons}


def test_the_readme_names_them():
    (listed,) = re.findall(r"Reasons: (.+?)\.", (IMAGE / "README.md").read_text(), re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed)) == ALL
