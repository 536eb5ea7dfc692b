"""From what came off a host to facts: decoded, parsed by the format's parser, secrets hidden.

Nothing is raised. What cannot be read says why in `trouble` and has no facts: half a parse is never shown as a whole.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass, replace

from preflight_drift.hiding import Hider
from preflight_drift.model import Document, Fact, Piece, Subject
from preflight_drift.parsers.choice import Parser, choose
from preflight_drift.parsers.unparsed import UnparsedError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.3  # of the first bytes: beyond, it is no text in any encoding


@dataclass(frozen=True, slots=True)
class _Content:
    """What is in a document; equal bytes of equal names have the same."""

    format: str = ""
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    trouble: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


class Reader:
    """Reads the pieces of all hosts of a run. Most files are the same on many hosts, and are parsed once."""

    def __init__(self, hide: Hider) -> None:
        self._hide = hide
        self._known: dict[tuple[str, str, bytes], _Content] = {}

    def read(self, piece: Piece) -> Document:
        document = Document(piece.subject, piece.name, missing=piece.missing, attributes=piece.attributes,
                            closed=piece.closed)  # fmt: skip
        if piece.missing:
            return document
        if piece.trouble:
            return replace(document, trouble=self._hide.text(piece.trouble))
        if piece.status and piece.subject != "commands":
            return replace(document, trouble=self._ended(piece))
        key = (piece.subject, piece.name, hashlib.sha256(piece.data).digest())
        content = self._known.get(key)
        if content is None:
            content = self._known[key] = self._content(piece)
        facts = content.facts
        if (
            piece.subject == "commands"
        ):  # that it is not there, or fails, is what the other host's answer is held against
            facts = (*facts, Fact(("status",), piece.status))
        return replace(
            document,
            format=content.format,
            facts=facts,
            lines=content.lines,
            trouble=content.trouble,
            attributes=(*piece.attributes, *content.attributes),
        )

    def _ended(self, piece: Piece) -> str:
        said = piece.data.decode("utf-8", "replace").strip().split("\n")[-1]
        return f"exit status {piece.status}" + (f": {self._hide.lines([said])[0][0][:200]}" if said else "")

    def _content(self, piece: Piece) -> _Content:
        if piece.subject != "env" and _is_binary(piece.data):
            return _Content("binary", (Fact(("sha256",), hashlib.sha256(piece.data).hexdigest()),))
        text, attributes = _decoded(piece.data)
        parser = choose(piece.subject, piece.name, text)
        if parser is None:
            return self._opaque(text, attributes)
        try:
            facts = self._parsed(parser, text, piece.subject)
        except UnparsedError as error:
            if parser.lenient:
                return self._opaque(text, attributes)
            return _Content(parser.format, trouble=str(error), attributes=attributes)
        return _Content(parser.format, facts, attributes=attributes)

    def _parsed(self, parser: Parser, text: str, subject: Subject) -> tuple[Fact, ...]:
        """Raises UnparsedError."""
        try:
            facts = parser.parse(text)
            named = subject not in ("packages", "services")
            return tuple(self._hide.facts(facts, named=named, nested=named and subject != "users"))
        except UnparsedError:
            raise
        except Exception as error:  # of a library: its message may quote the text
            raise UnparsedError(0, f"its {parser.format} parser failed: {type(error).__name__}") from None

    def _opaque(self, text: str, attributes: tuple[tuple[str, str], ...]) -> _Content:
        lines, secret = self._hide.lines(text.removesuffix("\n").split("\n") if text else ())
        # With a secret in it, the plain digest of a short text could be guessed at.
        digest = self._hide.digest(text) if secret else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        return _Content("text", (Fact(("sha256",), digest, 0, secret),), lines, attributes=attributes)


def read(piece: Piece, hide: Hider) -> Document:
    """One piece; a `Reader` is faster for many."""
    return Reader(hide).read(piece)


def _is_binary(data: bytes) -> bool:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    head = data[:8192]
    return b"\0" in data or len(_CONTROL.findall(head)) > _MOST_CONTROL * len(head)


def _decoded(data: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text with its lines ended by LF, and what was unusual about the bytes."""
    noted = []
    bom = next((each for each in _BOMS if data.startswith(each[0])), None)
    try:
        text = data.decode(bom[1] if bom else "utf-8")
        if bom:
            noted.append(("encoding", bom[2]))
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        noted.append(("encoding", "latin-1"))
    if "\r\n" in text:
        noted.append(("newlines", "CRLF" if text.count("\r\n") == text.count("\n") else "CRLF and LF"))
        text = text.replace("\r\n", "\n")
    return text, tuple(noted)
