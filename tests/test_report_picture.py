"""Which figures may stand in a page."""

from __future__ import annotations

import pytest

from preflight.report.picture import UnfitError, fit

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"{}>{}</svg>'


def same(text: str) -> str:
    return text


def test_shapes_and_texts_may() -> None:
    inside = (
        '<title>a &amp; b</title><style>.x { fill: red }</style><g style="color: var(--a, #fff)" transform="scale(2)">'
        '<line x1="0" y1="1" /><text font-size="9">&lt;b&gt;</text></g>'
    )
    assert fit(SVG.format("", inside), same) == (
        '<svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><title>a &amp; b</title>'
        '<style>.x { fill: red }</style><g style="color: var(--a, #fff)" transform="scale(2)">'
        '<line x1="0" y1="1" /><text font-size="9">&lt;b&gt;</text></g></svg>'
    )


@pytest.mark.parametrize(
    ("attributes", "inside", "why"),
    [
        ("", "<script>alert(1)</script>", "an element script"),
        ("", "<foreignObject/>", "an element foreignObject"),
        ("", '<a href="x"><rect/></a>', "an element a"),
        ("", "<image/>", "an element image"),
        ("", "<use/>", "an element use"),
        ("", '<animate attributeName="href"/>', "an element animate"),
        ("", '<set attributeName="onload"/>', "an element set"),
        ("", '<x:rect xmlns:x="http://www.w3.org/1999/xhtml"/>', "an element"),
        (' onload="alert(1)"', "", "an attribute onload"),
        ("", '<rect ONCLICK="alert(1)"/>', "an attribute ONCLICK"),
        ("", '<rect href="javascript:alert(1)"/>', "href may lead away"),
        ("", '<rect xmlns:x="http://www.w3.org/1999/xlink" x:href="http://x"/>', "an attribute"),
        ("", '<rect fill="url(http://x/a.svg#a)"/>', "fill may lead away"),
        ("", '<rect style="background: u\\72l(http://x)"/>', "style may load"),
        ("", "<style>@import 'http://x'</style>", "style may load"),
        ("", "<style>a { background: URL (http://x) }</style>", "style may load"),
        ("", "<style>a { background: image-set('http://x') }</style>", "style may load"),
        ("", "<style>a{}&lt;/style>&lt;script></style>", "style may load"),
        ("", "<!-- a comment -->", "a comment"),
        ("", "<![CDATA[x]]>", "a declaration"),
        ("", "<?xml-stylesheet href='x'?>", "a processing instruction"),
        ("", "<g>", "no XML"),
    ],
)
def test_what_acts_loads_or_leads_away_may_not(attributes: str, inside: str, why: str) -> None:
    with pytest.raises(UnfitError, match=why):
        fit(SVG.format(attributes, inside), same)


@pytest.mark.parametrize(
    "figure",
    ["", "text", "<p/>", "<svg/>", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
     SVG.format("", "<g/>" * 100_000)],
    ids=["empty", "text", "html", "no-namespace", "entities", "large"],
)  # fmt: skip
def test_what_is_no_figure_may_not(figure: str) -> None:
    with pytest.raises(UnfitError):
        fit(figure, same)


def test_ids_are_taken_off_as_two_figures_may_have_the_same() -> None:
    assert "id=" not in fit(SVG.format(' id="a"', '<g id="b"/>'), same)


def test_secrets_are_masked_wherever_text_stands() -> None:
    def mask(text: str) -> str:
        return text.replace('p"<&w', "***")

    secret = "p&quot;&lt;&amp;w"
    shown = fit(SVG.format(f' aria-label="{secret}"', f"<title>{secret}</title><text>a<tspan/>{secret}</text>"), mask)
    assert shown.count("***") == 3
    assert "&amp;w" not in shown
