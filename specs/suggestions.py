"""What to write instead of a name that is not known: the known one that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SIMILAR = 0.5
"""difflib's ratio from which a name is suggested; `prod` for `production` is 0.57."""


def suggest(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy: "did you mean X?" for the most similar known name, `otherwise` where none is similar."""
    similar = get_close_matches(name, list(known), n=1, cutoff=SIMILAR)
    return f"did you mean {similar[0]}?" if similar else otherwise


def suggest_one_of(name: str, known: Iterable[str]) -> str:
    """A remedy: the most similar known name, else all of them."""
    names = list(known)
    if not names:
        return "there are none yet"
    return suggest(name, names, f"name one of: {', '.join(names)}")
