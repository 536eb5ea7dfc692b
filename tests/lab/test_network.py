"""The lab's network does to a plain socket what its scenarios say: the facts about Linux that probers rest on."""

import errno
import re
import select
import socket
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from . import plain_probe, topology
from .listeners import Peer
from .netns import Namespace
from .network import Network
from .plain_probe import QueuedError, Seen, Target
from .scenarios import SCENARIOS, Scenario, scenario

FAMILIES = pytest.mark.parametrize("family", [4, 6])
HOPS = (1, 2, 3)
# Errors for want of a route come five at once and then one a second (ip_error in the kernel's route.c, and no
# sysctl of a namespace changes that): too few to ask four times, and they come before hops are counted anyway.
HOP_LIMITED = [each for each in SCENARIOS if not (each.sender == topology.ROUTER1.v4 and "route" in each.name)]
TIME_EXCEEDED = {4: "11/0", 6: "3/0"}


def target(scenario: Scenario, hops: int | None = None) -> Target:
    return Target(scenario.protocol, scenario.address, scenario.port, hops)


def expected(scenario: Scenario, hops: int | None = None) -> tuple[str | None, list[QueuedError]]:
    """The error and the error queue of a probe that may go so many hops."""
    last = {None: 0, topology.ROUTER1.of(scenario.family): 1, topology.ROUTER2.of(scenario.family): 2}
    if hops is not None and hops <= last[scenario.last_hop]:
        router = (topology.ROUTER1, topology.ROUTER2)[hops - 1].of(scenario.family)
        return "EHOSTUNREACH", [QueuedError("EHOSTUNREACH", "icmp", TIME_EXCEEDED[scenario.family], router)]
    if scenario.icmp is None:
        return scenario.error_name, []
    return scenario.error_name, [QueuedError(scenario.error_name or "", "icmp", scenario.icmp, scenario.sender)]


@pytest.fixture(scope="module")
def seen(network: Network) -> dict[Target, Seen]:
    """Every scenario probed at once, with and without a limit of hops."""
    wanted = {target(each): expected(each) for each in SCENARIOS}
    wanted |= {target(each, hops): expected(each, hops) for each in HOP_LIMITED for hops in HOPS}
    return plain_probe.probe(network.client, wanted, sum(error is not None for error, _ in wanted.values()))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_scenario_does_what_it_says(scenario: Scenario, seen: dict[Target, Seen]) -> None:
    result = seen[target(scenario)]
    assert (result.error, result.queue) == expected(scenario)
    # Nothing but the client's own kernel is that quick; yet its filter's errors come by ICMP, and so later.
    assert result.at_once == (scenario.state == "local-policy" and scenario.icmp is None)


@pytest.mark.parametrize("hops", HOPS)
@pytest.mark.parametrize("scenario", HOP_LIMITED, ids=str)
def test_routers_answer_when_hops_run_out_up_to_the_one_that_drops(
    scenario: Scenario, hops: int, seen: dict[Target, Seen]
) -> None:
    result = seen[target(scenario, hops)]
    assert (result.error, result.queue) == expected(scenario, hops)


def test_every_scenario_has_a_destination_of_its_own() -> None:
    assert len({target(each) for each in SCENARIOS}) == len(SCENARIOS)


@FAMILIES
def test_the_error_queue_read_first_makes_a_failure_look_like_success(network: Network, family: int) -> None:
    closed = scenario("udp", family, "closed")
    seen = []
    for queue_first in (True, False):
        with network.client.entered(), plain_probe.opened(target(closed)) as sock:
            sock.connect((closed.address, closed.port))
            sock.send(b"anybody there?")
            assert select.select([sock], [], [], 10)[0]
            if queue_first:
                assert plain_probe.error_queue(sock)
            seen.append(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    assert seen == [0, errno.ECONNREFUSED]


def connect(machine: Namespace, address: str, port: int, timeout: float = 10.0) -> socket.socket:
    with machine.entered():
        return socket.create_connection((address, port), timeout=timeout)


@FAMILIES
def test_the_lost_syn_is_sent_again(network: Network, family: int) -> None:
    lossy = scenario("tcp", family, "open, first SYN lost")
    with connect(network.client, lossy.address, lossy.port) as sock:
        # tcpi_total_retrans of <linux/tcp.h>
        (retransmitted,) = struct.unpack_from("=I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)
    assert retransmitted == 1


def test_the_full_backlog_drops_because_it_is_full(network: Network) -> None:
    full = scenario("tcp", 4, "full backlog")

    def overflows() -> int:
        with network.server.entered():
            names, values = re.findall("^TcpExt: (.*)$", Path("/proc/thread-self/net/netstat").read_text(), re.M)
        return int(dict(zip(names.split(), values.split(), strict=True))["ListenOverflows"])

    before = overflows()
    assert plain_probe.probe(network.client, [target(full)], 0, patience=0.1)[target(full)].error is None
    assert overflows() > before


@FAMILIES
def test_translation_shows_at_the_server_only(network: Network, family: int) -> None:
    translated = scenario("tcp", family, "open, source translated")
    with connect(network.client, translated.address, translated.port) as sock:
        assert echoes(sock, b"me?")
        assert sock.getsockname()[0] == topology.CLIENT.of(family)
    assert Peer("server", translated.port, topology.MASQUERADE.of(family)) in network.peers


@FAMILIES
def test_interception_never_reaches_the_server(network: Network, family: int) -> None:
    proxied = scenario("tcp", family, "open, intercepted")
    with network.server.entered():
        listener = socket.create_server((proxied.address, proxied.port), family=family_of(proxied.address))
    with listener, connect(network.client, proxied.address, proxied.port) as sock:
        assert sock.getpeername()[0] == proxied.address
        assert echoes(sock, b"who are you?")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert Peer("router1", proxied.port, topology.CLIENT.of(family)) in network.peers


def echoes(sock: socket.socket, data: bytes, timeout: float = 10.0) -> bool:
    """Whether all of it comes back."""
    sock.settimeout(timeout)
    sock.sendall(data)
    received = b""
    with suppress(TimeoutError):
        while len(received) < len(data) and (more := sock.recv(65_536)):
            received += more
    return received == data


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@FAMILIES
def test_large_segments_vanish_on_the_way_there(network: Network, family: int) -> None:
    hole, sound = scenario("tcp", family, "open, large segments lost"), scenario("tcp", family, "open")
    with connect(network.client, hole.address, hole.port) as sock:
        assert echoes(sock, b"x" * 1000)
        assert not echoes(sock, b"x" * 4000, timeout=1)
    with connect(network.client, sound.address, sound.port) as sock:
        assert echoes(sock, b"x" * 4000)


@FAMILIES
@pytest.mark.parametrize("pair", [topology.NARROW, topology.SERVER], ids=["narrow", "sound"])
def test_large_segments_vanish_on_the_way_back(network: Network, family: int, pair: topology.Pair) -> None:
    with network.server.entered():
        listener = socket.create_server((pair.of(family), 0), family=family_of(pair.of(family)))
    with listener, connect(network.client, pair.of(family), listener.getsockname()[1]) as client:
        server, _ = listener.accept()
        with server:
            server.sendall(b"x" * 1000)
            assert client.recv(1000, socket.MSG_WAITALL) == b"x" * 1000
            server.sendall(b"x" * 4000)
            client.settimeout(1 if pair is topology.NARROW else 10)
            if pair is topology.NARROW:
                with pytest.raises(TimeoutError):
                    client.recv(4000)
            else:
                assert client.recv(4000, socket.MSG_WAITALL) == b"x" * 4000


@FAMILIES
@pytest.mark.parametrize("name", ["client", "server"])
def test_management_reaches_a_machine_from_here(network: Network, name: str, family: int) -> None:
    address = network.reached_at[name].of(family)
    with getattr(network, name).entered():
        listener = socket.create_server((address, 0), family=family_of(address))
    with listener, socket.create_connection(listener.getsockname()[:2], timeout=10):
        pass


@FAMILIES
def test_management_is_no_way_from_machine_to_machine(network: Network, family: int) -> None:
    for machine, other in ((network.client, "server"), (network.server, "client")):
        away = Target("tcp", network.reached_at[other].of(family), 7001)
        assert plain_probe.probe(machine, [away], 1, patience=0)[away].error == "ENETUNREACH"
