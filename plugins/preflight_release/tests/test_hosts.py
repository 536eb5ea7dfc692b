"""On hosts that are logged in to: real SSH servers, users without rights, and hosts that are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight_release.tests.looked import BUILD, Release, Seen, fill, look, said
from tests.lab import sshd as lab
from tests.lab.ports import free_port
from tests.lab.process import executable
from tests.lab.sshd import Sshd

Start = Callable[..., Sshd]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def host(server: Sshd, **more: Any) -> str:
    fields = {
        "address": server.address,
        "port": server.port,
        "user": server.user,
        "identity_file": server.identity,
        "host_key": server.fingerprint,
        "groups": "[app]",
    } | more
    return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"


def hosts(**servers: str) -> str:
    lines = "".join(f"  {name.replace('_', '-')}: {server}\n" for name, server in servers.items())
    return f"hosts:\n{lines}"


def lines(seen: dict[str, Seen]) -> dict[str, list[str]]:
    return {name.rpartition("/")[2]: [said(reason) for reason in reasons] for name, (_, reasons) in seen.items()}


@pytest.fixture
def nodes(start_sshd: Start, release: Release) -> Callable[..., str]:
    """`nodes(app_1={...}, app_2={...})`: hosts that have these files where the release is installed."""

    def start(**trees: dict[str, bytes]) -> str:
        servers = {}
        for name, files in trees.items():
            fill(release.folder / name, files)
            covered = f'mount --bind {release.folder / name} {release.root} && exec "$@"'
            prefix = [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", covered, "sh"]
            servers[name] = host(start_sshd(prefix=prefix))
        return hosts(**servers)

    return start


def test_one_node_differs(nodes: Callable[..., str], release: Release) -> None:
    old = BUILD | {"lib/a.so": b"old", "VERSION": b"1.0.12\n", "lib/left.so": b""}
    text = release.text("version_from: {file: VERSION}", nodes(app_1=old, app_2=BUILD, app_3=BUILD))
    seen = look(text)
    found = lines(seen)
    assert found["app-2"] == found["app-3"] == []
    assert [line.partition("; ")[2] for line in found["app-1"]] == [
        "only on app-1, not on app-2, app-3",
        "only on app-1, not on app-2, app-3",
        "only app-1 differs: on disk 1.0.13 on app-2, app-3",
    ]
    changed = seen["phoenix-1.0.13/app-1"][1][0]
    assert f"copy from app-2, which has it all: `scp -p app-2:{release.root}/" in changed.next_step


def test_all_nodes_are_wrong_alike(nodes: Callable[..., str], release: Release) -> None:
    less = {name: data for name, data in BUILD.items() if name != "lib/a.so"}
    seen = look(release.text("", nodes(app_1=less, app_2=less, app_3=BUILD | {"lib/a.so": b""})))
    found = lines(seen)
    assert found["app-1"] == ["on app-1: 1 file missing: lib/a.so; the same on app-2, not on app-3"]
    causes = {reason.cause for _, reasons in seen.values() for reason in reasons if isinstance(reason, Finding)}
    assert len(causes) == 2


def test_modes_that_nobody_promised_are_alike_on_all_nodes(nodes: Callable[..., str], release: Release) -> None:
    text = release.text("", nodes(app_1=BUILD, app_2=BUILD, app_3=BUILD))
    (release.folder / "app_2/bin/phoenix").chmod(0o755)
    for name in ("app_1", "app_3"):
        (release.folder / name / "bin/phoenix").chmod(0o750)
    assert lines(look(text)) == {
        "app-1": [],
        "app-2": ["on app-2: bin/phoenix is 0755 root:root, 0750 root:root on app-1, app-3"],
        "app-3": [],
    }


def test_a_dead_host_leaves_the_others(nodes: Callable[..., str], release: Release) -> None:
    dead = f"  app-2: {{address: 127.0.0.1, port: {free_port('127.0.0.1')}, groups: [app]}}\n"
    found = look(release.text("", nodes(app_1=BUILD) + dead))
    assert found["phoenix-1.0.13/app-1"][1] == []
    assert found["phoenix-1.0.13/app-1"][0].unheard == ("app-2",)
    (reason,) = found["phoenix-1.0.13/app-2"][1]
    assert isinstance(reason, NotChecked)
    assert "host app-2 cannot be reached" in reason.cause


def test_several_releases_on_a_host_take_one_connection(sshd: Sshd, release: Release) -> None:
    one = release.text("", hosts(app_1=host(sshd)))
    two = one + one.partition("release:\n")[2].replace("name: phoenix", "name: fox")
    before = sshd.log.count("Accepted publickey")
    assert [reasons for _, reasons in look(two).values()] == [[], []]
    assert sshd.log.count("Accepted publickey") == before + 1


@pytest.fixture
def deploy(start_sshd: Start) -> Iterator[Callable[..., str]]:
    """`deploy(sudo=True)`: a host where one logs in as a user who may do what that says."""
    with TemporaryDirectory(prefix="homes-") as folder:

        def start(sudo: bool = False) -> str:
            sudoers = "root ALL=(ALL) NOPASSWD: ALL\ndeploy ALL=(root) NOPASSWD: ALL\n"
            prefix = lab.with_users(Path(folder), {"deploy": "/bin/sh"}, sudoers)
            return hosts(app_1=host(start_sshd(prefix=prefix), user="deploy", sudo=str(sudo).lower()))

        yield start


def test_what_may_not_be_read_is_not_checked(deploy: Callable[..., str], release: Release) -> None:
    (release.root / "lib/a.so").chmod(0o600)
    (release.root / "bin").chmod(0o711)
    (release.root / "VERSION").chmod(0)
    found = lines(look(release.text("version_from: {file: VERSION}", deploy())))["app-1"]
    root = release.root
    assert found == [
        "not checked: on app-1: 3 files could not be read: VERSION (it may not be read), bin/phoenix (bin may not be "
        "looked into), lib/a.so (it may not be read)",
        f"not checked: on app-1: what else there is in {root}/bin is not known: it may not be looked into",
        "not checked: on app-1: the version on disk: VERSION: Permission denied, or it is empty",
    ]


def test_a_root_that_may_not_be_looked_into(deploy: Callable[..., str], release: Release) -> None:
    release.root.chmod(0o700)
    (line,) = lines(look(release.text("", deploy())))["app-1"]
    assert line == f"not checked: {release.root} on app-1: Permission denied"


def test_what_sudo_may_read(deploy: Callable[..., str], release: Release) -> None:
    release.root.chmod(0o700)
    (release.root / "lib/a.so").chmod(0o600)
    assert lines(look(release.text("", deploy(sudo=True)))) == {"app-1": []}


def test_a_host_that_is_lost_half_way_has_told_what_it_knew(sshd: Sshd, release: Release) -> None:
    (release.root / "lib/a.so").unlink()
    # The shell's session process, and with it the connection.
    kill = (
        "p=$$; while :; do p=$(cut -d' ' -f4 /proc/$p/stat); "
        "case $(cat /proc/$p/comm) in sshd*) kill -9 $p; exit;; esac; done"
    )
    text = release.text(f'version_from: {{file: VERSION}}, running: {{command: "{kill}"}}', hosts(app_1=host(sshd)))
    ((observation, reasons),) = look(text).values()
    assert isinstance(reasons[0], Finding)
    assert "1 file missing: lib/a.so" in reasons[0].observed
    assert isinstance(reasons[-1], NotChecked)
    assert observation.running is None
    assert observation.disk.versions == ("1.0.13",)
    assert len(reasons) == 2


def test_a_command_that_hangs_is_not_waited_for(sshd: Sshd, release: Release) -> None:
    text = release.text("running: {command: sleep 15}, timeout: 3s", hosts(app_1=host(sshd)))
    ((observation, reasons),) = look(text).values()
    assert isinstance(reasons[-1], NotChecked)
    assert "did not end within" in reasons[-1].reason
    assert observation.tree is not None


def test_nothing_is_written(sshd: Sshd, release: Release) -> None:
    def state() -> dict[str, tuple[int, int]]:
        paths = [release.folder, *release.folder.rglob("*")]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths}

    before = state()
    more = "version_from: {file: VERSION}, package: phoenix, running: {process: no-such-process}"
    look(release.text(more, hosts(app_1=host(sshd))))
    assert state() == before
