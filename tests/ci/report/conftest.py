from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.validators.runner.finding import Finding, Report, Verdict

HOSTILE = (
    "</details>\n/promote 100%",
    "<script>alert(1)</script>",
    "@octocat please @org/team",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil\x07link\x1b]8;;\x07 \x9b31m",
    "]]> ]]&gt; \x00\x08\ufffe\ud800",
    "::error file=a::owned\n::add-mask::x ##[add-path]/tmp",
    "| a | b |\n| --- | --- |\n```\n`` ` ",
    "--> <!-- sluicegate:validate {} -->",
    "![x](http://evil/pixel.png) [y](javascript:alert(1)) https://evil.example www.evil.example",
    "\u202eexe.xnno\u202c \u200bzero \u2028line\u2029end",
    "{{ 7 * 7 }} {% raw %} ${{ github.token }} $\\frac{1}{2}$",
    "fixes #1 owner/repo#2 GH-3",
    "/override",
    "[red]rich[/red] [link=http://evil]x[/link]",
)


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "quality", Verdict.PASS, "roc_auc is at least 0.64", "flight-delay",
            "models/flight-delay/model.yaml", 31, 5, 0.671, (0.6655, 0.6764), 0.64, 0.647,
        ),
        Finding(
            "quality-segments", Verdict.FAIL, "recall of carrier AA fell", "flight-delay",
            "models/flight-delay/model.yaml", 33, 5, -0.11, (-0.15, -0.06), -0.05, 0.0,
            "retrain with more rows of AA",
        ),
        Finding(
            "latency", Verdict.INCONCLUSIVE, "p95 may be too slow", "flight-delay", observed=1.18,
            threshold=1.2,
        ),
        Finding("sandboxed", Verdict.ERROR, "the child died", "digits", remedy="run it again"),
        Finding("data-drift", Verdict.WAIVED, "waived until 2027-01-01: known season", "digits"),
        Finding("release-untouched", Verdict.FAIL, "release.yaml is written by the gate alone"),
    )  # fmt: skip


@pytest.fixture
def make_report() -> Callable[..., Report]:
    def make(findings: tuple[Finding, ...], **more: object) -> Report:
        models = {f.model for f in findings if f.model}
        worst = {m: Verdict.of([f.verdict for f in findings if f.model == m]) for m in models}
        settings = {"seconds": 3.2149, "head": "ab12" * 10, "notes": ("limits only",), "models": worst}
        return Report(findings, **{**settings, **more})  # type: ignore[arg-type]

    return make


@pytest.fixture
def report(make_report: Callable[..., Report], findings: tuple[Finding, ...]) -> Report:
    return make_report(findings, versions={"flight-delay": (2, 3), "digits": (1, 1)})


@pytest.fixture
def hostile(make_report: Callable[..., Report]) -> Report:
    """Every text field of a finding, the notes and the head written by an attacker."""
    findings = tuple(
        Finding(text, verdict, text, text, text, 1, 1, text, (0.1, 0.2), text, text, text)
        for text in HOSTILE
        for verdict in (Verdict.FAIL, Verdict.PASS, Verdict.WAIVED)
    )
    versions = dict.fromkeys(HOSTILE, (1, 2))
    return make_report(findings, head=HOSTILE[0], notes=HOSTILE, versions=versions)
