"""`python -m harness up|down|status|doctor|tools`: the cluster by hand."""

from __future__ import annotations

import argparse
import sys

from harness import build, cluster, doctor
from harness.run import CommandFailed, NotReady, Run
from harness.wait import TooSlow


def main() -> int:
    """Exit code: 0 done; 1 something is missing or did not come up, said with its remedy."""
    parser = argparse.ArgumentParser(prog="harness", description="A Kubernetes cluster without Docker.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start what is not running; prints the addresses")
    verbs.add_parser("down", help="stop everything and remove the run's folder")
    verbs.add_parser("status", help="what runs, and how much memory it takes")
    verbs.add_parser("doctor", help="what is missing on this machine; changes nothing")
    tools = verbs.add_parser("tools", help="build the Go programs into the cache, and say where they are")
    tools.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "tools":
            return _tools(arguments.names)
        return _do(arguments.verb, Run.here())
    except (NotReady, CommandFailed, TooSlow, ValueError, build.NoGo, build.BuildFailed) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _do(verb: str, run: Run) -> int:
    if verb == "doctor":
        return _doctor()
    if verb == "status":
        print(cluster.status(run))
        return 0
    if verb == "down":
        cluster.down(run)
        return 0
    print(f"cluster {run.name} below {run.root}", file=sys.stderr)
    if _doctor():
        return 1
    progress = cluster.Progress()
    cluster.up(run, progress)
    total = sum(progress.seconds.values())
    print(f"up in {total:.0f} s, {sum(cluster.memory(run).values()) / 2**30:.1f} GiB")
    print(cluster.addresses(run))
    return 0


def _tools(names: list[str]) -> int:
    try:
        paths = build.tools(names or build.TOOLS)
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    for name, path in paths.items():
        print(f"{name:<24} {path}")
    return 0


def _doctor() -> int:
    missing = doctor.check()
    for each in missing:
        print(each, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
