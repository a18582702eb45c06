"""`sluice scan`: what is wrong with bare files and directories, without a spec and without loading them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sluicegate.ci.report.log_commands import in_json, in_text
from sluicegate.ci.report.text_format import clean
from sluicegate.specs.exit_codes import CRASHED, REFUSED, SUCCESS
from sluicegate.validators.onnx.scan import scanned
from sluicegate.validators.runner.computed import OUT_OF_TIME, computed
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.sandbox import MAIN
from sluicegate.validators.runner.template import Template, template_of

LIMITS = Limits(wall_s=120, total_s=120, cpu_s=60)
"""Of each path: a model of several GB is read once."""


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH..."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def scan(context: click.Context, paths: tuple[Path, ...], form: str) -> None:
    """Judge files and directories as bytes: ONNX files, and what else a model's directory may hold.

    Each is read in a contained process, and nothing is loaded. A directory is judged as a model's directory.
    Exits with 1 where one is refused.
    """
    with template_of(MAIN, (scanned.__module__,)) as template:
        template.load()
        results = [_scan(path, template) for path in paths]
    if form == "json":
        click.echo(in_json(json.dumps(results, indent=2)))
    else:
        for result in results:
            _show(result)
    verdicts = {result["verdict"] for result in results}
    context.exit(CRASHED if Verdict.ERROR in verdicts else REFUSED if Verdict.FAIL in verdicts else SUCCESS)


def _scan(path: Path, template: Template) -> dict[str, Any]:
    began = time.monotonic()
    target = path.absolute()
    try:
        data = computed(
            scanned, Inputs({}), {"target": target}, LIMITS, read=[_readable(target)], template=template
        )
        found: dict[str, Any] = json.loads(data)
        verdict = Verdict.FAIL if found["findings"] else Verdict.PASS
    except Unavailable as problem:
        finding = {"check": "scan", "path": "", "message": problem.reason, "remedy": problem.remedy}
        found = {"findings": [finding], "cpu_s": None, "peak_rss_bytes": None}
        verdict = Verdict.FAIL if problem.because == OUT_OF_TIME else Verdict.ERROR
    seconds = round(time.monotonic() - began, 3)
    return {"path": str(path), "verdict": verdict, "seconds": seconds, **found}


def _readable(target: Path) -> Path:
    """What the process may read: the directory, or that of the file, where its tensors may lie."""
    return target if target.is_dir() and not target.is_symlink() else target.parent


def _show(result: Mapping[str, Any]) -> None:
    colour = "green" if result["verdict"] == Verdict.PASS else "red"
    memory = f", {result['peak_rss_bytes'] >> 20} MiB" if result["peak_rss_bytes"] else ""
    took = f"({result['seconds']:.2f} s{memory})"
    lines = [f"{click.style(result['verdict'], fg=colour):4} {clean(result['path'])} {took}"]
    for finding in result["findings"]:
        where = f"{finding['path']}: " if finding["path"] else ""
        lines.append(f"  {finding['check']}  {clean(where + finding['message'])}")
        if finding["remedy"]:
            lines.append(f"      → {clean(finding['remedy'])}")
    click.echo(in_text("\n".join(lines)))
