"""Files as they come from a host: a tar archive (POSIX ustar, GNU or pax), or, without a tar there, one of our own."""

from __future__ import annotations

import binascii
import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TYPES = {
    tarfile.FIFOTYPE: "fifo",
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
    tarfile.SYMTYPE: "link",
}
_LS_TYPES = {"p": "fifo", "c": "character device", "b": "block device", "s": "socket", "l": "link", "d": "directory"}
# MODE LINKS OWNER GROUP SIZE MONTH...; devices have two numbers for a size. A name may have blanks, and then nobody
# can tell the owner from the group.
_LS = re.compile(r"(?P<mode>[-a-zA-Z]{10})\S*\s+\d+\s+(?P<owner>\S+)\s+(?P<group>\S+)\s+(\d+,\s*)?(?P<size>\d+)\s")
_BITS = ((0o400, 0o200, 0o100, 0o4000), (0o40, 0o20, 0o10, 0o2000), (0o4, 0o2, 0o1, 0o1000))


@dataclass(frozen=True, slots=True)
class Member:
    """A file, as one host has it.

    Attributes:
        type: `file`, `link`, `fifo`, `socket`, ...
        mode: in octal, four digits; "" where it is not known, like `owner` and `group`.
    """

    name: str
    type: str
    mode: str = ""
    owner: str = ""
    group: str = ""
    size: int = 0
    target: str = ""
    data: bytes = b""


def members(data: bytes) -> Iterator[Member]:
    """Those that arrived whole, in the order of the archive. Names are absolute, decoded as `name_of` does."""
    if data.startswith(b"/"):  # which every tar takes from its names
        yield from _of_records(data)
    else:
        yield from _of_tar(data)


def name_of(path: bytes) -> str:
    """A path as text; bytes that are no UTF-8 become surrogates (PEP 383)."""
    return re.sub("//+", "/", "/" + path.decode("utf-8", "surrogateescape"))


def _of_tar(data: bytes) -> Iterator[Member]:
    """Of several archives, one after the other, as `find -exec tar ... {} +` makes them."""
    whole: dict[str, bytes] = {}
    try:
        with tarfile.open(
            fileobj=io.BytesIO(data), mode="r:", ignore_zeros=True, encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for info in archive:
                name = name_of(info.name.encode("utf-8", "surrogateescape"))
                if info.islnk():  # a second name of what came before
                    content = whole.get(name_of(info.linkname.encode("utf-8", "surrogateescape")))
                elif info.isreg() and not info.issparse():
                    content = data[info.offset_data : info.offset_data + info.size]
                    if len(content) < info.size:
                        return
                    whole[name] = content
                else:
                    content = b""
                if content is None:
                    continue
                yield Member(
                    name,
                    _TYPES.get(info.type, "file"),
                    f"{info.mode & 0o7777:04o}",
                    info.uname or str(info.uid),
                    info.gname or str(info.gid),
                    len(content),
                    info.linkname if info.issym() else "",
                    content,
                )
    except (tarfile.TarError, EOFError, ValueError, OverflowError, UnicodeError):
        return  # broken off; whatever does not come is told by its name


def _of_records(data: bytes) -> Iterator[Member]:
    """NAME NUL, what `ls -ld` says NUL, and the target of a link, or in base64 or hex what is in a file, NUL."""
    fields = data.split(b"\0")[:-1]
    for path, said, rest in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        try:
            seen = listed(name_of(path), said.decode(errors="replace"))
            if seen.type == "link":
                yield replace(seen, target=rest.decode("utf-8", "surrogateescape"))
            else:
                content = _plain(rest)
                yield replace(seen, size=len(content), data=content)
        except ValueError:
            continue


def _plain(text: bytes) -> bytes:
    if re.fullmatch(rb"(\s*[0-9a-f]{2}(?=\s|$))*\s*", text):
        return bytes.fromhex(text.decode())
    return binascii.a2b_base64(text)


def listed(name: str, said: str) -> Member:
    """A file by what `ls -ld` says of it: without its data."""
    found = _LS.match(said)
    if found is None:
        return Member(name, _LS_TYPES.get(said[:1], "file"))
    mode = found["mode"]
    number = 0
    for index, (read, write, execute, special) in enumerate(_BITS):
        r, w, x = tuple(mode[1 + 3 * index : 4 + 3 * index])
        number |= (read if r == "r" else 0) | (write if w == "w" else 0) | (execute if x in "xst" else 0)
        number |= special if x in "sStT" else 0
    kind = _LS_TYPES.get(mode[0], "file")
    # stat(1) says UNKNOWN where ls(1) has a number.
    owner, group = (found[key].replace("UNKNOWN", "") for key in ("owner", "group"))
    return Member(name, kind, f"{number:04o}", owner, group, int(found["size"]))
