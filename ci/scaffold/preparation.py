"""Inputs that need more than columns of numbers (images, caches, masks), found by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    import pandas as pd

MASK, POSITIONS = "attention_mask", "position_ids"
"""What exporters of transformers call them (Hugging Face's Optimum)."""
ENDINGS = (".png", ".jpg", ".jpeg")
LARGEST_PICTURE = 64 << 20
"""Bytes of one picture file."""
Tensors = Sequence[dict[str, Any]]


def prepared_inputs(
    inputs: Tensors, outputs: Tensors, table: pd.DataFrame, notes: list[str]
) -> dict[str, dict[str, Any]]:
    """The section `inputs`, by input; a picture's column is written into its tensor.

    Adds to `notes` what was guessed.
    """
    names = [str(name) for name in table.columns]
    results = [output["name"] for output in outputs]
    found: dict[str, dict[str, Any]] = {}
    for tensor in inputs:
        name = tensor["name"]
        if name not in names and (output := _cache_of(name, results)) is not None:
            found[name] = {"cache": output}
        elif name not in names and name in (MASK, POSITIONS):
            found[name] = {"made": "mask" if name == MASK else "positions"}
        elif (picture := _picture(tensor)) is not None:
            column = name if name in names and holds_pictures(table, name) else _only_pictures(table, names)
            if column is not None:
                found[name] = {"image": picture}
                tensor["columns"] = [column]
                notes.append(_pixels_as(name, column, picture))
    if caches := [name for name, how in found.items() if "cache" in how]:
        notes.append(f"guessed: {len(caches)} inputs are the cache, from {caches[0]} on")
    return found


def _cache_of(name: str, outputs: Sequence[str]) -> str | None:
    """The output that holds the new cache: present.0.key for past_key_values.0.key."""
    candidates = (name.replace("past_key_values", "present"), name.replace("past", "present", 1))
    return next((one for one in candidates if one != name and one in outputs), None)


def _picture(tensor: dict[str, Any]) -> dict[str, Any] | None:
    """How pictures fill it, where it is a batch of them of fixed size."""
    shape = tensor["shape"]
    if len(shape) != 4 or not all(isinstance(size, int) for size in shape[1:]):
        return None
    layout, depth, size = "nchw", shape[1], shape[2:]
    if depth not in (1, 3):
        layout, depth, size = "nhwc", shape[3], shape[1:3]
    if depth not in (1, 3):
        return None
    picture = {"size": list(size), "layout": layout, "channels": "rgb" if depth == 3 else "gray"}
    return picture | ({"scale": 1} if tensor["dtype"] == "uint8" else {})


def _pixels_as(name: str, column: str, picture: Mapping[str, Any]) -> str:
    how = "0 to 255" if "scale" in picture else "0 to 1, without mean and std"
    return f"guessed: {name!r} is filled by pictures of column {column!r}, stretched, pixels {how}; check it"


def holds_pictures(table: pd.DataFrame, column: str) -> bool:
    """Whether a column holds encoded pictures, or paths of them, by its first row."""
    value = table[column].iloc[0] if len(table) else None
    if isinstance(value, dict):
        value = value.get("bytes")
    return isinstance(value, bytes) or (isinstance(value, str) and value.lower().endswith(ENDINGS))


def _only_pictures(table: pd.DataFrame, names: Sequence[str]) -> str | None:
    holding = [name for name in names if holds_pictures(table, name)]
    return holding[0] if len(holding) == 1 else None


def picture_paths(inputs: Tensors, prepared: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    """The columns of pictures that hold paths."""
    columns = [tensor["columns"][0] for tensor in inputs if "image" in prepared.get(tensor["name"], {})]
    return [name for name in columns if any(isinstance(value, str) for value in table[name])]


def with_bytes(table: pd.DataFrame, columns: Sequence[str], folder: Path) -> pd.DataFrame:
    """The table with the bytes of the files that it names beside itself. Raises InputError."""
    return table.assign(**{name: [_bytes(value, folder) for value in table[name]] for name in columns})


def _bytes(value: Any, folder: Path) -> Any:
    if not isinstance(value, str):
        return value
    path = folder / value
    if not path.is_file() or path.stat().st_size > LARGEST_PICTURE:
        raise InputError.of(
            f"{path} is missing, or larger than {LARGEST_PICTURE >> 20} MiB",
            "write paths relative to the table, or the pictures' bytes",
        )
    return path.read_bytes()


def token_input(inputs: Tensors, prepared: Mapping[str, Any], table: pd.DataFrame) -> str | None:
    """The only input of whole numbers at each token with a column of its own; None where that is unclear."""
    holding = [
        tensor["name"]
        for tensor in inputs
        if len(tensor["shape"]) == 2
        and tensor["dtype"] in ("int32", "int64")
        and isinstance(tensor["shape"][1], str)
        and tensor["name"] not in prepared
        and tensor["name"] in table.columns
    ]
    first = [name for name in holding if name not in ("token_type_ids", MASK, POSITIONS)]
    return first[0] if len(first) == 1 else None


def detection(outputs: Tensors) -> dict[str, str]:
    """A detector's outputs by what their names say; empty where the model is not a detector."""
    found = {}
    for key, words in (("boxes", ("box",)), ("scores", ("score",)), ("labels", ("label", "class"))):
        fitting = [one["name"] for one in outputs if any(word in one["name"].lower() for word in words)]
        if len(fitting) != 1:
            return {}
        found[key] = fitting[0]
    boxes = next(one for one in outputs if one["name"] == found["boxes"])
    return found if boxes["shape"][-1:] == [4] else {}
