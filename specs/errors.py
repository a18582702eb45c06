"""The one error that a person can act on: what is wrong, what to do about it, and how the command exits."""

from __future__ import annotations

from typing import ClassVar

from sluicegate.specs.exit_codes import BAD_INPUT


class SluiceError(Exception):
    """Something went wrong that whoever runs the command can put right.

    `message` says what is wrong in a sentence without its full stop, `remedy` what to do about it. Whatever
    derives from this ends the command with its own `exit_code` and without a traceback; any other exception
    is a crash of the program.
    """

    exit_code: ClassVar[int] = BAD_INPUT

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message
