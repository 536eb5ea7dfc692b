"""What all DNS checks of an inventory share: how the servers to ask are found. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_dns.names import WrittenServer


@dataclass(frozen=True, slots=True)
class Ways:
    """How servers are found and reached.

    Attributes:
        zones: the names of zones with their servers, none meaning those it is delegated to.
        ca: a file with certificates of authorities, besides those that this machine trusts; empty if there is none.
    """

    resolvers: tuple[WrittenServer, ...] = ()
    zones: tuple[tuple[str, tuple[WrittenServer, ...]], ...] = ()
    families: tuple[str, ...] = ("ipv4", "ipv6")
    port: int = 53
    ca: str = ""


def resolvers_in_words(ways: Ways) -> str:
    """Whom the resolvers are, for `--plan`."""
    return ", ".join(map(str, ways.resolvers)) or "the system's resolvers"
