"""What a manifest promises, and what it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_release.names import written

LENGTHS = {64: "sha256", 96: "sha384", 128: "sha512"}  # hexadecimal digits of a sum
_WEAK = {32: "MD5", 40: "SHA-1"}
HOW = "; make it with `sha256sum`"


class Unusable(Exception):  # noqa: N818  it says what the manifest is
    """A manifest that cannot be used. Lines and columns count from 1, columns in bytes."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True, slots=True)
class Promised:
    """One file.

    Attributes:
        path: below the root, as `names.written` writes it.
        digest: in lower case; empty where none is promised.
        mode: permission bits; None where any will do.
        size: bytes; None where any will do.
        target: of a symbolic link, as `names.written` writes it; empty where it is a regular file.
    """

    path: str
    digest: str = ""
    mode: int | None = None
    size: int | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a release. `algorithm` is `sha256`, `sha384` or `sha512`; `source` is how it is called in texts."""

    source: str
    algorithm: str
    files: tuple[Promised, ...]


def folders(path: str) -> list[str]:
    """The folders a path lies in, from the root down, without the root."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def checked_digest(digest: bytes, column: int) -> str:
    """Its algorithm, by its length. Raises Unusable."""
    if len(digest) in _WEAK:
        kind = _WEAK[len(digest)]
        raise Unusable(f"has the length of {kind}: two files can be made that have the same one{HOW}", column=column)
    if len(digest) not in LENGTHS:
        raise Unusable(f"a sum of {len(digest)} digits, where SHA-256 has 64, SHA-384 96, SHA-512 128", column=column)
    return LENGTHS[len(digest)]


def checked_path(name: bytes, column: int) -> str:
    """A path below the root, without `./`, as `names.written` writes it. Raises Unusable."""
    if b"\0" in name:
        raise Unusable("has a NUL in a name", column=column)
    if name.startswith(b"/"):
        raise Unusable(f"{written(name)} is absolute: paths start at the root of the release", column=column)
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    if b".." in parts:
        raise Unusable(f"{written(name)} leads out of the release", column=column)
    if not parts or name.endswith((b"/", b"/.")):
        raise Unusable(f'"{written(name)}" is no file', column=column)
    return written(b"/".join(parts))
