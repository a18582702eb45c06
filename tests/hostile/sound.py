"""Sound pull requests: each changes something that judging looks at, and makes nothing looser."""

from __future__ import annotations

import onnx

from hostile.pull import MODEL, PRODUCTION, SPEC, VALUES, Change, Work

NEW_MODEL = "models/digits-mirrored"


def edited(path: str, old: str, new: str, *, model: bool = False) -> Change:
    def change(work: Work) -> None:
        work.edit(path, old, new)
        if model:
            work.rise()

    return change


def written(path: str, text: str, *, model: bool = False) -> Change:
    def change(work: Work) -> None:
        work.write(path, text)
        if model:
            work.rise()

    return change


def other_bytes(work: Work) -> None:
    model = onnx.load(work.root / MODEL / "model.onnx")
    model.producer_version = "2.0"
    work.pin("model.onnx", model.SerializeToString())
    work.rise()


def moved_note(work: Work) -> None:
    work.write("docs/a.md", "words\n")
    work.git("add", "--all")
    work.git("mv", "docs/a.md", "docs/b.md")


def executable(work: Work) -> None:
    (work.root / MODEL / "train.py").chmod(0o755)


STOP_MORE = "apiVersion: sluicegate.dev/v1\nkind: Stop\nspec: {reason: we move, by: olga}\n"
SOUND: dict[str, Change] = {
    "a version of other bytes": other_bytes,
    "a version alone": lambda work: work.rise(),
    "a card in other words": edited(f"{MODEL}/README.md", "# ", "# The model "),
    "a smaller margin": edited(SPEC, "error_rate, margin: 0.01", "error_rate, margin: 0.005", model=True),
    "more requests at each step": edited(SPEC, "min_requests: 20", "min_requests: 200", model=True),
    "one more step": edited(PRODUCTION, "[1, 5, 25, 50, 100]", "[1, 5, 10, 25, 50, 100]"),
    "more time at each step": edited(PRODUCTION, "min_seconds: 5", "min_seconds: 60"),
    "a freeze": edited(
        PRODUCTION,
        "freeze: []",
        'freeze: [{from: "2026-12-23T00:00:00Z", until: "2027-01-02T00:00:00Z", reason: holidays}]',
    ),
    "more replicas, with a model": edited(VALUES, "replicas: 2", "replicas: 4", model=True),
    "who stopped it": written("environments/stop.yaml", STOP_MORE),
    "words for readers": written("docs/plan.md", "# Plan\n"),
    "a form for issues, with a model": written(".github/ISSUE_TEMPLATE/b.md", "words\n", model=True),
    "code of one's own": written("src/features.py", "SCALE = 16\n", model=True),
    "what git leaves alone": written(".gitignore", "*.log\n"),
    "a program that trains": executable,
    "a file by another name": moved_note,
}
