"""The lab's network: the plan of topology.py in network namespaces, with every scenario set up in it."""

import errno
import random
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import rules, topology
from .listeners import Peer, dual_stack, echoing, full_backlog
from .netns import CommandFailedError, Namespace, NamespacesNotAllowedError, namespace, run
from .process import executable
from .scenarios import SCENARIOS, Service
from .topology import Pair

# A new namespace takes some of these from the machine it is on. ICMP must not be held back: all is probed at once.
_SYSCTLS = {
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/ip_forward": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv4/icmp_ratemask": "0",
    "ipv4/icmp_msgs_per_sec": "1000000",
    "ipv4/icmp_msgs_burst": "1000000",
    "ipv4/tcp_mtu_probing": "0",
    # A closed connection whose other end is gone holds its namespace until it gives up, else a minute or two.
    "ipv4/tcp_orphan_retries": "1",
    "ipv4/tcp_fin_timeout": "1",
    "ipv6/icmp/ratelimit": "0",
    "ipv6/conf/all/disable_ipv6": "0",
    "ipv6/conf/default/disable_ipv6": "0",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/accept_ra": "0",
}
_FORWARDING = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"}
_BLOCKS = 250

# xdist's workers draw apart: pytest-randomly seeds the global generator alike in all of them.
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Network:
    """The machines of the lab; topology.py has their addresses, scenarios.py what can be probed.

    reached_at  where the machine that runs the tests, and nobody else, reaches `client` and `server`: for sshd
    peers       who connected to the echo services, as these saw it
    """

    client: Namespace
    router1: Namespace
    router2: Namespace
    server: Namespace
    reached_at: dict[str, Pair]
    peers: list[Peer]


@contextmanager
def running() -> Iterator[Network]:
    """Start the network with all its scenarios, in a fraction of a second.

    Raises NamespacesNotAllowedError, or NotInstalledError for a missing tool.
    """
    with ExitStack() as stack:
        machines = {name: stack.enter_context(namespace(name)) for name in topology.MACHINES}
        for name, machine in machines.items():
            _set(machine, _SYSCTLS | (_FORWARDING if name.startswith("router") else {}))
        _link_up(machines)
        for name, machine in machines.items():
            for family in (4, 6):
                _ip(machine, [*topology.commands(name, family), *rules.routes(name, family)], f"-{family}")
            machine.run(["nft", "-f", "-"], rules.ruleset(name))
        reached_at = {name: stack.enter_context(_management(machines[name])) for name in ("client", "server")}
        peers = stack.enter_context(_services(machines))
        yield Network(**machines, reached_at=reached_at, peers=peers)


def _set(machine: Namespace, values: dict[str, str]) -> None:
    with machine.entered():
        for name, value in values.items():
            # Older kernels have one limit of messages for all namespaces, and show it in the first one only.
            with suppress(FileNotFoundError):
                try:
                    Path("/proc/sys/net", name).write_text(value)
                except OSError as error:
                    if error.errno not in (errno.EPERM, errno.EACCES, errno.EROFS):
                        raise
                    raise NamespacesNotAllowedError(f"no network of our own here: {error}") from None


def _ip(machine: Namespace, lines: Iterable[str], *options: str) -> None:
    machine.run(["ip", *options, "-batch", "-"], "\n".join(lines))


def _link_up(machines: dict[str, Namespace]) -> None:
    for near, far in topology.LINKS:
        veth = f"link add {near.interface} type veth peer name {far.interface} netns {machines[far.machine].pid}"
        _ip(machines[near.machine], [veth, f"link set {near.interface} up"])
    ups: dict[str, list[str]] = {name: [] for name in machines}
    for _, far in topology.LINKS:
        ups[far.machine].append(f"link set {far.interface} up")
    # Only the router's end is narrow: the server goes on to send what fits its own. In single segments, for a
    # larger one that is to be cut up later would slip through the narrow end.
    ups["router2"].append(f"link set narrow mtu {topology.NARROW_MTU}")
    ups["server"].append("link set narrow gso_max_segs 1")
    for name, lines in ups.items():
        _ip(machines[name], lines)


@contextmanager
def _management(machine: Namespace) -> Iterator[Pair]:
    """A link of its own between a machine and ours; the machine's addresses on it."""
    for block in _random.sample(range(_BLOCKS), _BLOCKS):
        # The interface's name is the claim on the addresses: the kernel has each name but once.
        name = f"pf-lab{block}"
        v4, v6 = f"10.231.{block}", f"fd5a:1f7e:9b3c:{block}:"
        if _own_ip("-4", "route", "show", "table", "all", "to", "root", f"{v4}.0/24"):
            continue
        try:
            _own_ip("link", "add", name, "type", "veth", "peer", "name", "management", "netns", str(machine.pid))
        except CommandFailedError as error:
            if "Operation not permitted" in str(error):
                raise NamespacesNotAllowedError(f"no link to a namespace here: {error}") from None
            if "File exists" not in str(error):
                raise
            continue
        break
    else:
        raise CommandFailedError("no free network for a link to the lab in 10.231.0.0/16")
    try:
        _ip(machine, [f"addr add {v4}.2/24 dev management", f"addr add {v6}:2/64 dev management nodad",
                      "link set management up"])  # fmt: skip
        for line in (f"addr add {v4}.1/24 dev {name}", f"addr add {v6}:1/64 dev {name} nodad", f"link set {name} up"):
            _own_ip(*line.split())
        yield Pair(f"{v4}.2", f"{v6}:2")
    finally:
        # It would go with the namespace, but some time later.
        with suppress(CommandFailedError):
            _own_ip("link", "delete", name)


def _own_ip(*words: str) -> str:
    return run([executable("ip"), *words])


@contextmanager
def _services(machines: dict[str, Namespace]) -> Iterator[list[Peer]]:
    wanted = {(need, scenario.protocol, scenario.port) for scenario in SCENARIOS
              for need in scenario.needs if isinstance(need, Service)}  # fmt: skip
    with ExitStack() as stack:
        echo = []
        for (name, kind), protocol, port in sorted(wanted):
            if kind == "full":
                stack.enter_context(full_backlog(machines[name], port))
                continue
            with machines[name].entered():
                sock = dual_stack(socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM, port)
            stack.enter_context(sock)
            if kind == "echo":
                echo.append((name, sock))
        yield stack.enter_context(echoing(echo))
