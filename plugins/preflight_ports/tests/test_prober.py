"""The prober on loopback: names, UDP, and a machine that is short of descriptors or of ports."""

from __future__ import annotations

import ast
import json
import signal
import socket
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from preflight_ports import prober
from preflight_ports.tests.shipped import LOADER, PROBER, Wrap, job, probed, probed_here, ranges, states
from tests.lab.listeners import dual_stack, echoing
from tests.lab.netns import Namespace
from tests.lab.ports import bound_pair

# Names


@pytest.fixture
def named(alone: Namespace, tmp_path: Path) -> Wrap:
    """Runs a command where `db` has three addresses on loopback and nothing else listens."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.2 db\n127.0.0.3 db\n::1 db\n")
    mount = ["unshare", "--mount", "--", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts)]
    return lambda argv: alone.wrap([*mount, *argv])


def test_a_name_is_every_address_of_both_families(alone: Namespace, named: Wrap) -> None:
    with alone.entered():
        service = dual_stack(socket.SOCK_STREAM, 5000)
    service.listen(8)
    with service:
        (result,) = probed([job(0, "db", 5000, 5001)], named)
    found = {each["address"]: (each["source"], ranges(each["ports"])) for each in result["addresses"]}
    wanted = {"5000": "open", "5001": "refused"}
    assert found == {"127.0.0.2": ("127.0.0.1", wanted), "127.0.0.3": ("127.0.0.1", wanted), "::1": ("::1", wanted)}


@pytest.mark.parametrize(("family", "found"), [("ipv4", ["127.0.0.2", "127.0.0.3"]), ("ipv6", ["::1"])])
def test_one_family_of_a_name(family: str, found: list[str], named: Wrap) -> None:
    (result,) = probed([job(0, "db", 5000, families=[family])], named)
    assert sorted(each["address"] for each in result["addresses"]) == found


@pytest.mark.parametrize(
    ("host", "families", "why"),
    [
        ("127.0.0.1", ["ipv6"], "no ipv6 address"),
        ("nowhere.invalid", ["ipv4", "ipv6"], ""),
        ("a..b", ["ipv4"], ""),
        (f"{'a' * 64}.invalid", ["ipv4"], ""),
    ],
)
def test_a_host_without_an_address_holds_nobody_up(
    host: str, families: list[str], why: str, nobody_listens: int
) -> None:
    nowhere, here = probed([job(0, host, 80, families=families), job(1, "127.0.0.1", nobody_listens)])
    assert nowhere["addresses"] == []
    assert nowhere["error"] == why or (nowhere["error"] and not why)
    assert states(here) == {str(nobody_listens): "refused"}


# UDP


def udp(number: int, port: int, **more: Any) -> dict[str, Any]:
    return job(number, "127.0.0.1", port, protocol="udp", payload="70696e67", **more)


def test_udp_reply_closed_and_silent(nobody_listens: int) -> None:
    with dual_stack(socket.SOCK_DGRAM, 0) as echo, bound_pair() as (silent, _, _):
        port = echo.getsockname()[1]
        with echoing([("here", echo)]):
            jobs = [udp(0, port), udp(1, nobody_listens), udp(2, silent.port, timeout=0.4)]
            found = [states(result) for result in probed(jobs)]
    assert found == [{str(port): "open"}, {str(nobody_listens): "closed"}, {str(silent.port): "silent"}]


def test_a_lost_datagram_is_sent_again() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        said = []

        def answer_the_second() -> None:
            for _ in range(2):
                data, peer = server.recvfrom(100)
                said.append(data)
            server.sendto(b"pong", peer)

        found = probed_here([udp(0, port)], meanwhile=answer_the_second)
    assert states(found[0]) == {str(port): "open"}
    assert said == [b"ping", b"ping"]


def test_an_icmp_error_that_arrives_as_a_datagram_is_sent_again(nobody_listens: int) -> None:
    results: list[dict[str, Any]] = []
    asked = prober.Job(udp(0, nobody_listens))
    loop = prober.Prober([], results.append, 10, lambda: False)
    asked.resolve()
    (address,) = asked.addresses
    attempt = prober.Attempt(address, next(address.ports))
    loop.start(attempt)  # the error is there by now, and nobody has looked
    loop.clock = [(0.0, 0, attempt)]
    loop.expire()
    loop.selector.close()
    assert states(results[0]) == {str(nobody_listens): "closed"}


# Its end


def test_it_stops_when_nobody_wants_more() -> None:
    with bound_pair() as (silent, _, _):
        wanted = udp(0, silent.port, timeout=600.0)
        until = time.monotonic() + 0.2
        assert probed_here([wanted], lambda: time.monotonic() > until) == {}


def test_it_ends_with_its_stdin() -> None:
    with bound_pair() as (silent, _, _):
        request = json.dumps({"jobs": [udp(0, silent.port, timeout=600.0)]})
        argv = [sys.executable, "-I", "-S", "-B", "-c", LOADER, PROBER, "TOKEN", str(len(request))]
        ended = subprocess.run(argv, input=request, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert '"id"' not in ended.stdout


def test_it_ends_with_whoever_started_it() -> None:
    with bound_pair() as (silent, _, _):
        request = json.dumps({"jobs": [udp(0, silent.port, timeout=600.0)]})
        argv = [sys.executable, "-I", "-S", "-B", "-c", LOADER, PROBER, "TOKEN", str(len(request))]
        parent = [sys.executable, "-c", _PARENT, json.dumps(argv), request]
        with subprocess.Popen(parent, stdout=subprocess.PIPE, text=True) as started:
            assert started.stdout is not None
            assert started.stdout.readline().startswith("TOKEN")
            started.send_signal(signal.SIGKILL)
            assert started.stdout.read() == ""  # its end is the end of all that held it


_PARENT = """
import json, subprocess, sys
child = subprocess.Popen(json.loads(sys.argv[1]), stdin=subprocess.PIPE, text=True)
child.stdin.write(sys.argv[2])
child.stdin.flush()
child.wait()
"""


# What it is made of


@pytest.mark.parametrize("name", ["prober.py", "listener.py"])
def test_it_runs_on_python_3_6_with_nothing_installed(name: str) -> None:
    source = (files("preflight_ports") / name).read_text()
    tree = ast.parse(source, feature_version=(3, 6))
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imports |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imports
    assert {each.partition(".")[0] for each in imports} <= sys.stdlib_module_names
    assert "__future__" not in imports  # `annotations` is of 3.7
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.NamedExpr)]
