"""What real programs and real files of this machine say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from preflight_drift.hiding import Hider
from preflight_drift.model import Document, Piece, Subject
from preflight_drift.reading import read

HIDER = Hider(b"the key of these tests, 32 bytes")


def said(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def values(subject: Subject, name: str, data: bytes) -> dict[tuple[str | int, ...], object]:
    document = read(Piece(subject, name, data), HIDER)
    assert not document.trouble
    assert not any(fact.secret for fact in document.facts)
    return {fact.path: fact.value for fact in document.facts}


def test_packages_of_dpkg() -> None:
    form = "${Package}\\t${Version}\\t${Architecture}\\t${Status}\\n"
    facts = values("packages", "packages", said("dpkg-query", "-W", f"-f={form}"))
    assert facts["openssh-server",] == said("dpkg-query", "-W", "-f=${Version}", "openssh-server").decode()
    assert facts["passwd",] == said("dpkg-query", "-W", "-f=${Version}", "passwd").decode()
    assert facts["(architecture)",] == said("dpkg", "--print-architecture").decode().strip()


def test_what_sshd_runs_with_is_what_its_file_says(tmp_path: Path) -> None:
    key, config = tmp_path / "key", tmp_path / "sshd_config"
    said("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    config.write_text(f"Port 2222\nPORT 2223\nHostKey {key}\nPermitRootLogin no\nAcceptEnv A B\nAcceptEnv C\n")
    file = values("files", "/etc/ssh/sshd_config", config.read_bytes())
    runs = values("effective", "sshd", said("/usr/sbin/sshd", "-T", "-f", str(config)))
    for path in ("port", 0), ("port", 1), ("permitrootlogin",), ("hostkey",):
        assert runs[path] == file[path]
    assert [runs["acceptenv", index] for index in range(3)] == ["A", "B", "C"]


def test_mounts_users_and_environment_of_this_machine() -> None:
    assert ("/proc", "type") in values("mounts", "mounts", Path("/proc/self/mounts").read_bytes())
    assert values("users", "passwd", Path("/etc/passwd").read_bytes())["root", "uid"] == "0"
    assert values("users", "group", Path("/etc/group").read_bytes())["root", "gid"] == "0"
    document = read(Piece("env", "x.service", Path("/proc/self/environ").read_bytes()), HIDER)
    assert ("PATH",) in [fact.path for fact in document.facts]


@pytest.mark.parametrize("file", [
    "/etc/ssh/sshd_config", "/etc/ssh/ssh_config", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/os-release",
    "/etc/login.defs", "/usr/lib/systemd/system/ssh.service",
])  # fmt: skip
def test_files_of_the_packages_that_the_lab_installs(file: str) -> None:
    path = Path(file)
    if not path.exists():
        pytest.fail(f"{file} is missing: run tests/lab/install-packages")
    document = read(Piece("files", file, path.read_bytes()), HIDER)
    assert not document.trouble
    assert document.format != "text"
    assert document.facts
    assert not any(fact.secret for fact in document.facts)


def test_no_file_of_etc_raises_or_is_half_read() -> None:
    documents: list[Document] = []
    for path in Path("/etc").rglob("*"):
        try:
            data = path.read_bytes() if path.is_file() and path.stat().st_size < 200_000 else None
        except OSError:
            continue
        if data is not None:
            documents.append(read(Piece("files", str(path), data), HIDER))
    assert len(documents) > 50
    assert not [document for document in documents if document.trouble and (document.facts or document.lines)]
