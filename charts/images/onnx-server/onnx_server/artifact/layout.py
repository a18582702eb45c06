"""How a checked artifact lies in the pod: put together aside, moved into place in one step each."""

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
from sluicegate.onnx_server.errors import PlaceUnusable

_STAGING = ".staging-"


@contextlib.contextmanager
def staging(into: Path) -> Iterator[Path]:
    """A directory inside `into` that is gone afterwards, with all that was not moved out of it.

    What an earlier run left that was killed is removed first. Raises PlaceUnusable.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        for left in into.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=_STAGING, dir=into))
        place.chmod(0o755)
    except OSError as error:
        raise PlaceUnusable(
            f"cannot write {into}: {error.strerror}; mount a writable volume there"
        ) from error
    try:
        yield place
    except OSError as error:
        raise PlaceUnusable(f"cannot write {into}: {error}; give the volume room") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
        file.flush()
        os.fsync(file.fileno())


def server_config(model: Declared, track: str | None) -> dict[str, Any]:
    """What server.json says; `model_file` is beside it."""
    score = {"output": model.score_output, "reduce": model.score_reduce, "edges": list(model.score_edges)}
    return {
        "model_file": "model.onnx",
        "sha256": model.digest,
        "name": model.name,
        "version": str(model.version),
        "track": track,
        "score": score if model.score_output else None,
    }


def ort(place: Path, artifact: Path, into: Path, model: Declared, track: str | None) -> None:
    """`model.onnx` and `server.json`; the second comes last, so whoever sees it sees both."""
    _write(place / "server.json", json.dumps(server_config(model, track), indent=2) + "\n")
    artifact.replace(into / "model.onnx")
    (place / "server.json").replace(into / "server.json")


def triton(place: Path, artifact: Path, into: Path, model: Declared, options: TritonOptions) -> None:
    """A model repository: `NAME/config.pbtxt` and `NAME/VERSION/model.onnx`, moved in as one directory."""
    repository = place / model.name
    version = repository / str(model.version)
    version.mkdir(parents=True)
    _write(repository / "config.pbtxt", config(model, options))
    artifact.replace(version / "model.onnx")
    final = into / model.name
    if final.exists():
        # An init container that runs again finds its own last result; nothing serves before it ends.
        final.replace(place / "before")
    repository.replace(final)
