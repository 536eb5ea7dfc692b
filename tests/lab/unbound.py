"""Unbound, a recursive resolver, as the current user on a free port, that knows only the lab's servers.

What Unbound 1.17 says: SERVFAIL when no server of a zone answers, and for a loop of aliases; NXDOMAIN with the CNAME
before it for an alias to nothing; NOERROR with an empty answer for a name without that type.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .nameserver import NameServer
from .process import executable, name_server

# Sockets bound to loopback cannot leave it: whatever a zone says, no question goes out.
# As installed, Unbound tries a dead server for 17 seconds, refused or not, and then drops its own SERVFAIL because the
# question is older than discard-timeout: the client sees a timeout. The limits below make that 0.4 s and a SERVFAIL,
# and let it ask again a second later.
# The zone test., and reverse zones of documentation addresses, are answered by Unbound itself unless told otherwise.
_SERVER = """\
server:
  interface: {server.address}@{server.port}
  outgoing-interface: {server.address}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  so-reuseport: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  log-time-ascii: yes
  identity: "{identity}"
  module-config: "iterator"
  num-threads: 1
  target-fetch-policy: "0 0 0 0 0"
  unknown-server-time-limit: 200
  infra-cache-max-rtt: 400
  infra-host-ttl: 1
  infra-keep-probing: yes
  local-zone: "test." nodefault
  local-zone: "113.0.203.in-addr.arpa." nodefault
remote-control:
  control-enable: no
"""
_STUB = """\
stub-zone:
  name: "{name}"
  stub-addr: {server.address}@{server.port}
"""


@contextmanager
def running(
    stubs: Mapping[str, NameServer], directory: Path | None = None, *, settings: str = ""
) -> Iterator[NameServer]:
    """Resolve through the servers of the stub zones (zone name -> server) until the block is left.

    `settings` are lines of unbound.conf(5) that come after the lab's own and win over them.
    Give a server for "." too, or Unbound asks for the real root servers (in vain). Raises NotInstalledError and
    DidNotStartError.
    """
    binary = executable("unbound")
    with tempfile.TemporaryDirectory(prefix="unbound-", dir=directory) as own:
        folder = Path(own)
        # Debian's AppArmor profile, tied to the installed path, denies files outside /etc/unbound: run a copy.
        program = str(shutil.copy(binary, folder))

        def configure(server: NameServer, identity: str) -> list[str]:
            text = _SERVER.format(server=server, folder=folder, identity=identity)
            text += "".join(_STUB.format(name=name, server=stub) for name, stub in stubs.items())
            text += f"server:\n{settings}\n" if settings else ""
            (folder / "unbound.conf").write_text(text)
            return [program, "-d", "-c", str(folder / "unbound.conf")]

        with name_server(configure, folder / "log") as server:
            yield server
