"""SVG elements, and the page that they stand on.

Colours follow the page that a figure stands in: text and axes are in its own (`currentColor`). By itself, or as an
image, it is dark or light as its reader has it. Nothing has an id, so any number of figures can stand in a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, indent, tostring

# What XML has no way to write, and what would turn the direction of a text.
_UNWRITABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
_STYLE = (
    "svg.preflight-figure { display: block; width: 100%; max-width: 45rem; height: auto } "
    "svg.preflight-figure:root { margin: 0 auto; color-scheme: light dark; background: Canvas; color: CanvasText }"
)
FAINT = 0.7

Attribute = str | float
Point = tuple[float, float]


def element(tag: str, *children: Element, **attributes: Attribute) -> Element:
    """`stroke_width=2` is written `stroke-width="2"`."""
    made = Element(tag, {name.replace("_", "-"): _written(value) for name, value in attributes.items()})
    made.extend(children)
    return made


def _texted(tag: str, text: str, **attributes: Attribute) -> Element:
    """It is escaped when the page is written."""
    made = element(tag, **attributes)
    made.text = _UNWRITABLE.sub("\ufffd", text)
    return made


def _written(value: Attribute) -> str:
    """Numbers to a tenth of a pixel: more is not seen."""
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def page(width: float, height: float, title: str, description: str, children: Iterable[Element]) -> str:
    """An `<svg>` element of this many pixels, as a text. It shrinks where there is less room.

    Args:
        title: what a screen reader calls it, and `description` what it reads in its place.
    """
    heading = (_texted("title", title), _texted("desc", description), _texted("style", _STYLE))
    svg = element(
        "svg", *heading, *children,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_written(width)} {_written(height)}", width=width,
        height=height, role="img", font_family="system-ui, sans-serif", font_size=13, fill="currentColor",
    )  # fmt: skip
    svg.set("class", "preflight-figure")
    indent(svg)
    return tostring(svg, encoding="unicode") + "\n"


def stacked(blocks: Iterable[tuple[list[Element], float]]) -> tuple[list[Element], float]:
    """Blocks, each with its height, one below the other; and the height of all."""
    top, placed = 0.0, []
    for children, height in blocks:
        placed.append(element("g", *children, transform=f"translate(0 {_written(top)})"))
        top += height
    return placed, top


def coloured(name: str, colour: str, *children: Element) -> Element:
    """A group whose `currentColor` is the page's `--preflight-NAME` if it has one, or else this."""
    return element("g", *children, color=colour, style=f"color: var(--preflight-{name}, {colour})")


def words(text: str, x: float, y: float, **attributes: Attribute) -> Element:
    return _texted("text", text, x=x, y=y, **attributes)


def line(start: Point, end: Point, **attributes: Attribute) -> Element:
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **{"stroke": "currentColor", **attributes})


def path(points: Sequence[Point], closed: bool = False, **attributes: Attribute) -> Element:
    steps = " L".join(f"{_written(x)} {_written(y)}" for x, y in points)
    style: dict[str, Attribute] = {"fill": "none", "stroke": "currentColor", **attributes}
    return element("path", d=f"M{steps}{' Z' if closed else ''}", **style)


def arrow(tip: Point, towards: Point, size: float = 5) -> Element:
    """A head with its tip there; `towards` is (1, 0) for right and (0, 1) for down."""
    (x, y), (dx, dy) = tip, towards
    back, side = (x - dx * size * 1.6, y - dy * size * 1.6), (-dy * size, dx * size)
    corners = [tip, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    return path(corners, closed=True, fill="currentColor", stroke="none")
