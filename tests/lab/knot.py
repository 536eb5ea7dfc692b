"""Knot, an authoritative name server that signs its zones itself, as the current user on a free port.

with knot.signing({"example.test": zone_text}, nsec3=True) as signed:
    signed.server          # a NameServer
    signed.ds["example.test"]  # the rdata of the DS that its parent has to have
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from .nameserver import NameServer
from .process import DidNotStartError, executable, name_server

_CONFIGURATION = """\
server:
    rundir: "{folder}"
    identity: "{identity}"
    listen: {server.address}@{server.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
policy:
  - id: lab
    algorithm: ecdsap256sha256
    nsec3: {nsec3}
    rrsig-lifetime: 30d
    rrsig-refresh: 14d
template:
  - id: default
    storage: "{folder}"
    zonefile-sync: -1
    dnssec-signing: on
    dnssec-policy: lab
zone:
"""


@dataclass(frozen=True)
class Signer:
    """Knot, and the DS of each of its zones, as rdata."""

    server: NameServer
    ds: Mapping[str, list[str]]


@contextmanager
def signing(zones: Mapping[str, str], directory: Path | None = None, *, nsec3: bool = False) -> Iterator[Signer]:
    """Sign and serve the zones (name -> text of a zone file) until the block is left. Raises NotInstalledError."""
    binary, manager = executable("knotd"), executable("keymgr")
    with tempfile.TemporaryDirectory(prefix="knot-", dir=directory) as own:
        folder = Path(own)
        configuration = folder / "knot.conf"

        def configure(server: NameServer, identity: str) -> list[str]:
            text = _CONFIGURATION.format(
                server=server, folder=folder, identity=identity, nsec3="on" if nsec3 else "off"
            )
            for number, (name, zone) in enumerate(zones.items()):
                (folder / f"{number}.zone").write_text(zone)
                text += f'  - domain: {name}\n    file: "{number}.zone"\n'
            configuration.write_text(text)
            return [binary, "-c", str(configuration)]

        with name_server(configure, folder / "log") as server:
            for name in zones:
                _wait_until_signed(server, name)
            yield Signer(server, {name: _ds(manager, configuration, name) for name in zones})


def _wait_until_signed(server: NameServer, zone: str, timeout: float = 20.0) -> None:
    """Zones are loaded and signed after the server has begun to answer."""
    query = dns.message.make_query(zone, "SOA", want_dnssec=True)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            reply = dns.query.udp(query, server.address, 1, server.port)
        except dns.exception.Timeout:
            continue
        if any(rrset.rdtype == dns.rdatatype.RRSIG for rrset in reply.answer):
            return
        time.sleep(0.01)
    raise DidNotStartError(f"Knot has not signed {zone} in {timeout:g} s")


def _ds(manager: str, configuration: Path, zone: str) -> list[str]:
    """`example.test. DS 12345 13 2 ABCD...`, by SHA-256 and SHA-384."""
    done = subprocess.run([manager, "-c", str(configuration), zone, "ds"], capture_output=True, text=True, check=True)
    return [line.split(None, 2)[2] for line in done.stdout.splitlines() if " 13 2 " in line]
