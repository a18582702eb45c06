"""`onnx-server fetch`: an artifact into a pod, checked before anything can serve it."""

import argparse
import base64
import contextlib
import logging
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sluicegate.onnx_server.artifact import layout
from sluicegate.onnx_server.artifact.declared import Declared, read
from sluicegate.onnx_server.artifact.places import Places
from sluicegate.onnx_server.artifact.triton import ARENA, KINDS, TritonOptions
from sluicegate.onnx_server.errors import ModelFileInvalid, TooSlow
from sluicegate.onnx_server.settings import WARMUP, warmup
from sluicegate.specs import names, yamlio
from sluicegate.specs.artifacts.access import MOST_BYTES, Access
from sluicegate.specs.artifacts.addresses import check_address
from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.credentials import Credentials
from sluicegate.specs.artifacts.http import Http, token
from sluicegate.specs.artifacts.registry import Registry
from sluicegate.specs.errors import SluiceError

_LOG = logging.getLogger(__name__)


def _matching(pattern: str, what: str) -> "type[str]":
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not a {what}")
        return text

    return check  # type: ignore[return-value]


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The options of `onnx-server fetch`."""
    made = argparse.ArgumentParser(
        prog="onnx-server fetch", description="Fetch one artifact of a repository, check it, lay it out."
    )
    add = made.add_argument
    add("--url", required=True, help="BASE: a file of the repository is BASE/REVISION/PATH")
    add("--revision", required=True, type=_matching(names.REVISION, "full commit id"))
    add("--model", required=True, type=_matching(names.NAME, "model's name"))
    add("--version", required=True, type=_whole)
    add("--digest", required=True, type=_matching(names.SHA256, "sha256: digest"))
    add("--layout", required=True, choices=["ort", "triton"])
    add("--into", required=True, type=Path)
    add("--cache", type=Path, help="a directory of the node, shared by its pods")
    add("--cache-max-bytes", type=_whole, default=20 * 2**30)
    add("--token-file", type=Path, help="one line, sent as a Bearer token to BASE's host")
    add("--oci", metavar="REGISTRY/REPOSITORY", help="the artifact is a blob there; model.yaml stays at BASE")
    add(
        "--oci-token-file",
        type=Path,
        help="a Bearer token, or user:password for the registry's token service",
    )
    add("--redirect-host", action="append", default=[], metavar="HOST", help="follow redirects there (https)")
    add("--max-bytes", type=_whole, default=MOST_BYTES, help="of one file")
    add("--retry-seconds", type=_whole, default=60, help="how long a failing source is tried again")
    add("--deadline-seconds", type=_whole, default=900, help="for all of it")
    add(
        "--track",
        choices=["stable", "canary", "baseline"],
        help="put this track into server.json, which has none else",
    )
    add("--instances", type=_whole, default=1, help="triton: instances a device")
    add("--instance-kind", choices=sorted(KINDS), default="auto")
    add("--warmup", type=warmup, default=WARMUP, metavar="N", help="triton: runs before it is ready")
    add("--queue-delay-us", type=int, default=0, help="triton: how long a batch waits for more requests")
    add("--gpu-mem-limit", type=_whole, metavar="BYTES")
    add("--arena-extend-strategy", choices=sorted(ARENA))
    return made


def _model(
    options: argparse.Namespace, http: Http, headers: dict[str, str], where: str, cache: Cache | None
) -> Declared:
    """The model that the model.yaml at `where` declares, once it is the requested one.

    A commit never changes, so the node's copy is as good as the repository's, and a pod starts without it.
    """
    kept = cache.declaration(where) if cache else None
    if kept is not None:
        with contextlib.suppress(ModelFileInvalid):
            return _checked(read(kept, where), options, where)
    text = http.read(where, yamlio.MAX_BYTES, headers)
    model = _checked(read(text, where), options, where)
    if cache:
        cache.put_declaration(where, text)
    return model


def _checked(model: Declared, options: argparse.Namespace, where: str) -> Declared:
    for what, actual, expected in (
        ("metadata.name", model.name, options.model),
        ("spec.version", model.version, options.version),
        ("spec.artifact.sha256", model.digest, options.digest),
    ):
        if actual != expected:
            raise ModelFileInvalid(
                f"{where}: {what} is {actual}, not {expected} as requested",
                "release the revision that has it",
            )
    return model


def _credentials(path: Path | None) -> Credentials:
    """What the registry's token file holds: a Bearer token, or user:password."""
    if path is None:
        return Credentials()
    text = token(path)
    if ":" in text:
        return Credentials(basic=base64.b64encode(text.encode()).decode())
    return Credentials(bearer=text)


def fetch(options: argparse.Namespace) -> None:
    """Do it. Raises SluiceError; whatever is raised, `--into` is as it was."""
    http = Http(options.retry_seconds, frozenset(options.redirect_host))
    registry = None
    if options.oci:
        registry = Registry(http, options.oci, _credentials(options.oci_token_file))
    cache = Cache(options.cache, options.cache_max_bytes) if options.cache else None
    headers = {"Authorization": f"Bearer {token(options.token_file)}"} if options.token_file else {}
    directory = f"{check_address(options.url.rstrip('/'))}/{options.revision}/models/{options.model}"
    model = _model(options, http, headers, f"{directory}/model.yaml", cache)
    places = Places(Access(http, options.max_bytes), directory, headers, registry, cache)
    with layout.staging(options.into) as staged:
        artifact = staged / "artifact"
        origins = {places.bring(file, artifact / file.name) for file in model.files}
        size = sum((artifact / file.name).stat().st_size for file in model.files)
        _lay_out(options, model, staged, artifact)
    _LOG.info(
        "%s version %s (%s, %d bytes) from %s into %s",
        model.name,
        model.version,
        options.digest,
        size,
        " and ".join(sorted(origins)),
        options.into,
    )


def _lay_out(options: argparse.Namespace, model: Declared, staged: Path, artifact: Path) -> None:
    if options.layout == "ort":
        layout.ort(staged, artifact, options.into, model, options.track)
        return
    triton = TritonOptions(
        options.instances,
        options.instance_kind,
        options.queue_delay_us,
        options.gpu_mem_limit,
        options.arena_extend_strategy,
        options.warmup,
    )
    layout.triton(staged, artifact, options.into, model, triton)


@contextlib.contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raise TooSlow after so many seconds, and SystemExit on SIGTERM, so that what is half done is removed.

    A source that sends a byte now and then never meets a time-out of its own: an alarm covers everything.
    """

    def late(_: int, __: FrameType | None) -> NoReturn:
        raise TooSlow(
            f"not done after {seconds} s", "see how fast the source is, or raise --deadline-seconds"
        )

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGTERM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main(arguments: list[str]) -> int:
    """Run the command; an exit code and a named message where it fails."""
    options = parser().parse_args(arguments)
    logging.basicConfig(format="onnx-server fetch: %(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        with _limited(options.deadline_seconds):
            fetch(options)
    except SluiceError as error:
        _LOG.error("%s: %s", type(error).__name__, error)
        return error.exit_code
    return 0
