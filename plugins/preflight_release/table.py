r"""A manifest as a table: more than sha256sum(1) can say of a file.

    path<TAB>mode<TAB>size<TAB>sha256<TAB>link
    bin/phoenix<TAB>0755<TAB>81234<TAB>6dcd4ce2...<TAB>-
    current<TAB>-<TAB>-<TAB>-<TAB>bin/phoenix

The first line names the columns, in any order: `path`, one of `sha256`, `sha384`, `sha512`, and any of `mode` (octal),
`size` (bytes) and `link` (the target of a symbolic link). `-` promises nothing. In `path` and `link`, a backslash is
written `\\`, a tab `\t`, a newline `\n`, and any byte may be `\xff`. A line that starts with `#` is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from preflight_release.names import written
from preflight_release.promise import LENGTHS, Promised, Unusable, checked_digest, checked_path

_DIGESTS = tuple(LENGTHS.values())
_COLUMNS = ("path", "mode", "size", "link", *_DIGESTS)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.?))", re.DOTALL)
_MEANT = {b"\\": b"\\", b"n": b"\n", b"t": b"\t"}


def is_header(line: bytes) -> bool:
    """Whether it is the first line of a table."""
    return b"\t" in line and b"path" in line.split(b"\t")


def columns(header: bytes) -> list[str]:
    """The columns that the first line names. Raises Unusable."""
    names = header.decode(errors="replace").split("\t")
    for number, name in enumerate(names):
        at = sum(len(before.encode()) + 1 for before in names[:number]) + 1
        if name not in _COLUMNS:
            raise Unusable(f'"{name}" is no column; there are: {", ".join(_COLUMNS)}', column=at)
        if name in names[:number]:
            raise Unusable(f"has the column {name} twice", column=at)
    if sum(name in _DIGESTS for name in names) != 1:
        raise Unusable(f"needs one column of sums: {', '.join(_DIGESTS)}")
    return names


def promised(line: bytes, names: Sequence[str]) -> tuple[Promised, str]:
    """What a line promises, and the algorithm of its sum, or "". Raises Unusable."""
    fields = line.split(b"\t")
    if len(fields) != len(names):
        raise Unusable(f"{len(fields)} fields between tabs, where the first line names {len(names)}")
    starts = [sum(len(field) + 1 for field in fields[:number]) + 1 for number in range(len(fields))]
    given = {name: (value, at) for name, value, at in zip(names, fields, starts, strict=True) if value != b"-"}
    if "path" not in given:
        raise Unusable("has no path")
    path = checked_path(_name(*given["path"]), given["path"][1])
    mode = _number(*given["mode"], 8, "a mode, such as 0755") if "mode" in given else None
    if mode is not None and mode > 0o7777:
        raise Unusable("a mode has four digits at most, such as 0755", column=given["mode"][1])
    size = _number(*given["size"], 10, "a size in bytes") if "size" in given else None
    digest, algorithm = _digest(given)
    target = written(_name(*given["link"])) if "link" in given else ""
    if target and (digest or mode is not None or size is not None):
        raise Unusable("a link has no mode, size or sum of its own", column=given["link"][1])
    return Promised(path, digest, mode, size, target), algorithm


def _digest(given: dict[str, tuple[bytes, int]]) -> tuple[str, str]:
    for name in _DIGESTS:
        if name in given:
            value, at = given[name]
            if not re.fullmatch(rb"[0-9a-fA-F]+", value):
                raise Unusable("a sum is written in hexadecimal digits", column=at)
            if checked_digest(value, at) != name:
                raise Unusable(f"is no {name} sum: it has {len(value)} digits", column=at)
            return value.decode().lower(), name
    return "", ""


def _name(value: bytes, at: int) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes.fromhex(found[1].decode())
        if found[2] not in _MEANT:
            raise Unusable(r"a backslash is written \\, a tab \t, a newline \n, any byte \xff", column=at)
        return _MEANT[found[2]]

    return _ESCAPE.sub(meant, value)


def _number(value: bytes, at: int, base: int, what: str) -> int:
    try:
        if not value.isdigit():
            raise ValueError
        return int(value, base)
    except ValueError:
        raise Unusable(f'"{value.decode(errors="replace")}" is not {what}', column=at) from None
