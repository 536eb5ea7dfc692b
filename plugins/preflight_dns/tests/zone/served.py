"""Zones on a real server, and what a check says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from preflight_dns.tests.zone.looking import Looked, assert_complete, look
from tests.lab.nameserver import NameServer


@dataclass(frozen=True)
class Served:
    """A name server with zones, and a recursor that asks it."""

    server: NameServer
    recursor: NameServer

    def look(self, zone: str, aspect: str, fields: str = "", records: str = "", servers: str = "") -> Looked:
        """One check of a zone; `fields` are more keys of its entry, `records` those of the inventory."""
        servers = servers or f"'{self.server}'"
        entry = f"{{name: {zone}, servers: [{servers}], checks: [{aspect}]{', ' if fields else ''}{fields}}}"
        looked = look(f"resolvers: ['{self.recursor}'], zones: [{entry}], records: [{records}]")[aspect]
        assert_complete(looked.reasons)
        return looked


ServeZones = Callable[[Mapping[str, str]], Served]


def whole(name: str, records: str) -> str:
    """The text of a zone file: with an SOA and an NS of its own, unless the records say otherwise."""
    apex = "." if name == "." else f"{name}."
    soa = "" if " SOA " in records else "@ SOA ns hostmaster 1 7200 3600 1209600 300\n"
    ns = "" if "@ NS " in records else "@ NS ns\nns A 127.0.0.1\n"
    return f"$ORIGIN {apex}\n$TTL 300\n{soa}{ns}{records}\n"
