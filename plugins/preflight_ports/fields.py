"""What may I write in one field? Ports and their forms for the JSON Schema."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from preflight.model import OneOrSeveral
from preflight.nearest import did_you_mean
from preflight.validation import wrong_item

PROTOCOLS = ("tcp", "udp")
HIGHEST_PORT = 65535
_WRITTEN = re.compile(r"(\d+)(?:-(\d+))?(?:/(\w+))?")


class PortRange(NamedTuple):
    """Ports from `first` to `last`, both included."""

    first: int
    last: int
    protocol: str

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    def overlaps(self, other: PortRange) -> bool:
        return self.protocol == other.protocol and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return ports if self.protocol == "tcp" else f"{ports}/{self.protocol}"


def parse_ports(value: object) -> PortRange:
    """`5432`, `123/udp` or `30000-30010/tcp`. Raises ValueError."""
    if isinstance(value, PortRange):
        return value
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError("should be a port, such as 5432, 123/udp or 30000-30010")
    first, last = int(written[1]), int(written[2] or written[1])
    protocol = (written[3] or "tcp").lower()
    if protocol not in PROTOCOLS:
        raise ValueError(f'there is no protocol "{written[3]}" here{did_you_mean(protocol, PROTOCOLS)}')
    for port in (first, last):
        if not 1 <= port <= HIGHEST_PORT:
            raise ValueError(f"there is no port {port}; ports are 1 to {HIGHEST_PORT}")
    if first > last:
        raise ValueError(f"the range is reversed: write {last}-{first}")
    return PortRange(first, last, protocol)


def _once_each(ports: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
    if not ports:
        raise ValueError("is empty: name a port")
    for index, later in enumerate(ports):
        for earlier in ports[:index]:
            if later.overlaps(earlier):
                raise wrong_item(index, f"{later} overlaps with {earlier}")
    return ports


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("is empty")
    for index, name in enumerate(names):
        if why := _why_no_name(name, names[:index]):
            raise wrong_item(index, f'"{name}" {why}')
    return names


def _why_no_name(name: str, before: tuple[str, ...]) -> str:
    if not name or re.search(r"[\s/\[\]]", name):
        return "is no host, group, name or address"
    if name in before:
        return "is given twice"
    # A resolver takes 10.0.1 for 10.0.0.1, and asks for a name with a colon in it.
    dotted = "." in name and not name.strip("0123456789.")
    if (dotted or ":" in name) and not is_address(name):
        return "is no IPv4 address" if dotted else "is no IPv6 address, and a port goes into `port:`"
    return ""


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _some(families: tuple[str, ...]) -> tuple[str, ...]:
    if not families:
        raise ValueError("is empty")
    for index, family in enumerate(families):
        if family in families[:index]:
            raise wrong_item(index, f"{family} is given twice")
    return families


def _octets(text: str) -> str:
    try:
        return bytes.fromhex(text).hex()
    except ValueError:
        raise ValueError("should be octets in hexadecimal, such as 0a0b0c") from None


def _seen_as(text: str) -> str:
    if text == "unchanged":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f'"{text}" should be an address, or `unchanged`') from None


PORT_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": HIGHEST_PORT},
        {"type": "string", "pattern": r"^\d+(-\d+)?(/(tcp|udp))?$"},
    ],
    "examples": [5432, "123/udp", "30000-30010"],
}
Port = Annotated[PortRange, BeforeValidator(parse_ports), WithJsonSchema(PORT_SCHEMA)]
PortSet = Annotated[OneOrSeveral[Port], AfterValidator(_once_each)]
Names = Annotated[OneOrSeveral[str], AfterValidator(_names)]
Families = Annotated[OneOrSeveral[Literal["ipv4", "ipv6"]], AfterValidator(_some)]
Octets = Annotated[str, AfterValidator(_octets), WithJsonSchema({"type": "string", "pattern": "^([0-9A-Fa-f]{2} ?)+$"})]
SeenAs = Annotated[str, AfterValidator(_seen_as)]
