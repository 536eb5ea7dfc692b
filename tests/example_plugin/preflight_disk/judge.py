"""Why did it fail? Pure: no clock, no network, no files."""

from preflight.finding import Finding
from preflight_disk.probe import Room
from preflight_disk.spec import UNITS, Space


def judge(spec: Space, room: Room) -> list[Finding]:
    short = spec.free - room.free
    if short <= 0:
        return []
    expected = f"{shown(spec.free)} free on the file system of {spec.path}"
    observed = f"{shown(room.free)} free of {shown(room.total)} on this machine: {shown(short)} too little"
    next_step = f"grow it or clear it out: `du -xh {spec.path} | sort -h | tail` lists what takes the most"
    return [Finding(expected, observed, next_step)]


def shown(octets: int) -> str:
    """In the largest decimal unit that fits: `1.5 GB`."""
    unit = next((unit for unit in ("TB", "GB", "MB", "kB") if octets >= UNITS[unit]), "B")
    return f"{octets / UNITS.get(unit, 1):,.1f}".removesuffix(".0") + f" {unit}"
