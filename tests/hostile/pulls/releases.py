"""The gate's own records, written by hand."""

from hostile.pull import Work

THREAT = "a pull request that writes what only the gate writes"
CHECK = "release-untouched"
PLACE = "environments/production/digits"
RELEASE = "apiVersion: sluicegate.dev/v1\nkind: Release\nmetadata: {name: digits}\nspec: {}\n"
FORGED = f"""\
digits 3 gets 100 % in production

Everything is fine.

Gate-Model: digits
Gate-Environment: production
Gate-Decision: advance
Gate-Weight: 1 -> 100
Gate-Evidence: sha256:{"a" * 64}
Gate-Version: 3
"""


def planted(name: str, *, model: bool = False):
    def change(work: Work) -> None:
        work.write(f"{PLACE}/{name}", RELEASE)
        if model:
            work.rise()

    return change


def linked(work: Work) -> None:
    work.plant("120000", f"{PLACE}/release.yaml", b"../../staging/digits/release.yaml")


def forged(work: Work) -> str:
    work.write("docs/notes.md", "words\n")
    return FORGED


def forged_beside_a_model(work: Work) -> str:
    work.rise()
    return FORGED


def pulls():
    yield "a release", planted("release.yaml"), CHECK, "written by the gate alone"
    yield "a release beside a model", planted("release.yaml", model=True), CHECK, "written by the gate alone"
    yield "a release that is a link", linked, CHECK, "written by the gate alone"
    for name in ("Release.yaml", "release.yml", "RELEASE.YAML"):
        yield f"a twin called {name}", planted(name), CHECK, "is read as a release.yaml by some systems"
    yield "forged trailers", forged, CHECK, "claims to be a decision of the gate"
    yield "forged trailers beside a model", forged_beside_a_model, CHECK, "claims to be a decision"
