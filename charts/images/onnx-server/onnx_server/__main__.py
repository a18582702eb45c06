"""The `onnx-server` command."""

import argparse
import sys
from pathlib import Path

from sluicegate.onnx_server.errors import ArtifactUnusable, ConfigInvalid
from sluicegate.specs.errors import SluiceError


def parser() -> argparse.ArgumentParser:
    """The options of the server."""
    from sluicegate.onnx_server.provider import ARENA
    from sluicegate.onnx_server.settings import WARMUP, columns, edges, external, warmup

    made = argparse.ArgumentParser(
        prog="onnx-server",
        description="Serve one ONNX model. `onnx-server fetch --help`: bring an artifact into a pod; "
        "`onnx-server shadow --help`: compare what two tracks answer.",
    )
    what = made.add_argument_group("what is served: --config alone, or the others")
    what.add_argument(
        "--config", type=Path, help="server.json, as `onnx-server fetch --layout ort` writes it"
    )
    what.add_argument("--model-file", type=Path)
    what.add_argument("--sha256", help="the artifact's digest: sha256:<64 hex digits>")
    what.add_argument("--digest", help="what an artifact of several files is known by; without it --sha256")
    what.add_argument(
        "--external",
        action="append",
        type=external,
        metavar="PATH=sha256:HEX",
        help="a file of external data, by its path beside the ONNX file",
    )
    what.add_argument("--name")
    what.add_argument("--version")
    what.add_argument("--track", choices=["stable", "canary", "baseline"], help="stable without it")
    what.add_argument("--score-output", help="the output whose first row is the score")
    what.add_argument("--score-reduce", choices=["max"])
    what.add_argument("--score-column", type=int, metavar="N", help="of several numbers a row, from 0")
    what.add_argument("--score-edges", type=edges, metavar="E,E,...")
    what.add_argument(
        "--columns", type=columns, metavar="JSON", help="input columns to count, as server.json"
    )
    how = made.add_argument_group("how")
    how.add_argument("--host", default="127.0.0.1", help="0.0.0.0 or :: in a container")
    how.add_argument("--port", type=int, default=0, help="0: any free one")
    how.add_argument("--threads", type=int, default=1, help="onnxruntime threads within one operator")
    how.add_argument("--provider", choices=["cpu", "cuda"], default="cpu")
    how.add_argument("--gpu-mem-limit", type=int, metavar="BYTES", help="cuda: onnxruntime's arena, at most")
    how.add_argument(
        "--tf32", action="store_true", help="cuda: multiply fp32 by 10 bits: faster, and not what was judged"
    )
    how.add_argument("--arena-extend-strategy", choices=sorted(ARENA), help="cuda: how the arena grows")
    how.add_argument(
        "--warmup", type=warmup, default=WARMUP, metavar="N", help="runs on zeros before it is ready"
    )
    how.add_argument("--max-body-bytes", type=int, default=16 * 1024 * 1024)
    how.add_argument(
        "--drain-seconds", type=float, default=0, help="after SIGTERM: not ready, and serving, for so long"
    )
    how.add_argument(
        "--finish-seconds",
        type=int,
        default=10,
        help="then: for so long at most, requests in flight are answered",
    )
    how.add_argument("--ready-fd", type=int, help="where to write one JSON line with the port when ready")
    how.add_argument("--exit-with-parent", action="store_true")
    return made


def _serve(options: argparse.Namespace) -> None:
    from sluicegate.onnx_server.settings import serving
    from sluicegate.onnx_server.warm_up import on_zeros, warm_up

    served = serving(options)
    cuda_only = (options.gpu_mem_limit, options.arena_extend_strategy)
    if options.provider == "cpu" and (cuda_only != (None, None) or options.tf32):
        raise ConfigInvalid(
            "--gpu-mem-limit, --arena-extend-strategy and --tf32 are of --provider cuda", "leave them out"
        )
    times = (options.drain_seconds, options.finish_seconds)
    if not all(0 <= seconds <= 3600 for seconds in times) or (options.gpu_mem_limit or 1) < 1:
        raise ConfigInvalid(
            "--drain-seconds and --finish-seconds are 0 to 3600, --gpu-mem-limit is at least 1",
            "correct them",
        )

    from sluicegate.onnx_server.app import Served, build_app
    from sluicegate.onnx_server.columns import fits
    from sluicegate.onnx_server.metrics import Metrics
    from sluicegate.onnx_server.model import load, load_with_external, read_artifact
    from sluicegate.onnx_server.process import Drain, exit_with_parent, listen, serve
    from sluicegate.onnx_server.provider import Provider
    from sluicegate.onnx_server.score import Score

    if options.exit_with_parent:
        exit_with_parent()
    listener = listen(options.port, options.host)
    provider = Provider(options.provider, *cuda_only, options.tf32)
    if served.external:
        files = {served.model_file: served.sha256}
        files |= {served.model_file.parent / path: digest for path, digest in served.external.items()}
        model = load_with_external(files, options.threads, provider)
    else:
        model = load(read_artifact(served.model_file, served.sha256), options.threads, provider)
    ended_early = warm_up(model, options.warmup)
    if ended_early is not None:
        print(f"onnx-server: the warm-up ended early: {ended_early}", file=sys.stderr, flush=True)
    if unfit := [one for one in served.columns if not fits(one, model.inputs)]:
        raise ArtifactUnusable(
            f"the model has no input '{unfit[0].input}' with a column {unfit[0].index}",
            f"choose the column '{unfit[0].column}' among {', '.join(model.inputs)}",
        )
    score = Score(served.score_output, served.score_reduce, served.score_column)
    score.check(model, on_zeros(model))
    digest = served.digest or served.sha256
    labels = (served.name, served.track, digest)
    metrics = Metrics(*labels, served.score_edges, provider=options.provider, columns=served.columns)
    drain = Drain(options.drain_seconds)
    app = build_app(Served(model, served.name, served.version, score), metrics, options.max_body_bytes, drain)
    host, port = listener.getsockname()[:2]
    how = provider.described(model.session)
    print(
        f"onnx-server: {served.name} version {served.version} ({served.track or 'no track'}, "
        f"{digest}, {how}) on http://{f'[{host}]' if ':' in host else host}:{port}",
        file=sys.stderr,
        flush=True,
    )
    serve(app, listener, options.ready_fd, drain, options.finish_seconds)


def main() -> int:
    """Run the command; an exit code and a named message if the server cannot start."""
    if sys.argv[1:2] == ["fetch"]:
        from sluicegate.onnx_server.fetch import main as fetch

        return fetch(sys.argv[2:])
    if sys.argv[1:2] == ["shadow"]:
        from sluicegate.onnx_server.shadow.command import main as shadow

        return shadow(sys.argv[2:])
    options = parser().parse_args()
    try:
        _serve(options)
    except SluiceError as error:
        print(f"onnx-server: {type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
