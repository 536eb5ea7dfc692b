"""How an arm looks wherever it is drawn, and where drawings begin and end."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from preflight.report.svg import element
from preflight_database.load.figure.shapes import Point, coloured, path
from preflight_database.load.observation import Arm

WIDTH = 612
EDGE = 16
LEFT, RIGHT = 68, 580
# Of a character in a wide font; how wide a text will be, only its reader's machine knows.
CHARACTER = 7.4
# Near Okabe and Ito's blue and vermilion, which all can tell apart, and with a contrast of 3.8 and more to white and to
# nearly black. In print, the marker and the dashes are left.
_COLOURS: dict[Arm, str] = {"deferred": "#1b7fc4", "present": "#d55e00"}
DASHES: dict[Arm, str] = {"deferred": "none", "present": "6 3"}


def in_colour(arm: Arm, *children: Element) -> Element:
    return coloured(arm, _COLOURS[arm], *children)


def marker(arm: Arm, at: Point, radius: float = 5) -> Element:
    """A disc, or an empty diamond."""
    x, y = at
    if arm == "deferred":
        return element("circle", cx=x, cy=y, r=radius)
    corners = [(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]
    return path(corners, closed=True, stroke_width=2)
