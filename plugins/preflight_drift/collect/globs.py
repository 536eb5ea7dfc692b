"""Patterns of files: what they match, and how a host finds it.

`*` and `?` stand for anything within a name, `[a-z]` and `[!a-z]` for one character, `**` between slashes for any
number of directories, and at the end for all files below. A backslash takes the meaning away. All of them match names
with a leading dot, too: what is hidden is not less in force.

Links to directories are followed where the pattern says how deep it looks (`/opt/*/current/app.yaml`), and not below
a `**`, where they could lead in circles.

A host looks with its own `find` and shell, which count bytes, not characters, and whose `*` may cross slashes: they
are asked for no less than the pattern means, and what they found is matched again here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_PIECE = re.compile(r"\\(?P<plain>.)|(?P<any>\*+)|(?P<one>\?)|\[(?P<set>[!^]?\]?[^]]*)\]|(?P<else>.)", re.DOTALL)
_DEEP = "**"
_VARIANTS = 27  # of hidden and other names: a pattern with more is too wild to be meant


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands between two slashes. `pieces` are its literal texts, and None for anything."""

    regex: str
    pieces: tuple[str | None, ...] = (None,)

    @property
    def literal(self) -> bool:
        return None not in self.pieces

    @property
    def for_shell(self) -> str:
        return "".join("*" if piece is None else shlex.quote(piece) for piece in self.pieces)

    @property
    def for_find(self) -> str:
        return "".join("*" if piece is None else re.sub(r"([*?\[\]\\])", r"\\\1", piece) for piece in self.pieces)

    def hidden_too(self) -> list[_Part]:
        """A shell's `*` does not match a leading dot."""
        first, *rest = self.pieces
        if first is not None:
            return [self]
        hidden = _Part("", (".", *self.pieces))
        dotted = bool(rest) and (rest[0] or "").startswith(".")
        return [self, hidden, *([_Part("", tuple(rest))] if dotted else [])]


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern of files. Raises ValueError, with the reason, where it is none."""

    text: str
    _parts: tuple[_Part, ...] = field(init=False, repr=False)
    _regex: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.text.startswith("/"):
            raise ValueError("should be an absolute path")
        names = self.text[1:].split("/")
        if any(name in ("", ".", "..") for name in names):
            raise ValueError("should have no `//`, `.` or `..`, and no slash at its end (`/etc/nginx/**` is all below)")
        if "\0" in self.text or "\n" in self.text:
            raise ValueError("should have no line end and no NUL")
        parts = tuple(map(_part, names))
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_regex", re.compile("".join(_regexes(parts)), re.DOTALL))
        if len(self._starts(self._fixed)) > _VARIANTS:
            raise ValueError("has too many patterns of directories in it: write `**`, or some of their names")

    @property
    def _fixed(self) -> int:
        """How many parts are those of a directory whose depth is known."""
        last = len(self._parts) - 1
        return next((number for number, part in enumerate(self._parts) if part.regex == _DEEP), last)

    def matches(self, path: str) -> bool:
        return self._regex.fullmatch(path) is not None

    def may_be_below(self, directory: str) -> bool:
        """Whether a file that matches could be in this directory, or deeper."""
        names = [name for name in directory.split("/") if name]
        for part, name in zip(self._parts[:-1], names, strict=False):
            if part.regex == _DEEP:
                return True
            if not re.fullmatch(part.regex, name, re.DOTALL):
                return False
        return len(names) < len(self._parts) or self._parts[-1].regex == _DEEP

    def calls(self) -> Iterator[str]:
        """Calls of `need` and `walk` in collect.sh."""
        fixed, last = self._fixed, self._parts[-1]
        for depth in range(fixed + 1):
            access = "x" if self._parts[depth].literal else "r"
            yield f"need {access} {' '.join(self._starts(depth))}"
        if self._parts[fixed].regex == _DEEP:
            below = [part.for_find for part in self._parts[fixed:] if part.regex != _DEEP]
            what = f"*/{'/*'.join(below)}" if below else "*"
            yield f"walk '' -path {shlex.quote(what)} {' '.join(self._starts(fixed))}"
        elif last.literal:
            yield f"walk 0 -name '*' {' '.join(self._starts(fixed + 1))}"
        else:
            yield f"walk 1 -name {shlex.quote(last.for_find)} {' '.join(self._starts(fixed))}"

    def _starts(self, depth: int) -> list[str]:
        """Words for a shell that expand to what the first parts match, hidden names included."""
        words = [""]
        for part in self._parts[:depth]:
            words = [f"{word}/{each.for_shell}" for word in words for each in part.hidden_too()]
        return [word or "/" for word in words]


def _part(name: str) -> _Part:
    if name == _DEEP:
        return _Part(_DEEP)
    regex, pieces = "", list[str | None]()
    for found in _PIECE.finditer(name):
        kind, text = found.lastgroup or "", found.group(found.lastgroup or 0)
        if kind in ("plain", "else"):
            regex += re.escape(text)
            before = pieces.pop() if pieces and pieces[-1] is not None else ""
            pieces.append(f"{before}{text}")
            continue
        if kind == "any" and len(text) > 1:
            raise ValueError("`**` should stand alone between two slashes")
        regex += {"any": "[^/]*", "one": "[^/]"}.get(kind) or _set(text)
        if not pieces or pieces[-1] is not None:
            pieces.append(None)
    return _Part(regex, tuple(pieces))


def _set(text: str) -> str:
    inverted = text[:1] in ("!", "^")
    if any(special in text for special in ("[:", "[.", "[=")):
        raise ValueError("should name the characters: `[[:alpha:]]` and its like are not known")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", text[inverted:]).replace("--", r"-\-")
    try:
        return re.compile(f"(?!/)[{'^' * inverted}{inside}]").pattern
    except re.error:
        raise ValueError(f"has no characters in [{text}] to choose from") from None


def _regexes(parts: tuple[_Part, ...]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if part.regex != _DEEP:
            yield f"/{part.regex}"
        elif number == len(parts) - 1:
            yield "/.+"
        else:
            yield "(/[^/]+)*"
