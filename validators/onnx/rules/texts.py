"""What a model says in words: no secret, no person's data, and no name that shows as another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluicegate.validators.onnx.facts import Graph
from sluicegate.validators.submission.fault import Fault
from sluicegate.validators.submission.secrets import personal_data_in, secrets_in

MAX_NAME = 2_000
"""Characters of a name."""
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Control characters, and what no screen shows or what turns the order of text (CVE-2021-42574)."""
_MARKUP = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|<!--|\]\(\s*\w+:|^\s*/\w+\s", re.MULTILINE)
"""HTML tags, links of Markdown, commands of a comment."""
SECRET = "Take the secret out and revoke it: whoever has the file has it."  # noqa: S105
PERSON = "Take the data out and export the model again."
NAME = "Rename it to letters, digits and ordinary signs."


def names(graph: Graph) -> Iterator[Fault]:
    """Control and bidirectional characters, markup and excessive length in what names something."""
    for text in graph.texts:
        if not text.names:
            continue
        shown = repr(text.text[:60])
        if _UNSEEN.search(text.text):
            yield Fault("name", f"{text.where} {shown} has characters that do not show", NAME)
        elif _MARKUP.search(text.text):
            yield Fault("name", f"{text.where} {shown} is markup", NAME)
        elif len(text.text) > MAX_NAME:
            yield Fault("name", f"{text.where} {shown} has {len(text.text):,} characters", NAME)


def secrets(graph: Graph) -> Iterator[Fault]:
    """Keys, tokens and passwords."""
    for text in graph.texts:
        for kind in secrets_in(text.text):
            yield Fault("secret", f"{text.where} holds {kind}", SECRET)


def personal_data(graph: Graph) -> Iterator[Fault]:
    """E-mail addresses, social security and card numbers, but in names, which are no place for them."""
    for text in graph.texts:
        for kind in personal_data_in(text.text):
            yield Fault("person", f"{text.where} holds {kind}", PERSON)
