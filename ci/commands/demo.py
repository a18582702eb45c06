"""`sluice demo`: the way from pull request to traffic on this machine, in three acts."""

from __future__ import annotations

import fcntl
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from sluicegate.specs.errors import SluiceError

MARK = ".sluice-demo"
"""A file that marks a directory as one of the demonstration, which may therefore be replaced."""
EDIT_SECONDS = 1.0
"""At least between two edits of a comment: the forge is ours, and a release takes half a minute here."""


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Directory that everything is written to.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random split of requests.")
@click.option("--keep", is_flag=True, help="Keep forge and servers running until Ctrl-C.")
def demo(directory: Path, seed: int, keep: bool) -> None:
    """Run three releases on this machine: one good, one refused, one rolled back.

    Everything is real and runs on loopback: git, an embedded forge, the validators, the serving processes,
    requests with live rows, and the gate's commits. Afterwards DIRECTORY contains summary.json, the comments
    as markdown, the rollouts as HTML with plots, and the repository.
    """
    require_deepchecks()
    from sluicegate.ci.github.client import connect
    from sluicegate.ci.github.rollout_comment import RolloutComment
    from sluicegate.ci.report import rollout
    from sluicegate.ci.report.rollout.picture import picture
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.embedded.demo import result
    from sluicegate.embedded.demo.acts import Play
    from sluicegate.embedded.demo.display import Display
    from sluicegate.embedded.demo.stage import Stage

    directory = directory.resolve()
    display = Display()

    def tell(api: str, token: str, name: str) -> RolloutComment:
        return RolloutComment(connect(api, token), name, every=EDIT_SECONDS)

    with (
        demo_directory(directory),
        Stage(directory, seed, smoke_test, tell=tell, picture=picture) as stage,
    ):
        display.line(f"seed {seed}; everything is written below {directory}")
        play = Play(stage, display)
        play.prologue()
        play.better()
        play.bad()
        play.treacherous()
        result.write(stage, play.acts, display.seconds, rollout.render)
        result.close(stage, play.acts, display)
        if keep:
            stage.watched = False
            display.line(f"running until Ctrl-C: {stage.forge.url}/sluicegate/models", "bold")
            signal.pause()


def require_deepchecks() -> None:
    """Raises SluiceError without the extra `data`: no pull request of the demonstration could be merged."""
    from sluicegate.validators.evaluation.deepchecks_figures import INSTALL

    if find_spec("deepchecks") is None:
        message = "the demonstration judges data by deepchecks, which is not installed"
        raise SluiceError(message, INSTALL.rstrip("."))


@contextmanager
def demo_directory(directory: Path) -> Iterator[None]:
    """An empty directory, for one demonstration at a time.

    Raises UsageError for a path that is not a directory, for a directory with other files than those of an
    earlier demonstration, and for one in which a demonstration is still running.
    """
    try:
        if directory.exists():
            _clear(directory)
        directory.mkdir(parents=True, exist_ok=True)
        mark = (directory / MARK).open("w")
    except OSError as error:
        raise click.UsageError(
            f"{directory} cannot be used ({error.strerror}); give another --directory"
        ) from error
    with mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        yield


def _clear(directory: Path) -> None:
    """Remove an earlier demonstration."""
    if any(directory.iterdir()):
        _check_replaceable(directory)
    shutil.rmtree(directory)


def _check_replaceable(directory: Path) -> None:
    mark = directory / MARK
    if not mark.is_file():
        raise click.UsageError(f"{directory} has other files in it; give another --directory, or empty it")
    with mark.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.UsageError(
                f"a demonstration is still running in {directory}; stop it, or give another --directory"
            ) from None
