"""Other hosts: real SSH servers, users who may not read everything, sudo, and a connection that is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from preflight.model import Host
from preflight.remote import Lost, Unreachable
from preflight_drift.collect import collection
from preflight_drift.collect.collector import collect
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece
from preflight_drift.tests.collected import HERE, by_name, here
from tests.lab.ports import free_port
from tests.lab.sshd import Sshd, with_users

Start = Callable[..., Sshd]
NO_PASSWORD = "deploy ALL=(ALL) NOPASSWD: ALL\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of who runs preflight."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that other users may look into."""
    with TemporaryDirectory(prefix="drift-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def deploy(start_sshd: Start, home: Path) -> Iterator[Callable[..., Host]]:
    """A host where `deploy` logs in, who may do by sudo what sudoers(5) says."""
    with TemporaryDirectory(prefix="home-") as users:

        def start(sudoers: str = "", **more: object) -> Host:
            server = start_sshd(prefix=with_users(Path(users), {"deploy": "/bin/sh"}, sudoers), user="deploy")
            (home / ".ssh" / "known_hosts").write_text(server.known)
            return _host(server, **more)

        yield start


def _host(server: Sshd, **more: object) -> Host:
    fields = {
        "address": server.address,
        "port": server.port,
        "user": server.user,
        "identity_file": str(server.identity),
    }
    return Host.model_validate(fields | more)


@pytest.fixture
def secrets(folder: Path) -> Path:
    """Files and folders of which another user may see some."""
    for name, mode in {"open": 0o644, "closed": 0o600}.items():
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    for name, mode in {"unlisted": 0o711, "unsearched": 0o744, "shut": 0o700}.items():
        (folder / name).mkdir()
        (folder / name / "file").write_text(name)
        (folder / name).chmod(mode)
    (folder / "link").symlink_to("closed")
    (folder / "link into shut").symlink_to("shut/file")
    return folder


def test_over_ssh(sshd: Sshd, home: Path, folder: Path) -> None:
    (home / ".ssh" / "known_hosts").write_text(sshd.known)
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "text").write_bytes(b"\xef\xbb\xbfa\r\n\xff")
    wanted = Wanted(
        files=(f"{folder}/**",), packages=True, sysctl=("vm.*",), services=True, users=True, mounts=True,
        effective=("sshd",), commands=(("java", "echo 17 >&2"),),
    )  # fmt: skip
    over_ssh, local = (by_name(collect("web-1", host, wanted)) for host in (_host(sshd), HERE))
    assert over_ssh == local
    assert over_ssh[f"{folder}/text"].data == b"\xef\xbb\xbfa\r\n\xff"
    assert b"dpkg\t" in over_ssh["packages"].data
    assert b"permitrootlogin " in over_ssh["sshd"].data


def test_what_a_user_may_not_read_is_named(deploy: Callable[..., Host], secrets: Path) -> None:
    found = by_name(collect("web-1", deploy(), Wanted(files=(f"{secrets}/**",))))
    found = {name.removeprefix(f"{secrets}/"): piece for name, piece in found.items()}
    closed = "permission denied: what is in this directory is not known"
    assert {name: piece.trouble for name, piece in found.items()} == {
        "open": "",
        "closed": "permission denied",
        "unlisted": closed,
        "unsearched": closed,
        "unsearched/file": "permission denied",
        "shut": closed,
        "link": "leads to a file that cannot be read: permission denied",
        "link into shut": "",
    }
    assert dict(found["closed"].attributes) == {"mode": "0600", "owner": "root", "group": "root"}
    assert dict(found["link into shut"].attributes)["leads_to"] == "nothing"


@pytest.mark.parametrize(
    ("glob", "trouble"),
    [
        ("shut/file", "permission denied: what is in this directory is not known"),
        ("shut/*", "permission denied: what is in this directory is not known"),
        ("shut/**", "permission denied: what is in this directory is not known"),
        ("shut/missing", "permission denied: what is in this directory is not known"),
        ("*/file", "permission denied: what is in this directory is not known"),
        ("unlisted/*", "permission denied: what is in this directory is not known"),
        ("closed", "permission denied"),
    ],
)
def test_nothing_that_may_be_there_is_missing(
    deploy: Callable[..., Host], secrets: Path, glob: str, trouble: str
) -> None:
    found = by_name(collect("web-1", deploy(), Wanted(files=(f"{secrets}/{glob}",))))
    assert not any(piece.missing for piece in found.values())
    assert trouble in {piece.trouble for piece in found.values()}


def test_a_file_that_is_known_by_name_in_a_directory_that_cannot_be_listed(
    deploy: Callable[..., Host], secrets: Path
) -> None:
    found = by_name(collect("web-1", deploy(), Wanted(files=(f"{secrets}/unlisted/file", f"{secrets}/unlisted/other"))))
    assert found[f"{secrets}/unlisted/file"].data == b"unlisted"
    assert found[f"{secrets}/unlisted/other"].missing


def test_sudo_reads_it_all(deploy: Callable[..., Host], secrets: Path) -> None:
    wanted = Wanted(files=(f"{secrets}/**",), commands=(("who", "id -un"),))
    found = by_name(collect("web-1", deploy(NO_PASSWORD, sudo=True), wanted))
    assert {piece.trouble for piece in found.values()} == {""}
    assert found[f"{secrets}/shut/file"].data == b"shut"
    assert found["who"].data == b"root\n"


def test_sudo_wants_a_password(deploy: Callable[..., Host]) -> None:
    with pytest.raises(Lost) as caught:
        collect("web-1", deploy("deploy ALL=(ALL) ALL\n", sudo=True), Wanted(packages=True))
    assert "sudo wants a password" in caught.value.not_checked.reason


def test_settings_that_only_root_may_read(deploy: Callable[..., Host]) -> None:
    only_root = {"kernel.cad_pid", "kernel.usermodehelper.bset"}
    found = by_name(collect("web-1", deploy(), Wanted(sysctl=("vm.swappiness", *sorted(only_root)))))
    assert found["sysctl"].data == f"vm.swappiness = {Path('/proc/sys/vm/swappiness').read_text()}".encode()
    assert {name: piece.trouble for name, piece in found.items() if name != "sysctl"} == dict.fromkeys(
        only_root, "permission denied"
    )


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(Unreachable):
        collect("web-1", Host(address="127.0.0.1", port=free_port("127.0.0.1")), Wanted(packages=True))


def test_nothing_wanted_asks_nobody() -> None:
    assert collect("web-1", Host(address="127.0.0.1", port=free_port("127.0.0.1")), Wanted()) == []


# What does not end.


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "SECONDS_EACH", 1)


def _running(marker: str) -> list[str]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            try:
                line = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in line.split(b"\0"):
                found.append(line.decode(errors="replace"))
    return found


def _until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("line", ["sleep {0}", "trap '' TERM HUP; sleep {0}", "sleep {0} | cat", "sleep {0} & wait"])
def test_a_command_that_hangs_is_ended_and_the_next_one_runs(line: str) -> None:
    marker = f"6173.{os.getpid()}"  # of no other worker
    found = here(Wanted(commands=(("hangs", f"echo begun; {line.format(marker)}"), ("next", "echo next"))))
    assert "killed" in found["hangs"].trouble
    assert found["hangs"].data == b""
    assert found["next"].data == b"next\n"
    assert _running(marker) == []


def test_a_command_that_leaves_something_running_does_not_hold_up() -> None:
    marker = f"6174.{os.getpid()}"  # of no other worker
    found = here(Wanted(commands=(("daemon", f"sleep {marker} & echo started"),)))
    assert (found["daemon"].data, found["daemon"].trouble) == (b"started\n", "")
    assert _running(marker) == []


def test_a_command_that_says_more_than_anybody_reads() -> None:
    found = here(Wanted(commands=(("yes", "yes"), ("next", "echo next"))))
    assert found["yes"].trouble == "not all of it: it says more than 8 MB"
    assert found["next"].data == b"next\n"


def _killed_half_way(host: Host, kill: Callable[[], object]) -> dict[str, Piece]:
    """Once the host is within its second command, `kill()` ends something."""
    marker = f"6175.{os.getpid()}"  # of no other worker

    def act() -> None:
        assert _until(lambda: _running(marker) != [])
        time.sleep(0.5)  # what was printed before has been read by then
        kill()

    killer = threading.Thread(target=act)
    killer.start()
    wanted = Wanted(packages=True, commands=(("a", "echo a"), ("b", f"echo b; sleep {marker}"), ("c", "echo c")))
    try:
        return by_name(collect("web-1", host, wanted))
    finally:
        killer.join()
        assert _until(lambda: _running(marker) == [])


def _ancestors(process: int) -> Iterator[int]:
    """Other workers of a run have scripts of their own."""
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        yield process


def _script() -> int:
    """The process that runs collect.sh: the only shell with a whole program in its arguments that leads no other."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes().split(b"\0")
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            ours = line[:2] == [b"sh", b"-c"] and line[2].startswith(b"# Tells what a host has")
            if ours and os.getpid() in _ancestors(int(process.name)):
                found.append((int(process.name), int(parent)))
        except (OSError, IndexError):
            continue
    pids = {pid for pid, _ in found}
    (first,) = {pid for pid, parent in found if parent not in pids}
    return first


def test_a_host_that_is_lost_half_way(sshd: Sshd, home: Path) -> None:
    (home / ".ssh" / "known_hosts").write_text(sshd.known)
    for host in (HERE, _host(sshd)):
        found = _killed_half_way(host, lambda: os.kill(_script(), signal.SIGKILL))
        assert b"dpkg\t" in found["packages"].data
        assert found["a"].data == b"a\n"
        for name in ("b", "c"):
            assert found[name].data == b""
            assert found[name].trouble.startswith("not collected: host web-1: sh was ended by"), found[name]


def test_a_run_that_is_stopped_leaves_nothing_running() -> None:
    stop = threading.Event()
    marker = f"6176.{os.getpid()}"  # of no other worker

    def act() -> None:
        assert _until(lambda: _running(marker) != [])
        time.sleep(0.5)  # what was printed before has been read by then
        stop.set()

    killer = threading.Thread(target=act)
    killer.start()
    wanted = Wanted(commands=(("a", "echo a"), ("b", f"sleep {marker}")))
    found = by_name(collect("web-1", HERE, wanted, stopped=stop.is_set))
    killer.join()
    assert found["a"].data == b"a\n"
    assert "the run ended" in found["b"].trouble
    assert _until(lambda: _running(marker) == [])


def test_nothing_arrived_whole(sshd: Sshd, home: Path) -> None:
    (home / ".ssh" / "known_hosts").write_text(sshd.known)
    stop = threading.Event()
    marker = f"6177.{os.getpid()}"  # of no other worker
    killer = threading.Thread(target=lambda: (_until(lambda: _running(marker) != []), stop.set()))
    killer.start()
    with pytest.raises(Lost):
        collect("web-1", _host(sshd), Wanted(commands=(("a", f"sleep {marker}"),)), stopped=stop.is_set)
    killer.join()
    assert _until(lambda: _running(marker) == [])
