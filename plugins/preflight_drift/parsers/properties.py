"""Java's .properties, by javaproperties, whose parser gives every one of repeated keys and the text of each."""

from __future__ import annotations

from collections.abc import Iterator

import javaproperties

from preflight_drift.model import Fact
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError


def parse(text: str) -> Iterator[Fact]:
    return listed(_facts(text))


def _facts(text: str) -> Iterator[Fact]:
    line = 1
    try:
        for part in javaproperties.parse(text):
            if isinstance(part, javaproperties.KeyValue):
                yield Fact((part.key,), part.value, line)
            line += part.source.count("\n")
    except javaproperties.InvalidUEscapeError:
        raise UnparsedError(line, "a \\u without four hexadecimal digits") from None
