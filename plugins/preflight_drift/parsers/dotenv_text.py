"""`.env`, by python-dotenv, whose parser gives lines and every one of repeated names. Nothing is interpolated."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dotenv.parser import parse_stream

from preflight_drift.model import Fact
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError


def parse(text: str) -> Iterator[Fact]:
    return listed(_facts(text))


def _facts(text: str) -> Iterator[Fact]:
    for binding in parse_stream(io.StringIO(text)):
        text = binding.original.string
        line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")  # it begins with blank lines
        if binding.error:
            raise UnparsedError(line, "neither a comment nor NAME=value")
        if binding.key is not None:
            yield Fact((binding.key,), binding.value, line)
