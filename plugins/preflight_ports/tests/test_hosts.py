"""Between hosts that are logged in to: real SSH servers on the client and the server of the lab's network."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch
from preflight.observe import Handover
from preflight.ssh import session
from preflight.testing import parse
from preflight_ports.judge import judge
from preflight_ports.observation import Observation
from preflight_ports.tests.said import PORTS
from tests.lab import ports as lab_ports
from tests.lab import sshd
from tests.lab.listeners import dual_stack
from tests.lab.network import Network
from tests.lab.process import executable
from tests.lab.scenarios import scenario
from tests.lab.topology import CLIENT, MASQUERADE, NARROW, ROUTER2, SERVER

HOSTS = f"""
environment: lab
allow: [listener]
hosts:
  web-1: {{address: {CLIENT.v4}, groups: [all]}}
  plain-1: {{address: plain-1}}
  bash-1: {{address: bash-1}}
  db-1: {{address: {SERVER.v4}, groups: [all]}}
  far-1: {{address: {NARROW.v4}}}
ports:
  connect_timeout: 2s
  flows:
"""
# What the routers do to ports of which the lab's own scenarios know nothing.
ROUTER1_RULES = """
table inet extra {
    chain dstnat { type nat hook prerouting priority dstnat; tcp dport 7952 redirect to :7952; }
}
"""
ROUTER2_RULES = f"""
table inet extra {{
    chain forward {{
        type filter hook forward priority -10
        ip daddr {SERVER.v4} tcp dport 7951 reject with tcp reset
        ip daddr {SERVER.v4} meta l4proto {{ tcp, udp }} th dport 7954 drop
    }}
    chain dstnat {{ type nat hook prerouting priority dstnat; tcp dport 7980 dnat ip to {SERVER.v4}:7981; }}
    chain srcnat {{ type nat hook postrouting priority srcnat; tcp dport 7950 snat ip to {MASQUERADE.v4}; }}
}}
"""
# Covers what no host of these tests may have.
WITHOUT_PYTHON = 'for python in /usr/local/bin /usr/bin; do [ ! -e $python/python3 ] || mount --bind /dev/null \
$python/python3; done; exec "$@"'


@dataclass(frozen=True)
class Lab:
    """The network, with SSH on `web-1` (the client), `db-1` and `far-1` (the server)."""

    network: Network
    home: Path

    def look(self, flows: str) -> dict[str, tuple[Any, list[Finding | NotChecked]]]:
        """By check id: what was seen, and what the judge says."""
        checks = parse(PORTS, HOSTS + textwrap.indent(textwrap.dedent(flows).strip("\n"), "    "))
        seen: list[Any] = []
        pairs = tuple((check.key, check.spec) for check in checks)
        handover = Handover([check.key for check in checks], seen.append)
        checks[0].kind.probe(Batch(checks[0].kind, pairs, checks[0].shared), handover)
        specs = dict(pairs)
        return {
            key[1].removeprefix("ports.flow[").removesuffix("]"): (
                observed,
                [observed] if isinstance(observed, NotChecked) else list(judge(specs[key], observed)),
            )
            for key, observed in seen
        }

    def listening(self, port: int) -> str:
        return self.network.server.run(["ss", "-Hlntu", f"sport = :{port}"]).strip()


@pytest.fixture(scope="module")
def lab(network: Network) -> Iterator[Lab]:
    # Not pytest's own folder: other users, who log in here, cannot look into it.
    with TemporaryDirectory(prefix="home-") as folder, ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        home = Path(folder)
        home.chmod(0o755)
        (home / ".ssh").mkdir()
        patch.setenv("HOME", str(home))
        patch.delenv("SSH_AUTH_SOCK", raising=False)

        def log_in_to(machine: str, names: str, *prefix: str, user: str = "") -> None:
            folder = home / names.replace(" ", "-").replace("*", "any")
            folder.mkdir()
            where, address = getattr(network, machine), network.reached_at[machine].v4
            argv = where.wrap(list(prefix))
            server = stack.enter_context(sshd.running(folder, prefix=argv, address=address, user=user))
            with (home / ".ssh" / "config").open("a") as config, (home / ".ssh" / "known_hosts").open("a") as known:
                config.write(
                    f"Host {names}\nHostName {address}\nPort {server.port}\nUser {server.user}\n"
                    f"IdentityFile {server.identity}\n"
                )
                known.write(server.known)

        def users(name: str, *then: str) -> list[str]:
            (home / name).mkdir()
            return [*sshd.with_users(home / name, {"deploy": "/bin/bash"}), *then]

        covering = [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", WITHOUT_PYTHON, "sh"]
        log_in_to("client", f"{CLIENT.v4} good-*")
        log_in_to("client", "plain-1", *users("plain"), user="deploy")
        log_in_to("client", "bash-1", *users("bash", *covering), user="deploy")
        log_in_to("server", f"{SERVER.v4} {NARROW.v4}")
        network.router1.run(["nft", "-f", "-"], ROUTER1_RULES)
        network.router2.run(["nft", "-f", "-"], ROUTER2_RULES)
        with network.router1.entered():
            proxy = stack.enter_context(dual_stack(socket.SOCK_STREAM, 7952))
        proxy.listen(16)
        yield Lab(network, home)
        network.router1.run(["nft", "delete", "table", "inet", "extra"])
        network.router2.run(["nft", "delete", "table", "inet", "extra"])


def state(seen: Observation) -> str:
    (address,) = seen.addresses
    (ports,) = address.ports
    return ports.state


def test_a_service_that_is_not_installed_yet(lab: Lab) -> None:
    looked = lab.look("""
        - {from: web-1, to: db-1, port: [7940, 7941, 7942/udp], listener: if-free, seen_as: unchanged}
        - {from: web-1, to: db-1, port: 7943}
        """)
    observed, reasons = looked["web-1->db-1:7940,7941,7942/udp"]
    assert reasons == []
    assert {ports.peer for address in observed.addresses for ports in address.ports} == {CLIENT.v4}
    observed, reasons = looked["web-1->db-1:7943"]
    assert state(observed) == "refused"
    until(lambda: not any(lab.listening(port) for port in (7940, 7941, 7942)))


def test_what_only_a_listener_finds(lab: Lab) -> None:
    looked = lab.look("""
        - {from: web-1, to: db-1, port: 7950, listener: if-free, seen_as: unchanged}
        - {from: web-1, to: db-1, port: 7951, listener: if-free}
        - {from: web-1, to: db-1, port: 7952, listener: if-free}
        - {from: web-1, to: far-1, port: 7953, listener: if-free}
        - {from: db-1, to: web-1, port: 7953, listener: if-free}
        - {from: web-1, to: db-1, port: [7980, 7981], listener: if-free}
        """)
    said = {
        check: [r.observed if isinstance(r, Finding) else r.reason for r in rs] for check, (_, rs) in looked.items()
    }
    whence = f"from {CLIENT.v4} (web-1), {SERVER.v4} port"
    translated = f"our listener saw {MASQUERADE.v4}: the source address is translated on the way (NAT)"
    assert said["web-1->db-1:7950"] == [f"{whence} 7950: {translated}"]
    reset = "refused (RST), although our listener runs there: a firewall answers for db-1"
    assert said["web-1->db-1:7951"] == [f"{whence} 7951: {reset}"]
    stranger = "intercepted: something on the way accepted, and our listener on db-1 never saw it"
    assert said["web-1->db-1:7952"] == [f"{whence} 7952: {stranger}"]
    (hole,) = said["web-1->far-1:7953"]
    assert "mtu-hole: the connection opens, and segments of full size" in hole
    assert said["db-1->web-1:7953"] == []
    # NAT that leads to our listener on another port is no way to this one.
    assert said["web-1->db-1:7980,7981"] == [f"{whence} 7980: {stranger}"]


def test_blocked_with_our_listener_as_the_control(lab: Lab) -> None:
    looked = lab.look("""
        - {from: web-1, to: db-1, port: [7954, 7954/udp], expect: blocked, listener: if-free}
        - {from: web-1, to: db-1, port: 7955, expect: blocked, listener: if-free}
        """)
    assert looked["web-1->db-1:7954,7954/udp"][1] == []
    (reason,) = looked["web-1->db-1:7955"][1]
    assert isinstance(reason, Finding)
    assert "7955: open" in reason.observed


def test_blocked_without_a_control_proves_nothing(lab: Lab) -> None:
    admin, opened = scenario("tcp", 4, "admin-prohibited by router2"), scenario("tcp", 4, "open")
    flow = f"- {{from: web-1, to: db-1, port: {admin.port}, expect: blocked}}"
    (vacuous,) = lab.look(flow)[f"web-1->db-1:{admin.port}"][1]
    assert isinstance(vacuous, NotChecked)
    assert "this proves nothing" in vacuous.reason
    for control in (f"- {{from: web-1, to: db-1, port: {opened.port}}}", ""):
        more = "" if control else f", control: {opened.port}"
        looked = lab.look(f"- {{from: web-1, to: db-1, port: {admin.port}, expect: blocked{more}}}\n{control}")
        assert looked[f"web-1->db-1:{admin.port}"][1] == []


def test_an_unprivileged_user_sees_who_rejects_and_where_a_drop_is(lab: Lab) -> None:
    admin, dropped = scenario("tcp", 4, "admin-prohibited by router2"), scenario("tcp", 4, "dropped by router2")
    looked = lab.look(f"- {{from: plain-1, to: db-1, port: [{admin.port}, {dropped.port}]}}")
    ((observed, _),) = looked.values()
    by_port = {ports.first: ports for ports in observed.addresses[0].ports}
    assert (by_port[admin.port].state, by_port[admin.port].by) == ("rejected", ROUTER2.v4)
    assert by_port[dropped.port].state == "filtered"
    assert by_port[dropped.port].hops[-1][1] == ROUTER2.v4


def test_a_source_without_python(lab: Lab) -> None:
    ports = {name: scenario("tcp", 4, name).port for name in ("open", "refused", "dropped by router2")}
    looked = lab.look("\n".join(f"- {{from: bash-1, to: db-1, port: {port}}}" for port in ports.values()))
    by_name = {name: looked[f"bash-1->db-1:{port}"] for name, port in ports.items()}
    assert {name: state(observed) for name, (observed, _) in by_name.items()} == {
        "open": "open", "refused": "refused", "dropped by router2": "filtered"}  # fmt: skip
    assert {observed.rung for observed, _ in by_name.values()} == {"bash"}
    assert by_name["open"][1] == []
    (reason,) = by_name["refused"][1]
    assert isinstance(reason, Finding)
    assert "bash cannot tell refused from rejected" in reason.observed


def test_a_listener_that_is_lost_is_no_firewall(lab: Lab) -> None:
    """It is killed while another port of the flow, which is dropped, still has its time."""

    def kill() -> None:
        until(lambda: lab.listening(7951) != "")
        (pid,) = set(re.findall(r"pid=(\d+)", lab.network.server.run(["ss", "-Hltnp", "sport = :7951"])))
        os.kill(int(pid), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    ((_, reasons),) = lab.look("- {from: web-1, to: db-1, port: [7951, 7954], listener: if-free}").values()
    killer.join()
    (unknown,) = (reason.reason for reason in reasons if isinstance(reason, NotChecked))
    assert "port 7951: refused, and no listener could run on db-1: host db-1: python3" in unknown


def test_a_run_that_is_killed_leaves_no_listener(lab: Lab, tmp_path: Path) -> None:
    dropped = scenario("tcp", 4, "dropped by router2").port
    flows = f"    - {{from: web-1, to: db-1, port: [7960, {dropped}], listener: if-free, connect_timeout: 30s}}\n"
    (tmp_path / "killed.yaml").write_text(HOSTS + flows)
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--inventory", str(tmp_path / "killed.yaml")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=tmp_path, start_new_session=True) as run:
        try:
            until(lambda: lab.listening(7960) != "")
        finally:
            os.killpg(run.pid, signal.SIGKILL)
    until(lambda: lab.listening(7960) == "")


def until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def resetting() -> Iterator[int]:
    """A port that takes connections and breaks them off."""
    with socket.create_server((lab_ports.LOOPBACK, 0), backlog=64) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_thirty_sources_at_once_of_which_ten_are_no_good(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BANNER_TIMEOUT", 1.0)
    monkeypatch.setattr(session, "PATIENCE", 4.0)
    opened, refused = scenario("tcp", 4, "open").port, scenario("tcp", 4, "refused").port
    with ExitStack() as stack:
        hung = stack.enter_context(lab_ports.blackhole()).port
        reset = stack.enter_context(resetting())
        dead = stack.enter_context(lab_ports.dead()).port
        bad = [*[dead] * 4, *[hung] * 3, *[reset] * 3]
        hosts = [f"  good-{n}: {{address: good-{n}, groups: [many]}}" for n in range(20)]
        hosts += [f"  bad-{n}: {{address: {lab_ports.LOOPBACK}, port: {p}, groups: [many]}}" for n, p in enumerate(bad)]
        top = HOSTS.replace("ports:\n", "\n".join([*hosts, "ports:\n"]))
        monkeypatch.setitem(globals(), "HOSTS", top)
        looked = lab.look(f"""
            - {{from: many, to: db-1, port: {opened}}}
            - {{from: many, to: db-1, port: {refused}, expect: path-open}}
            """)
    assert len(looked) == 60
    good = {check: reasons for check, (_, reasons) in looked.items() if check.startswith("good-")}
    assert [check for check, reasons in good.items() if reasons] == []
    reasons = {check: rs for check, (_, rs) in looked.items() if check.startswith("bad-")}
    assert len(reasons) == 20
    assert all(isinstance(reason, NotChecked) for rs in reasons.values() for reason in rs)
    # Each host is one root, whatever many flows start there.
    assert len({reason.root for rs in reasons.values() for reason in rs}) == 10
