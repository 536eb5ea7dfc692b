"""Just enough of SQL's surface to split and compare it: words, numbers, quoted names and texts, and brackets.

It parses nothing. Where a server can say what an expression is, it is asked (`canonical.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""\s+
    | (?P<text>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[A-Za-z_][^\]]*\])
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d+(?:\.\d*)?)
    | (?P<sign>::|<>|<=|>=|!=|\|\||[^\w\s])
    """,
    re.X,
)
_UNQUOTED = re.compile(r"[^\W\d][\w$]*")


def tokens(text: str) -> list[str]:
    """The words of a piece of SQL, without white space. Raises ValueError where a quote is not closed."""
    found = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["sign"] in ("'", '"', "`"):
            raise ValueError("a quote is not closed")
        if token.strip():
            found.append(token)
    return found


def check(text: str, what: str = "one expression") -> None:
    """Raises ValueError for what is no single expression: it goes into statements, and must not end them."""
    depth = 0
    for before, token in zip(["", *(found := tokens(text))], found, strict=False):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth < 0:
            raise ValueError("a bracket is closed that was not opened")
        if token == ";" or (before, token) in (("-", "-"), ("/", "*")) or token == "\\":
            raise ValueError(f"should be {what}, without ;, comments or backslashes")
    if depth:
        raise ValueError("a bracket is not closed")


def places(text: str) -> Iterator[tuple[str, int]]:
    """Tokens, white space among them, and where each starts."""
    for match in _TOKEN.finditer(text):
        yield match[0], match.start()


def split(text: str) -> list[str]:
    """The pieces between the commas that stand in no brackets."""
    pieces, depth, start = [], 0, 0
    for token, at in places(text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            pieces.append(text[start:at].strip())
            start = at + 1
    return [*pieces, text[start:].strip()]


def name(token: str) -> str:
    """An identifier without its quotes."""
    if token[:1] in ('"', "`"):
        return token[1:-1].replace(token[0] * 2, token[0])
    return token[1:-1] if token[:1] == "[" else token


def is_name(text: str) -> bool:
    found = tokens(text)
    return len(found) == 1 and (bool(_UNQUOTED.fullmatch(found[0])) or found[0][:1] in ('"', "`", "["))


def shortened(statement: str, most: int = 80) -> str:
    """The start of somebody's statement in one line, up to the first text in it, which is nobody's business."""
    bare = re.split(r"['\"$]", statement, maxsplit=1)
    words = " ".join(bare[0].split())
    cut = len(bare) > 1 or len(words) > most
    return words[:most].rstrip() + " ..." if cut else words


def quoted(identifier: str, quote: str = '"') -> str:
    """As it stands in a statement: quoted where that is needed, doubled quotes inside."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", identifier) and identifier not in _RESERVED:
        return identifier
    return surely_quoted(identifier, quote)


def surely_quoted(identifier: str, quote: str = '"') -> str:
    """Quoted whether that is needed or not: for statements that no person reads."""
    return f"{quote}{identifier.replace(quote, quote * 2)}{quote}"


# Of PostgreSQL, MySQL and SQLite, those that are likely names of tables and columns.
_WORDS = """
    all analyse analyze and any array as asc both case cast check collate column constraint create current_date
    default desc distinct do else end except false for foreign from grant group groups having if in index
    initially interval into is join key keys lead leading left like limit lock natural not null offset on only
    option or order outer primary range rank references returning right row rows select session_user set show
    some table then to trailing true trigger union unique update usage user using values when where window with
"""
_RESERVED = frozenset(_WORDS.split())


def plain(text: str, any_case: bool = False) -> tuple[str, ...]:
    """For comparing: without brackets around all of it, quotes that are not needed, or capitals outside quotes.

    Args:
        any_case: quoted names are the same in any capitals, as MySQL's and SQLite's columns are.
    """
    found = [_folded(token, any_case) for token in tokens(text)]
    while len(found) > 1 and found[0] == "(" and _closes(found) == len(found) - 1:
        found = found[1:-1]
    return tuple(found)


def _folded(token: str, any_case: bool) -> str:
    if token[:1] in ('"', "`", "["):
        inner = name(token).lower() if any_case else name(token)
        return inner if re.fullmatch(r"[a-z_][a-z0-9_$]*", inner) else f'"{inner}"'
    return {"!=": "<>"}.get(token, token if token[:1] == "'" else token.lower())


def _closes(found: list[str]) -> int:
    depth = 0
    for at, token in enumerate(found):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return at
    return -1
