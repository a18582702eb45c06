"""The `onnx-server` command."""

import argparse
import itertools
import sys
from pathlib import Path

from onnx_server.errors import ArtifactUnusable, ServeError
from onnx_server.metrics import SCORE_EDGES


def _edges(text: str) -> list[float]:
    edges = [float(part) for part in text.split(",")]
    if any(a >= b for a, b in itertools.pairwise(edges)) or not all(abs(e) < 1e308 for e in edges):
        raise argparse.ArgumentTypeError("edges must rise and be finite")
    return edges


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="onnx-server", description="Serve one ONNX model on 127.0.0.1.")
    parser.add_argument("--model-file", type=Path, required=True)
    parser.add_argument("--sha256", required=True, help="the artifact's digest: sha256:<64 hex digits>")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--track", choices=["stable", "canary"], default="stable")
    parser.add_argument("--score-output", help="the output whose first row is the score")
    parser.add_argument("--score-reduce", choices=["max"])
    parser.add_argument("--score-edges", type=_edges, default=list(SCORE_EDGES), metavar="E,E,...")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--threads", type=int, default=1, help="onnxruntime threads within one operator")
    parser.add_argument("--max-body-bytes", type=int, default=16 * 1024 * 1024)
    parser.add_argument("--ready-fd", type=int, help="where to write one JSON line with the port when ready")
    parser.add_argument("--exit-with-parent", action="store_true")
    return parser


def _serve(options: argparse.Namespace) -> None:
    from onnx_server.app import Score, Served, build_app
    from onnx_server.metrics import Metrics
    from onnx_server.model import load, read_artifact
    from onnx_server.process import exit_with_parent, listen, serve

    if options.exit_with_parent:
        exit_with_parent()
    listener = listen(options.port)
    model = load(read_artifact(options.model_file, options.sha256), options.threads)
    if options.score_output not in (None, *model.outputs):
        raise ArtifactUnusable(
            f"the model has no output '{options.score_output}'; choose --score-output among "
            f"{', '.join(model.outputs)}"
        )
    metrics = Metrics(options.name, options.track, options.sha256, options.score_edges)
    score = Score(options.score_output, options.score_reduce)
    app = build_app(Served(model, options.name, options.version, score), metrics, options.max_body_bytes)
    print(
        f"onnx-server: {options.name} version {options.version} ({options.track}, {options.sha256}) "
        f"on http://127.0.0.1:{listener.getsockname()[1]}",
        file=sys.stderr,
        flush=True,
    )
    serve(app, listener, options.ready_fd)


def main() -> int:
    """Run the command; 1 and a named message if the server cannot start."""
    options = _parser().parse_args()
    try:
        _serve(options)
    except ServeError as error:
        print(f"onnx-server: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
