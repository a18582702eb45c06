"""Specs that parsers die of, or read as something else."""

from hostile.pull import PRODUCTION, SPEC, Work

THREAT = "a pull request of YAML that misleads"
CHECK = "spec-valid"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
WHOLE = {
    "deep brackets": "[" * 100_000,
    "deep blocks": "".join(f"{' ' * depth}a:\n" for depth in range(2_000)),
    "laughs": BOMB,
    "a tag": "!!python/object/apply:os.system ['id']\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "nothing": "",
    "no text": b"\xff\xfe\x00",
    "2 MiB": "# x\n" * (1 << 19),
}
EDITS = {
    "an anchor": ("name: digits", "name: &a digits"),
    "a key twice": ("  version: 2", "  version: 2\n  version: 9"),
    "a merge": ("  version: 2", "  version: 3\n  <<: {task: regression}"),
    "NaN": ("margin: 0.02", "margin: .nan"),
    "infinity": ("margin: 0.02", "margin: 1e400"),
    "a margin of all": ("margin: 0.02", "margin: 1"),
    "a path that leads out": ("path: model.onnx", "path: ../../../model.onnx"),
    "an absolute path": ("path: model.onnx", "path: /etc/passwd"),
    "another model's name": ("name: digits", "name: flight-delay"),
    "a name with a twin letter": ("name: digits", "name: d\u0456gits"),
    "a number beyond 64 bits": ("  version: 2", "  version: 99999999999999999999"),
    "an unknown key": ("  version: 2", "  version: 3\n  trusted: true"),
    "yes is a word": ("  version: 2", "  version: yes"),
}


def whole(path: str, content: str | bytes):
    return lambda work: work.write(path, content)


def edited(old: str, new: str):
    def change(work: Work) -> None:
        work.edit(SPEC, old, new)

    return change


def pulls():
    for name, content in WHOLE.items():
        yield name, whole(SPEC, content), CHECK, "model.yaml"
        yield (
            f"{name}, in an environment",
            whole(PRODUCTION, content),
            "environment-valid",
            "environment.yaml",
        )
    for name, (old, new) in EDITS.items():
        yield name, edited(old, new), CHECK, "model.yaml"
