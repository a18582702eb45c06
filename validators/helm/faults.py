"""What is wrong with rendered manifests: the output of helm and kubeconform, as paths in the values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sluicegate.specs.layout import KUBERNETES_SCHEMAS
from sluicegate.specs.yamlio import Location, dotted
from sluicegate.validators.helm.values import Values

MAX_MESSAGE = 600
_AT = re.compile(r"- at '(?P<pointer>[^']*)': (?P<message>.*)")
_EXTRA = re.compile(r"additional propert\w+ (?P<names>'.*') not allowed")
_TEMPLATE = re.compile(r"execution error at \([^)]*\): (?P<message>.*)", re.DOTALL)
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a state's manifests; `location` is the path in the values, where it is known."""

    state: str
    message: str
    location: Location | None = None
    remedy: str | None = None


def schema_faults(resource: Mapping[str, Any], state: str) -> Iterator[Fault]:
    """What kubeconform says of one object, as its JSON output has it."""
    what = f"{resource.get('kind') or 'an object'} {resource.get('name') or ''}".strip()
    answer = str(resource.get("msg", ""))
    absent = re.search(r"could not find schema for (\S+)", answer)
    if absent is not None:
        message = f"{what} ({resource.get('version')}) has no schema to be judged by"
        yield Fault(state, message, None, f"Name {absent[1]} in {KUBERNETES_SCHEMAS}/make.py and run it.")
        return
    errors = resource.get("validationErrors") or [{"path": "", "msg": answer}]
    for error in errors:
        where = dotted(pointer(str(error["path"])))
        yield Fault(state, shortened(": ".join(part for part in (what, where, str(error["msg"])) if part)))


def helm_faults(state: str, stderr: str, values: Values) -> Iterator[Fault]:
    """Each thing that Helm complains of, with its path in the values; one for what it says otherwise."""
    matches = [match for line in stderr.splitlines() if (match := _AT.match(line.strip()))]
    for match in matches:
        location = pointer(match["pointer"])
        if extra := _EXTRA.fullmatch(match["message"]):
            for name in re.findall(r"'([^']*)'", extra["names"]):
                yield Fault(state, shortened(f"{dotted((*location, name))}: no such key"), (*location, name))
        else:
            yield Fault(state, shortened(f"{dotted(location) or 'values'}: {match['message']}"), location)
    if matches:
        return
    lines = [line for line in stderr.splitlines() if line.strip() and not line.startswith("Use --debug")]
    text = "\n".join(lines).strip().removeprefix("Error: ")
    if (template := _TEMPLATE.search(text)) is None:
        yield Fault(state, shortened(text) or "helm failed without a message")
        return
    for line in template["message"].strip().splitlines():
        message, remedy = message_and_remedy(line)
        named = (spelled(match[0]) for match in _PATH.finditer(line))
        known = next((path for path in named if values.sets(path)), None)
        yield Fault(state, message, known, remedy)


def message_and_remedy(line: str) -> tuple[str, str | None]:
    """A line of our charts' own validation, split at its semicolon; the remedy as a sentence.

    The contract of templates/_validate.tpl and of each `fail` of our charts: `- PATH: what is wrong; remedy`,
    where neither part has a semicolon. Another chart's line without one is a message alone.
    """
    message, semicolon, remedy = shortened(line.removeprefix("- ")).partition("; ")
    if not semicolon:
        return message, None
    return message, f"{remedy[:1].upper()}{remedy[1:]}."


def pointer(text: str) -> Location:
    """The path that a JSON pointer (RFC 6901) names."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]
    return tuple(int(part) if part.isdigit() else part for part in parts)


def spelled(text: str) -> Location:
    """The path that `route.headers[0].name` names."""
    parts = re.findall(r"[A-Za-z0-9_-]+", text)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def shortened(text: str) -> str:
    """One line of at most MAX_MESSAGE characters."""
    return " ".join(text.split())[:MAX_MESSAGE]
