"""Lines of the Prometheus text format 0.0.4, for those who count without a registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def line(name: str, labels: Mapping[str, str], value: float) -> str:
    """One sample line, label values escaped."""
    quoted = (
        '{}="{}"'.format(key, text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for key, text in labels.items()
    )
    number = str(value) if isinstance(value, int) else repr(value)
    return f"{name}{{{','.join(quoted)}}} {number}" if labels else f"{name} {number}"


def family(name: str, kind: str, text: str, samples: Iterable[str]) -> list[str]:
    """The lines of one metric family."""
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}", *samples]
