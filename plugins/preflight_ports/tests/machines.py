"""The machines of the README and of example.yaml, at the addresses that stand there, in network namespaces.

    admin --- fw -+- web-1, web-2
                  +- db-1, db-2, queue-1, infra, shop

preflight runs on `admin`, and logs in to real SSH servers.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab import netns, sshd
from tests.lab.listeners import dual_stack, echoing
from tests.lab.process import executable

NETS = {1: "192.0.2", 2: "198.51.100", 3: "203.0.113"}
# The network of each machine, and the end of its addresses there.
PLAN = {"admin": (3, 10), "web-1": (1, 11), "web-2": (1, 12), "db-1": (2, 21), "db-2": (2, 22),
        "queue-1": (2, 31), "infra": (2, 53), "shop": (2, 80)}  # fmt: skip
LOGGED_IN_TO = ("web-1", "web-2", "queue-1")
# All is probed at once: ICMP must not be held back.
SYSCTLS = ("ipv4.ip_forward=1", "ipv6.conf.all.forwarding=1", "ipv4.icmp_ratelimit=0", "ipv6.icmp.ratelimit=0")
RULESET = """\
table inet fw {{}}
delete table inet fw
table inet fw {{
    chain forward {{
        type filter hook forward priority filter
        {rules}
    }}
    chain nat {{
        type nat hook postrouting priority srcnat
        {nat}
    }}
}}
"""


def v4(machine: str) -> str:
    net, end = PLAN[machine]
    return f"{NETS[net]}.{end}"


def v6(machine: str) -> str:
    net, end = PLAN[machine]
    return f"2001:db8:{net}::{end}"


@dataclass(frozen=True, slots=True)
class Machines:
    """All of them, by name; `folder` is the home of who runs preflight."""

    by_name: Mapping[str, netns.Namespace]
    folder: Path

    @property
    def trusted(self) -> Path:
        """The file of the certificates that every machine trusts, to be written to."""
        return self.folder / "trusted.pem"

    def filter(self, *rules: str, nat: str = "") -> None:
        """What the firewall does with what it forwards, instead of all it did before."""
        self.by_name["fw"].run(["nft", "-f", "-"], RULESET.format(rules="\n        ".join(rules), nat=nat))

    @contextmanager
    def serving(self, services: Mapping[str, Sequence[str]]) -> Iterator[None]:
        """Echo services at each machine's ports, such as `53` or `53/udp`."""
        with ExitStack() as stack:
            listening = []
            for machine, ports in services.items():
                for each in ports:
                    port, _, protocol = each.partition("/")
                    sock = self.listening(machine, int(port), protocol)
                    listening.append((machine, stack.enter_context(sock)))
            stack.enter_context(echoing(listening))
            yield

    def listening(self, machine: str, port: int, protocol: str = "tcp") -> socket.socket:
        with self.by_name[machine].entered():
            return dual_stack(socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM, port)

    def from_admin(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` on `admin`, where it may log in to the others."""
        known = [f"HOME={self.folder}", f"SSL_CERT_FILE={self.trusted}"]
        return self.by_name["admin"].wrap(["env", *known, *_with_names(self.folder, argv)])


@contextmanager
def running(folder: Path) -> Iterator[Machines]:
    """Start them all. Raises NamespacesNotAllowedError, or NotInstalledError for a missing tool."""
    with ExitStack() as stack:
        machines = Machines({name: stack.enter_context(netns.namespace(name)) for name in ("fw", *PLAN)}, folder)
        _link(machines.by_name)
        # The name of this very machine is looked up by what reads ~/.ssh/config, and no name server is reached.
        names = {"127.0.0.1": f"localhost {socket.gethostname()}", v4("shop"): "shop.example.com"}
        names[v6("shop")] = "shop.example.com"
        (folder / "names").write_text("".join(f"{address} {name}\n" for address, name in names.items()))
        (folder / ".ssh").mkdir(mode=0o700)
        machines.trusted.touch()
        for name in LOGGED_IN_TO:
            _log_in_to(stack, machines, name)
        yield machines


def _link(by_name: Mapping[str, netns.Namespace]) -> None:
    fw = by_name["fw"]
    with fw.entered():
        for each in SYSCTLS:
            name, _, value = each.partition("=")
            Path("/proc/sys/net", name.replace(".", os.sep)).write_text(value)
    lines = []
    for net, prefix in NETS.items():
        lines += [f"link add net{net} type bridge", f"link set net{net} up", f"addr add {prefix}.1/24 dev net{net}",
                  f"addr add 2001:db8:{net}::1/64 dev net{net} nodad"]  # fmt: skip
    for name, (net, _) in PLAN.items():
        lines += [f"link add to-{name} type veth peer name eth0 netns {by_name[name].pid}",
                  f"link set to-{name} master net{net} up"]  # fmt: skip
    _ip(fw, lines)
    for name, (net, _) in PLAN.items():
        _ip(by_name[name], [
            f"addr add {v4(name)}/24 dev eth0", f"addr add {v6(name)}/64 dev eth0 nodad", "link set eth0 up",
            f"route add default via {NETS[net]}.1", f"route add default via 2001:db8:{net}::1"])  # fmt: skip


def _ip(machine: netns.Namespace, lines: Sequence[str]) -> None:
    machine.run(["ip", "-batch", "-"], "\n".join(lines))


def _log_in_to(stack: ExitStack, machines: Machines, name: str) -> None:
    address, home = v4(name), machines.folder
    (home / name).mkdir()
    settings = f"ListenAddress {address}:22\nSetEnv SSL_CERT_FILE={machines.trusted}"
    prefix = machines.by_name[name].wrap(_with_names(home, []))
    server = stack.enter_context(sshd.running(home / name, settings, prefix=prefix, address=address))
    with (home / ".ssh" / "config").open("a") as config, (home / ".ssh" / "known_hosts").open("a") as known:
        config.write(f"Host {address}\nIdentityFile {server.identity}\n")
        known.write(f"{address} {server.host_key}\n")


def _with_names(folder: Path, argv: Sequence[str]) -> list[str]:
    """The command line that gives `argv` an /etc/hosts of its own; the machine's file is covered, not changed."""
    script = f'mount --bind {folder / "names"} /etc/hosts && exec "$@"'
    return [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", script, "sh", *argv]
