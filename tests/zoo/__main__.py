"""`make zoo`: every model through the product, each figure beside its library's; writes docs/models.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from support.repositories import git

from zoo.compare import compare
from zoo.course import Course, Passage
from zoo.material import Kind, kinds
from zoo.page import renew_pages, table, write_pages
from zoo.results import keep, kept
from zoo.serve import serve


def main() -> int:
    """0 where every model passes and every figure agrees; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m zoo", description=__doc__)
    parser.add_argument("material", type=Path, help="what zoo.make wrote")
    parser.add_argument(
        "--root", type=Path, default=Path("build/zoo/run"), help="where the kinds' repositories go"
    )
    parser.add_argument("--kind", action="append", help="run only this kind; repeatable")
    parser.add_argument("--pages", action="store_true", help="run nothing: write the pages of what was run")
    chosen = parser.parse_args()
    found = kinds(chosen.material)
    chosen.root.mkdir(parents=True, exist_ok=True)
    for kind in found:
        if not chosen.pages and (not chosen.kind or kind.name in chosen.kind):
            _run(kind, chosen.root.resolve())
    seen = {kind.name: kept(kind, chosen.root / f"{kind.name}.json") for kind in found}
    passages = {name: one for name, one in seen.items() if one is not None}
    print("\n".join(table(found, passages)))
    if chosen.kind:
        named = [kind for kind in found if kind.name in chosen.kind and kind.name in passages]
        renew_pages(Path("docs"), named, passages)
    else:
        write_pages(Path("docs"), found, passages)
    faults = [(one, fault) for several in passages.values() for one in several for fault in one.faults]
    for passage, fault in faults:
        print(f"{passage.specimen.name}: {fault}")
    return 1 if faults else 0


def _run(kind: Kind, root: Path) -> list[Passage]:
    """All models of a kind through one repository."""
    began = time.monotonic()
    folder = root / kind.name
    shutil.rmtree(folder, ignore_errors=True)
    course = Course(folder / "repository", kind.specimens)
    course.begin()
    if course.made:
        course.validate_first()
        course.release()
        course.second_version()
        course.validate_second()
    for passage in course.made:
        for number, branch in ((1, "main"), (2, "next")):
            revision = git("rev-parse", branch, cwd=course.root)
            serve(passage, course.root / ".git", revision, number, folder / "served")
        compare(passage)
    keep(course.passages, root / f"{kind.name}.json")
    faults = sum(len(passage.faults) for passage in course.passages)
    print(
        f"{kind.name}: {len(course.passages)} models, {faults} faults, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    for passage in course.passages:
        for fault in passage.faults:
            print(f"  {passage.specimen.name}: {fault}", flush=True)
    return course.passages


if __name__ == "__main__":
    sys.exit(main())
