"""`mlflow:/models/NAME/VERSION/PATH`, `mlflow:/runs/RUN/PATH`: by MLflow's own client, the extra `mlflow`.

MLFLOW_TRACKING_URI and its credentials hold. The client knows no ranges: a fetch that broke off begins again.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.errors import NotFound, SourceRefused, SourceUnknown
from sluicegate.specs.artifacts.fetch import chunks
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference

_PLACE = re.compile(r"mlflow:/(models/[^/]+/[0-9]+|runs/[0-9a-f]+)/(.+)")
TRACKING_URI = "MLFLOW_TRACKING_URI"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")


@contextmanager
def open(reference: Reference, _start: int, _access: Access) -> Iterator[Answer]:
    """Its bytes, by way of a temporary file. Raises SourceUnknown, SourceRefused, NotFound."""
    found = _PLACE.fullmatch(reference.uri or "")
    if found is None:
        remedy = "write mlflow:/models/NAME/VERSION/PATH or mlflow:/runs/RUN/PATH"
        raise SourceRefused(f"{reference.uri} names no file of MLflow", remedy)
    with tempfile.TemporaryDirectory(prefix="sluice-mlflow-") as folder:
        path = downloaded(f"mlflow:/{found[1]}/{found[2]}", Path(folder))
        with path.open("rb") as stream:
            yield Answer(chunks(stream), 0, path.stat().st_size)


def downloaded(address: str, folder: Path) -> Path:
    """The file at `mlflow:/models/NAME/VERSION/PATH` or `mlflow:/runs/RUN/PATH`, in a folder.

    Raises SourceUnknown, SourceRefused, NotFound.
    """
    kind, _, rest = address.removeprefix("mlflow:/").partition("/")
    with answered(address):
        from mlflow.artifacts import download_artifacts

        path = Path(download_artifacts(artifact_uri=f"{kind}:/{rest}", dst_path=str(folder)))
    if not path.is_file():
        raise NotFound(f"{address} is a directory", "name a file in it")
    return path


@contextmanager
def answered(address: str) -> Iterator[None]:
    """What MLflow's client raises inside, as an error that names the address.

    Raises SourceUnknown without the client, SourceRefused also where no server is named: the client would
    make a store of its own in the current directory. NotFound.
    """
    try:
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise SourceUnknown(
            f"{address}: mlflow: needs MLflow's client", "install it: pip install 'sluicegate[mlflow]'"
        ) from error
    if not (os.environ.get(TRACKING_URI) or os.environ.get("MLFLOW_REGISTRY_URI")):
        raise SourceRefused(f"{address}: no server of MLflow is named", f"set {TRACKING_URI}")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # what it draws is no output
    try:
        yield
    except MlflowException as error:
        message = clean(str(error.message))
        if error.error_code in _ABSENT:
            raise NotFound(f"{address}: {message}", "check name, version and path") from error
        raise SourceRefused(f"{address}: {message}", f"see {TRACKING_URI} and its credentials") from error
    except OSError as error:
        raise NotFound(f"{address}: {clean(str(error))}", "check name, version and path") from error


def clean(message: str) -> str:
    """A message of the client, on one line, of 300 characters at most."""
    return " ".join(message.split())[:300]
