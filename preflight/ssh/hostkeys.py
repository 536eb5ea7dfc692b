"""Is this the host it should be? Host keys against known_hosts files, as ssh(1) does.

paramiko's own reader knows neither `@revoked` nor patterns, and stops at lines with a marker. The format is in
sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from preflight.stream import TroubleError

SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public key as it goes over the wire (RFC 4253, 6.6)."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def __str__(self) -> str:
        return f"{self.type} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class Known:
    """A line of a known_hosts file that is about the host. `marker` is "", `revoked` or `cert-authority`."""

    key: HostKey
    marker: str
    file: Path
    line: int


def known_name(address: str, port: int) -> str:
    """How known_hosts files write a host."""
    return address.lower() if port == SSH_PORT else f"[{address.lower()}]:{port}"


def known(files: Iterable[Path], name: str) -> list[Known]:
    """What the files say about a host; those that cannot be read say nothing, as with ssh(1)."""
    return [entry for file in files for entry in _entries(file, name)]


def _entries(file: Path, name: str) -> Iterator[Known]:
    try:
        text = file.read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except OSError as error:  # such as no descriptor left: no reason to call a known key unknown
        raise TroubleError(f"{file} cannot be read: {error.strerror}", "see what this machine is short of") from None
    for number, line in enumerate(text.splitlines(), 1):
        marker, *words = line.split() if line.startswith("@") else ("", *line.split())
        if len(words) < 3 or words[0].startswith("#") or not _is_about(words[0], name):
            continue
        try:
            key = HostKey(words[1], base64.b64decode(words[2], validate=True))
        except binascii.Error:
            continue
        yield Known(key, marker.removeprefix("@"), file, number)


def _is_about(patterns: str, name: str) -> bool:
    if patterns.startswith("|1|"):
        return _hashed(patterns, name)
    matching = [p for p in patterns.lower().split(",") if _matches(p.removeprefix("!"), name)]
    return bool(matching) and not any(pattern.startswith("!") for pattern in matching)


def _hashed(pattern: str, name: str) -> bool:
    """`|1|salt|hash`: HMAC-SHA1 of the name, so that the file does not tell where its owner logs in."""
    try:
        salt, digest = (base64.b64decode(part) for part in pattern.split("|")[2:4])
    except ValueError:
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)


def _matches(pattern: str, name: str) -> bool:
    # Not fnmatch: brackets stand for themselves here, as in `[web-1]:2222`.
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), name) is not None


def verify(shown: HostKey, policy: str, name: str, files: Iterable[Path], fallback: str = "") -> None:
    """Raises TroubleError unless the key a host has shown is the host's.

    `policy` is `strict`, `accept-new`, or the fingerprint it must have. `fallback` is another name under which the
    very same key will do.
    """
    files = tuple(files)
    entries = known(files, name)
    if any(entry.marker == "revoked" and entry.key == shown for entry in entries):
        raise TroubleError(
            f"its host key is revoked: {shown}", "do not log in there: the key was given up, and somebody uses it"
        )
    if policy.startswith("SHA256:"):
        return _verify_pinned(shown, policy.rstrip("="))
    plain = [entry for entry in entries if not entry.marker]
    if any(entry.key == shown for entry in plain + _plain(known(files, fallback) if fallback else [])):
        return None
    if plain:
        raise _changed(shown, name, next((e for e in plain if e.key.type == shown.type), plain[0]))
    if policy != "accept-new":
        raise _unknown(shown, name, files, any(entry.marker == "cert-authority" for entry in entries))


def _plain(entries: Iterable[Known]) -> list[Known]:
    return [entry for entry in entries if not entry.marker]


def _verify_pinned(shown: HostKey, pinned: str) -> None:
    if shown.fingerprint != pinned:
        raise TroubleError(
            f"its host key is not the one of the inventory: it shows {shown}, `host_key:` is {pinned}",
            "compare on its console (`ssh-keygen -lf /etc/ssh/ssh_host_*.pub`); a host has a key of each type, "
            f"and this is its {shown.type} key",
        )


def _unknown(shown: HostKey, name: str, files: tuple[Path, ...], by_authority: bool) -> TroubleError:
    # The line itself rather than ssh-keyscan: that asks again, and not through jump hosts.
    line = f"{name} {shown.type} {base64.b64encode(shown.blob).decode()}"
    authority = " (known_hosts trusts a certificate authority for it, which preflight does not)" if by_authority else ""
    return TroubleError(
        f"its host key is not known: {shown}{authority}",
        "compare the fingerprint on its console (`ssh-keygen -lf /etc/ssh/ssh_host_*.pub`), then accept it: "
        f"echo {shlex.quote(line)} >> {shlex.quote(str(files[0])) if files else '~/.ssh/known_hosts'}",
    )


def _changed(shown: HostKey, name: str, entry: Known) -> TroubleError:
    return TroubleError(
        f"ITS HOST KEY HAS CHANGED: it shows {shown}, {entry.file}:{entry.line} has {entry.key}",
        "somebody may be in between. Only if the host was installed anew, compare on its console, then "
        f"`ssh-keygen -R {shlex.quote(name)} -f {shlex.quote(str(entry.file))}` and accept the new key",
    )
