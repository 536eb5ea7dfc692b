"""Assignments as a shell or systemd reads them: /etc/default, os-release(5), environment files.

python-dotenv reads them too, but not as a shell does: it calls a value of two quoted parts an error.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError

_START = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=", re.ASCII)
_PLAIN = re.compile(r"""[^\s"'\\$`#;&|()<>*?[\]{}~]*""")


def parse(text: str) -> Iterator[Fact]:
    """Raises UnparsedError where anything is no assignment: it may be a program, which this is not."""
    return listed(_facts(text))


def _facts(text: str) -> Iterator[Fact]:
    lines = enumerate(text.split("\n"), 1)
    for number, line in lines:
        bare = line.strip()
        if not bare or bare[0] == "#":
            continue
        found = _START.match(bare)
        if found is None:
            raise UnparsedError(number, "neither a comment nor NAME=value")
        raw = bare[found.end() :]
        if _PLAIN.fullmatch(raw):
            yield Fact((found[1],), raw, number)
            continue
        while (words := _words(raw)) is None:  # a quote goes on in the next line
            following = next(lines, None)
            if following is None:
                raise UnparsedError(number, "a quote that is not closed")
            raw = raw[:-1] + following[1] if _goes_on(raw) else f"{raw}\n{following[1]}"
        if len(words) > 1:
            raise UnparsedError(number, "more than one word, so more than an assignment")
        # What a shell would expand is not the value, but stands for one: '$HOME' is not "$HOME".
        expands = "$" in raw or "`" in raw
        yield Fact((found[1],), raw if expands else "".join(words), number)


def _words(raw: str) -> list[str] | None:
    """None where a quote is open."""
    if _goes_on(raw):
        return None
    try:
        return shlex.split(raw, comments=True)
    except ValueError:
        return None


def _goes_on(raw: str) -> bool:
    """Whether a backslash takes the end of the line away."""
    return (len(raw) - len(raw.rstrip("\\"))) % 2 == 1
