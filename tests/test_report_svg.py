"""The elements that figures are made of: any text in them is text, and all of it shows."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from preflight.report.picture import fit
from preflight.report.svg import element, moved, page, words
from preflight.report.wording import safe

SVG = "{http://www.w3.org/2000/svg}"


def test_attributes_are_written_as_svg_has_them() -> None:
    line = element("line", x1=1, x2=2.04, y2=-0.25, stroke_width=2.5, text_anchor="end")
    assert line.attrib == {"x1": "1", "x2": "2", "y2": "-0.2", "stroke-width": "2.5", "text-anchor": "end"}
    (group,) = [moved(1.5, 2, [line])]
    assert (group.tag, group.attrib, list(group)) == ("g", {"transform": "translate(1.5 2)"}, [line])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<b & \"c\" 'd' ]]>", "a<b & \"c\" 'd' ]]>"),
        ("a\x00\x1b[2J\x85", r"a\x00\x1b[2J\x85"),
        ("\ud800\ufffe\uffff\U0001ffff", r"\ud800\ufffe\uffff\U0001ffff"),
        ("txt\u202eexe\u2066\u200f\u061c", r"txt\u202eexe\u2066\u200f\u061c"),
        ("a\u2028b\u200bc\u2060\ufeff", r"a\u2028b\u200bc\u2060\ufeff"),
        ("pay\xadpal\u2063\U000e0041", r"pay\xadpal\u2063\U000e0041"),
        ("rack\u200d1 \u200ca", r"rack\u200d1 \u200ca"),
        ("می\u200cشود 👨\u200d👩 機 é", "می\u200cشود 👨\u200d👩 機 é"),
    ],
)
def test_any_text_can_be_written_and_shows(text: str, shown: str) -> None:
    assert safe(text) == shown
    svg = page(40, 20, text, f"of {text}", [words(text, 1, 2), element("g", fill=text)], "max-width: 9px", 12)
    for written in (svg, fit(svg, str)):
        root = ElementTree.fromstring(written)
        assert [root.findtext(f"{SVG}{tag}") for tag in ("title", "desc", "text")] == [shown, f"of {shown}", shown]
        assert [group.get("fill") for group in root.iter(f"{SVG}g")] == [shown]


def test_a_text_is_as_long_as_it_is() -> None:
    assert words("x" * 9000, 0, 0).text == "x" * 9000
