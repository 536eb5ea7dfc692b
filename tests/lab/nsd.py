"""NSD, an authoritative name server, as the current user on a free port.

with nsd.running({"example.test": zone_text}) as server:
    ...  # server is a NameServer

What NSD 4.6 says: REFUSED for a name of no zone it serves, SERVFAIL for a zone whose file it could not load
(`running` raises instead), a referral without AA below a delegation.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .nameserver import NameServer
from .process import DidNotStartError, executable, name_server

# Rate limiting is on by default (200 answers a second): a benchmark would measure that.
_SERVER = """\
server:
  username: ""
  chroot: ""
  pidfile: ""
  database: ""
  zonesdir: "{folder}"
  xfrdir: "{folder}"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  identity: "{identity}"
  server-count: 1
  tcp-count: 1000
  receive-buffer-size: 4194304
  send-buffer-size: 4194304
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
"""


@contextmanager
def running(
    zones: Mapping[str, str],
    directory: Path | None = None,
    *,
    also: Sequence[NameServer] = (),
    settings: str = "",
    transfer: str = "",
) -> Iterator[NameServer]:
    """Serve the zones (name -> text of a zone file) on a free port of 127.0.0.1 until the block is left.

    `also` are further places to listen; a port of 0 there means the server's own port. `directory` is where a folder
    for its files is made, and removed (the system's temporary folder by default). `settings` are further sections of
    its configuration, such as a `key:`. `transfer` names the key that zone transfers need, `NOKEY` for none; without it
    they are refused. Raises NotInstalledError, or DidNotStartError when NSD does not load a zone.
    """
    binary = executable("nsd")
    with tempfile.TemporaryDirectory(prefix="nsd-", dir=directory) as own:
        folder = Path(own)
        log = folder / "log"
        for number, text in enumerate(zones.values()):
            (folder / f"{number}.zone").write_text(text)

        allow = f"\n  provide-xfr: 127.0.0.0/8 {transfer}" if transfer else ""

        def configure(server: NameServer, identity: str) -> list[str]:
            places = [server, *(NameServer(place.address, place.port or server.port) for place in also)]
            lines = [_SERVER.format(folder=folder, identity=identity)]
            lines += [settings] if settings else []
            lines += [
                f'zone:\n  name: "{name}"\n  zonefile: "{number}.zone"{allow}' for number, name in enumerate(zones)
            ]
            lines += ["server:", *(f"  ip-address: {place.address}@{place.port}" for place in places), ""]
            (folder / "nsd.conf").write_text("\n".join(lines))
            return [binary, "-d", "-c", str(folder / "nsd.conf")]

        with name_server(configure, log, also=[place.address for place in also if not place.port]) as server:
            _refuse_broken_zones(log)
            yield server


def _refuse_broken_zones(log: Path) -> None:
    """NSD starts with a zone that it could not read, and answers SERVFAIL for it."""
    errors = [line for line in log.read_text(errors="replace").splitlines() if " error: " in line]
    if errors:
        raise DidNotStartError(" / ".join(errors))
