"""Secrets: wrapped from the moment they are read, and masked in whatever leaves the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter values would blot out half a report ("1", "db"); they are masked only where their type says so.
SHORTEST_MASKED = 4


class Secret(str):
    """A text that shows itself as `***`; `reveal()` gives what a connection needs.

    It is a `str`, so that it can stand wherever an inventory has text. A field that keeps a secret
    as one (a password) is annotated `Secret`; anywhere else the value is used as it is, and the
    run's `Masker` takes it out of what is shown and recorded.
    """

    __slots__ = ()

    def reveal(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> tuple[Callable[[str], Secret], tuple[str]]:
        return Secret, (self.reveal(),)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        keep = core_schema.no_info_plain_validator_function(cls._validate)
        text = core_schema.str_schema()
        return core_schema.json_or_python_schema(json_schema=text, python_schema=keep)

    @classmethod
    def _validate(cls, value: object) -> Secret:
        if not isinstance(value, str):
            raise ValueError("should be text (or ${env:NAME}, ${file:PATH})")
        return value if isinstance(value, Secret) else cls(value)


def _forms(text: str) -> set[str]:
    """A secret as it stands in a text, in URLs, in JSON, in Python and in XML."""
    data = text.encode(errors="surrogateescape")  # an environment variable may hold any bytes
    urls = {quote(data), quote(data, safe=""), quote_plus(data)}
    codes = {json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text)}
    forms = {text, repr(data)[2:-1], escape(text), *urls, *(code[1:-1] for code in codes)}
    return forms | {form.lower() for form in forms}  # host names and the like are folded


class Masker:
    """Replaces every known secret in a text by `***`, also in the forms it takes in URLs and JSON."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._longest_first: tuple[str, ...] = ()

    def learn(self, secret: Secret) -> None:
        """Add a secret; each line of a multi-line one (a key file) is one of its own."""
        value = secret.reveal()
        for text in {value, value.strip(), *value.splitlines()}:
            if len(text) >= SHORTEST_MASKED:
                self._forms |= _forms(text)
        self._longest_first = tuple(sorted(self._forms, key=len, reverse=True))

    def include(self, other: Masker) -> None:
        """Mask what another one masks as well."""
        self._forms |= other._forms
        self._longest_first = tuple(sorted(self._forms, key=len, reverse=True))

    def __bool__(self) -> bool:
        """Whether it knows any."""
        return bool(self._longest_first)

    def __call__(self, text: str) -> str:
        for form in self._longest_first:
            if form in text:
                text = text.replace(form, MASK)
        return text
