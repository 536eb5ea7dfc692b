"""What a judge looks at: all ports of a flow that fared alike, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_ports.observation import Address, Listener, Ports


@dataclass(frozen=True, slots=True)
class Place:
    """Ports that fared alike, at one address of the destination or at several.

    Attributes:
        fared: the first of them.
        last_hop: for drops, how far away the last router is that packets got to, and its address.
        listener: what became of our own on these ports.
    """

    addresses: tuple[Address, ...]
    fared: Ports
    ranges: tuple[tuple[int, int], ...]
    last_hop: tuple[int, str] | None
    listener: Listener | None

    @property
    def address(self) -> Address:
        return self.addresses[0]

    @property
    def state(self) -> str:
        return self.fared.state

    @property
    def we_listen(self) -> bool:
        return self.listener is not None and self.listener.state == "listening"

    @property
    def something_listens(self) -> bool:
        """Seen on the destination itself: our listener, or a service that accepts at this address."""
        return self.we_listen or (self.listener is not None and self.listener.answers)

    @property
    def failed(self) -> str:
        """Why our listener could not run; empty if it did, or was not to."""
        return self.listener.note if self.listener is not None and self.listener.state == "failed" else ""

    @property
    def taken_elsewhere(self) -> bool:
        """Something has the port, but not at the address that others use."""
        return self.listener is not None and self.listener.state == "in-use" and not self.listener.answers

    @property
    def control(self) -> str:
        """What shows that the source reaches the address, or that something does listen there."""
        return "something listens there" if self.something_listens else self.address.control

    @property
    def at(self) -> str:
        return ", ".join(address.address for address in self.addresses)

    @property
    def ports(self) -> str:
        """`port 80`, or `ports 80, 443-445`."""
        each = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in self.ranges)
        return f"port {each}" if each.isdigit() else f"ports {each}"

    @property
    def where(self) -> str:
        return f"{self.at} {self.ports}" + (" (UDP)" if self.address.protocol == "udp" else "")
