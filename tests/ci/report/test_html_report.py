from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from support.parts import parts

from sluicegate.ci.report import html_report
from sluicegate.ci.report.html_report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict


class Page(HTMLParser):
    """What a browser would make of it: tags, attributes, text; void elements apart, tags must close."""

    VOID = ("meta", "br", "link", "img", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.stack: list[str] = []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_plot_for_each_measured_finding(report: Report) -> None:
    page = Page(render(report))
    assert page.tags.count("svg") == 2
    assert page.text.count("flight-delay quality-segments: observed -0.11 [-0.15, -0.06]") == 1


def test_nothing_is_loaded_and_nothing_runs(report: Report) -> None:
    text = render(report)
    page = Page(text)
    assert not {"script", "iframe", "img", "object", "embed", "link", "base", "form"} & set(page.tags)
    assert not [
        name for name, _ in page.attributes if name.startswith("on") or name in ("src", "srcset", "href")
    ]
    assert "default-src 'none'" in text
    references = [value for name, value in page.attributes if name == "xlink:href"]
    assert all(value is not None and value.startswith("#") for value in references)


def test_svg_takes_its_colours_from_the_page(report: Report) -> None:
    text = render(report)
    drawings = text[text.index("<svg") : text.rindex("</svg>")]
    assert "var(--bad)" in drawings
    assert "#01010" not in drawings


def test_ids_stand_once(report: Report) -> None:
    ids = [value for name, value in Page(render(report)).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_hostile_text_is_text(hostile: Report, report: Report) -> None:
    page = Page(render(hostile))
    assert set(page.tags) <= set(Page(render(report)).tags) | {"ul", "li"}
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_hostile_names_in_plots(make_report: Callable[..., Report]) -> None:
    nasty = "</svg><script>alert(1)</script> $\\frac{1}{0}$ 漢字"
    finding = Finding(
        nasty, Verdict.FAIL, nasty, nasty, observed=1.0, interval=(float("-inf"), 2.0), threshold=1.5
    )
    page = Page(render(make_report((finding,))))
    assert page.tags.count("svg") == 1
    assert "script" not in page.tags


def test_many_findings_make_a_page_of_bounded_size(
    make_report: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_report, "MOST_PLOTS", 3)
    findings = tuple(
        Finding(f"c{i}", Verdict.PASS, "m", "a", observed=float(i), interval=(0.0, 1.0), threshold=1.0)
        for i in range(5)
    )
    assert Page(render(make_report(findings))).tags.count("svg") == 3


def test_what_is_of_another_scale_is_left_out_of_the_plot(make_report: Callable[..., Report]) -> None:
    def drawn(production: float, threshold: float | None = -0.01) -> str:
        finding = Finding(
            "c", Verdict.PASS, "m", "a", None, None, None, 0.004, (0.001, 0.007), threshold, production
        )
        return render(make_report((finding,)))

    assert ">production</text>" in drawn(0.02, threshold=None)
    assert ">production</text>" not in drawn(0.66)


def test_the_parts_of_a_model_are_one_plot_together(make_report: Callable[..., Report]) -> None:
    page = Page(render(make_report(parts("age", "size"))))
    assert page.tags.count("svg") == 1
    assert "m column-importance: a dot for this version, a diamond for production" in page.text
    assert "age: 0.2 [0.1, 0.3], production 0.5; size: 0.2 [0.1, 0.3], production 0.5" in page.text
