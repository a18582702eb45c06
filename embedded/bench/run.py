"""`make bench`: what the project costs, each figure as a ratio to a baseline measured in the same run.

Seconds of `sluice --help` beside a bare interpreter's start; validation seconds a model beside reading its
data and scoring its rows once; gate ticks a second beside bare `git fetch`es of the same repository; the
server's CPU a request beside onnxruntime's bare `run()`. Then CPU seconds over thousands of models
(`scale.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import click

from sluicegate.embedded.bench import hostile, scale, whole
from sluicegate.embedded.demo.author import TEAM
from sluicegate.embedded.demo.stage import MODEL, PRODUCT

MODELS = 20
"""Models of the repository that the gate ticks over."""


def seconds(action: Callable[[], object], runs: int) -> float:
    """Median wall seconds of one call, after one that does not count."""
    action()
    durations = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        durations.append(time.perf_counter() - began)
    return median(durations)


def start() -> dict[str, Any]:
    """`sluice --help`, whole process, beside an interpreter that does nothing."""

    def run(*command: str) -> None:
        subprocess.run(command, capture_output=True, check=True)

    sluice = str(Path(sys.executable).parent / "sluice")
    shown = seconds(lambda: run(sluice, "--help"), 9)
    bare = seconds(lambda: run(sys.executable, "-c", "pass"), 9)
    return {"seconds": round(shown, 3), "baseline_seconds": round(bare, 3), "ratio": round(shown / bare, 1)}


def validation(model: str) -> dict[str, Any]:
    """`sluice validate MODEL`, whole process, beside the least that judging takes: read rows, score them."""
    directory = PRODUCT / "models" / model
    least = (
        "import sys, numpy, onnxruntime, pandas; "
        "rows = pandas.read_parquet(sys.argv[1]); "
        "session = onnxruntime.InferenceSession(sys.argv[2]); "
        "inputs = session.get_inputs()[0]; "
        "features = rows.select_dtypes('number').to_numpy('float32')[:, :inputs.shape[1]]; "
        "session.run(None, {inputs.name: features})"
    )
    rows = directory / "data" / "evaluation.parquet"
    artifact = directory / "model.onnx"
    sluice = str(Path(sys.executable).parent / "sluice")

    def run(*command: str) -> None:
        subprocess.run(command, cwd=PRODUCT, capture_output=True, check=False)

    whole = seconds(lambda: run(sluice, "validate", model), 3)
    bare = seconds(lambda: run(sys.executable, "-c", least, str(rows), str(artifact)), 3)
    return {"seconds": round(whole, 1), "baseline_seconds": round(bare, 2), "ratio": round(whole / bare, 1)}


def ticks() -> dict[str, Any]:
    """Ticks over MODELS models in three environments with nothing to do, beside `git fetch` of the same."""
    from sluicegate.gate.adapters.git.clone import Clone
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.daemon.reconcile import tick

    def now() -> datetime:
        return datetime.now(UTC)

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        bare = Path(folder, "models.git")
        for number in range(MODELS):
            name = f"{MODEL}-{number}"
            shutil.copytree(PRODUCT / "models" / MODEL, work / "models" / name)
            spec = work / "models" / name / "model.yaml"
            spec.write_text(spec.read_text().replace(f"name: {MODEL}", f"name: {name}"))
        shutil.copytree(PRODUCT / "environments", work / "environments")
        clone = Clone.create(work, TEAM)
        clone.commit_all("twenty models")
        clone.bare_copy(bare)
        with Repository(str(bare), Path(folder, "cache.git")) as repository:
            decided = sum(outcome.commit is not None for outcome in tick(repository, clock=now))
            one = seconds(lambda: tick(repository, clock=now), 10)
            fetch = seconds(repository.fetch, 10)
    return {
        "models": MODELS,
        "decisions_of_the_first_tick": decided,
        "ticks_per_second": round(1 / one, 1),
        "baseline_fetches_per_second": round(1 / fetch, 1),
        "ratio": round(one / fetch, 1),
    }


def serving() -> dict[str, Any]:
    """The server's CPU a request beside raw `run()`, and requests a second through the router."""
    from sluicegate.embedded.runtime.measure import measure

    times = measure(PRODUCT / "models" / MODEL)
    return {**times, "ratio": round(times["server_cpu_us"] / times["raw_run_us"], 1)}


Part = Callable[[], dict[str, Any]]
"""One measurement: its figures, by name."""


def chosen(parts: Mapping[str, Part], words: Sequence[str]) -> dict[str, Part]:
    """The parts whose names hold one of the words; all where none is given. Raises click.UsageError."""
    for word in words:
        if not any(word in name for name in parts):
            raise click.UsageError(f"no figure's name has {word!r} in it; there are: {', '.join(parts)}")
    return {name: part for name, part in parts.items() if not words or any(word in name for word in words)}


@click.command()
@click.option("--large", is_flag=True, help="Measure 10,000 models' specs and 50,000 releases, too.")
@click.argument("words", metavar="[WORD]...", nargs=-1)
def main(large: bool, words: tuple[str, ...]) -> None:
    """Print each figure as it is known, and all of them as JSON at the end.

    With WORDs only the figures whose names have one of them.
    """
    parts: dict[str, Part] = {
        "sluice --help": start,
        f"validation of {MODEL}": lambda: validation(MODEL),
        "validation of digits": lambda: validation("digits"),
        "gate ticks": ticks,
        "serving": serving,
        **hostile.parts(),
        f"validation of a sound model of {whole.MEBIBYTES} MiB": whole.sound_model,
        **scale.parts(large=large),
    }
    figures: dict[str, Any] = {"cores": os.cpu_count()}
    for name, part in chosen(parts, words).items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        figures[name] = part()
        print("  " + ", ".join(f"{key} {value}" for key, value in figures[name].items()), file=sys.stderr)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
