"""More than anybody can look at, from little."""

import shutil

from hostile.pull import MODEL, SPEC, Work

THREAT = "a pull request of very much"
OPCODES = b"0" * (1 << 20)


def opcodes(work: Work) -> None:
    for number in range(100):
        work.write(f"{MODEL}/data/{number}.txt", OPCODES)


def files(work: Work) -> None:
    for number in range(1_001):
        work.write(f"{MODEL}/data/{number}.csv", "a\n1\n")


def models(work: Work) -> None:
    work.pin("model.onnx", b"\x08\x08 no model")
    for number in range(100):
        name = f"digits-{number}"
        shutil.copytree(work.root / MODEL, work.root / "models" / name, symlinks=True)
        spec = (work.root / SPEC).read_text().replace("name: digits", f"name: {name}")
        work.write(f"models/{name}/model.yaml", spec)


def pulls():
    yield "100 MiB of opcodes", opcodes, "files-allowed", "distinguished from a pickle"
    yield "1,001 files", files, "files-allowed", "1,0"
    yield "101 broken models", models, "onnx-graph", "not an ONNX protobuf that can be read"
