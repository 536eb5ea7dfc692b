"""What is to be collected on a host."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hashable: hosts that are asked for the same can be told by it.

    Attributes:
        files: patterns of absolute paths, see `globs.Glob`.
        packages: of every package manager that is found there.
        sysctl: patterns of the kernel's settings, such as `net.*`.
        services: which are enabled and which are active.
        users: the users and the groups, never what proves who they are.
        mounts: what is mounted, and what is to be (`/etc/fstab`).
        env: units, each with patterns of the variables of its main process.
        effective: daemons of `daemons.DAEMONS`, whose effective configuration is asked of themselves.
        commands: what each is called, and its line for `sh`, as the team wrote it.
        file_cap: bytes; a larger file is not sent, but compared by its SHA-256.
        digest_cap: bytes; of a larger file nothing is known but its size.
        host_cap: bytes of all files of a host, with about 1 KB more for each.
    """

    files: tuple[str, ...] = ()
    packages: bool = False
    sysctl: tuple[str, ...] = ()
    services: bool = False
    users: bool = False
    mounts: bool = False
    env: tuple[tuple[str, tuple[str, ...]], ...] = ()
    effective: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    file_cap: int = MB
    digest_cap: int = 256 * MB
    host_cap: int = 64 * MB
