"""`--from FORMAT FILE`, and `--from mlflow:ADDRESS`: what a model is made of that is no ONNX file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from sluicegate.ci.scaffold.new_model import FORMATS

OPTION = "--from"
MLFLOW = "mlflow"


def from_option(help: str, *more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--from FORMAT FILE`, as `source`; `more` are words beside the formats."""
    kinds = click.Choice([*FORMATS, *more])
    return click.option(
        OPTION, "source", type=(kinds, click.Path(path_type=Path)), metavar="FORMAT FILE", help=help
    )


class FromRegistry(click.Command):
    """A command whose `--from` also takes one word, the address of a registered model."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write `--from mlflow:ADDRESS` in two words, since an option takes always as many."""
        return super().parse_args(ctx, _in_two_words(args))


def _in_two_words(args: Sequence[str]) -> list[str]:
    words: list[str] = []
    for word in args:
        value = word.removeprefix(f"{OPTION}=")
        if value != word and value.startswith(f"{MLFLOW}:"):
            words += [OPTION, MLFLOW, value]
        elif words and words[-1] == OPTION and word.startswith(f"{MLFLOW}:"):
            words += [MLFLOW, word]
        else:
            words.append(word)
    return words
