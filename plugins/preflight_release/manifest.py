r"""A manifest's text: a table (see `table.py`), or lines as sha256sum(1) prints them.

    6dcd4ce2...  bin/phoenix            `*bin/phoenix` after one blank is the same (binary mode)
    \6dcd4ce2...  a\\b                  a name with a backslash, newline or carriage return, as coreutils writes it
    SHA256 (bin/phoenix) = 6dcd4ce2...  sha256sum --tag, and as BSD's sha256 prints it

SHA-256, SHA-384 and SHA-512. MD5 and SHA-1 are refused: two files can be made that have the same one.
"""

from __future__ import annotations

import re

from preflight_release import table
from preflight_release.promise import HOW, Manifest, Promised, Unusable, checked_digest, checked_path, folders

_LISTED = re.compile(rb"(\\?)([0-9a-fA-F]+)( [ *])(.+)", re.DOTALL)
_TAGGED = re.compile(rb"(\\?)([A-Za-z0-9/-]+) ?\((.+)\) ?= ?([0-9a-fA-F]+)", re.DOTALL)
_TAGS = {b"SHA256": "sha256", b"SHA384": "sha384", b"SHA512": "sha512",
         b"SHA2-256": "sha256", b"SHA2-384": "sha384", b"SHA2-512": "sha512"}  # fmt: skip
_UNESCAPED = {b"\\\\": b"\\", b"\\n": b"\n", b"\\r": b"\r"}


def parse(data: bytes, source: str) -> Manifest:
    """The manifest that these bytes are. Raises Unusable."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise Unusable("begins with a byte order mark: save it as plain UTF-8")
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    columns = table.columns(lines[0]) if table.is_header(lines[0]) else []
    files: dict[str, Promised] = {}
    algorithm = ""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(b"#") or (columns and number == 1):
            continue
        try:
            file, its_algorithm = table.promised(line, columns) if columns else _sum(line)
            if file.path in files:
                raise Unusable(f"{file.path} is promised twice")
            if its_algorithm and algorithm and its_algorithm != algorithm:
                raise Unusable(f"a {its_algorithm} sum among {algorithm} sums: one kind in each manifest")
        except Unusable as error:
            raise Unusable(error.message, number, error.column) from None
        algorithm = algorithm or its_algorithm
        files[file.path] = file
    if not files:
        raise Unusable("promises nothing: there is no file in it")
    for path in files:
        for above in folders(path):
            if above in files:
                raise Unusable(f"promises {above} as a file, and {path} below it")
    return Manifest(source, algorithm or "sha256", tuple(files.values()))


def _sum(line: bytes) -> tuple[Promised, str]:
    if tagged := _TAGGED.fullmatch(line):
        escaped, tag, name, digest = tagged.groups()
        if tag.upper() not in _TAGS:
            raise Unusable(f"{tag.decode()} sums are not read, SHA256, SHA384 and SHA512 are{HOW}")
        algorithm = checked_digest(digest, tagged.start(4) + 1)
        if algorithm != _TAGS[tag.upper()]:
            raise Unusable(f"a {algorithm} sum that is called {tag.decode()}", column=tagged.start(4) + 1)
        column = tagged.start(3) + 1
    elif listed := _LISTED.fullmatch(line):
        escaped, digest, _, name = listed.groups()
        algorithm, column = checked_digest(digest, listed.start(2) + 1), listed.start(4) + 1
    else:
        raise Unusable("is no line of `sha256sum`: a sum, two blanks (or a blank and *), and a path")
    if escaped:
        name = re.sub(rb"\\.?", lambda found: _unescaped(found[0], column), name, flags=re.DOTALL)
    return Promised(checked_path(name, column), digest.decode().lower()), algorithm


def _unescaped(found: bytes, column: int) -> bytes:
    if found not in _UNESCAPED:
        raise Unusable(f"{found.decode(errors='replace')} is nothing that coreutils writes", column=column)
    return _UNESCAPED[found]
