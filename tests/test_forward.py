"""What lies behind a host over SSH: real servers on loopback, reached by clients that know nothing of it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from preflight.finding import NotChecked
from preflight.model import Host
from preflight.remote import Unreachable, forward
from preflight.ssh import forward as forwarding
from tests import test_remote_ssh
from tests.lab.listeners import full_backlog
from tests.lab.network import Network
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.sshd import Sshd
from tests.test_remote import wait_until
from tests.test_remote_ssh import Home, Start, block, host

# Its fixtures are those of this module, too.
home, _nothing_stays = test_remote_ssh.home, test_remote_ssh._nothing_stays

Serve = Callable[[socket.socket], object]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A port at which each connection is handed to `serve` in a thread of its own, and then closed."""
    threads = []

    def each(sock: socket.socket) -> None:
        with sock:
            serve(sock)

    def accept() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=each, args=(sock,)))
            threads[-1].start()

    with socket.create_server((LOOPBACK, 0)) as server:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()
    for thread in threads:
        thread.join()


def echo(sock: socket.socket) -> None:
    while data := sock.recv(1 << 16):
        sock.sendall(data)


def heard(sock: socket.socket) -> bytes:
    """All that comes until the other end has closed."""
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))


def refused(bastion: Host, address: str, port: int, **limits: object) -> NotChecked:
    with pytest.raises(Unreachable) as caught, forward("bastion", bastion, address, port, **limits):  # type: ignore[arg-type]
        pass
    return caught.value.not_checked


def test_a_client_knows_nothing_of_the_way(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with (
        serving(echo) as port,
        forward("bastion", host(sshd), LOOPBACK, port) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
    ):
        assert forwarded.address == LOOPBACK
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        assert heard(client) == b"hello"
        assert forwarded.trouble is None


def test_a_name_is_looked_up_on_the_host(network: Network, start_sshd: Start, home: Home) -> None:
    """Its loopback is another than ours."""
    server = start_sshd(prefix=network.server.wrap([]), address=network.reached_at["server"].v4)
    home.trust(server)
    with network.server.entered():
        there = socket.create_server((LOOPBACK, 0))
    with (
        there,
        forward("db-1", host(server), "localhost", there.getsockname()[1]) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
        there.accept()[0] as accepted,
    ):
        accepted.sendall(b"hello")
        assert client.recv(5) == b"hello"


def test_much_goes_both_ways_at_once(sshd: Sshd, home: Home) -> None:
    """More than fits into any buffer on the way: each direction goes on while the other waits."""
    home.trust(sshd)
    much = os.urandom(1 << 20) * 8
    with (
        serving(echo) as port,
        forward("bastion", host(sshd), LOOPBACK, port) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
        ThreadPoolExecutor() as pool,
    ):
        sent = pool.submit(lambda: (client.sendall(much), client.shutdown(socket.SHUT_WR)))
        assert heard(client) == much
        sent.result()


def test_a_client_may_connect_again(sshd: Sshd, home: Home) -> None:
    """As libpq does where a server refuses TLS. There are two connections at a time at most."""
    home.trust(sshd)
    with serving(echo) as port, forward("bastion", host(sshd), LOOPBACK, port) as forwarded, ExitStack() as stack:
        place = forwarded.address, forwarded.port
        for _ in range(3):
            with socket.create_connection(place) as client:
                client.sendall(b"x")
                assert client.recv(1) == b"x"
        clients = [stack.enter_context(socket.create_connection(place)) for _ in range(3)]
        for client in clients:
            client.sendall(b"y")
        assert [client.recv(1) for client in clients[:2]] == [b"y", b"y"]
        clients[2].settimeout(0.5)
        with pytest.raises(TimeoutError):
            clients[2].recv(1)
        clients[0].close()
        clients[2].settimeout(20)
        assert clients[2].recv(1) == b"y"


def test_nobody_else_may_connect_once_that_is_enough(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with serving(echo) as port, forward("bastion", host(sshd), LOOPBACK, port) as forwarded:
        place = forwarded.address, forwarded.port
        with socket.create_connection(place) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"
            forwarded.stop_listening()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(place)
            client.sendall(b"y")
            assert client.recv(1) == b"y"


def test_what_was_sent_last_arrives(sshd: Sshd, home: Home) -> None:
    """A client that says goodbye and leaves is no client that vanished."""
    home.trust(sshd)
    arrived: list[bytes] = []

    def greet(sock: socket.socket) -> None:
        sock.sendall(b"hello")
        arrived.append(heard(sock))

    with serving(greet) as port, forward("bastion", host(sshd), LOOPBACK, port) as forwarded:
        client = socket.create_connection((forwarded.address, forwarded.port))
        assert client.recv(5) == b"hello"
        client.sendall(b"x" * 300_000)
        client.close()
    assert arrived == [b"x" * 300_000]


def test_the_last_words_of_a_server_arrive(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with (
        serving(lambda sock: sock.sendall(b"FATAL: go away")) as port,
        forward("bastion", host(sshd), LOOPBACK, port) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
    ):
        assert heard(client) == b"FATAL: go away"
        assert forwarded.trouble is None


# What is in the way.


def test_the_target_refuses(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    port = free_port(LOOPBACK)
    found = refused(host(sshd), LOOPBACK, port)
    assert found.reason == f"host bastion: it cannot connect to {LOOPBACK} port {port}: Connection refused"
    assert found.cause == found.reason
    assert found.next_step.startswith(f"see whether a server listens at {LOOPBACK} port {port}")


def test_the_targets_name_is_unknown(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    found = refused(host(sshd), "db-1.invalid", 5432)
    assert found.reason.startswith("host bastion: it cannot connect to db-1.invalid port 5432: ")
    assert found.next_step == (
        "mend the name db-1.invalid: it is looked up on bastion (`getent hosts db-1.invalid` there)"
    )


@pytest.mark.parametrize("setting", ["AllowTcpForwarding no", "PermitOpen 192.0.2.1:80", "DisableForwarding yes"])
def test_the_host_forwards_nothing(setting: str, start_sshd: Start, home: Home) -> None:
    server = start_sshd(setting)
    home.trust(server)
    found = refused(host(server), LOOPBACK, 5432)
    assert found.reason == (
        f"host bastion: its sshd forwards no connection to {LOOPBACK} port 5432: administratively prohibited"
    )
    assert "AllowTcpForwarding" in found.next_step
    assert "PermitOpen" in found.next_step


def test_there_is_no_route_to_the_target(network: Network, start_sshd: Start, home: Home) -> None:
    server = start_sshd(prefix=network.client.wrap([]), address=network.reached_at["client"].v4)
    home.trust(server)
    found = refused(host(server), "192.0.2.77", 5432)
    assert "it cannot connect to 192.0.2.77 port 5432: " in found.reason
    assert "`ip route get 192.0.2.77` there" in found.next_step


def test_the_target_does_not_answer(
    network: Network, sshd: Sshd, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(forwarding, "OPEN_TIMEOUT", 1.0)
    home.trust(sshd)
    there = network.reached_at["server"].v4
    with full_backlog(network.server, 2222):
        found = refused(host(sshd), there, 2222)
    assert found.reason == f"host bastion: it did not connect to {there} port 2222 within 1 s"
    assert "a firewall lets bastion reach its port 2222" in found.next_step


def test_the_host_itself_is_not_reached() -> None:
    """With the cause of every other check of that host."""
    port = free_port(LOOPBACK)
    found = refused(Host(address=LOOPBACK, port=port), "db-1", 5432)
    assert found.cause == f"host bastion cannot be reached: {LOOPBACK} port {port} refuses connections"


def test_behind_a_jump_host(start_sshd: Start, home: Home) -> None:
    outer, inner = start_sshd(), start_sshd()
    home.trust(outer, inner)
    home.config.write_text(block("outer", outer))
    with (
        serving(echo) as port,
        forward("bastion", host(inner, jump="outer"), LOOPBACK, port) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
    ):
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        end(outer)
        assert heard(client) == b""
        assert forwarded.trouble is not None
        assert forwarded.trouble.cause == "host bastion: the connection was lost"


# What happens afterwards.


def test_the_connection_to_the_host_is_lost(start_sshd: Start, home: Home) -> None:
    server = start_sshd()
    home.trust(server)
    with (
        serving(echo) as port,
        forward("bastion", host(server), LOOPBACK, port) as forwarded,
        socket.create_connection((forwarded.address, forwarded.port)) as client,
    ):
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        end(server)
        # When the client hears of it, why is known.
        assert heard(client) == b""
        assert forwarded.trouble == NotChecked(
            "host bastion: the connection was lost",
            "host bastion: the connection was lost",
            "is the host up? `ssh` to it, and look at its log",
        )


def end(server: Sshd) -> None:
    """Kill what serves the connections to it."""
    for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)


def test_the_target_goes_away_between_two_connections(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with ExitStack() as stack:
        with serving(echo) as port:
            forwarded = stack.enter_context(forward("bastion", host(sshd), LOOPBACK, port))
            socket.create_connection((forwarded.address, forwarded.port)).close()
        with socket.create_connection((forwarded.address, forwarded.port)) as client:
            assert heard(client) == b""
        assert forwarded.trouble is not None
        assert forwarded.trouble.cause.endswith("Connection refused")


@pytest.mark.parametrize("how", ["deadline", "stopped"])
def test_nobody_waits_any_more(how: str, sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    over = threading.Event()
    limits: dict[str, object] = {"stopped": over.is_set} if how == "stopped" else {"deadline": time.time() + 4}
    with (
        serving(echo) as port,
        forward("bastion", host(sshd), LOOPBACK, port, **limits) as forwarded,  # type: ignore[arg-type]
        socket.create_connection((forwarded.address, forwarded.port), 20) as client,
    ):
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        over.set()
        assert heard(client) == b""
        assert forwarded.trouble is not None
        assert "the run ended, or its time was spent" in forwarded.trouble.reason


def test_nobody_waits_while_the_host_connects(network: Network, sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    there = network.reached_at["server"].v4
    started = time.monotonic()
    with full_backlog(network.server, 2222):
        found = refused(host(sshd), there, 2222, deadline=time.time() + 2)
    assert "the run ended, or its time was spent" in found.reason
    assert time.monotonic() - started < forwarding.OPEN_TIMEOUT


def test_leaving_does_not_wait_for_a_client_that_stays(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with serving(echo) as port, ExitStack() as stack:
        with forward("bastion", host(sshd), LOOPBACK, port) as forwarded:
            client = stack.enter_context(socket.create_connection((forwarded.address, forwarded.port), 20))
            client.sendall(b"x")
            assert client.recv(1) == b"x"
        assert heard(client) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((forwarded.address, forwarded.port))


def fill(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"x" * 100_000)


def test_leaving_while_neither_end_reads(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    done = threading.Event()
    with serving(lambda _: done.wait(60)) as port:
        with forward("bastion", host(sshd), LOOPBACK, port) as forwarded:
            client = socket.create_connection((forwarded.address, forwarded.port))
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                fill(client)
        client.close()
        done.set()


def test_no_file_descriptor_is_left_open(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)

    def open_ones() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with serving(echo) as port:
        before = open_ones()
        for _ in range(3):
            with (
                forward("bastion", host(sshd), LOOPBACK, port) as forwarded,
                socket.create_connection((forwarded.address, forwarded.port)) as client,
            ):
                client.sendall(b"x")
                assert client.recv(1) == b"x"
        assert wait_until(lambda: open_ones() <= before), before
