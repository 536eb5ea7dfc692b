"""SVG elements for the figures of kinds, and the one that holds a figure.

Text and lines are in the colour of the page that a figure stands in (`currentColor`). By itself, or as an image, it is
dark or light as its reader has it. Nothing has an id, so any number of figures can stand in a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from preflight.report.wording import safe

Attribute = str | float
FAINT = 0.7
_STYLE = "svg.preflight-figure:root { margin: 0 auto; color-scheme: light dark; background: Canvas; color: CanvasText }"


def element(tag: str, *children: Element, **attributes: Attribute) -> Element:
    """`stroke_width=2` is written `stroke-width="2"`, and `class_` is `class`."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): number(value) for name, value in attributes.items()})
    made.extend(children)
    return made


def number(value: Attribute) -> str:
    """To a tenth of a pixel: more is not seen. A text is as it is, if it can be written."""
    return safe(value, len(value)) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def texted(tag: str, text: str, **attributes: Attribute) -> Element:
    """With any text: what XML has no way to write, and what would turn or hide the rest, shows as `\\x1b`."""
    made = element(tag, **attributes)
    made.text = safe(text, len(text))
    return made


def words(text: str, x: float, y: float, **attributes: Attribute) -> Element:
    return texted("text", text, x=x, y=y, **attributes)


def moved(x: float, y: float, children: Iterable[Element]) -> Element:
    return element("g", *children, transform=f"translate({number(x)} {number(y)})")


def page(
    width: float, height: float, title: str, description: str, children: Iterable[Element], style: str, font_size: float
) -> str:
    """An `<svg>` element of this many pixels, as a text. It shrinks where there is less room.

    Args:
        title: what a screen reader calls it, and `description` what it reads in its place.
        style: how wide it may become, in CSS: `max-width: 45rem`.
    """
    heading = (texted("title", title), texted("desc", description), texted("style", _STYLE))
    svg = element(
        "svg", *heading, *children,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {number(width)} {number(height)}", width=width,
        height=height, role="img", font_family="system-ui, sans-serif", font_size=font_size, fill="currentColor",
        style=f"display: block; width: 100%; height: auto; {style}", class_="preflight-figure",
    )  # fmt: skip
    return tostring(svg, encoding="unicode") + "\n"
