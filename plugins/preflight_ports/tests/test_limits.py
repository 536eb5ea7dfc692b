"""A machine that is short of descriptors or of ports: that says nothing about what it connects to."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from preflight_ports import prober
from preflight_ports.tests.shipped import PROBER, job, probed, probed_here, states
from tests.lab.listeners import dual_stack
from tests.lab.netns import Namespace

# Short of descriptors


@pytest.mark.parametrize("limit", [5, 16, 100])
def test_few_descriptors_change_no_state(alone: Namespace, limit: int) -> None:
    wanted = job(0, "127.0.0.1", timeout=2.0)
    wanted["ports"] = [[3001, 5000]]
    with ExitStack() as stack:
        with alone.entered():
            services = [stack.enter_context(dual_stack(socket.SOCK_STREAM, port)) for port in (3500, 3501, 5000)]
        for service in services:
            service.listen(8)
        (result,) = probed([wanted], lambda argv: alone.wrap(["prlimit", f"--nofile={limit}:{limit}", "--", *argv]))
    assert states(result) == {"3001-3499": "refused", "3500-3501": "open", "3502-4999": "refused", "5000": "open"}


@pytest.mark.parametrize("limit", [3, 4])
def test_no_descriptors_are_no_state(limit: int, nobody_listens: int) -> None:
    argv = [sys.executable, "-I", "-S", "-B", "-c", _WITHOUT_DESCRIPTORS, str(limit)]
    request = json.dumps({"jobs": [job(0, "127.0.0.1", nobody_listens)]})
    ended = subprocess.run([*argv, PROBER], input=request, capture_output=True, text=True, timeout=60)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    results = [line for line in told if "id" in line]
    # Either it says why, or it ends with an error, which is a host that was lost.
    assert ended.returncode or results
    for result in results:
        said = [result["error"], *(p.get("note", "") for a in result["addresses"] for p in a["ports"])]
        assert "Too many open files" in " ".join(said)
        assert {p["state"] for a in result["addresses"] for p in a["ports"]} <= {"not-checked"}


_WITHOUT_DESCRIPTORS = """
import json, resource, runpy, sys
loaded = runpy.run_path(sys.argv[2])
loaded["prober"].__globals__["STUCK"] = 0.2
request = json.load(sys.stdin)
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
loaded["prober"](request, lambda result: print(json.dumps(result), flush=True))
"""


# Short of ports


@contextmanager
def without_ports(ns: Namespace) -> Iterator[list[socket.socket]]:
    """Every port that a socket could be given is taken; the list of those that take them."""
    ns.run(["sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40001"])
    with ExitStack() as stack:
        held = []
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            for port in (40000, 40001):
                with ns.entered():
                    held.append(stack.enter_context(dual_stack(kind, port)))
                if kind is socket.SOCK_STREAM:
                    held[-1].listen(1)
        yield held


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "STUCK", 0.3)


JOBS = [
    job(0, "127.0.0.1", 5000, 5001),
    job(1, "::1", 5000, 5001),
    job(2, "127.0.0.1", 5001, protocol="udp", payload="00", timeout=1.0),
]


@pytest.mark.usefixtures("impatient")
def test_no_ports_left_is_no_state(alone: Namespace) -> None:
    with without_ports(alone):
        found = probed_here(JOBS, inside=alone)
    assert [states(found[number]) for number in range(3)] == [
        {"5000-5001": "not-checked"},
        {"5000-5001": "not-checked"},
        {"5001": "not-checked"},
    ]
    assert "Cannot assign requested address" in found[0]["addresses"][0]["ports"][0]["note"]


def test_ports_that_come_free_are_waited_for(alone: Namespace) -> None:
    with alone.entered():
        service = dual_stack(socket.SOCK_STREAM, 5000)
    service.listen(8)
    with service, without_ports(alone) as held:

        def release() -> None:
            time.sleep(0.1)
            for each in held:
                each.close()

        found = probed_here(JOBS, inside=alone, meanwhile=release)
    assert [states(found[number]) for number in range(3)] == [
        {"5000": "open", "5001": "refused"},
        {"5000": "open", "5001": "refused"},
        {"5001": "closed"},
    ]


DROP = """table inet t {
    chain c { type filter hook output priority 0; tcp dport 6000-6999 drop
    }
}"""


def test_a_moment_without_ports_does_not_make_it_ask_one_by_one(alone: Namespace) -> None:
    alone.run(["nft", "-f", "-"], DROP)
    dropped = job(0, "127.0.0.1", *range(6001, 6101), timeout=0.8, locate=False)
    with without_ports(alone) as held:

        def release() -> None:
            time.sleep(0.1)
            alone.run(["sysctl", "-qw", "net.ipv4.ip_local_port_range=30000 60000"])
            for each in held:
                each.close()

        found = probed_here([dropped], inside=alone, meanwhile=release)  # one by one, it took 80 s
    assert states(found[0]) == {"6001-6100": "filtered"}


@pytest.mark.parametrize(("address", "port"), [("127.0.0.1", 41000), ("::1", 41001)])
def test_a_socket_that_connects_to_itself_is_no_open_port(alone: Namespace, address: str, port: int) -> None:
    alone.run(["sysctl", "-qw", f"net.ipv4.ip_local_port_range={port} {port}"])
    with alone.entered(), socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # leaves no TIME_WAIT
        sock.connect((address, port))  # or the test would show nothing
    found = probed_here([job(0, address, port)], inside=alone)
    assert states(found[0]) == {str(port): "refused"}
