"""From pieces to documents: encodings, troubles, opaque texts."""

from __future__ import annotations

import hashlib

import pytest

from preflight_drift.hiding import Hider
from preflight_drift.model import Document, Fact, Piece
from preflight_drift.reading import Reader, read

HIDER = Hider(b"the key of these tests, 32 bytes")


def of(data: bytes, name: str = "/etc/a.yaml") -> Document:
    return read(Piece("files", name, data), HIDER)


@pytest.mark.parametrize(("data", "attributes"), [
    ("k: é\n".encode(), ()),
    ("\ufeffk: é\n".encode(), (("encoding", "utf-8 with a byte order mark"),)),
    ("k: é\n".encode("utf-16"), (("encoding", "utf-16"),)),
    ("k: é\n".encode("latin-1"), (("encoding", "latin-1"),)),
    ("k: é\r\n".encode(), (("newlines", "CRLF"),)),
    ("# c\nk: é\r\n".encode(), (("newlines", "CRLF and LF"),)),
])  # fmt: skip
def test_encodings_and_line_ends_are_noted_and_fold(data: bytes, attributes: tuple[tuple[str, str], ...]) -> None:
    document = of(data)
    assert [fact[:2] for fact in document.facts] == [(("k",), "é")]
    assert document.attributes == attributes


def test_a_text_with_other_line_ends_differs_in_these_alone() -> None:
    there, here = of(b"a\nb\n", "/etc/motd"), of(b"a\r\nb\r\n", "/etc/motd")
    assert (here.facts, here.lines) == (there.facts, there.lines)
    assert here.attributes != there.attributes


def test_what_the_collector_says_of_a_file_stays() -> None:
    piece = Piece("files", "/etc/a.yaml", b"k: 1\r\n", attributes=(("mode", "0644"),))
    assert read(piece, HIDER).attributes == (("mode", "0644"), ("newlines", "CRLF"))


def test_a_missing_file_is_missing() -> None:
    assert read(Piece("files", "/a", missing=True), HIDER) == Document("files", "/a", missing=True)


def test_trouble_of_the_collector_is_passed_on_without_its_secrets_and_without_half_the_data() -> None:
    document = read(Piece("files", "/a.yaml", b"k: 1\n", trouble="cannot ask https://bob:hunter22@x/y"), HIDER)
    assert (document.trouble, document.facts) == ("cannot ask https://bob:***@x/y", ())


def test_a_dump_that_failed_is_trouble() -> None:
    piece = Piece("effective", "sshd", b"port 22\nwrong: password=hunter22 is no key\n", status=255)
    assert read(piece, HIDER).trouble == "exit status 255: wrong: password=*** is no key"
    assert read(Piece("packages", "packages", status=1), HIDER).trouble == "exit status 1"


def test_a_command_has_its_text_and_its_status() -> None:
    document = read(Piece("commands", "java", b"openjdk 17\nx = 1\n", status=3), HIDER)
    digest = hashlib.sha256(b"openjdk 17\nx = 1\n").hexdigest()
    assert document.facts == (Fact(("sha256",), digest), Fact(("status",), 3))
    assert (document.format, document.lines) == ("text", ("openjdk 17", "x = 1"))


def test_binary_is_compared_by_its_digest() -> None:
    document = of(b"\x7fELF\0\0", "/usr/bin/x")
    digest = hashlib.sha256(b"\x7fELF\0\0").hexdigest()
    assert (document.format, document.facts, document.lines) == ("binary", (Fact(("sha256",), digest),), ())


def test_the_digest_of_a_text_with_a_secret_has_a_key() -> None:
    text = b"machine x login y password hunter22\n"
    mine, other = of(text, "/root/.netrc"), read(Piece("files", "/root/.netrc", text), Hider(b"x" * 32))
    assert mine.facts[0].secret
    assert mine.facts != other.facts
    assert mine.lines == other.lines == ("machine x login y password ***",)
    changed = of(text.replace(b"22", b"23"), "/root/.netrc")
    assert (mine.lines, mine.facts == changed.facts) == (changed.lines, False)


def test_an_empty_file_has_no_lines() -> None:
    assert of(b"", "/etc/motd").lines == ()
    assert of(b"\n", "/etc/motd").lines == ("",)
    assert of(b"", "/etc/motd").facts != of(b"\n", "/etc/motd").facts


def test_equal_bytes_are_parsed_once() -> None:
    reader = Reader(HIDER)
    first, second = (reader.read(Piece("files", "/a.yaml", b"a: 1\n")) for _ in range(2))
    assert first.facts is second.facts
    assert reader.read(Piece("files", "/a.json", b"a: 1\n")).trouble  # another name, another format


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from preflight_drift.parsers import choice

    choice._load.cache_clear()
    monkeypatch.setitem(sys.modules, "javaproperties", None)
    monkeypatch.delitem(sys.modules, "preflight_drift.parsers.properties", raising=False)
    assert of(b"a=1\n", "/a.properties").trouble == "needs javaproperties: pip install 'pytest-preflight[drift]'"
    choice._load.cache_clear()
