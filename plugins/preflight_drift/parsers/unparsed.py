"""A text is not of the format that its parser reads."""

from __future__ import annotations


class UnparsedError(Exception):
    """Where and what; `what` never quotes the text, which may hold a secret.

    Attributes:
        line: from 1; 0 where none can be named.
    """

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}" if line else what)
        self.line = line
        self.what = what
