"""Packages, services, users and processes: by the real tools where Debian has them, else by stand-ins that say what
the real ones say. systemctl, getent, apk's database, opkg, pacman and OpenRC are stand-ins, and so is an rpm that has
packages; dpkg, an rpm without any, /proc and the daemons are real.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece
from preflight_drift.tests.collected import applets, by_shell, here
from tests.lab.process import executable

RPM = """#!/bin/sh
case $1 in
--version) echo "RPM version 4.18.0" ;;
-qa) printf 'bash\\t5.1.8-9.el9\\tx86_64\\tinstalled\\nbind\\t32:9.16-1\\tx86_64\\tinstalled\\n' ;;
esac
"""
OPKG = "#!/bin/sh\necho 'busybox - 1.36.1-1'\necho 'kmod-ip6tables - 6.6.73-r1'\n"
PACMAN = "#!/bin/sh\necho 'acl 2.3.2-1'\n"
APK = "P:musl\nV:1.2.5-r8\nA:x86_64\nF:lib\nR:libc.so\n\nP:zlib\nV:1.3.1-r2\nA:x86_64\n\n"
SYSTEMCTL = """#!/bin/sh
case "$*" in
list-unit-files*) cat <<'END' ;;
nginx.service                          enabled         enabled
old.service                            masked          enabled
apt-daily.timer                        enabled         enabled
user@.service                          static          -
END
list-units*) cat <<'END' ;;
nginx.service loaded active running A high performance web server
* broken.service loaded failed failed What failed
gone.service not-found inactive dead gone.service
user@1000.service loaded active running User Manager for UID 1000
apt-daily.timer loaded active waiting Daily apt download activities
END
*LoadState*missing.service) echo LoadState=not-found ;;
*LoadState*) echo LoadState=loaded ;;
*MainPID*stopped.service) echo MainPID=0 ;;
*MainPID*) echo "MainPID=$(cat /run/pid)" ;;
*ActiveState*ssh.service) echo ActiveState=active ;;
*ActiveState*) echo ActiveState=inactive ;;
*StateChangeTimestampMonotonic*) echo "StateChangeTimestampMonotonic=$(cat /run/changed)" ;;
*-p\\ Environment*) echo 'Environment=LANG=C "MOTTO=two words" INVOCATION_ID=7' ;;
esac
"""
HASHES = """#!/bin/sh
printf 'root:x:0:0::/root:/bin/sh\\nold:$6$salt$hash:1:1::/:/bin/sh\\ndes:xAbcdefgHIJKL:2:2::/:/bin/sh\\n'
printf 'locked:!:3:3::/:/bin/sh\\nstar:*:4:4::/:/bin/sh\\nopen::5:5::/:/bin/sh\\nshut:!!:6:6::/:/bin/sh\\n'
"""


class Box:
    """A place with busybox's programs, stand-ins, and folders of its own over some of the machine's."""

    def __init__(self, path: Path, covers: Mapping[str, Path], **programs: str) -> None:
        self.bin = applets(path / "bin", own=programs)
        mounts = " && ".join(f"mount --bind '{source}' {target}" for target, source in covers.items())
        cover = [
            executable("unshare"),
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            f'{mounts} && exec "$@"',
            "sh",
        ]
        self._prefix = cover if covers else []

    def collect(self, wanted: Wanted, moved: tuple[str, str] = ("", "")) -> dict[str, Piece]:
        return by_shell([str(self.bin / "sh")], str(self.bin), wanted, self._prefix, moved)


def test_dpkg() -> None:
    lines = [line.split("\t") for line in here(Wanted(packages=True))["packages"].data.decode().splitlines()]
    assert all(len(line) == 4 for line in lines)
    show = ["dpkg-query", "-W", "-f", "${Version} ${Architecture} ${db:Status-Status}", "busybox"]
    version = subprocess.run(show, check=True, capture_output=True, text=True).stdout.split()
    assert ["busybox", *version] in lines


def test_what_the_kernel_counts_is_no_setting_unless_it_is_named() -> None:
    """It has another value each time: a pattern would find a machine unlike itself."""
    found = here(Wanted(sysctl=("fs.*",)))["sysctl"].data
    assert b"fs.file-max = " in found
    assert b"fs.file-nr = " not in found
    assert b"fs.file-nr = " in here(Wanted(sysctl=("fs.file-nr",)))["sysctl"].data


def test_an_rpm_without_a_database_makes_none(tmp_path: Path) -> None:
    own = f'#!/bin/sh\nexec {executable("rpm")} --dbpath {tmp_path}/db "$@"\n'
    box = Box(tmp_path, {}, rpm=own, grep=f'#!/bin/sh\nexec {executable("grep")} "$@"\n')
    box.collect(Wanted(packages=True))
    assert not (tmp_path / "db").exists()


def test_a_real_rpm_without_packages_adds_nothing(tmp_path: Path) -> None:
    """Its database is one of its own; what it cannot read would be a trouble."""
    own = f'#!/bin/sh\nexec {executable("rpm")} --dbpath {tmp_path}/db "$@"\n'
    box = Box(tmp_path, {}, rpm=own, grep=f'#!/bin/sh\nexec {executable("grep")} "$@"\n')
    subprocess.run([executable("rpm"), "--initdb", "--dbpath", str(tmp_path / "db")], check=True)
    found = box.collect(Wanted(packages=True))["packages"]
    assert (found.data, found.trouble, found.status) == (b"", "", 0)
    (tmp_path / "db" / "rpmdb.sqlite").write_bytes(b"broken" * 1000)
    assert box.collect(Wanted(packages=True))["packages"].trouble != ""


def test_other_package_managers(tmp_path: Path) -> None:
    (tmp_path / "apk").write_text(APK)
    box = Box(tmp_path, {}, rpm=RPM, opkg=OPKG, pacman=PACMAN)
    found = box.collect(Wanted(packages=True), (" /lib/apk/db/installed", f" {tmp_path}/apk"))["packages"]
    assert found.data.decode().splitlines() == [
        "bash\t5.1.8-9.el9\tx86_64\tinstalled",
        "bind\t32:9.16-1\tx86_64\tinstalled",
        "musl\t1.2.5-r8\tx86_64\tinstalled",
        "zlib\t1.3.1-r2\tx86_64\tinstalled",
        "busybox\t1.36.1-1\t\tinstalled",
        "kmod-ip6tables\t6.6.73-r1\t\tinstalled",
        "acl\t2.3.2-1\t\tinstalled",
    ]


def test_a_host_without_a_package_manager_is_not_one_without_packages(tmp_path: Path) -> None:
    found = Box(tmp_path, {}).collect(Wanted(packages=True))["packages"]
    assert found.trouble == "there is no package manager that is known here"


def test_a_package_manager_that_fails(tmp_path: Path) -> None:
    broken = RPM.replace(
        "-qa) ", "-qa) printf 'bash\\t5\\tx\\tinstalled\\n'; echo 'cannot open Packages' >&2; exit 1;; z) "
    )
    found = Box(tmp_path, {}, rpm=broken).collect(Wanted(packages=True))["packages"]
    assert (found.data, found.trouble) == (b"", "cannot open Packages")


def test_hashes_of_passwords_stay_where_they_are(tmp_path: Path) -> None:
    found = Box(tmp_path, {}, getent=HASHES).collect(Wanted(users=True))
    assert [line.split(":")[1] for line in found["passwd"].data.decode().splitlines()] == [
        "x", "(hidden)", "(hidden)", "!", "*", "", "!!"]  # fmt: skip


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """/run of a host with systemd."""
    (tmp_path / "run" / "systemd" / "system").mkdir(parents=True)
    return tmp_path / "run"


def test_systemd(tmp_path: Path, run_folder: Path) -> None:
    found = Box(tmp_path, {"/run": run_folder}, systemctl=SYSTEMCTL).collect(Wanted(services=True))["services"]
    assert found.attributes == (("manager", "systemd"),)
    assert found.data.decode().splitlines() == [
        "apt-daily.timer\tenabled\tactive",
        "broken.service\t-\tfailed",
        "nginx.service\tenabled\tactive",
        "old.service\tmasked\tinactive",
        "user@.service\tstatic\tinactive",
    ]


def test_openrc(tmp_path: Path) -> None:
    for folder in ("run/openrc/started", "run/openrc/failed", "etc/init.d", "etc/runlevels/default"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("sshd", "crond", "local"):
        (tmp_path / "etc" / "init.d" / name).touch()
    (tmp_path / "etc" / "runlevels" / "default" / "sshd").symlink_to("/etc/init.d/sshd")
    (tmp_path / "run" / "openrc" / "started" / "sshd").touch()
    (tmp_path / "run" / "openrc" / "failed" / "crond").touch()
    found = Box(tmp_path, {"/run": tmp_path / "run", "/etc": tmp_path / "etc"}).collect(Wanted(services=True))[
        "services"
    ]
    assert found.attributes == (("manager", "openrc"),)
    assert found.data == b"crond\tdisabled\tfailed\nlocal\tdisabled\tinactive\nsshd\tenabled\tstarted\n"


@contextmanager
def _daemon(name: str, folder: Path, **variables: str) -> Iterator[int]:
    """A process of that name, with an environment of its own."""
    (folder / name).symlink_to(executable("sleep"))
    with subprocess.Popen([str(folder / name), "6178"], env=variables) as child:
        try:
            yield child.pid
        finally:
            child.kill()


def test_the_environment_of_a_process_that_runs(tmp_path: Path) -> None:
    with _daemon("preflight-app", tmp_path, DB_HOST="db-1", DB_PASS="a=b\nc", LANG="C") as pid:
        found = here(Wanted(env=(("preflight-app.service", ("DB_*",)), ("preflight-no.service", ("*",)))))
        assert found["preflight-app.service"].data == b"DB_HOST=db-1\0DB_PASS=a=b\nc\0"
        assert Path(f"/proc/{pid}/environ").exists()
    assert found["preflight-no.service"].trouble == "it does not run: there is no process to ask"


def test_the_environment_of_a_unit_of_systemd(tmp_path: Path, run_folder: Path) -> None:
    with _daemon("app", tmp_path, DB_HOST="db-1", INVOCATION_ID="new each time") as pid:
        (run_folder / "pid").write_text(f"{pid}\n")
        units = ("app.service", "stopped.service", "missing.service")
        found = Box(tmp_path, {"/run": run_folder}, systemctl=SYSTEMCTL).collect(
            Wanted(env=tuple((unit, ("*",)) for unit in units))
        )
    assert found["app.service"].data == b"DB_HOST=db-1\0"
    assert found["app.service Environment="].data == b"LANG=C\0MOTTO=two words\0"
    assert found["stopped.service"].trouble == "it does not run: there is no process to ask"
    assert found["missing.service"].missing


def test_a_daemon_that_is_not_there_is_missing_and_one_that_cannot_tell_is_in_trouble(tmp_path: Path) -> None:
    broken = "#!/bin/sh\necho half\necho '/etc/nginx/nginx.conf:7: unknown directive' >&2\nexit 1\n"
    found = Box(tmp_path, {}, nginx=broken).collect(Wanted(effective=("nginx", "postfix")))
    assert found["postfix"].missing
    assert (found["nginx"].data, found["nginx"].trouble) == (b"", "/etc/nginx/nginx.conf:7: unknown directive")


@pytest.mark.parametrize("stale", [True, False])
def test_a_daemon_that_has_not_read_what_is_on_disk(tmp_path: Path, run_folder: Path, stale: bool) -> None:
    """Its last reload, by systemd, is a minute ago; its file is older, or newer."""
    (tmp_path / "etc" / "ssh").mkdir(parents=True)
    file = tmp_path / "etc" / "ssh" / "sshd_config"
    file.touch()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    (run_folder / "changed").write_text(f"{int((uptime - 60) * 1e6)}\n")
    at = time.time() - (0 if stale else 120)
    os.utime(file, (at, at))
    sshd = "#!/bin/sh\necho port 22\n"
    box = Box(tmp_path, {"/run": run_folder, "/etc/ssh": tmp_path / "etc" / "ssh"}, systemctl=SYSTEMCTL, sshd=sshd)
    found = box.collect(Wanted(effective=("sshd",)))["sshd"]
    assert found.data == b"port 22\n"
    expected = (("stale", "changed since it has read them: /etc/ssh/sshd_config"),)
    assert found.attributes == (expected if stale else ())


def test_mounts_of_the_kernel_are_nobodys_configuration() -> None:
    lines = [line.split() for line in here(Wanted(mounts=True))["mounts"].data.decode().splitlines()]
    assert "/" in {line[1] for line in lines}
    assert not {line[2] for line in lines} & {"proc", "sysfs", "cgroup", "cgroup2", "devpts"}
