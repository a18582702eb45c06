"""`mlflow:/models/NAME/VERSION/PATH`, `mlflow:/runs/RUN/PATH`: by MLflow's own client, the extra `mlflow`.

MLFLOW_TRACKING_URI and its credentials hold. The client knows no ranges: a fetch that broke off begins again.
"""

from __future__ import annotations

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
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")


@contextmanager
def open(reference: Reference, _start: int, _access: Access) -> Iterator[Answer]:
    """Its bytes, by way of a temporary file. Raises SourceUnknown, SourceRefused, NotFound."""
    found = _PLACE.fullmatch(reference.uri or "")
    if found is None:
        remedy = "write mlflow:/models/NAME/VERSION/PATH or mlflow:/runs/RUN/PATH"
        raise SourceRefused(f"{reference.uri} names no file of MLflow", remedy)
    with tempfile.TemporaryDirectory(prefix="sluice-mlflow-") as folder:
        kind, _, rest = found[1].partition("/")
        path = _downloaded(reference, f"{kind}:/{rest}/{found[2]}", folder)
        with path.open("rb") as stream:
            yield Answer(chunks(stream), 0, path.stat().st_size)


def _downloaded(reference: Reference, place: str, folder: str) -> Path:
    try:
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise SourceUnknown(
            f"{reference.uri}: mlflow: needs MLflow's client", "install it: pip install 'sluicegate[mlflow]'"
        ) from error
    try:
        path = Path(download_artifacts(artifact_uri=place, dst_path=folder))
    except MlflowException as error:
        if error.error_code in _ABSENT:
            raise NotFound(f"{reference.uri}: {error.message}", "check name, version and path") from error
        raise SourceRefused(f"{reference.uri}: {error.message}", "see MLFLOW_TRACKING_URI") from error
    except OSError as error:
        raise NotFound(f"{reference.uri}: {error}", "check name, version and path") from error
    if not path.is_file():
        raise NotFound(f"{reference.uri} is a directory", "name a file in it")
    return path
