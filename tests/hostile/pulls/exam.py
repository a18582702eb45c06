"""A model that sets its own exam, or goes round it."""

import io

import pandas as pd

from hostile.pull import MODEL, SPEC, Work

THREAT = "a pull request that sets its own exam"


def other_rows(work: Work) -> None:
    frame = pd.read_parquet(work.root / MODEL / "data/evaluation.parquet")
    made = io.BytesIO()
    frame.head(200).to_parquet(made)
    work.pin("data/evaluation.parquet", made.getvalue())
    work.rise()


def swapped(work: Work) -> None:
    data = (work.root / MODEL / "model.onnx").read_bytes()
    work.write(f"{MODEL}/model.onnx", data + b"\0")
    work.rise()


def pointer(work: Work) -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 196131\n"
    work.write(f"{MODEL}/model.onnx", text)
    work.rise()


def lower(work: Work) -> None:
    work.edit(SPEC, "  version: 2", "  version: 1")


def highest(work: Work) -> None:
    work.edit(SPEC, "  version: 2", f"  version: {2**63 - 1}")


def pulls():
    yield "rows that the model knows", other_rows, "rows-approved", "other evaluation rows"
    yield "weights of another digest", swapped, "artifact-digests", "has another digest"
    yield "a pointer in place of the file", pointer, "artifact-digests", "a Git LFS pointer"
    yield "a lower version", lower, "version-rises", "version"
    yield "the highest version there is", highest, "spec-valid", "less than or equal to 2147483647"
