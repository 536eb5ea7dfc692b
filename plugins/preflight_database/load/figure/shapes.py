"""Shapes that the figure of a load is drawn of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from preflight.report.svg import Attribute, element, moved, number

Point = tuple[float, float]


def stacked(blocks: Iterable[tuple[list[Element], float]]) -> tuple[list[Element], float]:
    """Blocks, each with its height, one below the other; and the height of all."""
    top, placed = 0.0, []
    for children, height in blocks:
        placed.append(moved(0, top, children))
        top += height
    return placed, top


def coloured(name: str, colour: str, *children: Element) -> Element:
    """A group whose `currentColor` is the page's `--preflight-NAME` if it has one, or else this."""
    return element("g", *children, color=colour, style=f"color: var(--preflight-{name}, {colour})")


def line(start: Point, end: Point, **attributes: Attribute) -> Element:
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **{"stroke": "currentColor", **attributes})


def path(points: Sequence[Point], closed: bool = False, **attributes: Attribute) -> Element:
    steps = " L".join(f"{number(x)} {number(y)}" for x, y in points)
    style: dict[str, Attribute] = {"fill": "none", "stroke": "currentColor", **attributes}
    return element("path", d=f"M{steps}{' Z' if closed else ''}", **style)


def arrow(tip: Point, towards: Point, size: float = 5) -> Element:
    """A head with its tip there; `towards` is (1, 0) for right and (0, 1) for down."""
    (x, y), (dx, dy) = tip, towards
    back, side = (x - dx * size * 1.6, y - dy * size * 1.6), (-dy * size, dx * size)
    corners = [tip, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    return path(corners, closed=True, fill="currentColor", stroke="none")
