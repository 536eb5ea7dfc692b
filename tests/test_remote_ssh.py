"""Hosts over SSH: real servers on loopback, and all the ways in which one cannot be reached."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from preflight.model import Host
from preflight.remote import Lost, Rung, connect, contacts
from preflight.ssh import dial, session
from tests.conftest import ROOT
from tests.lab.listeners import full_backlog
from tests.lab.netns import namespace
from tests.lab.network import Network
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.process import daemon, executable
from tests.lab.sshd import Sshd, make_key, with_users
from tests.test_remote import ECHO, RUNNER, alive, left_behind, not_checked, run, sh, wait_until

Start = Callable[..., Sshd]
HELLO = sh("echo $1 hello")


class Home:
    """The home of who runs preflight: `.ssh` and what is in it."""

    def __init__(self, path: Path) -> None:
        self.ssh = path / ".ssh"
        self.ssh.mkdir(parents=True)
        self.known_hosts = self.ssh / "known_hosts"
        self.config = self.ssh / "config"

    def trust(self, *servers: Sshd) -> None:
        self.known_hosts.write_text("".join(server.known for server in servers))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def _nothing_stays(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No test leaves a thread or a file descriptor behind, or has a word of paramiko's on the terminal."""

    def threads() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread is not threading.main_thread()}

    before = threads()
    yield
    assert wait_until(lambda: threads() <= before), threads() - before
    assert capfd.readouterr() == ("", "")


def host(server: Sshd, **fields: object) -> Host:
    fields = {"user": server.user, "identity_file": str(server.identity)} | fields
    return Host.model_validate({"address": server.address, "port": server.port} | fields)


def block(name: str, server: Sshd) -> str:
    """Its part of ~/.ssh/config."""
    return f"Host {name}\n HostName {server.address}\n Port {server.port}\n IdentityFile {server.identity}\n"


# What a connection does.


def test_a_program_on_a_host(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    assert run(Rung("python3", ECHO, b"\0request\xff"), host(sshd)) == ["python3: 9 b'\\x00req' b'est\\xff'"]


def test_large_requests_and_large_outputs_pass_each_other(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    source = """
import sys
for line in sys.stdin.buffer:
    print(sys.argv[1], "x" * 100_000)
    if line == b"end\\n":
        break
"""
    request = b"y" * 50_000 + b"\n" + b"y\n" * 60 + b"z" * 2_000_000 + b"\nend\n"
    lines = run(Rung("python3", source, request), host(sshd))
    assert [len(line) for line in lines] == [len("python3: ") + 100_000] * 63


def test_a_lower_rung(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    skipped = Rung("no-such-interpreter", "", b"x" * 200_000)
    assert run([skipped, sh("echo $1 $(dd bs=1 count=$2 2>/dev/null)", b"hello")], host(sshd)) == ["sh: hello"]


def test_several_programs_over_one_connection(start_sshd: Start, home: Home) -> None:
    server = start_sshd()
    home.trust(server)
    with connect("web-1", host(server)) as connection:
        with (
            connection.run([sh("cat; echo $1 slow")], timeout=60) as slow,
            connection.run([HELLO], timeout=60) as quick,
        ):
            assert list(quick.lines()) == ["hello"]
            assert slow.rung == ""
        with connection.run([HELLO], timeout=60) as again:
            assert list(again.lines()) == ["hello"]
    assert server.log.count("Accepted publickey") == 1


def test_leaving_ends_the_program(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with connect("web-1", host(sshd)) as connection:
        with connection.run([sh("echo $1 $$; exec cat")], timeout=1000) as running:
            pid = next(running.lines())
            assert alive(pid)
        assert wait_until(lambda: not alive(pid))


def test_leaving_waits_for_a_program_that_takes_its_leave(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with connect("web-1", host(sshd)) as connection:
        with connection.run([sh("echo $1 $$; cat; sleep 0.2; exit 0")], timeout=1000) as running:
            pid = next(running.lines())
        assert not alive(pid)


def test_leaving_waits_for_no_program_that_stays(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    with connect("web-1", host(sshd)) as connection:
        with connection.run([sh("echo $1 $$; exec sleep 1000")], timeout=1000) as running:
            pid = next(running.lines())
        assert alive(pid)
    os.kill(int(pid), signal.SIGKILL)


def test_a_runner_that_is_killed_leaves_nothing_behind(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    assert not left_behind(host(sshd))


def test_many_connections_where_few_are_let_in_at_once(start_sshd: Start, home: Home) -> None:
    server = start_sshd("MaxStartups 2")
    home.trust(server)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(lambda _: run(HELLO, host(server)), range(12))) == [["sh: hello"]] * 12
    assert "past MaxStartups" in server.log


# Whose key is it?


def test_an_unknown_host_key_and_the_command_that_accepts_it(sshd: Sshd, home: Home) -> None:
    found = not_checked(HELLO, host(sshd))
    assert found.cause == f"host web-1 cannot be reached: its host key is not known: ssh-ed25519 {sshd.fingerprint}"
    assert found.reason == found.cause
    subprocess.run(["sh", "-c", found.next_step[found.next_step.index("echo ") :]], check=True)
    assert home.known_hosts.read_text() == sshd.known
    assert run(HELLO, host(sshd)) == ["sh: hello"]


def test_accept_new_takes_an_unknown_key_and_writes_nothing(sshd: Sshd, home: Home) -> None:
    assert run(HELLO, host(sshd, host_key="accept-new")) == ["sh: hello"]
    assert not home.known_hosts.exists()


@pytest.mark.parametrize("policy", ["strict", "accept-new"])
def test_a_changed_host_key(policy: str, sshd: Sshd, home: Home, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    home.known_hosts.write_text(f"# mine\n[{LOOPBACK}]:{sshd.port} {other}")
    found = not_checked(HELLO, host(sshd, host_key=policy))
    assert "ITS HOST KEY HAS CHANGED" in found.reason
    assert f"it shows ssh-ed25519 {sshd.fingerprint}, {home.known_hosts}:2 has ssh-ed25519 SHA256:" in found.reason
    forget = found.next_step.partition("`")[2].partition("`")[0]
    subprocess.run(shlex.split(forget), check=True, capture_output=True)
    assert "is not known" in not_checked(HELLO, host(sshd)).reason


def test_a_revoked_host_key(sshd: Sshd, home: Home) -> None:
    home.known_hosts.write_text(f"{sshd.known}@revoked * {sshd.host_key}\n")
    assert f"its host key is revoked: ssh-ed25519 {sshd.fingerprint}" in not_checked(HELLO, host(sshd)).reason


def test_a_pinned_host_key(sshd: Sshd, home: Home, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    home.known_hosts.write_text(f"[{LOOPBACK}]:{sshd.port} {other}")
    assert run(HELLO, host(sshd, host_key=sshd.fingerprint)) == ["sh: hello"]
    wrong = "SHA256:" + "A" * 43
    found = not_checked(HELLO, host(sshd, host_key=wrong))
    assert f"it shows ssh-ed25519 {sshd.fingerprint}, `host_key:` is {wrong}" in found.reason


def test_the_key_that_is_known_of_the_several_a_server_has(start_sshd: Start, home: Home, tmp_path: Path) -> None:
    rsa = make_key(tmp_path / "rsa", "-t", "rsa", "-b", "2048")
    server = start_sshd(f"HostKey {rsa}")
    home.known_hosts.write_text(f"[{LOOPBACK}]:{server.port} {rsa.with_suffix('.pub').read_text()}")
    assert run(HELLO, host(server)) == ["sh: hello"]


# Who are you?


def test_no_key_is_accepted(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    wrong = make_key(home.ssh / "wrong")
    found = not_checked(HELLO, host(sshd, identity_file=str(wrong)))
    assert found.reason.endswith(f"accepts no key for {sshd.user}: it was offered {wrong}")
    assert "if it is in there, the log of its sshd says why not" in found.next_step


def test_there_is_no_key(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    assert "there was none to offer" in not_checked(HELLO, host(sshd, identity_file="")).reason
    named = not_checked(HELLO, host(sshd, identity_file="~/.ssh/missing")).reason
    assert named.endswith(f"none to offer; {home.ssh}/missing does not exist")


def test_a_file_that_is_no_key(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    (home.ssh / "id_rsa").write_text("secret words")
    found = not_checked(HELLO, host(sshd, identity_file="")).reason
    assert "id_rsa cannot be read as a private key" in found
    assert "secret" not in found


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`agent(key, ...)` adds keys to a real ssh-agent."""
    at = tmp_path / "agent"
    with daemon([executable("ssh-agent"), "-D", "-a", str(at)], tmp_path / "agent.log"):
        assert wait_until(at.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(at))
        yield lambda *keys: subprocess.run(["ssh-add", "-q", *keys], check=True)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa", "ecdsa -m PEM"])
def test_an_encrypted_key_needs_the_agent(
    kind: str, home: Home, agent: Callable[..., None], start_sshd: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_sshd()
    home.trust(server)
    key = make_key(home.ssh / f"id_{kind.split()[0]}", "-t", *kind.split(), "-N", "open sesame")
    (server.folder / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    found = not_checked(HELLO, host(server, identity_file=""))
    assert f"{key} is encrypted and not in the agent: `ssh-add {key}`" in found.reason
    ask = home.ssh / "askpass"
    ask.write_text("#!/bin/sh\necho open sesame\n")
    ask.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(ask))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    agent(key)
    assert run(HELLO, host(server, identity_file="")) == ["sh: hello"]


def test_a_named_identity_comes_before_the_rest_of_the_agents_keys(
    sshd: Sshd, home: Home, agent: Callable[..., None]
) -> None:
    home.trust(sshd)
    agent(*(make_key(home.ssh / f"other{number}") for number in range(7)))
    found = not_checked(HELLO, host(sshd, identity_file=""))
    assert "hung up after keys it does not accept" in found.reason
    assert "other0 (agent), other1 (agent)" in found.reason
    assert run(HELLO, host(sshd)) == ["sh: hello"]
    home.config.write_text(f"IdentityFile {sshd.identity}.pub\nIdentitiesOnly yes\n")
    assert "there was none to offer" in not_checked(HELLO, host(sshd, identity_file="")).reason
    agent(sshd.identity)
    assert run(HELLO, host(sshd, identity_file="")) == ["sh: hello"]


def test_an_agent_that_is_gone(sshd: Sshd, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.trust(sshd)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere/agent")
    assert run(HELLO, host(sshd)) == ["sh: hello"]
    assert "the agent at /nowhere/agent does not answer" in not_checked(HELLO, host(sshd, identity_file="")).reason


def test_a_server_that_takes_no_keys(start_sshd: Start, home: Home) -> None:
    server = start_sshd("PubkeyAuthentication no\nPasswordAuthentication yes")
    home.trust(server)
    assert "takes no keys for root, only password" in not_checked(HELLO, host(server, user="root")).reason


def test_a_server_that_wants_more_than_a_key(start_sshd: Start, home: Home) -> None:
    server = start_sshd("PasswordAuthentication yes\nAuthenticationMethods publickey,password")
    home.trust(server)
    assert "and wants password besides" in not_checked(HELLO, host(server)).reason


# The way there.


def test_refused() -> None:
    port = free_port(LOOPBACK)
    found = not_checked(HELLO, Host(address=LOOPBACK, port=port))
    assert found.reason == f"host web-1 cannot be reached: {LOOPBACK} port {port} refuses connections"


def test_a_name_that_is_not_resolved() -> None:
    assert "its name nowhere.invalid is not resolved" in not_checked(HELLO, Host(address="nowhere.invalid")).reason


def silent(say: bytes = b"", then_close: bool = False) -> Iterator[Host]:
    with socket.create_server((LOOPBACK, 0)) as server:
        held = []

        def serve() -> None:
            while True:
                try:
                    sock = server.accept()[0]
                except OSError:
                    return
                sock.sendall(say)
                held.append(sock)
                if then_close:
                    sock.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Host(address=LOOPBACK, port=server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for sock in held:
            sock.close()


@pytest.fixture
def says_nothing() -> Iterator[Host]:
    yield from silent()


@pytest.fixture
def stops_after_its_banner() -> Iterator[Host]:
    yield from silent(b"SSH-2.0-OpenSSH_9.9\r\n")


@pytest.fixture
def always_full() -> Iterator[Host]:
    yield from silent(b"Not allowed at this time\r\n", then_close=True)


@pytest.fixture
def mail_server() -> Iterator[Host]:
    yield from silent(b"220 mail.example.com ESMTP\r\n")


def test_it_hangs_before_its_banner(says_nothing: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BANNER_TIMEOUT", 0.3)
    assert "takes the connection, and sends no SSH banner within 0.3 s" in not_checked(HELLO, says_nothing).reason


def test_it_hangs_after_its_banner(stops_after_its_banner: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "EXCHANGE_TIMEOUT", 0.3)
    assert "sent its SSH banner, and then nothing for 0.3 s" in not_checked(HELLO, stops_after_its_banner).reason


def test_it_always_has_too_many_connections(always_full: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PATIENCE", 1.0)
    found = not_checked(HELLO, always_full)
    assert "hung up before its SSH banner, again and again for 1 s: Not allowed at this time" in found.reason
    assert "MaxStartups" in found.next_step


def test_it_is_no_ssh_server(mail_server: Host) -> None:
    assert "is no SSH server: it says '220 mail.example.com ESMTP'" in not_checked(HELLO, mail_server).reason


def test_not_a_word_on_the_terminal(mail_server: Host) -> None:
    """paramiko logs tracebacks, and logging prints them in a process that has set up none."""
    ran = subprocess.run(
        [sys.executable, "-c", RUNNER, mail_server.model_dump_json()], capture_output=True, text=True, cwd=ROOT
    )
    *trace, last = ran.stderr.splitlines()
    assert "is no SSH server" in last
    assert not any("preflight.ssh" in line or "protocol" in line for line in trace)


def test_nobody_waits_for_the_connection(says_nothing: Host) -> None:
    started = time.monotonic()
    assert "its time was spent" in not_checked(HELLO, says_nothing, until=time.time() + 0.3).reason
    assert time.monotonic() - started < session.BANNER_TIMEOUT / 2


def test_no_answer_and_no_route(network: Network, home: Home) -> None:
    home.config.write_text("ConnectTimeout 1\n")
    there = network.reached_at["server"].v4
    with full_backlog(network.server, 2222):
        silent = not_checked(HELLO, Host(address=there, port=2222))
    assert f"{there} port 2222 does not answer within 1 s" in silent.reason
    with namespace("nowhere") as nowhere, nowhere.entered():
        assert "Network is unreachable" in not_checked(HELLO, Host(address=there)).reason


def test_a_host_in_another_network(network: Network, start_sshd: Start, home: Home) -> None:
    server = start_sshd(prefix=network.server.wrap([]), address=network.reached_at["server"].v4)
    home.trust(server)
    assert run(HELLO, host(server)) == ["sh: hello"]


# What happens afterwards.


def test_the_connection_is_lost_half_way(start_sshd: Start, home: Home) -> None:
    server = start_sshd()
    home.trust(server)
    with (
        connect("web-1", host(server)) as connection,
        connection.run([sh("echo $1 $PPID; exec cat >/dev/null")], timeout=1000) as running,
    ):
        lines = running.lines()
        os.kill(int(next(lines)), signal.SIGKILL)  # the sshd of this connection
        with pytest.raises(Lost) as caught:
            list(lines)
    assert caught.value.not_checked.cause == "host web-1: the connection was lost"


def test_the_command_hangs(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    found = not_checked(sh("echo $1 x; exec cat"), host(sshd), timeout=4)
    assert found.reason == "host web-1: it hung: sh did not end within 4 s"


@pytest.mark.parametrize("behind_a_jump_host", [False, True])
def test_the_server_stops_answering(behind_a_jump_host: bool, start_sshd: Start, home: Home) -> None:
    """Its kernel goes on to acknowledge what it is sent, until there is no room left."""
    server, bastion = start_sshd(), start_sshd()
    home.trust(server, bastion)
    home.config.write_text(block("bastion", bastion))
    web = host(server, jump="bastion" if behind_a_jump_host else "")
    started = time.monotonic()
    with ExitStack() as resumed:
        with (
            connect("web-1", web) as connection,
            connection.run([sh("echo $1 $PPID; exec cat >/dev/null", b"x" * 50_000_000)], timeout=8) as running,
        ):
            lines = running.lines()
            stopped = int(next(lines))
            if behind_a_jump_host:  # the sshd of the connection to the bastion
                stopped = int(Path(f"/proc/{bastion.pid}/task/{bastion.pid}/children").read_text())
            os.kill(stopped, signal.SIGSTOP)
            resumed.callback(os.kill, stopped, signal.SIGKILL)
            with pytest.raises(Lost, match="it hung: sh did not end within 8 s"):
                list(lines)
        assert time.monotonic() - started < 60


@pytest.fixture
def vanish(network: Network) -> Iterator[Callable[[Sshd], None]]:
    """`vanish(server)`: from now on nothing arrives at this server of the network's machine."""

    def drop(server: Sshd) -> None:
        chain = f"chain input {{ type filter hook input priority -200; tcp dport {server.port} drop\n }}"
        network.server.run(["nft", "-f", "-"], f"table inet vanished {{ {chain}\n }}")

    yield drop
    network.server.run(["nft", "-f", "-"], "table inet vanished {\n}\ndelete table inet vanished\n")


def test_the_machine_vanishes(
    network: Network, vanish: Callable[[Sshd], None], start_sshd: Start, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "VANISHED", 2)
    server = start_sshd(prefix=network.server.wrap([]), address=network.reached_at["server"].v4)
    home.trust(server)
    with (
        connect("web-1", host(server)) as connection,
        connection.run([sh("echo $1 x; exec cat")], timeout=60) as running,
    ):
        lines = running.lines()
        next(lines)
        vanish(server)
        with pytest.raises(Lost, match="the connection was lost"):
            list(lines)


def test_the_jump_host_vanishes(
    network: Network, vanish: Callable[[Sshd], None], start_sshd: Start, home: Home
) -> None:
    """Where a goodbye to the host behind it finds no room any more, leaving does not wait for it."""
    bastion, server = (
        start_sshd(prefix=network.server.wrap([]), address=network.reached_at["server"].v4) for _ in range(2)
    )
    home.trust(bastion, server)
    home.config.write_text(block("bastion", bastion))
    web = host(server, jump="bastion")
    with connect("web-1", web) as connection:
        with connection.run([sh("echo $1 x; exec cat >/dev/null", b"x" * 50_000_000)], timeout=6) as running:
            lines = running.lines()
            next(lines)
            vanish(bastion)
            with pytest.raises(Lost, match="it hung"):
                list(lines)
        started = time.monotonic()
    assert time.monotonic() - started < dial.VANISHED / 2


def test_the_jump_host_is_lost(start_sshd: Start, home: Home) -> None:
    bastion, server = start_sshd(), start_sshd()
    home.trust(bastion, server)
    home.config.write_text(block("bastion", bastion))
    with (
        connect("web-1", host(server, jump="bastion")) as connection,
        connection.run([sh("echo $1 x; exec cat")], timeout=1000) as running,
    ):
        lines = running.lines()
        next(lines)
        os.kill(int(Path(f"/proc/{bastion.pid}/task/{bastion.pid}/children").read_text()), signal.SIGKILL)
        with pytest.raises(Lost, match="the connection was lost"):
            list(lines)


def test_a_program_that_fails_over_ssh(sshd: Sshd, home: Home) -> None:
    home.trust(sshd)
    assert not_checked(sh("echo a >&2; echo b >&2; exit 7"), host(sshd)).reason == "host web-1: sh ended with 7: b"
    assert not_checked(sh("kill -9 $$"), host(sshd)).reason == "host web-1: sh was ended by a signal"


def test_no_session(start_sshd: Start, home: Home) -> None:
    server = start_sshd("MaxSessions 0")
    home.trust(server)
    found = not_checked(HELLO, host(server))
    assert found.reason.startswith("host web-1 cannot be used: it opens no session: ")
    assert "MaxSessions" in found.next_step


def test_a_forced_command(start_sshd: Start, home: Home) -> None:
    server = start_sshd("ForceCommand echo backups only; exit 3")
    home.trust(server)
    found = not_checked(HELLO, host(server))
    assert found.reason == "host web-1 cannot be used: it ran nothing: its shell ended with 3: backups only"


# Through others.


def test_a_jump_host(start_sshd: Start, home: Home) -> None:
    bastion, target = start_sshd(), start_sshd()
    home.trust(bastion, target)
    home.config.write_text(block("bastion", bastion))
    web = host(target, jump="bastion")
    assert run(Rung("python3", ECHO, b"x" * 3_000_000), web) == ["python3: 3000000 b'xxxx' b'xxxx'"]
    assert "Accepted publickey" in bastion.log
    assert contacts("web-1", web) == (
        f"web-1 over SSH as {target.user} at {LOOPBACK} port {target.port}, through jump host bastion"
    )


def test_two_jump_hosts_each_with_its_own_key(start_sshd: Start, home: Home) -> None:
    one, two, target = start_sshd(), start_sshd(), start_sshd()
    home.trust(one, two, target)
    home.config.write_text(
        block("one", one) + block("two", two) + block("web-1", target) + f" ProxyJump one,{target.user}@two\n"
    )
    assert run(HELLO, Host()) == ["sh: hello"]
    assert all("Accepted publickey" in server.log for server in (one, two, target))
    assert contacts("web-1", Host()).endswith(f"through jump host one, {target.user}@two")


def test_a_jump_host_is_the_root_of_what_lies_behind_it(start_sshd: Start, home: Home) -> None:
    bastion, target = start_sshd("AllowTcpForwarding no"), start_sshd()
    home.config.write_text(f"Host {LOOPBACK}\n IdentityFile {bastion.identity}\n")
    web = host(target, jump=f"{LOOPBACK}:{bastion.port}")
    home.trust(target)
    unknown = not_checked(HELLO, web, name="web-1"), not_checked(HELLO, web, name="web-2")
    assert unknown[0].cause == unknown[1].cause
    assert unknown[0].cause.startswith(f"jump host {LOOPBACK}:{bastion.port} cannot be reached: its host key is not")
    assert unknown[0].reason.startswith("host web-1: jump host")
    home.trust(bastion, target)
    forbidden = not_checked(HELLO, web)
    assert f"its jump host cannot connect to {LOOPBACK} port {target.port}: Administratively" in forbidden.cause


def test_behind_the_jump_host(start_sshd: Start, home: Home) -> None:
    bastion, target = start_sshd(), start_sshd("MaxStartups 1")
    home.config.write_text(f"Host {LOOPBACK}\n IdentityFile {bastion.identity}\n")
    jump = f"{LOOPBACK}:{bastion.port}"
    home.trust(bastion)
    assert not_checked(HELLO, host(target, jump=jump)).cause.startswith("host web-1 cannot be reached: its host key")
    home.trust(bastion, target)
    refused = host(target, jump=jump, port=free_port(LOOPBACK))
    assert "its jump host cannot connect to" in not_checked(HELLO, refused).reason
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(lambda _: run(HELLO, host(target, jump=jump)), range(5))) == [["sh: hello"]] * 5


def test_jump_hosts_in_a_circle(home: Home) -> None:
    home.config.write_text("Host a\n ProxyJump b\nHost b\n ProxyJump a\n")
    assert "jump hosts go in a circle" in not_checked(HELLO, Host(address="a")).reason
    assert "is not of the form" in not_checked(HELLO, Host(jump="a:b:c")).reason


def test_a_proxy_command(start_sshd: Start, home: Home) -> None:
    bastion, target = start_sshd(), start_sshd()
    home.trust(target)
    command = (
        f"ssh -q -F none -i {bastion.identity} -p {bastion.port} -o StrictHostKeyChecking=no "
        f"-o UserKnownHostsFile=/dev/null {LOOPBACK} -W %h:%p"
    )
    home.config.write_text(f"Host {LOOPBACK}\n  ProxyCommand {command}\n")
    assert run(HELLO, host(target)) == ["sh: hello"]
    assert "Accepted publickey" in bastion.log
    assert f"-W {LOOPBACK}:{target.port}`" in contacts("web-1", host(target))


def test_a_proxy_command_that_fails(sshd: Sshd, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PATIENCE", 0.5)
    home.config.write_text("ProxyCommand false\n")
    assert "hung up before its SSH banner" in not_checked(HELLO, host(sshd)).reason
    monkeypatch.setattr(session, "BANNER_TIMEOUT", 0.3)
    home.config.write_text("ProxyCommand sleep 1000\n")
    assert "sends no SSH banner within 0.3 s" in not_checked(HELLO, host(sshd)).reason
    home.config.write_text("ProxyCommand echo %h\n")
    assert "has characters that a ProxyCommand cannot" in not_checked(HELLO, Host(address="$(reboot)")).reason


# ~/.ssh/config


LOOKS_NOTHING_UP = """
import sys
looked_up = []
sys.addaudithook(lambda event, _: looked_up.append(event) if event.startswith("socket.get") else None)
from preflight.model import Host
from preflight.remote import contacts
print(contacts("web-1", Host(address="192.0.2.1")), *set(looked_up) - {"socket.gethostname"}, sep="|")
"""


def test_a_plan_looks_no_name_up(home: Home) -> None:
    home.config.write_text("Host *\n IdentityFile ~/.ssh/%u-at-%h\n User deploy\n")
    code = [sys.executable, "-c", LOOKS_NOTHING_UP]
    told = subprocess.run(code, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert told == "web-1 over SSH as deploy at 192.0.2.1 port 22\n"


def test_the_configuration_of_ssh(sshd: Sshd, home: Home) -> None:
    (home.ssh / "extra").mkdir()
    (home.ssh / "extra" / "web.conf").write_text(f"Host web-*\n Port {sshd.port}\n IdentityFile {sshd.identity}\n")
    home.config.write_text(
        f"Include extra/*.conf\nUser somebody\nHostKeyAlias the-web\nUserKnownHostsFile ~/.ssh/theirs\n"
        f"Host web-1\n HostName {LOOPBACK}\n User nobody\nHost web-2\n Port 1\n"
    )
    (home.ssh / "theirs").write_text(f"the-web {sshd.host_key}\n")
    assert run(HELLO, Host(user=sshd.user)) == ["sh: hello"]
    assert contacts("web-1", Host()) == f"web-1 over SSH as somebody at {LOOPBACK} port {sshd.port}"
    assert contacts("web-1", Host(port=7, user="me", sudo=True)) == (
        f"web-1 over SSH as me at {LOOPBACK} port 7, with sudo"
    )
    assert contacts("mail", Host()) == "mail over SSH as somebody at mail port 22"
    assert contacts("db", Host(address="web-1", user="x")) == f"db over SSH as x at {LOOPBACK} port {sshd.port}"


def test_a_configuration_that_cannot_be_read(home: Home) -> None:
    home.config.write_text("Host x\n!!!\n")
    found = not_checked(HELLO, Host())
    assert found.reason == "host web-1 cannot be reached: ~/.ssh/config cannot be used for it: Unparsable line !!!"
    assert contacts("web-1", Host()) == "web-1 over SSH (~/.ssh/config cannot be used for it: Unparsable line !!!)"


# Other users of the host.


@pytest.fixture
def users(start_sshd: Start, home: Home) -> Iterator[Callable[..., tuple[Sshd, Path]]]:
    """`users({"deploy": "/bin/sh"}, sudoers)` gives a server with these users, and where their homes are.

    In `settings`, `{homes}` stands for the latter.
    """
    with TemporaryDirectory(prefix="homes-") as folder:

        def start(shells: dict[str, str], sudoers: str = "", settings: str = "") -> tuple[Sshd, Path]:
            server = start_sshd(settings.format(homes=folder), prefix=with_users(Path(folder), shells, sudoers))
            home.trust(server)
            return server, Path(folder)

        yield start


@pytest.mark.parametrize(
    ("shell", "startup", "noise"),
    [
        ("bash", ".bashrc", "printf 'no line end'; echo oops >&2"),
        ("tcsh", ".cshrc", "echo -n hello; set prompt='!'"),
        ("fish", ".config/fish/config.fish", "echo -n hello; set -x PATH $PATH /nowhere"),
    ],
)
def test_a_login_shell_of_ones_own_that_talks(
    shell: str, startup: str, noise: str, users: Callable[..., tuple[Sshd, Path]]
) -> None:
    server, homes = users({"deploy": executable(shell)})
    (homes / "deploy" / startup).parent.mkdir(parents=True, exist_ok=True)
    (homes / "deploy" / startup).write_text(f"{noise}\n")
    deploy = host(server, user="deploy")
    assert run([Rung("bash", "echo $1 $(id -un)", b"")], deploy) == ["bash: deploy"]
    assert run([sh("echo $1 $(dd bs=1 count=$2 2>/dev/null)", b"x!'\"")], deploy) == ["sh: x!'\""]


def test_a_user_who_may_not_log_in(users: Callable[..., tuple[Sshd, Path]]) -> None:
    server, _ = users({"deploy": executable("nologin")})
    found = not_checked(HELLO, host(server, user="deploy"))
    assert "it ran nothing: its shell ended with 1: This account is currently not available." in found.reason


SUDOERS = "Defaults {options}\nroot ALL=(ALL) NOPASSWD: ALL\ndeploy ALL=(root) {how}ALL\n"


@pytest.mark.parametrize("options", ["!use_pty", "use_pty", "secure_path=/usr/bin:/bin"])
def test_sudo(options: str, users: Callable[..., tuple[Sshd, Path]]) -> None:
    server, _ = users({"deploy": "/bin/sh"}, SUDOERS.format(options=options, how="NOPASSWD: "))
    deploy = host(server, user="deploy", sudo=True)
    request = bytes(range(256)) * 200
    program = sh("echo $1 $(id -un) $(dd bs=1 count=$2 2>/dev/null | od -An -tx1 | tr -dc a-f0-9); exec cat", request)
    with connect("db-1", deploy) as connection, connection.run([program], timeout=20) as running:
        assert next(running.lines()) == f"root {request.hex()}"
    assert run([sh("echo $1 $(id -un)")], host(server, user="deploy")) == ["sh: deploy"]


def test_sudo_wants_a_password(users: Callable[..., tuple[Sshd, Path]]) -> None:
    server, _ = users({"deploy": "/bin/sh", "guest": "/bin/sh"}, SUDOERS.format(options="!use_pty", how=""))
    found = not_checked(HELLO, host(server, user="deploy", sudo=True))
    assert found.reason == "host web-1 cannot be used: sudo wants a password: sudo: a password is required"
    assert "NOPASSWD" in found.next_step
    assert "`sudo: false`" in found.next_step


def test_sudo_is_missing(users: Callable[..., tuple[Sshd, Path]]) -> None:
    server, homes = users({"deploy": "/bin/sh"}, settings="SetEnv PATH={homes}/bin")
    (homes / "bin").mkdir(mode=0o755)
    for tool in ("sh", "dd", "id"):
        (homes / "bin" / tool).symlink_to(executable(tool))
    found = not_checked(HELLO, host(server, user="deploy", sudo=True))
    assert found.reason == "host web-1 cannot be used: sudo is not installed there"
    assert run(HELLO, host(server, sudo=True)) == ["sh: hello"], "root needs none"


def test_secrets_of_a_key_are_not_shown(home: Home) -> None:
    key = make_key(home.ssh / "id_ed25519")
    body = re.sub(r"-----.*?-----|\s", "", key.read_text())
    found = not_checked(HELLO, Host(address=LOOPBACK, port=free_port(LOOPBACK), identity_file=str(key)))
    assert not any(body[at : at + 20] in str(found) for at in range(0, len(body) - 20, 20))
