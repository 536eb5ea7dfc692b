"""How things are written in the findings of an audit: lists, counts, units, devices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from preflight_racks.room import Device

LISTED = 8  # of anything, in a finding


def listed(texts: Iterable[str], most: int = LISTED, mark: str = ",") -> str:
    """`a, b, c`, or `a, b and 5 more`."""
    those = list(texts)
    return f"{mark} ".join(those[:most]) + (f" and {len(those) - most} more" if len(those) > most else "")


def joined(texts: Iterable[str]) -> str:
    """`a, b and c`, all of them."""
    *rest, last = texts
    return f"{', '.join(rest)} and {last}" if rest else last


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def share(number: int, of: int) -> str:
    """`1 of 12 devices has`, `9 of 12 devices have`."""
    return f"{number} of {counted(of, 'device')} {'has' if number == 1 else 'have'}"


def names(devices: Iterable[Device]) -> str:
    return listed(device.name for device in devices)


def record(device: Device) -> str:
    """A device, and where it is written."""
    return f"{device.name} ({device.origin})" if device.origin else device.name


def types(devices: Iterable[Device]) -> str:
    """`type r650`, or `types r640, r650`: so that racks which lack the same thing share one root."""
    those = sorted({device.type for device in devices})
    return f"type{'' if len(those) == 1 else 's'} {listed(those, 3)}"


def units(numbers: Sequence[int]) -> str:
    """`U1-4, U7`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"U{first}" if first == last else f"U{first}-{last}" for first, last in runs)
