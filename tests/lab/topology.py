"""The plan of the lab's network: which machines there are, how they are linked, and what their addresses are.

    runner ---------------------------------------- management ----+
      |                                                             |
    client ---- net 1 ---- router1 ---- net 2 ---- router2 ---- net 3 ---- server
                                              `-- net 4 (narrow) --'

Three hops, so that a device in the way is not the neighbour. Every link has both families. The addresses exist in
the namespaces only; but for those of the management links, which the machine that runs the tests must see.
"""

from typing import NamedTuple

MACHINES = ("client", "router1", "router2", "server")
NARROW_MTU = 1280  # the least that IPv6 allows
PREFIXES = ("24", "64")


class Pair(NamedTuple):
    """One place's two addresses."""

    v4: str
    v6: str

    def of(self, family: int) -> str:
        return self.v4 if family == 4 else self.v6


def at(net: int, host: int) -> Pair:
    """An address in a network of the plan."""
    return Pair(f"10.99.{net}.{host}", f"fd99:0:0:{net}::{host}")


CLIENT = at(1, 2)
ROUTER1 = at(1, 1)  # what the client sees of a router: routers send from the interface that leads back
ROUTER2 = at(2, 2)
SERVER = at(3, 2)
NARROW = at(4, 2)  # the server behind a link whose MTU nobody tells
MASQUERADE = at(3, 77)  # router2's second address, which hides its clients
EVERYWHERE = Pair("10.99.0.0/16", "fd99::/48")


class End(NamedTuple):
    """One end of a link: the interface of a machine and its addresses."""

    machine: str
    interface: str
    addresses: Pair


LINKS = (
    (End("client", "to-router1", CLIENT), End("router1", "to-client", ROUTER1)),
    (End("router1", "to-router2", at(2, 1)), End("router2", "to-router1", ROUTER2)),
    (End("router2", "to-server", at(3, 1)), End("server", "to-router2", SERVER)),
    (End("router2", "narrow", at(4, 1)), End("server", "narrow", NARROW)),
)

# What the links alone do not say; each line for `ip`, once for each family.
ROUTES = {
    "client": ("route add {everywhere} via {router1}",),
    "router1": ("route add {net3} via {router2}", "route add {net4} via {router2}"),
    "router2": ("addr add {masquerade} dev to-server nodad", "route add {net1} via {router1_far}"),
    "server": (
        "route add {everywhere} via {router2_far}",
        # Answers from the narrow link's address take that link: the hole is on the way back as well.
        "route add {everywhere} via {router2_narrow} table 4",
        "rule add from {narrow} lookup 4",
    ),
}


def commands(machine: str, family: int) -> list[str]:
    """`ip -4` or `ip -6` lines for a machine whose links exist: addresses, then routes."""
    v = 0 if family == 4 else 1
    prefix = PREFIXES[v]
    nets = {f"net{n}": f"{at(n, 0)[v]}/{prefix}" for n in (1, 3, 4)}
    words = nets | {
        "everywhere": EVERYWHERE[v],
        "router1": ROUTER1[v],
        "router1_far": at(2, 1)[v],
        "router2": ROUTER2[v],
        "router2_far": at(3, 1)[v],
        "router2_narrow": at(4, 1)[v],
        "narrow": NARROW[v],
        "masquerade": f"{MASQUERADE[v]}/{prefix}",
    }
    ends = [end for link in LINKS for end in link if end.machine == machine]
    addresses = [f"addr add {end.addresses[v]}/{prefix} dev {end.interface} nodad" for end in ends]
    routes = [line.format(**words) for line in ROUTES[machine]]
    # IPv4 has no duplicate address detection to switch off.
    return addresses + routes if family == 6 else [line.removesuffix(" nodad") for line in addresses + routes]
