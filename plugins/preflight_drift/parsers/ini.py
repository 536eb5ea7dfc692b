"""Sections of assignments, in the dialects of those who read them.

An own reader: configparser keeps only the last of repeated keys, which systemd, php.ini and git mean as lists;
configobj fails on php.ini and smb.conf; neither knows lines. Repeated keys are lists
here, in one section or in two of one name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from preflight_drift.model import Fact
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError

_QUOTED_OR_COMMENT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?:(?<=\s)|^)[%s].*"""


@dataclass(frozen=True)
class Dialect:
    """How one reader's files are written.

    Attributes:
        comments: what makes a comment of a line it begins.
        inline: what begins a comment after a value and white space, outside of quotes.
        separators: what stands between key and value; the first of them in a line counts.
        backslash, indent: how a line goes on, see `logical_lines`.
        bare: a key may stand alone.
        sections: there are any. Without, no line may begin with "[".
        keys: a pattern of all keys, where only that tells assignments from a program.
        fold: what keys are to the reader: regardless of case, of "-" and "_", ...
        include: begins a line that includes other files.
    """

    comments: str = "#;"
    inline: str = ""
    separators: str = "="
    backslash: bool = False
    indent: bool = False
    bare: bool = False
    sections: bool = True
    keys: str = ""
    fold: Callable[[str], str] = str
    include: str = ""

    def parse(self, text: str) -> Iterator[Fact]:
        """Raises UnparsedError."""
        return listed(self._facts(text))

    def _facts(self, text: str) -> Iterator[Fact]:
        section: tuple[str, ...] = ()
        empty: dict[tuple[str, ...], int] = {}
        separator = re.compile(rf"\s*[{re.escape(self.separators)}]\s*" if self.separators.strip() else r"\s+")
        comment = re.compile(_QUOTED_OR_COMMENT % re.escape(self.inline)) if self.inline else None
        for number, line in logical_lines(text, self.comments, backslash=self.backslash, indent=self.indent):
            if comment and any(mark in line for mark in self.inline):
                line = comment.sub(lambda found: found[1] or "", line).rstrip()
            if line[0] == "[":
                section = (self._section(line, number),)
                empty.setdefault(section, number)
                continue
            if self.include and line.startswith(self.include):
                key, _, value = line.partition(" ")
                yield Fact((*section, key), value.strip(), number)
                continue
            found = separator.search(line)
            if found is None and not self.bare:
                raise UnparsedError(
                    number, f'neither a comment nor "key {self.separators[0]} value"'.replace("  ", " ")
                )
            key = line[: found.start()] if found else line
            if not key or (self.keys and not re.fullmatch(self.keys, key)):
                raise UnparsedError(number, "a value without a key")
            empty.pop(section, None)
            yield Fact((*section, self.fold(key)), line[found.end() :] if found else None, number)
        for name, number in empty.items():
            yield Fact(name, "{}", number)

    def _section(self, line: str, number: int) -> str:
        if not self.sections:
            raise UnparsedError(number, "a section, of which there are none here")
        if line[-1] != "]":
            raise UnparsedError(number, 'no "]" at the end of a section\'s name')
        return line[1:-1].strip()


def _one_space(key: str) -> str:
    return " ".join(key.lower().split())


GENERIC = Dialect(separators="=:", indent=True, bare=True)
SYSTEMD = Dialect(backslash=True)  # systemd.syntax(7)
# A "#" has not begun a comment since PHP 7 (https://www.php.net/manual/en/migration70.incompatible.php).
PHP = Dialect(comments=";", inline=";", bare=True)
# https://dev.mysql.com/doc/refman/8.0/en/option-files.html: "-" and "_" are one, "#" begins a comment anywhere.
MYSQL = Dialect(inline="#", bare=True, fold=lambda key: key.replace("-", "_"), include="!")
# smb.conf(5): names regardless of case, white space in them collapsed.
SAMBA = Dialect(backslash=True, fold=_one_space)
GIT = Dialect(inline="#;", backslash=True, bare=True, fold=str.lower)  # git-config(1)
POSTFIX = Dialect(comments="#", indent=True, sections=False)  # postconf(5)
SYSCTL = Dialect(fold=lambda key: key.replace("/", "."), sections=False, bare=True)  # sysctl.d(5)
# https://www.postgresql.org/docs/current/config-setting.html: the "=" may be left out.
POSTGRES = Dialect(comments="#", inline="#", separators="= \t", fold=str.lower, sections=False)
COLONS = Dialect(comments="#", inline="#", separators=":", sections=False)  # nsswitch.conf(5)
WORDS = Dialect(comments="#", separators=" \t", bare=True, sections=False)  # redis.conf, login.defs(5), resolv.conf(5)
# What only looks like these: every line fits, or it is a text.
_NAME = r"[A-Za-z_][\w.-]*"
ASSIGNED_SECTIONS = Dialect(keys=_NAME)
ASSIGNMENTS = Dialect(sections=False, keys=_NAME)
