"""The listener as it is sent to a host: whom it answers, what it leaves alone, and that it goes."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import Any

import pytest

from preflight_ports.observation import Listener
from preflight_ports.tests.shipped import LOADER, Wrap, job, probed, states
from tests.lab.netns import Namespace
from tests.lab.ports import free_port

LISTENER = str(files("preflight_ports") / "listener.py")
HELLO, REPLY = "preflight hello", "preflight reply"
HOSTS = pytest.mark.parametrize(("host", "peer"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1")])


def command(ports: Sequence[dict[str, Any]], expires: float = 60.0) -> tuple[list[str], str]:
    request = json.dumps({"ports": ports, "hello": HELLO, "reply": REPLY, "expires": expires})
    return [sys.executable, "-I", "-S", "-B", "-c", LOADER, LISTENER, "TOKEN", str(len(request))], request


@contextmanager
def listening(*ports: dict[str, Any], wrap: Wrap = list, expires: float = 60.0) -> Iterator[list[Listener]]:
    """A listener on those ports, and what it says of each; gone on leaving."""
    argv, request = command(ports, expires)
    with subprocess.Popen(wrap(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request)
        child.stdin.flush()
        told = json.loads(child.stdout.readline().removeprefix("TOKEN "))
        yield [Listener(**port) for port in told["ports"]]
        child.stdin.close()
        assert child.wait(30) == 0


def port_of(number: int, protocol: str = "tcp", address: str = "127.0.0.1") -> dict[str, Any]:
    return {"port": number, "protocol": protocol, "address": address}


@pytest.fixture
def port() -> int:
    return free_port("127.0.0.1", "::1")


def said(host: str, number: int, words: bytes) -> bytes:
    """All that it says to who says that."""
    with socket.create_connection((host, number), 20) as sock:
        sock.sendall(words)
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as answer:
            return answer.read()


def refuses(number: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((host, number)) != 0


@HOSTS
def test_it_greets_who_says_hello_and_tells_whom_it_saw(host: str, peer: str, port: int) -> None:
    with listening(port_of(port)) as became:
        assert became == [Listener(port, "tcp", "listening")]
        assert said(host, port, f"{HELLO} 0\n".encode()) == f"{REPLY} {port} {peer}\ngot\n".encode()


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"preflight hello\n",
        b"preflight hell 0\n",
        b"preflight hello x\n",
        b"preflight hello -1\n",
        b"preflight hello 99999999999\n",
        b"\xff\xfe 0\n",
        b"x" * 100_000,
    ],
)
def test_it_says_nothing_to_anybody_else(words: bytes, port: int) -> None:
    with listening(port_of(port)):
        try:
            answer = said("127.0.0.1", port, words)
        except ConnectionError:  # it has not read all of it
            answer = b""
        assert answer == b""
        assert said("127.0.0.1", port, f"{HELLO} 0\n".encode())  # and is there still


@HOSTS
def test_a_large_payload_goes_both_ways(host: str, peer: str, port: int) -> None:
    with listening(port_of(port)):
        answer = said(host, port, f"{HELLO} 1000000\n".encode() + b"x" * 1_000_000)
    assert answer == f"{REPLY} {port} {peer}\ngot\n".encode() + b"x" * 1_000_000


def test_half_a_payload_is_not_confirmed(port: int) -> None:
    with listening(port_of(port)):
        assert (
            said("127.0.0.1", port, f"{HELLO} 3000\n".encode() + b"x" * 2999) == f"{REPLY} {port} 127.0.0.1\n".encode()
        )


@HOSTS
def test_udp(host: str, peer: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with listening(port_of(port, "udp")), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((host, port))
        sock.settimeout(20)
        for words in (b"", b"ping", b"preflight hello", b"preflight hell 0\n", f"{HELLO} 0\n".encode()):
            sock.send(words)
        assert sock.recv(200) == f"{REPLY} {port} {peer}\n".encode()  # the first answer is the only one
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            sock.recv(200)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_prober_knows_it(protocol: str, port: int) -> None:
    listener = {"hello": HELLO, "reply": REPLY}
    with listening(port_of(port, protocol)):
        found = probed(
            [job(n, host, port, protocol=protocol, listener=listener) for n, host in enumerate(["127.0.0.1", "::1"])]
        )
    for result, peer in zip(found, ["127.0.0.1", "::1"], strict=True):
        (fared,) = result["addresses"][0]["ports"]
        assert (fared["state"], fared["peer"]) == ("open", peer)


def test_the_prober_knows_somebody_else(port: int) -> None:
    with listening(port_of(port)):
        (found,) = probed([job(0, "127.0.0.1", port, listener={"hello": HELLO, "reply": "another run"})])
    assert states(found) == {str(port): "intercepted"}


def test_three_hundred_at_once(port: int) -> None:
    listener = {"hello": HELLO, "reply": REPLY}
    with listening(port_of(port)):
        found = probed([job(number, "127.0.0.1", port, listener=listener) for number in range(300)])
    assert {tuple(states(result).items()) for result in found} == {((str(port), "open"),)}


def test_three_hundred_that_stay(port: int) -> None:
    with ExitStack() as stack, listening(port_of(port)), ThreadPoolExecutor(50) as pool:
        for _ in range(300):  # they say nothing, and keep nobody else from it
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 20))
        answers = list(pool.map(lambda _: said("127.0.0.1", port, f"{HELLO} 0\n".encode()), range(50)))
    assert len(answers) == 50
    assert all(answers)


# What it leaves alone


@contextmanager
def service(address: str, kind: socket.SocketKind = socket.SOCK_STREAM, accepts: bool = True) -> Iterator[int]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as sock:
        sock.bind((address, free_port("127.0.0.1", "127.0.0.2", "::1")))
        if accepts:
            sock.listen(8)
        yield sock.getsockname()[1]


@pytest.mark.parametrize(
    ("at", "reached_at", "answers"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.2", True),
        ("::1", "::1", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::1", False),
        ("127.0.0.1", "nowhere.invalid", False),
    ],
)
def test_a_port_in_use(at: str, reached_at: str, answers: bool) -> None:
    with service(at) as number, listening(port_of(number, address=reached_at)) as became:
        assert became == [Listener(number, "tcp", "in-use", answers)]
        socket.create_connection((at.replace("0.0.0.0", "127.0.0.1"), number), 5).close()  # it is there as before


def test_a_udp_port_in_use() -> None:
    with service("127.0.0.1", socket.SOCK_DGRAM, accepts=False) as number, listening(port_of(number, "udp")) as became:
        assert became == [Listener(number, "udp", "in-use")]


def test_one_port_of_several_in_use(port: int) -> None:
    with service("127.0.0.1") as number, listening(port_of(number), port_of(port), port_of(port, "udp")) as became:
        assert [one.state for one in became] == ["in-use", "listening", "listening"]


def test_a_service_that_has_just_stopped_does_not_keep_the_port(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)):
        server.accept()[0].close()  # TIME_WAIT is the server's
    with listening(port_of(port)) as became:
        assert [one.state for one in became] == ["listening"]


def nobody(argv: Sequence[str]) -> list[str]:
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", *argv]


def test_a_port_that_only_root_may_have(alone: Namespace) -> None:
    alone.run(["sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=1024"])
    python = ["/usr/bin/env", "python3"]  # that of the system, which anybody may run

    def wrap(argv: Sequence[str]) -> list[str]:
        source = (files("preflight_ports") / "listener.py").read_text()
        return alone.wrap(nobody([*python, "-I", "-S", "-B", "-c", source, *argv[-2:]]))

    with listening(port_of(80), port_of(8080), port_of(53, "udp"), wrap=wrap) as became:
        assert became == [
            Listener(80, "tcp", "failed", note="Permission denied"),
            Listener(8080, "tcp", "listening"),
            Listener(53, "udp", "failed", note="Permission denied"),
        ]


# That it goes


def test_nothing_listens_when_its_stdin_has_ended(port: int) -> None:
    with listening(port_of(port), port_of(port, "udp")):
        assert not refuses(port)
    assert refuses(port)
    with listening(port_of(port), port_of(port, "udp")) as became:
        assert [one.state for one in became] == ["listening", "listening"]


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "with-a-visitor"])
def test_it_expires(busy: bool, port: int) -> None:
    argv, request = command([port_of(port)], expires=0.5)
    with ExitStack() as stack:
        child = stack.enter_context(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request)
        child.stdin.flush()
        child.stdout.readline()
        if busy:
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        assert child.wait(30) == 0
        assert refuses(port)


_PARENT = """
import json, subprocess, sys
child = subprocess.Popen(json.loads(sys.argv[1]), stdin=subprocess.PIPE, text=True)
child.stdin.write(sys.argv[2])
child.stdin.flush()
child.wait()
"""


def test_it_goes_when_whoever_started_it_is_killed(port: int) -> None:
    argv, request = command([port_of(port)])
    parent = [sys.executable, "-c", _PARENT, json.dumps(argv), request]
    with subprocess.Popen(parent, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline().startswith("TOKEN")
        assert not refuses(port)
        started.send_signal(signal.SIGKILL)
        # The end of its output is the end of all that held it; until then it only says that it is there.
        assert set(started.stdout.read().split("\n")) <= {"TOKEN {}", ""}
    assert refuses(port)
