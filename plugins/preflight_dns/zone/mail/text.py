"""The text of TXT records. Pure."""

from __future__ import annotations

from typing import Any

import dns.rdata
import dns.rdataclass

from preflight_dns.wire import Rr


def joined(rr: Rr) -> str:
    """Its strings put together, with nothing between them (RFC 7208 section 3.3); odd octets as `\\xNN`."""
    rdata: Any = dns.rdata.from_text(dns.rdataclass.IN, "TXT", rr.text)
    octets: bytes = b"".join(rdata.strings)
    return octets.decode("ascii", "backslashreplace")
