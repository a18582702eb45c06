"""`sluice metrics`: what a quality rule can judge, by task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.metrics.base import Metric

PAGE = """\
# The metrics of `quality`

`sluice metrics --markdown` writes this page from the metrics' own declarations; `sluice metrics` prints them.
"""
RULE = frozenset({"metric", "at_least", "at_most", "not_worse_than", "margin", "per", "min_positives"})
"""The keys that a rule about any metric has."""


@click.command()
@click.option("--task", metavar="TASK", help="Only the metrics of this task of model.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print docs/metrics.md.")
def metrics(task: str | None, as_json: bool, markdown: bool) -> None:
    """List the metrics of `quality`: what each is, and where its interval is from."""
    from sluicegate.validators.evaluation.metrics.base import metrics as registered

    tasks = sorted({name for declared in registered().values() for name in declared.tasks})
    if task is not None and task not in tasks:
        raise click.BadParameter(
            f"no metric is of {task!r}: name one of {', '.join(tasks)}", param_hint="--task"
        )
    chosen = {name: declared for name, declared in registered().items() if task in (None, *declared.tasks)}
    if as_json:
        click.echo(json.dumps([_plain(name, declared) for name, declared in chosen.items()], indent=2))
    elif markdown:
        shown = tasks if task is None else [task]
        click.echo("\n".join(_page(shown, chosen)))
    else:
        for name, declared in chosen.items():
            click.echo(f"  {click.style(name, fg='cyan')}  {declared.title()}")
            click.echo(_wrapped(declared.explanation()))
            click.echo(_wrapped(f"→ {'; '.join(_facts(name, declared))}"))


def _plain(name: str, declared: type[Metric]) -> dict[str, Any]:
    return {
        "metric": name,
        "tasks": declared.tasks,
        "lower_is_better": declared.lower_is_better,
        "unit": declared.unit,
        "fewest": declared.fewest,
        "needs_production": declared.needs_production,
        "title": declared.title(),
        "explanation": declared.explanation(),
        "parameters": _parameters(name),
    }


def _parameters(name: str) -> dict[str, Any]:
    """The schema of each parameter that only this metric has."""
    from pydantic import TypeAdapter

    from sluicegate.validators.evaluation.quality_rule import rule_of

    properties: dict[str, Any] = TypeAdapter(rule_of(name)).json_schema()["properties"]
    return {key: value for key, value in properties.items() if key not in RULE}


def _facts(name: str, declared: type[Metric]) -> list[str]:
    better = "lower" if declared.lower_is_better else "higher"
    parts = [", ".join(declared.tasks), f"{better} is better"]
    if declared.needs_production:
        parts.append("only against production")
    return parts + [_described(key, schema) for key, schema in _parameters(name).items()]


def _described(key: str, schema: dict[str, Any]) -> str:
    default = schema.get("default")
    text = f"{key}: {schema.get('description', '')}"
    if "default" not in schema:
        return f"{text} (required)"
    return text if default is None else f"{text} (default {default})"


def _page(tasks: Iterable[str], chosen: dict[str, type[Metric]]) -> Iterator[str]:
    yield PAGE
    yield "| task | metrics |"
    yield "|---|---|"
    for task in tasks:
        fit = [f"`{name}`" for name, declared in chosen.items() if task in declared.tasks]
        yield f"| `{task}` | {', '.join(fit)} |"
    for name, declared in chosen.items():
        yield f"\n## {name}\n"
        yield f"{declared.title()}\n"
        yield f"{declared.explanation()}\n"
        yield from (f"- {fact}" for fact in _facts(name, declared))


def _wrapped(text: str) -> str:
    return click.wrap_text(text, 100, " " * 6, " " * 6, preserve_paragraphs=True)
