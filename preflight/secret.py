"""Secrets: wrapped from the moment they are read, and masked in whatever leaves the run."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter values would blot out half a report ("1", "db"); they are masked only where their type says so.
SHORTEST_MASKED = 4
# What is encoded, or broken by the end of a line, is found by accident if it is shorter.
SHORTEST_ENCODED = 8


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
    """A secret as it stands in a text, in URLs, in JSON, in Python, in XML, in hexadecimal and in base64."""
    data = text.encode(errors="surrogateescape")  # an environment variable may hold any bytes
    urls = {quote(data), quote(data, safe=""), quote_plus(data)}
    urls |= {quote(url, safe="") for url in urls}  # as a part of another one
    codes = {json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text)}
    codes |= {code.replace("/", r"\/") for code in codes}  # as PHP writes it
    forms = {text, repr(data)[2:-1], escape(text), data.hex(), *urls, *(code[1:-1] for code in codes)}
    # Host names and the like are folded; base64 is not.
    return {folded for form in forms for folded in (form, form.lower(), form.upper())} | set(_base64(data))


def _base64(data: bytes) -> Iterator[str]:
    """What is the same wherever it stands in data that was encoded (RFC 4648): `user:password`, a whole file."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6].decode()
        if len(coded) >= SHORTEST_ENCODED:
            yield from (coded, coded.replace("+", "-").replace("/", "_"))


class Masker:
    """Replaces every known secret in a text by `***`, also in the forms it takes in URLs, JSON or base64."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._settle()

    def learn(self, secret: Secret) -> None:
        """Add a secret; each line of a multi-line one (a key file) is one of its own."""
        value = secret.reveal()
        texts = (text for text in {value, value.strip(), *value.splitlines()} if len(text) >= SHORTEST_MASKED)
        self._forms.update(*map(_forms, texts))
        self._settle()

    def include(self, other: Masker) -> None:
        """Mask what another one masks as well."""
        self._forms |= other._forms
        self._settle()

    def _settle(self) -> None:
        self._longest_first = tuple(sorted(self._forms, key=len, reverse=True))
        bare = ("".join(form.split()) for form in self._longest_first)
        self._whole: re.Pattern[str] | None = None
        self._breakable = tuple(dict.fromkeys(form for form in bare if len(form) >= SHORTEST_ENCODED))

    def __bool__(self) -> bool:
        """Whether it knows any."""
        return bool(self._longest_first)

    def __call__(self, text: str) -> str:
        if self._whole is None and self._forms:  # only now: it takes milliseconds
            self._whole = re.compile("|".join(map(re.escape, self._longest_first)))
        text = text if self._whole is None else self._whole.sub(MASK, text)
        return self._across_lines(text) if self._forms and "\n" in text else text

    def _across_lines(self, text: str) -> str:
        """Lines may break in a secret, and be indented: in a key, in what was wrapped to fit."""
        seen = "".join(text.split())
        for form in self._breakable:
            if form in seen:
                broken = r"\s*".join(map(re.escape, form))
                text = re.sub(broken, lambda found: MASK if "\n" in found[0] else found[0], text)
        return text
