"""What a system has besides files: packages, settings of the kernel, services, users, mounts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from preflight_drift.collect.frames import Came
from preflight_drift.collect.part import Part, failed, trouble_of
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece, Subject

# Of the system itself, of its containers and of who is logged in: nobody's configuration.
_PSEUDO = re.compile(
    "autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fusectl|fuse.lxcfs|hugetlbfs|mqueue|nsfs"
    "|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs"
)
_PASSING = re.compile(r"/(proc|sys|dev)/|/run/(user|docker|netns|credentials)/|/var/lib/(docker|containers|kubelet)/")
# Those of a login, which may be our own.
_OF_A_LOGIN = re.compile(r"(user|user-runtime-dir)@\d+\.service")


def packages() -> Part:
    """Lines NAME, VERSION, ARCHITECTURE, STATUS, with tabs between them; dpkg's and rpm's where both are there."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        yield _text("packages", "packages", came[0], why, "there is no package manager that is known here")

    return Part(("packages",), pieces)


def users() -> Part:
    """passwd(5) and group(5) by their databases, LDAP's as well. What may be the hash of a password stays there."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        for name, one in zip(("passwd", "group"), came, strict=True):
            yield _text("users", name, one, why)

    return Part(("users passwd", "users group"), pieces)


def mounts() -> Part:
    """Lines of /proc/self/mounts, see proc_mounts(5), without those the kernel and containers make; and fstab(5)."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        mounted, table = came
        yield _text("mounts", "mounts", mounted, why, keep=_kept_mount)
        if table is not None and table.status == 127:
            yield Piece("mounts", "/etc/fstab", missing=True)
        else:
            yield _text("mounts", "/etc/fstab", table, why)

    return Part(("cat /proc/self/mounts", "mount_table"), pieces)


def _kept_mount(line: bytes) -> bool:
    fields = line.decode("utf-8", "surrogateescape").split(" ")
    return len(fields) < 4 or not (_PSEUDO.fullmatch(fields[2]) or _PASSING.match(f"{fields[1]}/"))


# What the kernel counts or makes up, and nobody sets: another value each time. A pattern does not mean these.
_COUNTED = {
    "fs.aio-nr", "fs.dentry-state", "fs.file-nr", "fs.inode-nr", "fs.inode-state", "kernel.ns_last_pid",
    "kernel.pty.nr", "kernel.random.boot_id", "kernel.random.entropy_avail", "kernel.random.uuid",
    "net.netfilter.nf_conntrack_count",
}  # fmt: skip


def settings(wanted: Wanted) -> Part:
    """sysctl(8): lines KEY = VALUE. What matches a pattern and cannot be read is told by its key."""
    # A dot of a key is a slash of its path, or a dot of an interface's name.
    tests = " -o ".join(f"-path {shlex.quote('/proc/sys/' + glob.replace('.', '?'))}" for glob in wanted.sysctl)

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        values, closed = _settings(_lines(came[0]))
        matched = (key for key in values if any(fnmatchcase(key, glob) for glob in wanted.sysctl))
        wanted_keys = sorted(key for key in matched if key not in _COUNTED or key in wanted.sysctl)
        trouble = trouble_of(came[0], why) or (failed(came[0]) if came[0] and not values else "")
        if trouble:
            yield Piece("sysctl", "sysctl", trouble=trouble)
            return
        lines = (f"{key} = {value}\n" for key in wanted_keys if key not in closed for value in values[key] or [""])
        yield Piece("sysctl", "sysctl", "".join(lines).encode("utf-8", "surrogateescape"))
        for key in wanted_keys:
            if key in closed:
                yield Piece("sysctl", key, trouble=closed[key])
        for glob in wanted.sysctl:
            if not any(fnmatchcase(key, glob) for key in wanted_keys):
                yield Piece("sysctl", glob, missing=True)

    return Part((f"settings {tests}",), pieces)


def _settings(lines: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The lines of each value, and why those that cannot be read cannot."""
    values: dict[str, list[str]] = {}
    closed: dict[str, str] = {}
    for line in lines:
        path, colon, value = line.partition(":")
        if path == "grep":
            path, _, value = value.strip().rpartition(": ")
            closed[_key(path)] = value.lower()
        else:
            # macOS' sysctl has keys for paths, and a blank after the colon
            values.setdefault(_key(path), []).extend([value.removeprefix(" ")] if colon else [])
    return values, closed


def _key(path: str) -> str:
    """As sysctl(8) writes it: a dot within a name is a slash."""
    if not path.startswith("/proc/sys/"):
        return path
    return path.removeprefix("/proc/sys/").translate(str.maketrans("./", "/."))


def services() -> Part:
    """Lines UNIT, ENABLED, ACTIVE, with tabs between them; the attribute `manager` says who told."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        manager, *lines = _lines(came[0]) or [""]
        if manager == "systemd":
            lines = _of_systemd(lines)
        nobody = "there is neither systemd nor OpenRC nor any init script"
        piece = _text("services", "services", came[0], why, nobody, attributes=(("manager", manager),))
        text = "".join(f"{line}\n" for line in sorted(lines))
        yield (
            piece
            if piece.trouble
            else Piece("services", "services", text.encode("utf-8", "surrogateescape"), attributes=piece.attributes)
        )

    return Part(("services",), pieces)


def _of_systemd(lines: Sequence[str]) -> list[str]:
    """From `systemctl list-unit-files`, an empty line, and `systemctl list-units`."""
    half = lines.index("") if "" in lines else len(lines)
    enabled = {fields[0]: fields[1] for line in lines[:half] if len(fields := line.split()) >= 2}
    active = {}
    for line in lines[half + 1 :]:
        fields = re.sub(r"^[^\w-]+ ", "", line).split()  # a dot before those that failed
        if len(fields) >= 4 and fields[1] != "not-found" and not _OF_A_LOGIN.fullmatch(fields[0]):
            active[fields[0]] = fields[2]
    units = enabled.keys() | active.keys()
    return [f"{unit}\t{enabled.get(unit, '-')}\t{active.get(unit, 'inactive')}" for unit in units]


def _lines(came: Came | None) -> list[str]:
    return came.data.decode("utf-8", "surrogateescape").split("\n")[:-1] if came else []


def _text(
    subject: Subject,
    name: str,
    came: Came | None,
    why: str,
    absent: str = "",
    attributes: tuple[tuple[str, str], ...] = (),
    keep: Callable[[bytes], bool] = lambda _: True,
) -> Piece:
    """What is only good as a whole: for what failed, half of it is no data."""
    trouble = trouble_of(came, why)
    if came is None or trouble:
        return Piece(subject, name, trouble=trouble)
    if came.status == 127 and absent and not came.data:
        return Piece(subject, name, status=127, trouble=absent)
    if came.status:
        return Piece(subject, name, status=came.status, trouble=failed(came))
    data = b"\n".join(line for line in came.data.split(b"\n") if keep(bytes(line)))
    return Piece(subject, name, data, attributes=attributes)
