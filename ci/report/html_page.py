"""Pages without scripts and external resources: jinja2 with everything escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sluicegate.ci.report.log_commands import in_markup
from sluicegate.ci.report.text_format import clean


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sluicegate.ci.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    return environment


def page(template: str, **data: Any) -> str:
    """The page of a template, which escapes every text, and cleans those with the filter `clean`."""
    environment = _environment()
    loader = environment.loader
    assert loader is not None  # noqa: S101
    css = Markup(loader.get_source(environment, "page.css")[0])  # noqa: S704
    return in_markup(environment.get_template(template).render(css=css, **data))
