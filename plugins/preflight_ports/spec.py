"""What may I write under `ports:`?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, PrivateAttr, Tag, model_validator

from preflight.model import CheckSpec, Duration, Several, Strictly
from preflight_ports.fields import Families, Names, Octets, PortSet, SeenAs

HERE = "here"


class TlsSpec(Strictly):
    """What a TLS server must show."""

    name: str = Field("", description="the name asked for (SNI) and wanted in the certificate; that of `to` if empty")
    verify: bool = Field(True, description="whether the source must trust the certificate, by its own CA store")


# A discriminator, since a plain union reports one mistake once for each of its members.
Tls = Annotated[
    Annotated[bool, Tag("bool")] | Annotated[TlsSpec, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict | TlsSpec) else "bool"),
]


@dataclass(frozen=True, slots=True)
class Pair:
    """One source and one destination of a flow.

    Attributes:
        source: a host of the inventory, or `here`.
        destination: as written: a host of the inventory, a name or an address.
        address: what the source connects to: a name that it resolves, or an address.
        source_address: of a host of the inventory, as it stands there; empty for this machine.
        window_closes: when the cutover is over; certificates must last longer.
    """

    source: str
    destination: str
    address: str
    source_address: str = ""
    window_closes: datetime | None = None


class FlowSpec(CheckSpec):
    """Ports that can be reached, or must not be: one check for each source and destination."""

    from_: Names = Field(alias="from", description="where the traffic starts: here, a host or a group")
    to: Names = Field(description="where it goes: a host, a group, a name or an address")
    port: PortSet
    expect: Literal["open", "path-open", "blocked"] = Field(
        "open",
        description="open: something accepts; path-open: or nothing listens yet, but no firewall stands in the way; "
        "blocked: a firewall stands in the way",
    )
    listener: Literal["if-free"] | None = Field(
        None, description="listen on the destination for a moment where nothing does; needs `allow: [listener]`"
    )
    tls: Tls = Field(False, description="a TLS handshake, and a certificate that outlasts the cutover")
    control: PortSet | None = Field(
        None, description="for blocked: a port of the destination that the source does reach"
    )
    seen_as: SeenAs | None = Field(
        None, description="the source address that the listener must see: an address, or unchanged (no NAT)"
    )
    send: Octets | None = Field(None, description="for UDP: what a server answers to, in hexadecimal")
    families: Families | None = Field(None, description="of the destination's addresses; those of the section if empty")
    connect_timeout: Duration | None = Field(None, description="how long a port may take to answer")

    _pair: Pair = PrivateAttr(default=Pair("", "", ""))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        udp = any(ports.protocol == "udp" for ports in self.port)
        if self.tls and (udp or self.expect != "open"):
            raise ValueError("`tls` goes with TCP ports and `expect: open`")
        if self.tls and self.listener:
            raise ValueError("`tls` is for the service itself, `listener` for when there is none yet: leave one out")
        if self.control and self.expect != "blocked":
            raise ValueError(
                "`control` goes with `expect: blocked`: it shows that the destination can be reached at all"
            )
        if self.control and any(ports.protocol == "udp" for ports in self.control):
            raise ValueError("a `control` port is a TCP port")
        if self.seen_as and not self.listener:
            raise ValueError("only a listener sees the source address: `seen_as` goes with `listener`")
        if self.seen_as and self.expect == "blocked":
            raise ValueError("`seen_as` is about traffic that gets through: leave it out with `expect: blocked`")
        if self.send is not None and (not udp or self.listener):
            raise ValueError("`send` is what a UDP service answers to; it goes with UDP ports, without `listener`")
        return self

    def between(self, pair: Pair, alone: bool) -> Self:
        """This flow for one source and one destination; unless it is the only one, its `id` names them."""
        flow = (
            self
            if alone or not self.id
            else self.model_copy(update={"id": f"{self.id}:{pair.source}->{pair.destination}"})
        )
        flow = flow.model_copy()
        flow._pair = pair
        return flow

    @property
    def pair(self) -> Pair:
        return self._pair

    def tls_name(self) -> str:
        """The name to ask a TLS server for; empty if there is no handshake to be made."""
        if not self.tls:
            return ""
        name = (self.tls.name if isinstance(self.tls, TlsSpec) else "") or self.pair.address
        return name.rstrip(".")  # RFC 6066 section 3


class PortsSection(Strictly):
    """The `ports:` section."""

    flows: Several[FlowSpec] = ()
    families: Families = Field(("ipv4", "ipv6"), description="of the destinations' addresses")
    connect_timeout: Duration = Field(4.0, description="how long a port may take to answer; 4 s outlast two lost SYNs")
