"""YAML text to values with their places; what is wrong with a text is said, never raised."""

from pathlib import Path
from typing import Any

import pytest

from preflight.source import Map, Mark
from preflight.yamlfile import DEEPEST, Document, parse

FILE = Path("inventories/prod.yaml")


def read(text: str | bytes) -> Document:
    return parse(FILE, text if isinstance(text, bytes) else text.encode())


def value(text: str) -> Any:
    document = read(f"a: {text}")
    assert document.faults == []
    return document.root["a"]


def faults(text: str | bytes) -> list[str]:
    return [f"{mark.line}:{mark.column} {path}: {message}" for mark, path, message in read(text).faults]


TEXTS = """
    no on off yes y No 0644 0o17 0x1F 22:22 1:30:00 2026-12-04 2026-12-04T17:00Z 1_000 1.2.3 10.0.1.11 .inf .nan
    5. . -. +. e5 =
"""


@pytest.mark.parametrize("text", TEXTS.split())
def test_what_looks_like_text_stays_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ('"true"', "true"),
        ("''", ""),
        ("|\n  5", "5"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_of_yaml_1_2(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert list(read("1: a\n01: b\nno: c\n~: d\n1.0: e").root) == ["1", "01", "no", "~", "1.0"]


def test_every_key_value_and_item_knows_its_place() -> None:
    root = read("dns:\n  zones:\n    - name: x\n    -   y: {z: [1, 2]}\n").root
    dns, zones = root["dns"], root["dns"]["zones"]

    def at(line: int, column: int) -> Mark:
        return Mark(str(FILE), line, column)

    assert (root.keys_at["dns"], root.values_at["dns"]) == (at(1, 1), at(2, 3))
    assert (dns.keys_at["zones"], dns.values_at["zones"]) == (at(2, 3), at(3, 5))
    assert zones.items_at == [at(3, 7), at(4, 9)]
    assert zones[1]["y"].keys_at["z"] == at(4, 13)
    assert zones[1]["y"]["z"].items_at == [at(4, 17), at(4, 20)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3", "3:1 a: key given twice (first on line 1)"),
        ('a: {b: 1, "b": 2}', "1:11 a.b: key given twice (first on line 1)"),
        ("a:\n\tb: 1", "2:1 : a tab: YAML is indented with spaces only"),
        ("a: 1\n \t b: 2", "2:5 : a tab: YAML is indented with spaces only"),
        ("a: &x [*x]", "1:8 a[0]: an alias cannot stand inside its own anchor"),
        ("a: &x {b: {c: *x}}", "1:15 a.b.c: an alias cannot stand inside its own anchor"),
        ("a: *x", "1:4 a: no anchor &x before it"),
        ("a: !env HOME", "1:4 a: the tag !env is not supported here"),
        ("a: !set {b: 1}", "1:4 a: the tag !set is not supported here"),
        ("a: [!vault b]", "1:5 a[0]: the tag !vault is not supported here"),
        ("!key a: b", "1:1 : the tag !key is not supported here"),
        ("a: {<<: 5}", "1:9 a.<<: only mappings can be merged with <<"),
        ("? [a]\n: b", "1:3 : a key must be plain text"),
        ("- a", "1:1 : an inventory is a mapping of sections, such as `dns:`"),
        ("just text", "1:1 : an inventory is a mapping of sections, such as `dns:`"),
        ("a: 1\n---\nb: 2", "2:1 : a second document: an inventory's file holds one (a line `---` starts another)"),
        (
            "a: b: c",
            "1:5 : not YAML: mapping values are not allowed in this context; indent it as the key before it, or put "
            'a text with ": " in quotes',
        ),
        (
            "a: [1",
            "2:1 : not YAML: did not find expected ',' or ']' (while parsing a flow sequence); close its bracket, or "
            "put a text with any of []{}, in quotes",
        ),
        (
            "a:\n  - b: 1\n   c: 2",
            "3:4 : not YAML: did not find expected '-' indicator (while parsing a block collection); is it indented "
            "as the lines before it, and is no dash missing?",
        ),
        (
            "a: @b",
            "1:4 : not YAML: found character that cannot start any token (while scanning for the next token); put it "
            "in quotes",
        ),
        ("a: 'x", "1:6 : not YAML: found unexpected end of stream (while scanning a quoted scalar)"),
        (b"a: 1\nb: \xff", "2:4 : not UTF-8 text"),
        ("a: 1".encode("utf-16"), "1:1 : not UTF-8 text"),
        (b"a: 1\nb: x\x01", "2:5 : not YAML: control characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, fault: str) -> None:
    assert [found.strip() for found in faults(text)] == [fault]


def test_several_faults_are_all_found() -> None:
    assert len(faults("a: !x 1\na: 2\nb: &b [*b]")) == 3


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n...\n", "~", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_empty_inventory(text: str | bytes) -> None:
    assert read(text) == (FILE, {}, [], [])


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert read(b"\xef\xbb\xbfa: 1").root == {"a": 1}


def test_an_aliased_value_is_the_same_value_with_its_first_place() -> None:
    root = read("a: &x {b: 1}\nc: *x").root
    assert root["c"] is root["a"]
    assert root["c"].keys_at["b"].line == 1


def test_a_merge_key_fills_in_what_is_not_given_in_the_order_written() -> None:
    merged = read("base: &b {z: 1, y: 2, x: 3, w: 4}\nother: &o {y: 0, v: 5}\nm: {<<: [*b, *o], x: 9}").root["m"]
    assert list(merged.items()) == [("x", 9), ("z", 1), ("y", 2), ("w", 4), ("v", 5)]
    assert merged.keys_at["z"].line == 1


def test_places_that_hold_a_dollar_are_noted_also_where_they_are_merged() -> None:
    document = read('a: &x {b: "${vars.x}"}\nc: ["$", {<<: *x}]')
    assert [holder[key] for holder, key, _ in document.references] == ["${vars.x}", "$", "${vars.x}"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 5000 + "]" * 5000,
        "{a: " * 1000 + "}" * 1000,
        "\n" + "\n".join(" " * n + "b:" for n in range(1, 400)),
    ],
    ids=["libyaml-would-crash", "sequences", "mappings", "indented"],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    (fault,) = faults("a: " + text)
    assert fault.endswith(f": nested deeper than {DEEPEST} levels")


def test_brackets_in_texts_are_not_nesting() -> None:
    patterns = "\n".join('- "^\\\\["' for _ in range(3 * DEEPEST))
    assert len(read(f"a:\n{patterns}").root["a"]) == 3 * DEEPEST


def test_a_file_that_cannot_be_read_is_a_fault() -> None:
    assert parse(FILE, IsADirectoryError(21, "Is a directory")).faults == [
        (Mark(str(FILE), 1, 1), "", "cannot be read: Is a directory")
    ]


def test_a_mapping_keeps_the_place_of_what_is_copied() -> None:
    first = read("a: 1").root
    second = Map(Mark("other.yaml", 1, 1))
    second.copy_entry("a", first)
    assert str(second.keys_at["a"]) == f"{FILE}:1:1"
