"""More than anybody can look at, from little."""

from hostile.pull import MODEL, Work

THREAT = "a pull request of very much"
OPCODES = b"0" * (1 << 20)


def opcodes(work: Work) -> None:
    for number in range(100):
        work.write(f"{MODEL}/data/{number}.txt", OPCODES)


def files(work: Work) -> None:
    for number in range(1_001):
        work.write(f"{MODEL}/data/{number}.csv", "a\n1\n")


def pulls():
    yield "100 MiB of opcodes", opcodes, "files-allowed", "distinguished from a pickle"
    yield "1,001 files", files, "files-allowed", "1,0"
