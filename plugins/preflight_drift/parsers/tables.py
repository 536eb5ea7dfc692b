"""Tables of the base system: a line a row, known by what names it.

jc reads all of these, but gives no lines, leaves the octal escapes of mount points as they are, keeps of a repeated
key only the last (os-release) or joins its values (sysctl), and does not say which line it fails on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.logical_lines import logical_lines
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError

Parse = Callable[[str], Iterator[Fact]]
_OCTAL = re.compile(r"\\([0-7]{3})")


def _colons(text: str, columns: tuple[str, ...]) -> Iterator[Fact]:
    for number, line in logical_lines(text):
        name, *fields = line.split(":")
        if len(fields) != len(columns):
            raise UnparsedError(number, f"{len(fields) + 1} fields, not {len(columns) + 1}")
        for column, field in zip(columns, fields, strict=True):
            if column in ("members", "administrators"):
                yield from (
                    Fact((name, column, each.strip()), True, number) for each in field.split(",") if each.strip()
                )
            else:
                yield Fact((name, column), field, number)


def _of_colons(*columns: str) -> Parse:
    return lambda text: listed(_colons(text, columns))


passwd = _of_colons("password", "uid", "gid", "gecos", "home", "shell")  # passwd(5)
group = _of_colons("password", "gid", "members")  # group(5)
gshadow = _of_colons("password", "administrators", "members")  # gshadow(5)
shadow = _of_colons("password", "changed", "min", "max", "warn", "inactive", "expires", "reserved")  # shadow(5)


def hosts(text: str) -> Iterator[Fact]:
    """hosts(5): the addresses of each name; and the first name of each address, which is its canonical one."""
    return listed(_hosts(text))


def _hosts(text: str) -> Iterator[Fact]:
    for number, line in logical_lines(text):
        address, *names = line.partition("#")[0].split()
        if not names:
            raise UnparsedError(number, "an address without a name")
        yield Fact((address, "canonical"), names[0], number)
        yield from (Fact((name,), address, number) for name in names)


def mounts(text: str) -> Iterator[Fact]:
    """fstab(5) and /proc/self/mounts, by mount point; the order of options does not matter."""
    return listed(_mounts(text))


def _mounts(text: str) -> Iterator[Fact]:
    for number, line in logical_lines(text):
        fields = [_OCTAL.sub(lambda found: chr(int(found[1], 8)), field) for field in line.split()]
        if not 3 <= len(fields) <= 6:
            raise UnparsedError(number, f"{len(fields)} fields, where a mount has 3 to 6")
        device, point, kind, options, dump, check = (*fields, *("defaults", "0", "0")[len(fields) - 3 :])
        # Swap has no mount point, a pseudo file system no device: several have the same word there.
        at = f"{point} {device}" if point in ("none", "swap") else point
        yield Fact((at, "device"), device, number)
        yield Fact((at, "type"), kind, number)
        yield Fact((at, "dump"), dump, number)
        yield Fact((at, "check"), check, number)
        for option in options.split(","):
            name, equals, value = option.partition("=")
            if name in ("rw", "ro"):
                yield Fact((at, "options", "access"), name, number)
            elif name:
                yield Fact((at, "options", name), value if equals else True, number)
