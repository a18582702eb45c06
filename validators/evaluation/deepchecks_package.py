"""deepchecks' tabular checks, without the tables of all characters that their import makes: 160 MiB.

`deepchecks.utils.strings` lists all characters except letters and digits, three times over, for its checks of
strings. A mapping that is asked about one character at a time does the same for `str.translate`.
"""

from __future__ import annotations

import sys
import warnings

_FEW = 1 << 8


class NotAlphanumeric(dict[int, None]):
    """What `str.translate` deletes: every character except letters and digits."""

    def __missing__(self, code: int) -> None:
        if chr(code).isalnum():
            raise LookupError  # which for `str.translate` means: left as it is


_all = sys.maxunicode
try:
    sys.maxunicode = _FEW
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from deepchecks.tabular import Dataset, checks
        from deepchecks.utils import strings
finally:
    sys.maxunicode = _all

if strings.DEL_MAP and len(strings.DEL_MAP) <= _FEW:
    strings.DEL_MAP = NotAlphanumeric()
    # Whoever wants the list itself gets an error, not the part of it that was made.
    del strings.SPECIAL_CHARACTERS, strings.DEL_CHARS

__all__ = ["Dataset", "checks", "strings"]
