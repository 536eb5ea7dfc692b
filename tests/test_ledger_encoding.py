"""What a ledger holds is written and read as `json` would, faster."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.ledger.encoding import decoded, encoded

TEXTS = st.text() | st.sampled_from(["\udc80", "a\ud800b"])  # halves of surrogate pairs
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@given(PLAIN)
def test_whatever_is_written_is_read_as_it_was(value: Any) -> None:
    assert decoded(encoded(value)) == value
    assert json.loads(encoded(value)) == value  # as an earlier version reads it, or somebody else


@given(PLAIN, st.booleans())
def test_whatever_another_version_wrote_is_read(value: Any, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert decoded(written) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, True, None], "\u00e4": "\x00\n"}, '{"a":[1,true,null],"\u00e4":"\\u0000\\n"}'),
        (["\udc80"], '["\udc80"]'),
        ([float("inf"), float("nan")], "[Infinity,NaN]"),
        (nested(300), "[" * 301 + "]" * 301),
        ([2**70], "[1180591620717411303424]"),
    ],
    ids=["plain", "half-a-pair", "no-numbers", "nested", "large"],
)
def test_on_one_line_in_utf_8(value: Any, text: str) -> None:
    assert encoded(value) == text.encode("utf-8", "surrogatepass")
    assert repr(decoded(encoded(value))) == repr(value)


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":1', b"[1,]", b"{'a':1}", b"01", b'"a\nb"', b'"\xff"', b"1 2"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each reader has its own words
        decoded(text)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises((ValueError, RecursionError)):
        decoded(b"[" * 100_000)
