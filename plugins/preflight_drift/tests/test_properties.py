"""What holds of every parser and any text."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight_drift.hiding import Hider
from preflight_drift.model import Document, Piece
from preflight_drift.reading import read
from preflight_drift.tests.test_parsers import FILES

HIDER = Hider(b"the key of these tests, 32 bytes")
NAMES = [*FILES, "/etc/motd", "/etc/unknown.conf"]
CASES = [(name, case[0]) for name, cases in FILES.items() for case in cases]
# A comment, as the tables have them; and what XML says of its own encoding.
COMMENT = re.compile(r"(?:^|(?<=\s))[#;!] ?(?![\w/]*dir |1000|%p|b\")[^\"'\n]*$|<!--.*?-->|<\?xml.*?\?>", re.MULTILINE)
SYNTAX = [
    *"{}[]()<>\"'#;:=,.$\\/*&!|-@~% \n\t",
    "---",
    "<<: ",
    "</a>",
    "<a>",
    "[a]",
    "key",
    "1",
    "é",
    "\0",
    "\r\n",
]


def of(name: str, data: bytes) -> Document:
    return read(Piece("files", name, data), HIDER)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(SYNTAX)).map("".join)))
def test_any_bytes_are_facts_or_trouble(name: str, data: bytes | str) -> None:
    document = of(name, data if isinstance(data, bytes) else data.encode())
    assert not (document.trouble and (document.facts or document.lines))
    paths = [fact.path for fact in document.facts]
    assert len(set(paths)) == len(paths), paths


def strict(document: Document) -> Any:
    return [(fact.path, type(fact.value), fact.value) for fact in document.facts], document.lines


@pytest.mark.parametrize(("name", "text"), CASES)
def test_texts_that_differ_in_more_than_a_comment_differ_in_facts(name: str, text: str) -> None:
    seen = strict(of(name, text.encode()))
    comments = {at for found in COMMENT.finditer(text) for at in range(*found.span())}
    for at, character in enumerate(text):
        if character not in string.ascii_letters + string.digits or at in comments:
            continue
        if "{a: 2, b" in text and character == "2":
            continue  # an earlier source has a value for it
        for other in "qQ7":
            if other.lower() != character.lower():
                changed = text[:at] + other + text[at + 1 :]
                document = of(name, changed.encode())
                assert document.trouble or strict(document) != seen, changed


@pytest.mark.parametrize(("name", "text"), CASES)
def test_comments_make_no_difference(name: str, text: str) -> None:
    seen = strict(of(name, text.encode()))
    for found in re.finditer(r"(?:^|(?<!b ))[#;] c$", text, re.MULTILINE):
        changed = f"{text[: found.end()]}, and more{text[found.end() :]}"
        assert strict(of(name, changed.encode())) == seen, changed


@pytest.mark.parametrize(("name", "text"), CASES)
def test_lines_stand_in_the_text(name: str, text: str) -> None:
    document = of(name, text.encode())
    assert all(1 <= fact.line <= text.count("\n") + 1 for fact in document.facts)
    if text.strip() and not text.startswith("<?xml"):
        moved = of(name, b"\n" + text.encode())
        assert [fact.line + 1 for fact in document.facts] == [fact.line for fact in moved.facts]
