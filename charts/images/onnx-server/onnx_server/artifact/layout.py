"""Laying out a checked artifact in the pod: assembled in a staging directory, each part moved in one step."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sluicegate.onnx_server.artifact.declared import Declared
from sluicegate.onnx_server.artifact.triton import TritonOptions, config
from sluicegate.onnx_server.errors import DirectoryUnusable

_STAGING = ".staging-"


@contextlib.contextmanager
def staging(into: Path) -> Iterator[Path]:
    """A directory inside `into` that is gone afterwards, with all that was not moved out of it.

    What an earlier run left that was killed is removed first. Raises DirectoryUnusable.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        for left in into.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        staged = Path(tempfile.mkdtemp(prefix=_STAGING, dir=into))
        staged.chmod(0o755)
    except OSError as error:
        raise DirectoryUnusable(
            f"cannot write {into}: {error.strerror}", "mount a writable volume there"
        ) from error
    try:
        yield staged
    except OSError as error:
        raise DirectoryUnusable(f"cannot write {into}: {error}", "give the volume room") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())


def server_config(model: Declared, track: str | None) -> dict[str, Any]:
    """The content of server.json; `model_file` is beside it."""
    score = None
    if model.score_output is not None:
        score = {
            "output": model.score_output,
            "reduce": model.score_reduce,
            "column": model.score_column,
            "edges": list(model.score_edges),
        }
    return {
        "model_file": "model.onnx",
        "sha256": model.files[0].sha256,
        "digest": model.digest,
        "external": {path: file.sha256 for path, file in model.external},
        "name": model.name,
        "version": str(model.version),
        "track": track,
        "score": score,
        "columns": model.columns_as_json(),
    }


def ort(staged: Path, artifact: Path, into: Path, model: Declared, track: str | None) -> None:
    """`model.onnx`, its external data and `server.json`; that comes last, so whoever sees it sees all."""
    _write(staged / "server.json", json.dumps(server_config(model, track), indent=2) + "\n")
    _move(artifact, into, model)
    (staged / "server.json").replace(into / "server.json")


def _move(artifact: Path, into: Path, model: Declared) -> None:
    """The files of `artifact`, into a directory where the ONNX file is called model.onnx."""
    for path, file in model.external:
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (artifact / file.name).replace(into / path)
    (artifact / model.files[0].name).replace(into / "model.onnx")


def triton(staged: Path, artifact: Path, into: Path, model: Declared, options: TritonOptions) -> None:
    """A model repository: `NAME/config.pbtxt` and `NAME/VERSION/model.onnx`, moved in as one directory.

    External data is beside the ONNX file.
    """
    repository = staged / model.name
    version = repository / str(model.version)
    version.mkdir(parents=True)
    _write(repository / "config.pbtxt", config(model, options))
    _move(artifact, version, model)
    final = into / model.name
    if final.exists():
        # An init container that runs again finds its own last result; nothing serves before it ends.
        final.replace(staged / "before")
    repository.replace(final)
