"""OpenSSH servers as child processes, each with a host key and a client key of its own."""

from __future__ import annotations

import getpass
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .ports import LOOPBACK, free_port
from .process import DidNotStartError, daemon, executable

CONFIG = """\
ListenAddress {address}:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
LogLevel VERBOSE
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """A server that lets `user` in with the private key `identity`."""

    address: str
    port: int
    user: str
    folder: Path
    pid: int

    @property
    def identity(self) -> Path:
        return self.folder / "identity"

    @property
    def host_key(self) -> str:
        """Its public key: type and base64."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self.folder / "host_key.pub")

    @property
    def known(self) -> str:
        """Its line for a known_hosts file."""
        return f"[{self.address}]:{self.port} {self.host_key}\n"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def make_key(path: Path, *options: str) -> Path:
    """A key pair at `path` and `path`.pub; an ed25519 one without a passphrase, unless `options` say otherwise."""
    defaults = ("-t", "ed25519") if "-t" not in options else ()
    passphrase = ("-N", "") if "-N" not in options else ()
    keygen = [executable("ssh-keygen"), "-q", "-f", str(path), "-C", path.name, *defaults, *passphrase, *options]
    subprocess.run(keygen, check=True, stdin=subprocess.DEVNULL)
    return path


def _fingerprint(public: Path) -> str:
    shown = subprocess.run([executable("ssh-keygen"), "-lf", public], check=True, capture_output=True, text=True)
    return shown.stdout.split()[1]


@contextmanager
def running(
    folder: Path, settings: str = "", *, prefix: Sequence[str] = (), address: str = LOOPBACK, user: str = ""
) -> Iterator[Sshd]:
    """Run an sshd on a free port; `settings` are lines of sshd_config(5) that win over the lab's.

    `prefix` is a command that runs it elsewhere, such as in a network namespace. Raises DidNotStartError.
    """
    make_key(folder / "host_key")
    make_key(folder / "identity")
    (folder / "authorized_keys").write_text((folder / "identity.pub").read_text())
    folder.chmod(0o755)
    if os.geteuid() == 0:  # where sshd puts whom it does not trust yet; the package's own start would make it
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = free_port(LOOPBACK)
    config = folder / "sshd_config"
    config.write_text(f"{settings}\n{CONFIG.format(address=address, port=port, folder=folder)}")
    with daemon([*prefix, executable("sshd"), "-D", "-e", "-f", str(config)], folder / "log") as child:
        _wait(folder / "log", child)
        try:
            yield Sshd(address, port, user or getpass.getuser(), folder, child.pid)
        finally:
            _end_connections(child.pid)


def _end_connections(pid: int) -> None:
    """Each is a process in a session of its own, that outlives the server; for ever, where its client vanished."""
    with suppress(OSError):  # one that has ended meanwhile
        for below in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            _end_connections(int(below))
            os.kill(int(below), signal.SIGKILL)


def _wait(log: Path, child: subprocess.Popen[bytes], timeout: float = 20.0) -> None:
    deadline = time.monotonic() + timeout
    while "Server listening on" not in log.read_text(errors="replace"):
        if child.poll() is not None or time.monotonic() > deadline:
            raise DidNotStartError(f"sshd did not start: {log.read_text(errors='replace')}")
        time.sleep(0.002)


def with_users(folder: Path, shells: Mapping[str, str], sudoers: str = "") -> list[str]:
    """A prefix that gives a command users of its own, each with a login shell and an empty home `folder`/name.

    Only that command sees them: the machine's own files are covered, not changed. Needs root.
    """
    passwd = [Path("/etc/passwd").read_text()]
    for number, (user, shell) in enumerate(shells.items(), 4001):
        home = folder / user
        home.mkdir()
        os.chown(home, number, number)
        passwd.append(f"{user}:*:{number}:{number}::{home}:{shell}\n")
    folder.chmod(0o755)
    covers = {"/etc/passwd": "".join(passwd), **({"/etc/sudoers": sudoers} if sudoers else {})}
    script = []
    for target, text in covers.items():
        cover = folder / Path(target).name
        cover.write_text(text)
        cover.chmod(0o440 if target == "/etc/sudoers" else 0o644)
        script.append(f"mount --bind {shlex.quote(str(cover))} {target}")
    script.append('exec "$@"')
    return [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", " && ".join(script), "sh"]
