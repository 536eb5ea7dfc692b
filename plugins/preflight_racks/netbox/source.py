"""Which NetBox to read, and how its words are to be taken. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from preflight.secret import Secret
from preflight_racks.room import Wiring

ReservedFor = Literal["tenant", "description", "user"]


@dataclass(frozen=True, slots=True)
class NetBox:
    """A NetBox, and the part of it that counts. Hashable, and pickles.

    Attributes:
        url: as a browser opens it: `https://netbox.example`, with a path if it has one.
        token: of a user who may view what `tables` lists; one of version 1, or of version 2 (`nbt_...`).
        site: slug or name; empty for all sites.
        location: slug or name of a location of the site, with all that is below it; empty for the whole site.
        verify: False takes any certificate.
        ca: a file of certificates to verify the server's with, instead of those that this machine trusts.
        reserved_for: which field of a reservation says for whom it is.
        blanks: slugs of roles and of device types that are blanking panels, besides types with "blank" in their name.
        derate: how much of a breaker a continuous load may take; None to take each feed's `max_utilization`.
        wiring: of three-phase feeds; empty to tell it by the plug of the PDU, and to take wye where that says nothing.
        switch_roles: slugs of the roles of devices whose free interfaces are switch ports of their rack; without any,
            free switch ports are not known.
        connections: how many requests are under way at a time.
    """

    url: str
    token: Secret
    site: str = ""
    location: str = ""
    verify: bool = True
    ca: str = ""
    reserved_for: ReservedFor = "tenant"
    blanks: tuple[str, ...] = ()
    derate: float | None = None
    wiring: Literal["", Wiring] = ""
    switch_roles: tuple[str, ...] = ()
    connections: int = 4

    @property
    def address(self) -> str:
        """Its base address, without a `/api` at the end, and without a user's name and password."""
        try:
            parts = urlsplit(self.url.strip())
        except ValueError:
            return "an address that is none"
        path = parts.path.rstrip("/").removesuffix("/api").rstrip("/")
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"

    @property
    def called(self) -> str:
        return f"NetBox at {self.address}"

    def page(self, path: str, number: int | None) -> str:
        """Where a person sees a record: `https://netbox.example/dcim/devices/12/`."""
        return f"{self.address}/dcim/{path}/{number}/" if number is not None else self.address


def objection(url: str) -> str:
    """What is wrong with the address of a NetBox; empty if nothing is."""
    try:
        parts = urlsplit(url.strip())
        named = parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https"):
        return "should be the address at which a browser opens NetBox, such as https://netbox.example"
    if "@" in parts.netloc:
        return "should have no user and password in it: NetBox takes a `token`"
    if parts.query or parts.fragment:
        return "should end before the ? or #"
    return ""


def contacts(source: NetBox) -> str:
    """What is asked of it, for --plan."""
    what = "racks, reservations, devices and their types, modules, power feeds, power ports and outlets"
    what += " and interfaces" if source.switch_roles else ""
    site = f"site {source.site}" if source.site else "all sites"
    where = f"location {source.location} of {site}" if source.location else site
    whom = "as the owner of the token" if source.token.reveal() else "without a token"
    return f"reads {what} of {where} from {source.address}, {whom}"
