"""What comes back from collect.sh: its sections, one after another, each unpacked as it arrives."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ENDED = 137  # the status of what was ended: SIGKILL, by the limit of its time


class Garbled(Exception):  # noqa: N818  it says what the answer is
    """A host gave what is no answer of collect.sh."""


@dataclass(slots=True)
class Came:
    """What came of one section.

    Attributes:
        status: of its program; None while it has not ended.
        said: the end of what it wrote to stderr, some 4 KB.
        cut: it had more to say than its cap.
    """

    data: bytearray = field(default_factory=bytearray)
    status: int | None = None
    said: list[str] = field(default_factory=list)
    cut: bool = False

    @property
    def last_words(self) -> str:
        said = [line.strip() for line in self.said if line.strip()]
        return said[-1] if said else ""


def _base64(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=bool(text))  # which takes no empty text


class Frames:
    """The sections by their number, as many as there are caps: of the bytes of each."""

    def __init__(self, caps: Sequence[int]) -> None:
        self.sections: dict[int, Came] = {}
        self._caps = caps
        self._cap = 0
        self._current: Came | None = None
        self._decode: Callable[[str], bytes] = _base64
        self._packed = False
        self._unpack = zlib.decompressobj(31)

    def feed(self, line: str) -> None:
        """A line, without its token. Raises Garbled."""
        kind, _, rest = line.partition(" ")
        try:
            if kind == "H":
                text, _, squeeze = rest.partition(" ")
                self._decode = bytes.fromhex if text == "od" else _base64
                self._packed = squeeze == "gzip"
            elif kind == "B":
                self._cap = self._caps[int(rest)]
                self._current = self.sections[int(rest)] = Came()
                self._unpack = zlib.decompressobj(31)
            elif self._current is not None:
                self._take(kind, rest, self._current)
        except (ValueError, IndexError, zlib.error) as error:  # binascii.Error is a ValueError
            raise Garbled(str(error)) from None

    def _take(self, kind: str, rest: str, came: Came) -> None:
        if kind == "D":
            data = self._decode(rest)
            room = self._cap + 1 - len(came.data)
            came.data += self._unpack.decompress(data, room) if self._packed else data
            if len(came.data) > self._cap:
                raise Garbled("it sends more than it was asked for")
        elif kind == "E":
            came.said.append(rest)
        elif kind == "S":
            if self._packed and not self._unpack.eof:
                raise Garbled("what it packed does not end")
            came.status, came.cut = int(rest), len(came.data) == self._cap
            self._current = None
        else:
            raise Garbled(kind)
