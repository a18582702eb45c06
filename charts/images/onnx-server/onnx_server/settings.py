"""What is served: from options, or from the server.json that `onnx-server fetch` wrote."""

import argparse
import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sluicegate.onnx_server.errors import ConfigInvalid
from sluicegate.onnx_server.watched import Watched
from sluicegate.specs.buckets import SCORE_BOUNDS
from sluicegate.specs.names import RELATIVE_PATH, is_sha256

_MAX_BYTES = 1 << 20
_KEYS = {"model_file", "sha256", "digest", "external", "name", "version", "track", "score", "columns"}
_COLUMN_KEYS = {"column", "input", "index", "edges", "values"}
_SCORE_KEYS = {"output", "reduce", "column", "edges"}
_SCORE_OPTIONS = ("score_output", "score_reduce", "score_column", "score_edges")
IDENTITY = (
    "model_file",
    "sha256",
    "digest",
    "external",
    "name",
    "version",
    "track",
    *_SCORE_OPTIONS,
    "columns",
)
"""Options that say what is served; refused beside --config, so that there is one answer."""


@dataclass(frozen=True)
class Serving:
    """One model and its labels; `track` is empty where the server does not know its track."""

    model_file: Path
    sha256: str
    name: str
    version: str
    track: str
    score_output: str | None
    score_reduce: str | None
    score_edges: tuple[float, ...]
    score_column: int | None = None
    columns: tuple[Watched, ...] = ()
    """Input columns that are counted."""
    digest: str = ""
    """What an artifact of several files is known by; empty for one file, whose sha256 it is."""
    external: Mapping[str, str] = field(default_factory=dict)
    """The files of external data, by their path beside the ONNX file: their sha256."""


WARMUP = 10
"""Runs before the server is ready, where nobody says how many."""
_MOST_WARMUP = 10_000


def warmup(text: str) -> int:
    """A number of runs, 0 for none; argparse.ArgumentTypeError where it is none."""
    if not text.isdecimal() or int(text) > _MOST_WARMUP:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {_MOST_WARMUP:,}")
    return int(text)


def edges(text: str) -> list[float]:
    """Rising, finite bucket edges from "E,E,..."; argparse.ArgumentTypeError where they are not."""
    bounds = [float(part) for part in text.split(",")]
    if not _rising(bounds):
        raise argparse.ArgumentTypeError("edges must rise and be finite")
    return bounds


def external(text: str) -> tuple[str, str]:
    """A file of external data and its digest, from "PATH=sha256:..."; argparse.ArgumentTypeError else."""
    path, _, digest = text.partition("=")
    if not _pinned((path, digest)):
        raise argparse.ArgumentTypeError(f"{text!r} is not PATH=sha256:HEX, beside the ONNX file")
    return path, digest


def _external(listed: Any) -> dict[str, str]:
    """Raises ValueError for anything but digests by path."""
    if not isinstance(listed, dict) or not all(map(_pinned, listed.items())):
        raise ValueError("'external' must be an object of digests by path beside the ONNX file")
    return listed


def _pinned(item: tuple[Any, Any]) -> bool:
    path, digest = item
    return bool(re.fullmatch(RELATIVE_PATH, path)) and isinstance(digest, str) and is_sha256(digest)


def columns(text: str) -> tuple[Watched, ...]:
    """Columns from a JSON list, as server.json has it; argparse.ArgumentTypeError where it is none."""
    try:
        return _columns(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not a list of columns: {error}") from error


def _columns(listed: Any) -> tuple[Watched, ...]:
    """Raises ValueError for anything but a list of columns."""
    if not isinstance(listed, list):
        raise ValueError("'columns' must be a list")
    return tuple(map(_column, listed))


def _column(item: Any) -> Watched:
    if not isinstance(item, dict) or set(item) - _COLUMN_KEYS:
        raise ValueError(f"a column must be an object with the keys {', '.join(sorted(_COLUMN_KEYS))} alone")
    name, tensor, index = (item.get(key) for key in ("column", "input", "index"))
    if not isinstance(name, str) or not isinstance(tensor, str) or type(index) is not int or index < 0:
        raise ValueError("a column needs 'column' and 'input', which are text, and an 'index'")
    edges = item.get("edges") or []
    values = item.get("values") or []
    if not isinstance(edges, list) or not isinstance(values, list) or bool(edges) == bool(values):
        raise ValueError(f"the column {name!r} needs either edges or values")
    if not _rising(edges) or not all(type(value) in (int, str) for value in values):
        raise ValueError(
            f"the column {name!r} needs edges that rise, or values that are words or whole numbers"
        )
    return Watched(name, tensor, index, tuple(edges), tuple(values))


def _rising(values: list[Any]) -> bool:
    if not all(type(value) in (int, float) and math.isfinite(value) for value in values):
        return False
    return all(lower < upper for lower, upper in itertools.pairwise(values))


def serving(options: argparse.Namespace) -> Serving:
    """What the options, or the file that they name, say. Raises ConfigInvalid."""
    if options.config is None:
        missing = [
            name for name in ("model_file", "sha256", "name", "version") if getattr(options, name) is None
        ]
        if missing:
            raise ConfigInvalid(f"{_flags(missing)} missing", "give them, or --config with a server.json")
        return Serving(
            options.model_file,
            options.sha256,
            options.name,
            options.version,
            options.track or "stable",
            options.score_output,
            options.score_reduce,
            tuple(options.score_edges or SCORE_BOUNDS),
            _score_column(options),
            options.columns or (),
            options.digest or "",
            dict(options.external or ()),
        )
    twice = [name for name in IDENTITY if getattr(options, name) is not None]
    if twice:
        raise ConfigInvalid(
            f"--config and {_flags(twice)} both say what is served",
            "leave one out (--host, --port, --threads and the like go with either)",
        )
    return _read(options.config)


def _score_column(options: argparse.Namespace) -> int | None:
    column: int | None = options.score_column
    if column is not None and (column < 0 or options.score_reduce is not None):
        raise ConfigInvalid("--score-column is at least 0, and goes without --score-reduce", "leave one out")
    return column


def _flags(names: list[str]) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)


def _read(path: Path) -> Serving:
    def refuse(reason: str) -> ConfigInvalid:
        return ConfigInvalid(f"{path}: {reason}", "write it by `onnx-server fetch --layout ort`")

    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        document = json.loads(text[:_MAX_BYTES]) if len(text) <= _MAX_BYTES else None
    except OSError as error:
        raise refuse(error.strerror or "cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise refuse(f"is not JSON ({error})") from error
    if not isinstance(document, dict) or set(document) - _KEYS:
        raise refuse(f"must be an object of at most 1 MiB with the keys {', '.join(sorted(_KEYS))} alone")
    document["digest"] = document.get("digest", document.get("sha256"))
    for key in ("model_file", "sha256", "digest", "name", "version"):
        if not isinstance(document.get(key), str) or not document[key]:
            raise refuse(f"'{key}' must be text")
    if document.get("track") not in (None, "stable", "canary", "baseline"):
        raise refuse("'track' must be stable, canary, baseline or null")
    score = document.get("score") or {}
    if not isinstance(score, dict) or set(score) - _SCORE_KEYS:
        raise refuse(
            f"'score' must be null or an object with the keys {', '.join(sorted(_SCORE_KEYS))} alone"
        )
    if not isinstance(score.get("output"), str | None) or score.get("reduce") not in (None, "max"):
        raise refuse("'score.output' must be text and 'score.reduce' max or null")
    column = score.get("column")
    if column is not None and (type(column) is not int or column < 0 or score.get("reduce") is not None):
        raise refuse("'score.column' must be a whole number from 0, without 'score.reduce'")
    bounds = score.get("edges") or list(SCORE_BOUNDS)
    if not isinstance(bounds, list) or not _rising(bounds):
        raise refuse("'score.edges' must be finite numbers that rise")
    try:
        external = _external(document.get("external", {}))
        watched = _columns(document.get("columns", []))
    except ValueError as error:
        raise refuse(str(error)) from error
    return Serving(
        path.parent / document["model_file"],
        document["sha256"],
        document["name"],
        document["version"],
        document.get("track") or "",
        score.get("output"),
        score.get("reduce"),
        tuple(bounds),
        column,
        watched,
        document["digest"],
        external,
    )
