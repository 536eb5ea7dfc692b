"""What the collector printed, to an observation."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from preflight_release import saying
from preflight_release.names import written
from preflight_release.observation import Entry, Observation, Process, Tree
from preflight_release.promise import Manifest
from preflight_release.spec import ArtifactSpec

Records = dict[str, list[list[bytes]]]  # by tag, in the order they came


class Garbled(Exception):  # noqa: N818  it says what the answer is
    """What no collector prints."""


def decoded(lines: Iterable[str]) -> bytes:
    """The bytes of lines of base64, as far as they came. Raises Garbled."""
    try:
        return b"".join(b64decode(line, validate=True) for line in lines)
    except ValueError:
        raise Garbled from None


def records(data: bytes) -> Records:
    """The records that are there as a whole. Raises Garbled."""
    fields = data.split(b"\0")[:-1]
    found: Records = defaultdict(list)
    at = 0
    while at + 1 < len(fields):
        tag, number = fields[at], fields[at + 1]
        if not re.fullmatch(rb"[a-z_]+", tag) or not number.isdigit():
            raise Garbled
        after = at + 2 + int(number)
        if after > len(fields):
            break
        found[tag.decode()].append(fields[at + 2 : after])
        at = after
    return found


def observed(host: str, spec: ArtifactSpec, manifest: Manifest | None, found: Records) -> Observation:
    """What these records say; None for what they do not, or not to its end. Raises Garbled."""
    try:
        return Observation(
            host,
            tree=_tree(manifest, found),
            manifest=manifest if spec.where.manifest is None else None,
            disk=saying.on_disk(spec, found),
            package=saying.package(spec, found),
            running=saying.running(spec, found),
            image=saying.image(spec, found),
            processes=tuple(_processes(found)) if "processes" in found else None,
            coarse=_coarse(found),
        )
    except (ValueError, IndexError):
        raise Garbled from None


@dataclass(slots=True)
class _Looked:
    """The entries of a tree, while records of them come."""

    known: dict[str, str]  # the promised sums, so that equal ones are one text
    entries: dict[str, Entry] = field(default_factory=dict)

    def seen(self, facts: bytes, names: list[bytes]) -> None:
        for line, name in zip(facts.split(b"\n"), names, strict=True):
            entry = _entry(_below(name), line)
            self.entries[entry.path] = entry

    def summed(self, digests: bytes, names: list[bytes]) -> None:
        for digest, name in zip(digests.split(b"\n"), names, strict=True):
            path, text = _below(name), digest.decode().removeprefix("\\").lower()
            if not re.fullmatch("([0-9a-f]{64,128})?", text):
                raise Garbled
            if path in self.entries:
                self.entries[path] = replace(self.entries[path], digest=self.known.get(text, text))

    def link(self, target: bytes, name: bytes) -> None:
        path = _below(name)
        if path in self.entries and target.endswith(b"\n."):
            self.entries[path] = replace(self.entries[path], target=written(target[:-2]))


def _tree(manifest: Manifest | None, found: Records) -> Tree | None:
    if "no_root" in found:
        return Tree("", missing=saying.why(found["no_root"][0][0]))
    if "tree" not in found or "root" not in found or manifest is None:
        return None
    root, link = found["root"][0]
    looked = _Looked({file.digest: file.digest for file in manifest.files})
    for facts, *names in found.get("seen", ()):
        looked.seen(facts, names)
    for digests, *names in found.get("sums", ()):
        looked.summed(digests, names)
    for target, name in found.get("link", ()):
        looked.link(target, name)
    unseen = {_below(name): saying.why(reason) for reason, name in found.get("unseen", ())}
    closed = tuple(sorted(_below(name) for (name,) in found.get("closed", ())))
    complaints = _complaints(found, bool(closed))
    complaints += [f"{path}: {reason}" for path, reason in unseen.items() if "No such file" not in reason]
    return Tree(
        written(root.removesuffix(b"\n.")),
        tuple(looked.entries[path] for path in sorted(looked.entries) if path),
        switched=_entry("", link).changed if link else 0.0,
        closed=closed,
        complaint=complaints[0] if complaints else "",
        whole="found" in found,
    )


def _complaints(found: Records, closed: bool) -> list[str]:
    """What `find` could not look at, but for what vanished meanwhile, and for folders that are known to be closed."""
    said = [written(line) for (text,) in found.get("found", ()) for line in text.split(b"\n") if line]
    known = ["No such file or directory", *(["Permission denied"] if closed else [])]
    unknown = [line for line in said if not any(each in line for each in known)]
    only_its_end = all(line.startswith("find ended with ") for line in unknown)
    return [] if only_its_end and len(unknown) < len(said) else unknown


def _below(name: bytes) -> str:
    return "" if name == b"." else written(name.removeprefix(b"./"))


def _entry(path: str, facts: bytes) -> Entry:
    mode, size, changed, _, clock, _, owner = facts.split(b" ", 6)
    _, _, fraction = clock.partition(b".")
    return Entry(path, int(mode, 16), int(size), written(owner), int(changed) + float(b"0." + (fraction or b"0")))


def _coarse(found: Records) -> float:
    """How much later than `_processes` says one may have started: see proc_uptime(5), proc_pid_stat(5)."""
    if "clock" not in found:
        return 0.0
    ((now, before, after, _),) = found["clock"]
    # Without fractions, the time of day is up to a second too early. What else is rounded is 10 ms each.
    return round(float(after) - float(before) + 0.04 + (0 if b"." in now else 1), 2)


def _processes(found: Records) -> Iterator[Process]:
    ((now, _, after, ticks),) = found["clock"]
    booted = float(now) - float(after)  # at the earliest
    for pid, start, exe, gone, state in found.get("process", ()):
        if state not in (b"Z", b"X"):  # ended, and not yet buried
            deleted = tuple(written(name) for name in gone.split(b"\n") if name)
            yield Process(int(pid), written(exe), booted + int(start) / int(ticks), deleted)
