"""SVG elements, and the page that they stand on.

Text and lines are in the colour of the page that a figure stands in (`currentColor`); by itself, a figure is dark or
light as its reader has it. Nothing has an id, so any number of figures can stand in a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from preflight_racks.drawing.names import harmless

Attribute = str | float
FAINT = 0.7
# On a narrow screen a figure is scrolled, rather than so small that no name can be read.
_SMALLEST = 0.8
_STYLE = "svg.preflight-figure:root { margin: 0 auto; color-scheme: light dark; background: Canvas; color: CanvasText }"


def element(tag: str, *children: Element, **attributes: Attribute) -> Element:
    """`stroke_width=2` is written `stroke-width="2"`."""
    made = Element(tag, {name.replace("_", "-"): number(value) for name, value in attributes.items()})
    made.extend(children)
    return made


def number(value: Attribute) -> str:
    """Numbers to a tenth of a pixel: more is not seen."""
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def texted(tag: str, text: str, **attributes: Attribute) -> Element:
    """It is escaped when the page is written."""
    made = element(tag, **attributes)
    made.text = harmless(text)
    return made


def words(text: str, x: float, y: float, **attributes: Attribute) -> Element:
    return texted("text", text, x=x, y=y, **attributes)


def moved(x: float, y: float, children: Iterable[Element]) -> Element:
    return element("g", *children, transform=f"translate({number(x)} {number(y)})")


def page(width: float, height: float, title: str, description: str, children: Iterable[Element]) -> str:
    """An `<svg>` element of this many pixels, as a text.

    Args:
        title: what a screen reader calls it, and `description` what it reads in its place.
    """
    heading = (texted("title", title), texted("desc", description), texted("style", _STYLE))
    fit = f"display: block; width: 100%; height: auto; max-width: {number(width)}px; "
    svg = element(
        "svg", *heading, *children,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {number(width)} {number(height)}", width=width, height=height,
        role="img", font_family="system-ui, sans-serif", font_size=12, fill="currentColor",
        style=f"{fit}min-width: {number(width * _SMALLEST)}px",
    )  # fmt: skip
    svg.set("class", "preflight-figure")
    return tostring(svg, encoding="unicode") + "\n"
