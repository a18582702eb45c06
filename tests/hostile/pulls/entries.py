"""Entries of a tree that no file system should be given, and names that mislead."""

from hostile.pull import MODEL, Work

THREAT = "a pull request with links, submodules and names that mislead"
CHECK = "files-allowed"
NAMES = {
    "turned around": "data/safe\u202egnp.csv",
    "no width": "data/eval\u200buation.csv",
    "Cyrillic": "data/ev\u0430luation.parquet",
    "terminal": "data/\x1b[2J.csv",
    "line feed": "data/a\nb.csv",
    "a command of a log": "data/::stop-commands::x.csv",
    "an option": "-rf.md",
}
TWINS = {
    "model.yaml": "Model.yaml",
    "README.md": "readme.md",
    "data/evaluation.parquet": "data/Evaluation.parquet",
}
GIT_FILES = (".gitattributes", ".lfsconfig", "data/.gitattributes")


def planted(mode: str, name: str, content: bytes = b"x,y\n1,2\n"):
    return lambda work: work.plant(mode, f"{MODEL}/{name}", content)


def folder_as_link(work: Work) -> None:
    work.git("rm", "-r", "--quiet", "--cached", MODEL)
    work.plant("120000", MODEL, b"../../../../etc")


def twin(name: str, other: str):
    return lambda work: work.plant("100644", f"{MODEL}/{other}", (work.root / MODEL / name).read_bytes())


def pulls():
    for target in ("/etc/passwd", "../../../secret", "model.onnx"):
        yield f"link to {target}", planted("120000", "data/x.csv", target.encode()), CHECK, "a symbolic link"
    yield "submodule", planted("160000", "weights"), CHECK, "a submodule"
    yield "the model's directory is a link", folder_as_link, CHECK, "a symbolic link"
    for name, path in NAMES.items():
        yield name, planted("100644", path), CHECK, "is not made of letters"
    for name, other in TWINS.items():
        yield f"twin of {name}", twin(name, other), CHECK, "differ only in case"
    for name in GIT_FILES:
        yield f"{name} of the model", planted("100644", name, b"* filter=lfs\n"), CHECK, "what git makes"
