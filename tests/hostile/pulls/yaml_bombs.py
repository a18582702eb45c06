"""A model.yaml that is small until it is read, or that two readers read differently."""

from hostile.pull import SPEC, Work

THREAT = "a pull request whose YAML is more than plain data"
CHECK = "spec-valid"
DEPTH = 100_000


def laughs() -> str:
    """Nine levels of ten aliases each: 1,000,000,000 texts."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines) + "\n"


ADDED = {
    "a billion laughs": (laughs(), "a0: an anchor is not allowed"),
    "an alias of itself": ("a: &a [*a]\n", "a: an anchor is not allowed"),
    "20,000 merges": ("a: &a {b: 1}\nc: {<<: [" + ", ".join(["*a"] * 20_000) + "]}\n", "an anchor is not"),
    "lists that nest deep": ("a: " + "[" * DEPTH + "]" * DEPTH + "\n", "nested deeper than 32"),
    "mappings that nest deep": ("a: " + "{b: " * DEPTH + "1" + "}" * DEPTH + "\n", "nested deeper than 32"),
    "lists in a line": ("a:\n  " + "- " * DEPTH + "a\n", "nested deeper than 32"),
    "a scalar of 8 MiB": ("a: " + "x" * (8 << 20) + "\n", "bytes, more than 1048576"),
    "a number of 100,000 digits": ("a: " + "9" * DEPTH + "\n", "is too large for a whole number"),
    "a key twice": ("kind: Model\n", "the key is given twice"),
    "a tag that makes an object": ("a: !!python/object/apply:os.system [id]\n", "a tag is not allowed"),
    "a tag of one's own": ("a: !evil {}\n", "a tag is not allowed"),
    "two documents": ("---\nkind: Model\n", "a second document begins"),
    "a directive": ("%TAG ! tag:evil,2026:\n", "is not YAML"),
    "a NUL": ("a: \0\n", "holds the character U+0000"),
    "text that turns around": ("a: \u202eevil\n", "holds the character U+202E"),
}


def added(text: str):
    def change(work: Work) -> None:
        work.write(SPEC, (work.root / SPEC).read_text() + text)

    return change


def pulls():
    for name, (text, says) in ADDED.items():
        yield name, added(text), CHECK, says
