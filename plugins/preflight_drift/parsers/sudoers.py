"""sudoers(5): who may do what; of several lines about one user, the last that fits wins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.directives import Directive, facts_of
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.unparsed import UnparsedError

_ALIASES = ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias")
# These are no comments, and neither is "#1000 ALL=...", of the user with that number.
_HASH = re.compile(r"#(?:include|includedir)\s|#[0-9]+\s")
_SPEC = re.compile(r'((?:"[^"]*"|\\.|[^\s"\\])+)\s+(.+)')


def parse(text: str) -> Iterator[Fact]:
    directives: list[Directive] = []
    for number, line in logical_lines(text, "", backslash=True):
        line = line if _HASH.match(line) else _without_comment(line)
        if not line:
            continue
        found = _SPEC.fullmatch(line)
        if found is None:
            raise UnparsedError(number, "neither a comment nor a user and what they may do")
        first, rest = found[1], found[2]
        if first in _ALIASES:
            name, equals, members = rest.partition("=")
            if not equals:
                raise UnparsedError(number, 'an alias without "="')
            directives.append(
                Directive(first, number, label=name.strip(), block=[Directive("=", number, members.strip())])
            )
        elif first.startswith(("Defaults", "@include", "#include")):
            directives.append(Directive(first, number, rest))
        elif "=" not in rest:
            raise UnparsedError(number, 'what a user may do has no "="')
        else:
            directives.append(Directive("user", number, label=first, block=[Directive("may", number, rest)]))
    return facts_of(directives, lambda one: one.name == "user")


def _without_comment(line: str) -> str:
    """`%admin ALL=(#1000) ALL` has none: a number follows."""
    return re.split(r"(?<!\\)#(?![0-9])", line, maxsplit=1)[0].rstrip()
