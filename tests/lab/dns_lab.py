"""The name servers most tests need, started together.

The addresses in the zones' NS records (127.0.0.1, ::1, 127.0.0.2, ...) answer on one port, `DnsLab.port`, so that a
walk along delegations can be tested as it is, but for the port.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import nsd, ports, unbound, zones
from .nameserver import NameServer

_PRIMARY = {
    "example.test": zones.EXAMPLE,
    "other.test": zones.OTHER,
    "big.test": zones.BIG,
    "113.0.203.in-addr.arpa": zones.REVERSE,
}


@dataclass(frozen=True, slots=True)
class DnsLab:
    """Running name servers, each at an address and port of its own on 127.0.0.1.

    primary    NSD: example.test, other.test, big.test, 113.0.203.in-addr.arpa; ns1.example.test
    primary6   the same NSD on ::1; None where there is no IPv6
    secondary  NSD: the same copies; ns2.example.test
    stale      NSD: an older example.test (`zones.STALE_DIFFERENCES`), the other zones alike
    child      NSD: child.example.test, which example.test delegates; ns.child.example.test
    lame       NSD: elsewhere.test only; REFUSED for everything else; ns.elsewhere.test
    parent     NSD: the root and test., which delegate the zones above; ns.test
    recursor   Unbound: resolves all of it; SERVFAIL below broken.test, whose only server is `dead`
    dead       nothing listens: UDP and TCP are refused
    blackhole  takes questions and never answers
    port       where the addresses in the zones' NS records listen
    """

    primary: NameServer
    primary6: NameServer | None
    secondary: NameServer
    stale: NameServer
    child: NameServer
    lame: NameServer
    parent: NameServer
    recursor: NameServer
    dead: NameServer
    blackhole: NameServer

    @property
    def port(self) -> int:
        return self.primary.port


@contextmanager
def running(directory: Path | None = None) -> Iterator[DnsLab]:
    """Start every server of the lab; end them all on leaving. Raises NotInstalledError."""
    with ExitStack() as stack:
        ipv6 = ports.has_ipv6()
        own_port = [NameServer(ports.LOOPBACK6, 0)] if ipv6 else []
        primary = stack.enter_context(nsd.running(_PRIMARY, directory, also=own_port))

        def serve(served: dict[str, str], address: str) -> NameServer:
            return stack.enter_context(nsd.running(served, directory, also=[NameServer(address, primary.port)]))

        secondary = serve(_PRIMARY, "127.0.0.2")
        child = serve({"child.example.test": zones.CHILD}, "127.0.0.3")
        lame = serve({"elsewhere.test": zones.ELSEWHERE}, "127.0.0.4")
        parent = serve({".": zones.ROOT, "test": zones.PARENT}, "127.0.0.6")
        stale = stack.enter_context(nsd.running({**_PRIMARY, "example.test": zones.STALE}, directory))
        dead = stack.enter_context(ports.dead())
        stubs = dict.fromkeys(_PRIMARY, primary)
        stubs |= {".": parent, "test": parent, "child.example.test": child, "elsewhere.test": lame, "broken.test": dead}
        yield DnsLab(
            primary=primary,
            primary6=NameServer(ports.LOOPBACK6, primary.port) if ipv6 else None,
            secondary=secondary,
            stale=stale,
            child=child,
            lame=lame,
            parent=parent,
            recursor=stack.enter_context(unbound.running(stubs, directory)),
            dead=dead,
            blackhole=stack.enter_context(ports.blackhole()),
        )
