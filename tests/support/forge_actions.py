"""Runs of workflows in the embedded forge, as GitHub Actions would leave them; none runs by itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

Json = dict[str, Any]
REPORT = ".github/workflows/report.yml"
VALIDATE = ".github/workflows/validate.yml"


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """A zip file of these, as `actions/upload-artifact` makes one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return content.getvalue()


def record_run(api: str, token: str, repository: str, head_sha: str, **fields: Any) -> Json:
    """A run of `validate` for this head, in progress unless `status` says otherwise; as the API shows it."""
    given = {"path": VALIDATE, "name": "validate", "head_sha": head_sha, "status": "in_progress"} | fields
    return _send("POST", f"{api}/repos/{repository}/-/runs", token, json=given)


def upload_artifact(
    api: str, token: str, repository: str, run: int, name: str, files: Mapping[str, bytes | str] | bytes
) -> Json:
    """An artifact of the run: files, or the bytes of a zip file as they are."""
    content = files if isinstance(files, bytes) else archive(files)
    url = f"{api}/repos/{repository}/-/runs/{run}/artifacts/{quote(name, safe='')}"
    return _send("PUT", url, token, data=content, headers={"Content-Type": "application/zip"})


def end_run(api: str, token: str, repository: str, run: int, conclusion: str = "success") -> Json:
    """The run is over; hooks of `workflow_run` hear of it."""
    change = {"status": "completed", "conclusion": conclusion}
    return _send("PATCH", f"{api}/repos/{repository}/-/runs/{run}", token, json=change)


def _send(method: str, url: str, token: str, headers: Mapping[str, str] | None = None, **body: Any) -> Json:
    given = {"Authorization": f"Bearer {token}", **(headers or {})}
    answer = requests.request(method, url, headers=given, timeout=60, **body)
    answer.raise_for_status()
    shown: Json = answer.json()
    return shown
