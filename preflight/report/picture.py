"""A kind's figure, before it stands in a page as it is: shapes and texts, and nothing that acts, loads or leads away.

What is allowed is named; whatever else is in it, the whole figure is left out. It is written anew from what was
parsed, so that a page gets no other SVG than what was looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

from preflight.report.wording import safe

SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {
    "svg", "g", "title", "desc", "style", "text", "tspan", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "path",
}  # fmt: skip
_LOADS = re.compile(r"url\s*\(|@import|expression\s*\(|image-set|[\\<]|/\*", re.IGNORECASE)
MOST_BYTES = 300_000


class UnfitError(ValueError):
    """A figure that a page must not hold; the message says why."""


def fit(figure: str, mask: Callable[[str], str]) -> str:
    """The figure, masked, for a page of HTML.

    Raises:
        UnfitError: it is no SVG element, too large, or holds something that is not allowed.
    """
    if len(figure) > MOST_BYTES:
        raise UnfitError(f"it has {len(figure):,} characters, and {MOST_BYTES:,} are allowed")
    if "<!" in figure or "<?" in figure:
        raise UnfitError("it holds a declaration, a comment or a processing instruction")
    try:
        root = ElementTree.fromstring(figure)
    except ElementTree.ParseError as error:
        raise UnfitError(f"it is no XML: {error}") from None
    if root.tag != f"{SVG}svg":
        raise UnfitError("it is no svg element")
    for element in root.iter():
        _check(element, mask)
        element.text = safe(mask(element.text)) if element.text and element.tag != "style" else element.text
        element.tail = safe(mask(element.tail)) if element.tail and element.tail.strip() else None
    root.set("xmlns", SVG[1:-1])
    return ElementTree.tostring(root, encoding="unicode")


def _check(element: ElementTree.Element, mask: Callable[[str], str]) -> None:
    name = str(element.tag).removeprefix(SVG)
    if name not in _ELEMENTS:
        raise UnfitError(f"it holds an element {name[:40]}")
    element.tag = name
    element.attrib.pop("id", None)  # two figures of a page may have the same
    for attribute, value in list(element.attrib.items()):
        if attribute.lower().startswith("on") or not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", attribute):
            raise UnfitError(f"it holds an attribute {attribute[:40]}")
        if attribute.lower() in ("href", "src") or re.search(r"url\s*\(", value, re.IGNORECASE):
            raise UnfitError(f"its attribute {attribute} may lead away")
        if attribute == "style" and _LOADS.search(value):
            raise UnfitError("its style may load something")
        element.set(attribute, safe(mask(value), len(value)))
    if name == "style" and (len(element) or _LOADS.search(element.text or "")):
        raise UnfitError("its style may load something")
