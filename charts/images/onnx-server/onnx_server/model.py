"""The artifact: read once, hashed, and loaded from those same bytes."""

import contextlib
import hashlib
import importlib.metadata
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.onnx_server.errors import (
    ArtifactUnusable,
    BothRuntimes,
    RequestError,
    RuntimeMissing,
)
from sluicegate.onnx_server.provider import ON_CPU, Provider
from sluicegate.onnx_server.tensors import DATATYPES, TensorSpec
from sluicegate.specs.artifacts.errors import ArtifactMismatch
from sluicegate.specs.placement import RECORD


@dataclass(frozen=True)
class Model:
    """A loaded model: its onnxruntime session, its inputs and its outputs by name."""

    session: Any
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]

    def run(self, outputs: list[str], feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the model; RequestError 500 `inference` if onnxruntime fails on this input."""
        try:
            return self.session.run(outputs, feeds)  # type: ignore[no-any-return]
        except Exception as error:  # onnxruntime raises its own classes, and RuntimeError
            raise RequestError(500, "inference", f"onnxruntime failed: {error}") from error


def check_runtime() -> None:
    """Raise BothRuntimes or RuntimeMissing unless exactly one onnxruntime distribution is installed."""
    installed = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            installed.append(f"{name} {importlib.metadata.version(name)}")
    if len(installed) > 1:
        raise BothRuntimes(
            f"{' and '.join(installed)} are both installed and overwrite each other",
            "uninstall both, then install one of the two",
        )
    if not installed:
        raise RuntimeMissing(
            "onnxruntime is not installed", "install onnx-server with its 'cpu' or 'gpu' extra"
        )


def read_artifact(path: Path, digest: str) -> bytes:
    """The file's bytes, whose sha256 is `digest` ("sha256:" and 64 hex digits), else ArtifactMismatch."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactMismatch(f"cannot read {path}: {error.strerror}", "check --model-file") from error
    actual = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if actual != digest:
        raise ArtifactMismatch(
            f"{path} is {actual}, not {digest}", "fetch the artifact again, or correct the digest"
        )
    return content


def _spec(value: Any) -> TensorSpec:
    if value.type not in DATATYPES:
        raise ArtifactUnusable(
            f"'{value.name}' is a {value.type}, which the protocol cannot carry",
            "convert with zipmap=False" if "map(" in value.type else "cut the graph to plain tensors",
        )
    datatype, dtype = DATATYPES[value.type]
    return TensorSpec(value.name, datatype, dtype, tuple(value.shape))


def load(content: bytes, threads: int, provider: Provider = ON_CPU) -> Model:
    """Load a model from its bytes, and run it a few times so that the first request is warm.

    One with external data is refused, for the digest would not cover it: onnxruntime reads such files beneath
    the working directory, so it loads in an empty one. Raises ArtifactUnusable, ProviderUnavailable.
    """
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):
        return _load(content, threads, provider)


def load_with_external(files: Mapping[Path, str], threads: int, provider: Provider = ON_CPU) -> Model:
    """Load the first of these files, an ONNX file whose external data are the others; all by their digest.

    onnxruntime maps the files and so opens them by name, after their digests were found right: whoever may
    write into the directory may serve something else. In a pod nobody may once it was fetched. Raises
    ArtifactMismatch, ArtifactUnusable, ProviderUnavailable.
    """
    for path, digest in files.items():
        _check(path, digest)
    return _load(str(next(iter(files))), threads, provider)


def _check(path: Path, digest: str) -> None:
    try:
        with path.open("rb") as file:
            actual = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise ArtifactMismatch(f"cannot read {path}: {error.strerror}", "check --model-file") from error
    if actual != digest:
        raise ArtifactMismatch(
            f"{path} is {actual}, not {digest}", "fetch the artifact again, or correct the digest"
        )


def _load(source: bytes | str, threads: int, provider: Provider) -> Model:
    check_runtime()
    import onnxruntime

    provider.prepare(onnxruntime)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry(*RECORD)
    try:
        session = onnxruntime.InferenceSession(source, options, providers=provider.requested())
    except Exception as error:  # onnxruntime raises its own classes, and RuntimeError
        raise ArtifactUnusable(
            f"onnxruntime cannot load the model: {error}",
            "serve an ONNX file of a supported opset, its external data pinned in artifact.files",
        ) from error
    provider.confirm(session)
    model = Model(
        session,
        {value.name: _spec(value) for value in session.get_inputs()},
        {value.name: _spec(value) for value in session.get_outputs()},
    )
    _warm(model)
    return model


def _empty(spec: TensorSpec) -> np.ndarray[Any, Any]:
    """Zeros, or empty strings, with 1 for each size that the graph leaves open."""
    shape = [size if isinstance(size, int) else 1 for size in spec.shape]
    if spec.datatype == "BYTES":
        return np.full(shape, "", spec.dtype)
    return np.zeros(shape, spec.dtype)


def _warm(model: Model, runs: int = 5) -> None:
    feeds = {name: _empty(spec) for name, spec in model.inputs.items()}
    # A model may refuse zeros or a batch of one; then it starts cold, and its first requests show it.
    with contextlib.suppress(RequestError):
        for _ in range(runs):
            model.run(list(model.outputs), feeds)
