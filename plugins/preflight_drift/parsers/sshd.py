"""sshd_config(5) and ssh_config(5), and what `sshd -T` says: the same keywords, in lower case.

    Match User bob                                   ("match", "User bob", "permitrootlogin") "no"
        PermitRootLogin no

jc's reader drops Match blocks. Of a keyword given twice sshd takes the first, or both (Port, AcceptEnv): a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.directives import Directive, facts_of
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.unparsed import UnparsedError

_LINE = re.compile(r'([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+|(?=")|$)(.*)', re.DOTALL)
_BLOCKS = ("match", "host")


def parse(text: str) -> Iterator[Fact]:
    top: list[Directive] = []
    block = top
    for number, line in logical_lines(text):
        found = _LINE.fullmatch(line)
        if found is None:
            raise UnparsedError(number, "neither a comment nor a keyword and its value")
        keyword, value = found[1].lower(), found[2]
        if keyword in _BLOCKS:
            block = []
            top.append(Directive(keyword, number, label=" ".join(value.split()), block=block))
        else:
            block.append(Directive(keyword, number, value))
    # The first block that fits and has the keyword wins.
    return facts_of(top, lambda one: one.block is not None)
