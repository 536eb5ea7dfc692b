"""The private keys there are to offer to a server: of the agent, and of files."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import paramiko
from paramiko.agent import AgentKey, AgentSSH

from preflight.ssh.config import Hop

AGENT_TIMEOUT = 10.0  # s; it may ask a person whether a key may be used


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key, and what a person calls it; nothing of the key itself."""

    label: str
    key: paramiko.PKey


def candidates(hop: Hop, opened: ExitStack) -> tuple[list[Candidate], list[str]]:
    """The keys to offer, the likeliest first, and why others cannot be.

    The order is that of ssh(1), except that identities somebody named come before the rest of the agent's keys:
    servers hang up after six. An agent's keys can be used until `opened` is closed.
    """
    unusable: list[str] = []
    held = {
        bytes(key.asbytes()): Candidate(f"{key.comment or key.get_name()} (agent)", key)
        for key in _agent(hop, unusable, opened)
    }
    named = [candidate for path in hop.identities if (candidate := held.pop(_public(path), None))]
    rest = [] if hop.identities_only else list(held.values())
    files = list(_files(hop, {candidate.key.asbytes() for candidate in named}, unusable))
    return [*named, *files, *rest] if hop.explicit else [*named, *rest, *files], unusable


def _agent(hop: Hop, unusable: list[str], opened: ExitStack) -> tuple[AgentKey, ...]:
    if not hop.agent:
        return ()
    # paramiko's `Agent` knows no socket but that of the environment, and no timeout.
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(AGENT_TIMEOUT)
    opened.callback(connection.close)
    agent = AgentSSH()
    try:
        connection.connect(str(Path(hop.agent).expanduser()))
        agent._connect(connection)  # type: ignore[attr-defined]  # there is no other way in
    except (OSError, paramiko.SSHException) as error:
        unusable.append(f"the agent at {hop.agent} does not answer ({error})")
        return ()
    return agent.get_keys()


def _public(path: Path) -> bytes:
    """The public half of a key, which lies beside it."""
    path = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        return paramiko.pkey.PublicBlob.from_file(str(path)).key_blob
    except (OSError, ValueError):
        return b""


def _files(hop: Hop, held: set[bytes], unusable: list[str]) -> Iterator[Candidate]:
    for path in hop.identities:
        if _public(path) in held:
            continue
        if not path.exists():
            if hop.explicit:
                unusable.append(f"{path} does not exist")
            continue
        try:
            yield Candidate(str(path), _read(path))
        except paramiko.PasswordRequiredException:
            unusable.append(f"{path} is encrypted and not in the agent: `ssh-add {path}`")
        except Exception as error:  # paramiko lets through whatever its parsers raise
            unusable.append(f"{path} cannot be read as a private key ({type(error).__name__})")


def _read(path: Path) -> paramiko.PKey:
    failed: Exception = ValueError()
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            key: paramiko.PKey = kind.from_private_key_file(str(path))
        except paramiko.PasswordRequiredException:
            raise
        except Exception as error:  # of another kind, in as many ways as there are parsers
            failed = error
            continue
        certificate = path.with_name(f"{path.name}-cert.pub")
        if certificate.exists():
            key.load_certificate(str(certificate))
        return key
    raise failed
