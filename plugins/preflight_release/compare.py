"""What is there against what was promised, file by file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from preflight_release.globs import matcher
from preflight_release.observation import Entry, Observation, Tree
from preflight_release.promise import Manifest, Promised, folders
from preflight_release.spec import ArtifactSpec

Sort = Literal["missing", "changed", "type", "mode", "extra", "unreadable"]
SORTS: tuple[Sort, ...] = ("missing", "changed", "type", "mode", "extra")  # that are wrong
_TYPES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """One path that is not as promised, or of which that is not known (`unreadable`)."""

    sort: Sort
    path: str
    promised: str = ""
    there: str = ""


def manifest_of(spec: ArtifactSpec, observation: Observation) -> Manifest | None:
    return spec.where.manifest or observation.manifest


def deviations(spec: ArtifactSpec, observation: Observation) -> list[Deviation]:
    """All of them, by path; of a tree that was seen."""
    manifest, tree = manifest_of(spec, observation), observation.tree
    if manifest is None or tree is None or tree.missing:
        return []
    entries = {entry.path: entry for entry in tree.entries}
    found = [each for file in manifest.files for each in _of(file, entries, tree)]
    found += _extra(spec, manifest, tree)
    # A folder that is none is found once for each file in it.
    return sorted(dict.fromkeys(found), key=lambda each: each.path)


def _of(file: Promised, entries: dict[str, Entry], tree: Tree) -> Iterator[Deviation]:
    entry = entries.get(file.path)
    for above in folders(file.path):
        if above in entries and stat.S_ISLNK(entries[above].mode):
            yield Deviation("type", above, "a folder", f"a link to {entries[above].target}")
            return
    if entry is None:
        if closed := next((folder for folder in ("", *folders(file.path)) if folder in tree.closed), None):
            yield Deviation("unreadable", file.path, there=f"{closed} may not be looked into")
        elif tree.complaint:
            yield Deviation("unreadable", file.path, there=tree.complaint)
        else:
            yield Deviation("missing", file.path)
    elif file.target:
        if not stat.S_ISLNK(entry.mode):
            yield Deviation("type", file.path, f"a link to {file.target}", _type(entry))
        elif entry.target != file.target:
            yield Deviation("changed", file.path, f"a link to {file.target}", f"a link to {entry.target}")
    elif not stat.S_ISREG(entry.mode):
        yield Deviation("type", file.path, "a file", _type(entry))
    else:
        yield from _of_file(file, entry)


def _of_file(file: Promised, entry: Entry) -> Iterator[Deviation]:
    if file.size is not None and entry.size != file.size:
        yield Deviation("changed", file.path, f"{file.size} bytes", f"{entry.size} bytes")
    elif file.digest and not entry.digest:
        yield Deviation("unreadable", file.path, there="it may not be read")
    elif file.digest and entry.digest != file.digest:
        yield Deviation("changed", file.path, file.digest[:12], f"{entry.digest[:12]}, {entry.size} bytes")
    if file.mode is not None and stat.S_IMODE(entry.mode) != file.mode:
        yield Deviation("mode", file.path, f"{file.mode:04o}", f"{stat.S_IMODE(entry.mode):04o}")


def _extra(spec: ArtifactSpec, manifest: Manifest, tree: Tree) -> Iterator[Deviation]:
    if not tree.whole:
        return
    promised = {file.path for file in manifest.files}
    above_promised = {folder for path in promised for folder in folders(path)}  # what they must be is said elsewhere
    excepted = matcher(spec.except_)
    # The manifest itself may lie among what it promises.
    own = manifest.source.removeprefix(f"{spec.root}/") if spec.where.manifest is None else ""
    for entry in tree.entries:
        # A folder is there for its files; an empty one is no matter.
        if stat.S_ISDIR(entry.mode) or entry.path in promised or entry.path in above_promised:
            continue
        if entry.path == own or excepted(entry.path):
            continue
        if not any(above in promised for above in folders(entry.path)):
            yield Deviation("extra", entry.path, there=_type(entry) if not stat.S_ISREG(entry.mode) else "")


def _type(entry: Entry) -> str:
    kind = _TYPES.get(stat.S_IFMT(entry.mode), "a file")
    return f"{kind} to {entry.target}" if entry.target else kind
