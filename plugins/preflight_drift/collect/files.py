"""Files by their patterns: found, sent, and hashed after that, which tells those that changed meanwhile."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from preflight_drift.collect.archive import Member, listed, members, name_of
from preflight_drift.collect.frames import Came, Garbled
from preflight_drift.collect.globs import Glob
from preflight_drift.collect.part import FILE_SECONDS, Part, size, trouble_of
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece

_PSEUDO = ("/proc/", "/sys/", "/dev/")
_DIGEST = re.compile(rb"^(\\?)([0-9a-f]{64}) [ *](/.*?)\n(?=\\?[0-9a-f]{64} [ *]/|\Z)", re.DOTALL | re.MULTILINE)
_CLOSED = "permission denied: what is in this directory is not known"
_ENDS = {"d": "directory", "n": "nothing", "o": "no file"}


def part(wanted: Wanted) -> Part:
    """Three sections: the names, the contents, the digests."""
    globs = [Glob(text) for text in wanted.files]
    lines = ["patterns() {"]
    for number, glob in enumerate(globs):
        lines += [f"pattern {number}", *glob.calls()]
    lines += ["}", "pseudo=$(pseudo_mounts)", f"cap={wanted.file_cap} digest_cap={wanted.digest_cap}"]
    setup = "\n".join(lines)
    sections = tuple(f"files {phase}" for phase in ("names", "contents", "digests"))
    return Part(sections, lambda came, why: _Files(globs, wanted, came, why).pieces(), wanted.host_cap, setup)


@dataclass(slots=True)
class _Found:
    """What a host's search for names said."""

    readable: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)  # to what they lead: `f`, `u`, or as in _ENDS
    others: dict[str, tuple[str, Member]] = field(default_factory=dict)  # by name: `u`, `z`, `Z`, `o`, and the file
    closed: dict[str, Member] = field(default_factory=dict)  # directories
    troubles: dict[str, str] = field(default_factory=dict)
    unreal: set[str] = field(default_factory=set)  # of these, directories of the kernel's own
    troubled: set[int] = field(default_factory=set)  # patterns whose search did not end well
    matched: set[int] = field(default_factory=set)  # patterns of which something is known
    searched: set[int] = field(default_factory=set)  # patterns that were begun


def _found(data: bytes, globs: Sequence[Glob]) -> _Found:
    """What the search said, in the words of collect.sh. Raises Garbled."""
    found, number = _Found(), -1
    records = iter(data.split(b"\0")[:-1])
    for record in records:
        kind, text = record[:1].decode("ascii", "replace"), record[1:]
        if kind == "g":
            number = _number(text, len(globs) - 1)
            found.searched.add(number)
        elif number < 0:
            raise Garbled("a file of no pattern")
        elif kind == "x":
            if _number(text) >= 126:
                why = f"not all is known: the search was killed, as each is after {FILE_SECONDS} s"
                found.troubles[globs[number].text] = why
                found.matched.add(number)
            elif text != b"0":
                found.troubled.add(number)
        else:
            for one in _told(kind, text, records):
                glob = globs[number]
                if glob.matches(one.name) or (kind in ("d", "p") and glob.may_be_below(one.name)):
                    found.matched.add(number)
                    _note(found, kind, one)
    return found


def _number(text: bytes, most: int = 1 << 31) -> int:
    if not text.isdigit() or int(text) > most:
        raise Garbled("no number in a list of files")
    return int(text)


def _told(kind: str, text: bytes, records: Iterator[bytes]) -> list[Member]:
    """The files of one record, or of one with those that follow it."""
    if kind in ("d", "z", "Z", "u", "o"):
        paths = list(islice(records, _number(text)))
        lines = next(records, b"").decode(errors="replace").split("\n")
        members = [listed(name_of(path), line) for path, line in zip(paths, lines, strict=False)]
    elif kind == "l":
        paths, members = [text[1:]], [Member(name_of(text[1:]), text[:1].decode("ascii", "replace"))]
    elif kind in ("f", "D", "p"):
        paths, members = [text], [Member(name_of(text), "")]
    else:
        raise Garbled("an unknown word in a list of files")
    if len(members) != len(paths) or not all(path.startswith(b"/") for path in paths):
        raise Garbled("a list of files")
    return members


def _note(found: _Found, kind: str, one: Member) -> None:
    name = one.name
    if kind == "d":
        found.closed[name.rstrip("/") or "/"] = one
    elif kind == "D":
        found.troubles[name] = f"is a directory: write `{name}/**` for the files in it"
    elif kind == "p":
        found.troubles[name] = "is where no files are, but what the kernel says: see `sysctl:` and `commands:`"
        found.unreal.add(name)
    elif kind == "f":
        found.readable.add(name)
    elif kind == "l":
        found.links[name] = one.type
    else:
        found.others[name] = (kind, one)


class _Files:
    def __init__(self, globs: Sequence[Glob], wanted: Wanted, came: Sequence[Came | None], why: str) -> None:
        self._globs, self._wanted, self._why = globs, wanted, why
        self._names, self._contents, self._digested = came
        self._found = _found(bytes(self._names.data) if self._names else b"", globs)
        self._files: dict[str, Member] = {}
        self._targets: dict[str, Member] = {}
        for member in members(bytes(self._contents.data) if self._contents else b""):
            (self._targets if member.type == "link" else self._files)[member.name] = member
        self._digests = _digests(bytes(self._digested.data)) if self._digested else {}

    def pieces(self) -> Iterator[Piece]:
        found = self._found
        pieces = [self._file(name) for name in found.readable]
        pieces += [self._link(name, end) for name, end in found.links.items()]
        pieces += [self._other(kind, said) for kind, said in found.others.values() if kind != "Z"]
        pieces += [
            replace(_piece(said, trouble=_CLOSED), name=_shown(name), closed=True)
            for name, said in found.closed.items()
        ]
        if complaint := self._complaint():
            pieces += [
                Piece("files", self._globs[number].text, trouble=f"not all is known: {complaint}")
                for number in found.troubled
            ]
        named = {piece.name for piece in pieces}
        pieces += [
            Piece("files", _shown(name), trouble=why, closed=name in found.unreal)
            for name, why in found.troubles.items()
        ]
        if trouble := trouble_of(self._names, self._why, FILE_SECONDS):
            # The last pattern that was begun may have more.
            known = found.searched - {max(found.searched, default=-1)}
            pieces += [Piece("files", g.text, trouble=trouble) for n, g in enumerate(self._globs) if n not in known]
        else:
            pieces += [
                Piece("files", glob.text, missing=True)
                for number, glob in enumerate(self._globs)
                if number not in found.matched and glob.text not in named
            ]
        # Of two that say something else of one file, which changed between two searches, the one with the trouble.
        by_name = {piece.name: piece for piece in sorted(pieces, key=lambda piece: bool(piece.trouble))}
        return iter(sorted(by_name.values(), key=lambda piece: piece.name))

    def _complaint(self) -> str:
        """What `find` says of directories, but for what the list itself tells, and for what went meanwhile."""
        told = ("permission denied", "no such file or directory")
        said = (line for line in (self._names.said if self._names else ()) if line.startswith("find: "))
        return next((line for line in said if not line.lower().endswith(told)), "")

    def _file(self, name: str) -> Piece:
        member = self._files.get(name)
        if member is None:
            return Piece("files", _shown(name), trouble=self._why_not(name))
        return self._whole(member)

    def _link(self, name: str, end: str) -> Piece:
        target = self._targets.get(name)
        where = posixpath.normpath(posixpath.join(posixpath.dirname(name), target.target)) if target else ""
        end = "o" if f"{where}/".startswith(_PSEUDO) else end
        attributes = [("type", "link"), ("target", _shown(target.target) if target else "")]
        member = self._files.get(name)
        if end in _ENDS:
            attributes.append(("leads_to", _ENDS[end]))
            trouble = "" if target else self._why_not(name)
            return Piece("files", _shown(name), trouble=trouble, attributes=tuple(attributes))
        if target and name in self._found.others:
            return self._large(self._found.others[name][1], *attributes)
        if target is None or member is None:
            trouble = "leads to a file that cannot be read: permission denied" if end == "u" else self._why_not(name)
            return Piece("files", _shown(name), trouble=trouble, attributes=tuple(attributes))
        return self._whole(member, *attributes)

    def _other(self, kind: str, said: Member) -> Piece:
        if kind == "z":
            return self._large(said)
        if kind == "u":
            return _piece(said, trouble="permission denied")
        return _piece(said, ("type", said.type))

    def _whole(self, member: Member, *attributes: tuple[str, str]) -> Piece:
        digest = hashlib.sha256(member.data).hexdigest()
        after = self._digests.get(member.name)
        if after is None and self._digested and self._digested.status == 0:  # 127 where there is nothing to hash with
            why = "could not be read again, to see that it had not changed: it vanished, or was closed"
            return _piece(member, *attributes, trouble=why)
        if after not in (None, digest):
            return _piece(member, *attributes, trouble="changed while it was read")
        if b"\0" in member.data:
            return _piece(member, *attributes, ("sha256", digest), ("size", str(member.size)))
        return _piece(member, *attributes, data=member.data)

    def _large(self, said: Member, *attributes: tuple[str, str]) -> Piece:
        """One that is not sent."""
        attributes = (*attributes, ("size", str(said.size)))
        if digest := self._digests.get(said.name):
            return _piece(said, *attributes, ("sha256", digest))
        if said.size <= self._wanted.digest_cap and self._digested and self._digested.status != 0:
            trouble = trouble_of(self._digested, self._why, FILE_SECONDS) or "there is no sha256sum on this host"
        elif said.size <= self._wanted.digest_cap:
            trouble = trouble_of(self._digested, self._why, FILE_SECONDS) or "it could not be read"
        else:
            trouble = f"more than the {size(self._wanted.digest_cap)} up to which files are hashed"
        return _piece(said, *attributes, trouble=f"{size(said.size)} large: {trouble}")

    def _why_not(self, name: str) -> str:
        """Why a file that was found did not come."""
        came = self._contents
        if came and came.cut:
            return f"not collected: the files of this host are more than its cap of {size(self._wanted.host_cap)}"
        if trouble := trouble_of(came, self._why, FILE_SECONDS):
            return trouble
        complaint = next((line for line in came.said if name.lstrip("/") in line), "") if came else ""
        if complaint:
            return f"not collected: {complaint.rpartition(': ')[2]}"
        return "not collected: it vanished or was closed meanwhile" + (f" ({came.last_words})" if came else "")


def _piece(member: Member, *more: tuple[str, str], data: bytes = b"", trouble: str = "") -> Piece:
    known = [(key, getattr(member, key)) for key in ("mode", "owner", "group")]
    attributes = (*((key, value) for key, value in known if value), *more)
    return Piece("files", _shown(member.name), data, trouble=trouble, attributes=attributes)


def _shown(name: str) -> str:
    r"""A name as it can be written anywhere: a byte that is no UTF-8 becomes `\xff`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _digests(said: bytes) -> dict[str, str]:
    """What sha256sum(1) says. GNU's escapes line ends and backslashes in names, busybox's does not."""
    digests = {}
    for escaped, digest, path in _DIGEST.findall(said):
        if escaped:
            path = re.sub(rb"\\([\\nr])", lambda found: {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}[found[1]], path)
        digests[name_of(path)] = digest.decode()
    return digests
