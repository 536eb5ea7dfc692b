"""What UDP services of well-known ports answer to. To anything else, many rightly say nothing."""

from __future__ import annotations

# RFC 1035: the SOA of the root, recursion not desired.
_DNS = "707200000001000000000000" + "00" + "0006" + "0001"
# RFC 5905: version 4, client; all else is 0.
_NTP = "23" + "00" * 47

_WELL_KNOWN = {53: _DNS, 123: _NTP}


def datagram(port: int, written: str | None) -> str:
    """What to send to a port, in hexadecimal: what the inventory says, or the protocol's own question."""
    return written if written is not None else _WELL_KNOWN.get(port, "")


def answer_is_due(port: int, written: str | None) -> bool:
    """Whether a service there would answer what is sent."""
    return bool(datagram(port, written))
