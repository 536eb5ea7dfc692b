"""The way to a host over SSH: the inventory's words, completed by ~/.ssh/config and /etc/ssh/ssh_config.

What the inventory says wins. The name that is looked up is the host's address, or its name where it has none.
Read are HostName, User, Port, IdentityFile, IdentitiesOnly, IdentityAgent, ProxyJump, ProxyCommand, ConnectTimeout,
HostKeyAlias, UserKnownHostsFile, GlobalKnownHostsFile, Host, Match and Include; not StrictHostKeyChecking, since
only the inventory may say which host keys are taken.
"""

from __future__ import annotations

import functools
import getpass
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preflight.ssh.hostkeys import SSH_PORT, known_name
from preflight.stream import TroubleError

if TYPE_CHECKING:
    from preflight.model import Host

CONNECT_TIMEOUT = 10.0  # s
_SYSTEM = Path("/etc/ssh/ssh_config")
_GLOBAL_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_IDENTITIES = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_JUMP = re.compile(r"(?:ssh://)?(?:(?P<user>[^@]+)@)?(?:\[(?P<v6>[^]]+)\]|(?P<name>[^:]+))(?::(?P<port>\d+))?/?")
_MOST_JUMPS = 8


@dataclass(frozen=True, slots=True)
class Hop:
    """One SSH server on the way; `through` is the one before it.

    Attributes:
        label: how a person calls it: the host's name in the inventory, or the jump host as it was written.
        known_as: its name in known_hosts files.
        explicit: whether somebody named the identities, which are then offered before the rest of the agent's.
        agent: the agent's socket, "" for none.
        host_key: as `Host.host_key`.
    """

    label: str
    address: str
    port: int
    user: str
    identities: tuple[Path, ...]
    explicit: bool
    identities_only: bool
    agent: str
    known_as: str
    known_hosts: tuple[Path, ...]
    host_key: str
    connect_timeout: float
    proxy_command: str = ""
    through: Hop | None = None

    def __str__(self) -> str:
        return f"{self.address} port {self.port}"


def route(name: str, host: Host) -> Hop:
    """The last hop of the way to a host of the inventory. Raises TroubleError."""
    lookup = _Lookup()
    try:
        hop, config = lookup.hop(name, host.address or name, host.user, host.port, host.host_key)
        if host.identity_file:
            hop = replace(hop, identities=(Path(host.identity_file).expanduser(),), explicit=True)
        return lookup.behind(hop, config, host.jump)
    except TroubleError:
        raise
    except Exception as error:  # paramiko raises what it likes: KeyError, ValueError, its own
        raise TroubleError(
            f"~/.ssh/config cannot be used for it: {error}", "mend it: `ssh -G NAME` checks it"
        ) from None


def contacts(name: str, host: Host) -> str:
    """The way to a host in one line, for `--plan`."""
    return _contacts(name, host, os.environ.get("HOME", ""))


@functools.lru_cache(maxsize=1024)  # one line for every check, and a config to read for each
def _contacts(name: str, host: Host, _home: str) -> str:
    try:
        hop = route(name, host)
    except TroubleError as trouble:
        return f"{name} over SSH ({trouble})"
    jumps = []
    before = hop
    while before.through is not None:
        before = before.through
        jumps.append(before.label)
    way = f", through jump host {', '.join(reversed(jumps))}" if jumps else ""
    way += f", through `{before.proxy_command}`" if before.proxy_command else ""
    return f"{name} over SSH as {hop.user} at {hop}{way}"


class _Lookup:
    """The configuration, read once for a whole route."""

    def __init__(self) -> None:
        files = (Path("~/.ssh/config").expanduser(), _SYSTEM)
        # What comes first wins, so the user's own file does.
        self._text = "\n".join(line for file in files for line in ("Host *", *_lines(file, file.parent)))
        self._jumps = 0

    def hop(self, label: str, name: str, user: str, port: int | None, host_key: str) -> tuple[Hop, dict[str, Any]]:
        """A server and its configuration, where what is given here comes before all else."""
        from paramiko.config import SSHConfig

        given = [*([f"User {user}"] if user else ()), *([f"Port {port}"] if port else ())]
        found = SSHConfig.from_text("\n".join((*given, self._text)))
        if "%l" not in self._text:
            # paramiko looks this machine's own name up for it, written or not: many seconds without a name server.
            known = found.TOKENS_BY_CONFIG_KEY
            found.TOKENS_BY_CONFIG_KEY = {key: [t for t in tokens if t != "%l"] for key, tokens in known.items()}
        config: dict[str, Any] = found.lookup(name)
        address, port = config["hostname"], int(config.get("port", SSH_PORT))
        identities = config.get("identityfile", [])
        agent = config.get("identityagent", "SSH_AUTH_SOCK")
        files = [
            config.get("userknownhostsfile", _KNOWN_HOSTS),
            config.get("globalknownhostsfile", _GLOBAL_KNOWN_HOSTS),
        ]
        hop = Hop(
            label=label,
            address=address,
            port=port,
            user=config.get("user") or getpass.getuser(),
            identities=_paths(*(identities or _IDENTITIES)),
            explicit=bool(identities),
            identities_only=config.get("identitiesonly", "no").lower() == "yes",
            agent=os.environ.get("SSH_AUTH_SOCK", "") if agent == "SSH_AUTH_SOCK" else os.path.expandvars(agent),
            known_as=config.get("hostkeyalias", "").lower() or known_name(address, port),
            known_hosts=_paths(*(word for words in files for word in shlex.split(words))),
            host_key=host_key,
            connect_timeout=float(config.get("connecttimeout", CONNECT_TIMEOUT)),
        )
        return hop, config

    def behind(self, hop: Hop, config: dict[str, Any], jump: str) -> Hop:
        """The hop, behind those of the inventory, or of the first of ProxyJump and ProxyCommand."""
        first = next((key for key in config if key in ("proxyjump", "proxycommand")), "")
        if not jump and first == "proxycommand":
            return replace(hop, proxy_command=_harmless(config[first] or "", hop))
        *before, last = (part.strip() for part in (jump or config.get("proxyjump") or "none").split(","))
        if last.lower() == "none":
            return hop
        self._jumps += 1
        if self._jumps > _MOST_JUMPS:
            raise TroubleError(f"its jump hosts go in a circle, or are more than {_MOST_JUMPS}")
        given = _JUMP.fullmatch(last)
        if given is None:
            raise TroubleError(f"its jump host {last!r} is not of the form user@host:port")
        # A fingerprint is that of the host itself.
        policy = hop.host_key if hop.host_key == "accept-new" else "strict"
        port = int(given["port"]) if given["port"] else None
        through, its = self.hop(last, given["v6"] or given["name"], given["user"] or "", port, policy)
        return replace(hop, through=self.behind(through, its, ",".join(before)))


def _paths(*words: str) -> tuple[Path, ...]:
    return tuple(Path(word).expanduser() for word in words if word.lower() != "none")


def _harmless(command: str, hop: Hop) -> str:
    # ssh(1) refuses these as well: paramiko has put both where a shell will read them.
    if command and not re.fullmatch(r"[\w.:%@-]*", f"{hop.address}{hop.user}"):
        raise TroubleError("its name or user has characters that a ProxyCommand cannot be given")
    return command


def _lines(file: Path, base: Path, depth: int = 0) -> Iterator[str]:
    """A file's lines with those of its `Include`s, which paramiko passes over."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return
    block = "Host *"
    for line in lines:
        key, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if key.lower() == "match" and re.search(r"\bexec\b", rest, re.IGNORECASE):
            why = f"{file} has a `Match exec`, and preflight runs no commands of a configuration"
            raise TroubleError(why, "write it as `Host` or `Match host`")
        if key.lower() == "include" and depth < 16:
            for pattern in shlex.split(rest):
                path = base / Path(pattern).expanduser()
                for included in sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor)))):
                    yield from _lines(included, base, depth + 1)
            yield block  # a block of an included file ends with it
        else:
            block = line if key.lower() in ("host", "match") else block
            yield line
