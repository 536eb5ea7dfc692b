"""The lower rungs: prober.sh by bash and by each nc there is, on loopback, in the states it is read to mean."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files

import pytest

from preflight.finding import NotChecked
from preflight_ports.fields import parse_ports
from preflight_ports.jobs import Answered, Jobs
from preflight_ports.observation import Ports
from preflight_ports.spec import Pair
from preflight_ports.tests.said import flow_of
from tests.lab.fixtures import _start
from tests.lab.netns import Namespace, namespace
from tests.lab.process import executable

TOOLS = ("getent", "sort", "tr", "timeout", "true")
SOURCE = (files("preflight_ports") / "prober.sh").read_text()


@dataclass(frozen=True)
class Rung:
    """A shell, and the programs of a PATH that has nothing else of their kind."""

    name: str
    shell: tuple[str, ...]
    programs: tuple[tuple[str, str], ...] = ()
    ipv6: bool = True

    def __str__(self) -> str:
        return self.name


RUNGS = [
    Rung("bash", ("bash", "--norc"), (("bash", "bash"),)),
    Rung("bash-busybox-timeout", ("bash", "--norc"), (("bash", "bash"), ("timeout", "busybox"))),
    Rung("dash-openbsd", ("dash",), (("nc", "nc.openbsd"),)),
    Rung("dash-traditional", ("dash",), (("nc", "nc.traditional"),), ipv6=False),
    Rung("dash-busybox", ("dash",), (("nc", "busybox"),)),
    Rung("busybox", ("busybox", "sh"), (*((tool, "busybox") for tool in TOOLS if tool != "getent"), ("nc", "busybox"))),
]
OPEN, FULL = 5000, 5002


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    """OPEN accepts and says nothing, FULL has a full accept queue, in both families."""
    with ExitStack() as stack:
        alone = _start(stack, namespace("alone"))
        alone.run(["ip", "route", "add", "unreachable", "192.0.2.1"])
        with alone.entered():
            for port in (OPEN, FULL):
                for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                    listener = stack.enter_context(socket.socket(family))
                    listener.bind((address, port))
                    listener.listen(0 if port == FULL else 1000)
                    if port == FULL:
                        stack.enter_context(socket.create_connection((address, port), 5))
        yield alone


def jobs_of(*wanted: tuple[str, str, dict[str, object]]) -> Jobs:
    """A job for each host and ports."""
    jobs = Jobs()
    for host, ports, more in wanted:
        each = [parse_ports(one) for one in ports.split(",")]
        fields = {"families": ("ipv4", "ipv6"), "connect_timeout": 1.0, **more}
        flow = flow_of("").model_copy(update=fields).between(Pair("web-1", host, host, False), True)
        jobs.add(flow, each)
    return jobs


def states(answered: Answered) -> dict[str, dict[str, str]]:
    return {
        address.address: {f"{p.first}" if p.first == p.last else f"{p.first}-{p.last}": p.state for p in address.ports}
        for address in answered.addresses
    }


WANTED: dict[str, tuple[str, str, dict[str, object]]] = {
    "ipv4": ("127.0.0.1", "5000-5002", {}),
    "ipv6": ("::1", "5000-5002", {}),
    "parts-of-a-second": ("127.0.0.1", "5000-5002", {"connect_timeout": 0.25}),
    "no-route": ("192.0.2.9", "80", {}),
    "unreachable": ("192.0.2.1", "80", {}),
    "name": ("localhost", "5000", {}),
    "unknown-name": ("nowhere.invalid", "5000,5001", {}),
    "other-family": ("::1", "5000", {"families": ("ipv4",)}),
    "udp": ("127.0.0.1", "5000/udp", {}),
    "many": ("127.0.0.1", "4951-5001", {}),
    **{f"again-{number}": ("127.0.0.1", "5000", {}) for number in range(60)},
}


@dataclass(frozen=True)
class Told:
    """What a host with that rung answers to `WANTED`."""

    rung: Rung
    answers: dict[str, Answered]

    def states(self, name: str) -> dict[str, dict[str, str]]:
        return states(self.answers[name])

    def why(self, name: str) -> NotChecked:
        why = self.answers[name].not_checked
        assert why is not None
        assert self.answers[name].addresses == ()
        return why


@pytest.fixture(scope="module", params=RUNGS, ids=str)
def told(request: pytest.FixtureRequest, served: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Told:
    rung: Rung = request.param
    path = tmp_path_factory.mktemp("bin")  # has each of its programs under the name that is called
    for name, program in {**{tool: tool for tool in TOOLS}, **dict(rung.programs)}.items():
        (path / name).symlink_to(executable(program))
    jobs = jobs_of(*WANTED.values())
    argv = [executable(rung.shell[0]), *rung.shell[1:], "-c", SOURCE, rung.shell[0], "TOKEN", "0"]
    ended = subprocess.run(
        served.wrap([executable("env"), "-i", f"PATH={path}", "LC_ALL=C", *argv]),
        input=jobs.rungs()[1].request.decode(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert all(line.startswith("TOKEN ") for line in lines)
    answers = jobs.answered_by_shell(line.removeprefix("TOKEN ") for line in lines)
    return Told(rung, dict(zip(WANTED, answers, strict=True)))


ALL = {"5000": "open", "5001": "refused", "5002": "filtered"}


def test_states(told: Told) -> None:
    assert told.states("ipv4") == {"127.0.0.1": ALL}
    # An nc that knows no IPv6 says nothing about an IPv6 port.
    assert told.states("ipv6") == {"::1": ALL if told.rung.ipv6 else {"5000-5002": "not-checked"}}
    notes = [ports.note for address in told.answers["ipv6"].addresses for ports in address.ports]
    assert [bool(note) for note in notes] == ([False] * 3 if told.rung.ipv6 else [True])


def test_parts_of_a_second(told: Told) -> None:
    """They are rounded up, since hardly any of these tools knows parts of a second."""
    assert told.states("parts-of-a-second") == {"127.0.0.1": ALL}


def test_local_policy(told: Told) -> None:
    assert told.states("no-route") == {"192.0.2.9": {"80": "local-policy"}}
    assert told.states("unreachable") == {"192.0.2.1": {"80": "unreachable"}}  # its errno is that of a router's word


def test_names(told: Told) -> None:
    assert told.states("name")["127.0.0.1"] == {"5000": "open"}
    why = told.why("unknown-name")
    assert why.reason == "web-1 does not resolve nowhere.invalid: no address of nowhere.invalid"
    assert why.cause == "web-1 does not resolve nowhere.invalid"


def test_families(told: Told) -> None:
    assert told.why("other-family")


def test_more_than_it_asks_at_once(told: Told) -> None:
    assert told.states("many") == {"127.0.0.1": {"4951-4999": "refused", "5000": "open", "5001": "refused"}}
    again = [told.states(name) for name in WANTED if name.startswith("again-")]
    assert again == [{"127.0.0.1": {"5000": "open"}}] * 60


def test_udp_is_not_asked(told: Told) -> None:
    assert told.why("udp").cause == "only python3 can probe UDP, and there is none on web-1"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("open", "open"),
        ("timeout", "filtered"),
        ("nc: connect to db port 80 (tcp) timed out: Operation now in progress", "filtered"),
        ("Ncat: TIMEOUT.", "filtered"),
        ("connect: Connection refused connect: line 1: /dev/tcp/10.0.0.1/80: Connection refused", "refused"),
        ("(UNKNOWN) [10.0.0.1] 80 (http) : No route to host", "unreachable"),
        ("connect: Network is unreachable", "local-policy"),
        ("connect: Permission denied", "local-policy"),
        ("connect: Operation not permitted", "local-policy"),
        ("connect: Invalid argument", "local-policy"),
        ("nc: can't execute 'true': No such file or directory", "not-checked"),
        ("bash: fork: retry: Resource temporarily unavailable", "not-checked"),
        ("connect: Cannot assign requested address", "not-checked"),
        ("socket: Too many open files", "not-checked"),
        ("nc ended with 1, without a word", "not-checked"),
        ("opened", "not-checked"),
        ("", "not-checked"),
    ],
)
def test_what_its_words_mean(said: str, state: str) -> None:
    jobs = jobs_of(("10.0.0.1", "80", {}))
    (found,) = jobs.answered_by_shell([f"0 10.0.0.1 80 {said}"])
    assert states(found) == {"10.0.0.1": {"80": state}}
    ports: Ports = found.addresses[0].ports[0]
    assert bool(ports.note) == (state == "not-checked" and bool(said))


def test_a_shell_that_ends_early_leaves_its_jobs_not_checked() -> None:
    (found,) = jobs_of(("10.0.0.1", "80", {})).answered_by_shell([])
    assert found.not_checked is not None
