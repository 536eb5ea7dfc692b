r"""File names as text: any bytes but NUL, written so that two names never look alike and a terminal obeys none.

Printable UTF-8 stands for itself; a backslash is `\\`, a newline `\n`, a tab `\t`, any other byte `\xff`.
"""

from __future__ import annotations

import re

_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_BACK = {"\\": b"\\", "n": b"\n", "t": b"\t"}
_WRITTEN = re.compile(r"\\(?:([\\nt])|x([0-9a-f]{2}))")


def written(name: bytes) -> str:
    """How a name is written here, in every manifest, observation and finding."""
    text = name.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def raw(name: str) -> bytes:
    """The bytes of a name that is written like this."""
    data, at = b"", 0
    for found in _WRITTEN.finditer(name):
        data += name[at : found.start()].encode()
        data += _BACK[found[1]] if found[1] else bytes.fromhex(found[2])
        at = found.end()
    return data + name[at:].encode()
