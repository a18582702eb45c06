from __future__ import annotations

from collections.abc import Callable

from support.parts import parts

from sluicegate.ci.report.text_report import render, render_for
from sluicegate.validators.runner.finding import Finding, Report, Verdict


def test_the_verdict_comes_first_then_what_blocks(report: Report) -> None:
    lines = render(report).splitlines()
    assert lines[
        0
    ] == "✘ error at ab12ab12ab12 · no traffic moves: refused by 4 findings · limits only".replace("✘", "!")
    assert lines[2].startswith("! error  digits  sandboxed")
    text = "\n".join(lines)
    assert "  -0.11 [-0.15, -0.06], threshold -0.05, production 0\n  → retrain with more rows of AA" in text


def test_a_narrow_terminal_loses_nothing(report: Report) -> None:
    text = " ".join(render_for(report, width=60, colour=False).split())
    for finding in report.findings:
        assert finding.message.split()[0] in text
        assert finding.check in text


def test_colour_only_where_asked(report: Report) -> None:
    assert "\x1b" not in render(report)
    assert "\x1b[" in render_for(report, width=100, colour=True)


def test_rich_markup_in_a_text_is_shown_not_obeyed(hostile: Report) -> None:
    assert "[red]rich[/red]" in render(hostile)


def test_what_is_skipped_for_one_reason_is_one_line(make_report: Callable[..., Report]) -> None:
    findings = tuple(Finding(name, Verdict.SKIPPED, "not run: left out", "m") for name in ("a", "b", "c"))
    lines = render(make_report(findings)).splitlines()
    meant = "nothing stops it; 3 findings skipped, with the reasons below"
    assert lines[0].startswith(f"– skipped at ab12ab12ab12: {meant} · ")
    (line,) = [line for line in lines if "not run" in line]
    assert line.split() == ["–", "skipped", "3", "checks", "not", "run:", "left", "out:", "a,", "b,", "c"]
    assert lines[-1].startswith("3 findings")


def test_what_several_checks_could_not_judge_for_one_reason_is_said_once(make_report) -> None:
    reason = "not judged: model.yaml cannot be read (see spec-valid)"
    missing = [Finding(name, Verdict.INCONCLUSIVE, reason, "m", remedy="Correct it.") for name in ("a", "b")]
    text = render(make_report((Finding("spec-valid", Verdict.FAIL, "no such key", "m"), *missing)))
    blocks = text.split("\n\n")
    assert [block.split("  ")[:3] for block in blocks[1:3]] == [
        ["✘ fail", "m", "spec-valid\n"],
        ["? inconclusive", "m", "2 checks\n"],
    ]
    assert f"{reason}: a, b\n  → Correct it." in blocks[2]
    assert "refused by 3 findings" in text


def test_equal_findings_of_another_verdict_stay_apart(make_report: Callable[..., Report]) -> None:
    same = Finding("a", Verdict.FAIL, "bad", "m")
    assert render(make_report((same, same))).count("✘ fail  a") == 2


def test_what_all_models_are_excused_for_is_said_once(make_report: Callable[..., Report]) -> None:
    findings = [
        Finding(name, Verdict.SKIPPED, "not run: left out", model) for model in "mn" for name in ("a", "b")
    ]
    own = [Finding("c", Verdict.SKIPPED, "no production", "n"), Finding("d", Verdict.PASS, "good", "m")]
    lines = render(make_report((*findings, *own))).splitlines()
    (said,) = [at for at, line in enumerate(lines) if "not run" in line]
    assert lines[said].split() == ["–", "skipped", "2", "checks", "not", "run:", "left", "out:", "a,", "b"]
    assert lines[said - 1].startswith("all 2 models")
    assert any("no production" in line for line in lines[: said - 1])


def test_what_blocks_all_models_alike_is_said_of_each(make_report: Callable[..., Report]) -> None:
    findings = tuple(Finding("a", Verdict.INCONCLUSIVE, "too few", model) for model in "mn")
    text = render(make_report(findings))
    assert text.count("? inconclusive  a") == 2 and "all 2 models" not in text


def test_of_the_parts_of_a_model_a_terminal_shows_what_is_said_of_all(
    make_report: Callable[..., Report],
) -> None:
    text = render(make_report(parts("age", "size")))
    assert "1 of 2 columns changed" in text
    assert "age: changed" not in text
