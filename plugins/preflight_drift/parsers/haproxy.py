"""HAProxy: sections that begin at a keyword, and directives in them; a server is known by its name.

backend shop                                  ("backend", "shop", "server", "web1") "10.0.1.11:80 check"
    server web1 10.0.1.11:80 check
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.directives import Directive, facts_of
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.unparsed import UnparsedError

_SECTIONS = {"global", "defaults", "frontend", "backend", "listen", "peers", "userlist", "resolvers", "mailers",
             "cache", "program", "http-errors", "ring", "log-forward", "fcgi-app", "crt-store", "traces"}  # fmt: skip
_NAMED = {"server", "server-template", "peer", "nameserver", "user", "group", "acl"}
_COMMENT = re.compile(r"""(\\.|"(?:[^"\\]|\\.)*"|'[^']*')|#.*""")


def parse(text: str) -> Iterator[Fact]:
    top: list[Directive] = []
    for number, line in logical_lines(text):
        line = _COMMENT.sub(lambda found: found[1] or "", line).rstrip() if "#" in line else line
        keyword, _, value = line.partition(" ")
        value = value.strip()
        if keyword in _SECTIONS:
            top.append(Directive(keyword, number, label=" ".join(value.split()), block=[]))
        elif keyword.startswith("."):  # .if, .else, .notice: of the whole file, wherever they stand
            raise UnparsedError(number, "conditions on the file itself are not read")
        elif not top:
            raise UnparsedError(number, "stands before any section")
        else:
            block = top[-1].block
            assert block is not None
            name, _, rest = value.partition(" ")
            if keyword in _NAMED:
                block.append(Directive(f"{keyword} {name}", number, rest.strip()))
            else:
                block.append(Directive(keyword, number, value))
    # A proxy takes what the `defaults` before it say.
    return facts_of(top, lambda one: one.block is not None and any(other.name == "defaults" for other in top[1:]))
