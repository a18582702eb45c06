"""More than anybody can look at, from little."""

from hostile.pull import MODEL, Work

THREAT = "a pull request of very much"
OPCODES = b"0" * (1 << 20)


def opcodes(work: Work) -> None:
    for number in range(100):
        work.write(f"{MODEL}/data/{number}.txt", OPCODES)


def other_opcodes(work: Work) -> None:
    for number in range(100):
        work.write(f"{MODEL}/data/{number}.txt", OPCODES[: 1 << 18] + b"%d" % number)


def files(work: Work) -> None:
    for number in range(1_001):
        work.write(f"{MODEL}/data/{number}.csv", "a\n1\n")


def models(work: Work) -> None:
    for number in range(300):
        work.write(f"models/m{number}/model.yaml", "kind: [Model\n")


def huge_text(work: Work) -> None:
    work.write(f"{MODEL}/README.md", b"line\n" * 10_000_000)


def pulls():
    yield "100 MiB of opcodes", opcodes, "files-allowed", "distinguished from a pickle"
    yield "100 files of opcodes", other_opcodes, "files-allowed", "and 95 more"
    yield "1,001 files", files, "files-allowed", "1,0"
    yield "300 broken models", models, "spec-valid", "model.yaml"
