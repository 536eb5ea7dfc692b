"""What was seen: plain data, recorded as it is and judged later. Moments are seconds since the epoch.

Names of files are written as `names.written` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from preflight.finding import NotChecked
from preflight_release.promise import Manifest


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing below the root, not following links.

    Attributes:
        mode: type and permission bits, as st_mode of stat(2).
        owner: `user:group`, by name.
        changed: st_ctime: when the file was put there, renamed, or given a mode.
        target: of a symbolic link.
        digest: of a promised file, by the manifest's algorithm; empty if it could not be read.
    """

    path: str
    mode: int
    size: int
    owner: str
    changed: float
    target: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below the root.

    Attributes:
        root: where the root leads, by links or not; empty if it is not there.
        missing: why there is no root: `No such file or directory`; empty if there is one.
        switched: when the root itself was changed, where it is a link: 0.0 if it is none.
        closed: folders that could not be looked into.
        complaint: what else could not be looked at, in the words of `find` or `stat`; empty if nothing.
        whole: whether everything below the root is here, and not only what was promised.
    """

    root: str
    entries: tuple[Entry, ...] = ()
    missing: str = ""
    switched: float = 0.0
    closed: tuple[str, ...] = ()
    complaint: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """What something says the version is.

    Attributes:
        versions: as it says; several where it says several.
        wrong: why there is none, and there should be: `no such file`, `connection refused`; empty if there is.
        unknown: why it could not be asked or understood; empty if it could.
        more: what else is wrong with it: `install ok half-configured`.
        by: which package manager says it: `dpkg`, `rpm` or `apk`.
    """

    versions: tuple[str, ...] = ()
    wrong: str = ""
    unknown: str = ""
    more: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that `running: {process: ...}` means.

    Attributes:
        started: not earlier than that, and less than the observation's `coarse` seconds later.
        deleted: files below the root that it runs, or has mapped, and that are there no more.
    """

    pid: int
    exe: str
    started: float
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """How another host of the release compares.

    Attributes:
        like: for each sort of deviation it has: a sum of all of that sort, equal where they are the same.
        versions: what each of `disk`, `package`, `running` and `image` says there.
    """

    host: str
    like: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Uneven:
    """Something the manifest says nothing of, and that is otherwise on most of the hosts: a file's mode and owner."""

    path: str
    here: str
    there: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """A release on one host. None stands for what was not asked for, or not heard of since the host was lost.

    Attributes:
        manifest: as it lies on the host, where it does.
        unusable: why that one cannot be used.
        coarse: how many seconds later than it says a process may have started.
        lost: why not all of it is here; None if it is.
        unheard: hosts of the release that nothing is known of, so that they are not compared with.
    """

    host: str
    tree: Tree | None = None
    manifest: Manifest | None = None
    unusable: str = ""
    disk: Said | None = None
    package: Said | None = None
    running: Said | None = None
    image: Said | None = None
    processes: tuple[Process, ...] | None = None
    coarse: float = 1.0
    lost: NotChecked | None = None
    peers: tuple[Peer, ...] = ()
    uneven: tuple[Uneven, ...] = ()
    unheard: tuple[str, ...] = ()
