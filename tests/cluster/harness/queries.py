"""Every expression of the charts' rules and dashboards, and the selectors in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
RULES = sorted(ROOT.glob("charts/*/files/rules/*.yaml"))
DASHBOARDS = sorted(ROOT.glob("charts/*/files/dashboards/*.json"))
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SELECTOR = re.compile(rf"(?<![\w:$])({_NAME})\s*(\{{[^{{}}]*\}})?")
_CLAUSE = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
_WORDS = frozenset((
    "abs", "absent", "and", "avg", "bool", "changes", "count", "deriv", "group", "histogram_quantile",
    "increase", "label_join", "label_replace", "last_over_time", "max", "min", "offset", "or", "rate",
    "round", "sum", "time", "unless",
))  # fmt: skip


@dataclass(frozen=True)
class Query:
    """One expression: where it stands, and whether it is an alert's (empty as long as all is well)."""

    where: str
    expression: str
    alert: bool = False

    @property
    def selectors(self) -> list[str]:
        """The vector selectors, without range and offset."""
        kept: list[str] = []

        def hide(found: re.Match[str]) -> str:
            kept.append(found[0])
            return f'"s{len(kept) - 1}"'

        hidden = _CLAUSE.sub(" ", re.sub(r"\[[^\]]*\]", " ", _STRING.sub(hide, self.expression)))
        hidden = re.sub(r"\b[0-9][0-9a-z.]*\b", " ", hidden)
        found = [
            name + re.sub(r'"s(\d+)"', lambda number: kept[int(number[1])], matchers)
            for name, matchers in _SELECTOR.findall(re.sub(r'(?<!=|~)"s\d+"', " ", hidden))
            if name not in _WORDS
        ]
        return sorted(set(found))


def of_rules() -> Iterator[Query]:
    """Every rule's expression."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert") or rule["record"]
                yield Query(
                    f"{path.parent.parent.parent.name}/{path.name} {name}", rule["expr"], "alert" in rule
                )


def variable(one: dict[str, Any]) -> tuple[str, str] | None:
    """Selector and label of a dashboard's variable of the type `query`; None for one of another type.

    Raises ValueError for a query that is no `label_values(SELECTOR, LABEL)`.
    """
    if one["type"] != "query":
        return None
    query = one.get("query")
    text = query.get("query") if isinstance(query, dict) else query
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", text or one.get("definition") or "")
    if found is None:
        raise ValueError(f"variable {one['name']} asks {text!r}; write it as label_values(SELECTOR, LABEL)")
    return found[1], found[2]


def _all(text: str) -> str:
    """The text with every variable at `All`."""
    return re.sub(r"\$\w+", ".+", text)


def of_dashboards() -> Iterator[Query]:
    """Every panel's and every variable's query, with the variables at `All`.

    Raises ValueError for a variable whose query is none that is known here.
    """
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            for target in panel["targets"]:
                text = target["expr"].replace("$__rate_interval", "1m")
                yield Query(f"{path.name} {panel['title']}", _all(text))
        for one in board["templating"]["list"]:
            if found := variable(one):
                selector, label = found
                yield Query(f"{path.name} ${one['name']}", f"group by ({label}) ({_all(selector)})")


QUERIES = (*of_rules(), *of_dashboards())
