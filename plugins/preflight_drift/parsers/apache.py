"""Apache's httpd: directives, and sections in angle brackets (https://httpd.apache.org/docs/2.4/configuring.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.directives import Directive, facts_of
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.nodes import DEEPEST
from preflight_drift.parsers.unparsed import UnparsedError

_OPEN = re.compile(r"<(\w+)\s*(.*?)\s*>")
_CLOSE = re.compile(r"</(\w+)\s*>")
_DIRECTIVE = re.compile(r"([^\s<]\S*)\s*(.*)")


def parse(text: str) -> Iterator[Fact]:
    top: list[Directive] = []
    opened: list[tuple[str, int, list[Directive]]] = [("", 0, top)]
    for number, line in logical_lines(text, backslash=True):
        block = opened[-1][2]
        if found := _CLOSE.fullmatch(line):
            if found[1].lower() != opened[-1][0]:
                raise UnparsedError(number, "closes a section that is not the one last opened")
            opened.pop()
        elif found := _OPEN.fullmatch(line):
            if len(opened) > DEEPEST:
                raise UnparsedError(number, f"nested deeper than {DEEPEST} levels")
            name = found[1].lower()
            inner: list[Directive] = []
            block.append(Directive(name, number, label=found[2], block=inner))
            opened.append((name, number, inner))
        elif found := _DIRECTIVE.fullmatch(line):
            block.append(Directive(found[1].lower(), number, found[2]))
        else:
            raise UnparsedError(number, "neither a directive nor a section")
    if len(opened) > 1:
        raise UnparsedError(opened[-1][1], "a section that is not closed")
    return facts_of(top, _in_order)


def _in_order(one: Directive) -> bool:
    """Later sections override earlier ones, and the rules of a rewrite belong to the conditions before them."""
    return one.block is not None or one.name.startswith("rewrite")
