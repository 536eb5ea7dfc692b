"""The same from every shell, with whatever programs there are: full ones, busybox's alone, and without some of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece
from preflight_drift.tests.collected import applets, by_shell
from tests.lab.process import executable

FULL = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
NAMES = [
    "plain.yaml",
    "-dash",
    "with\nline end",
    "with blank",
    "quote'",
    "[a]*?",
    "é",
    ".hidden",
    "back\\slash",
    "$(id)",
]


@dataclass(frozen=True)
class Place:
    """A shell, and the programs of busybox that are not there; all of the machine's own are, where it is None."""

    name: str
    shell: str
    without: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.name


PLACES = [
    Place("dash", "dash"),
    Place("bash", "bash"),
    Place("busybox", "sh", ()),
    Place("no-tar", "sh", ("tar",)),
    Place("no-base64-nor-gzip", "sh", ("base64", "gzip")),
    Place("no-tar-nor-base64", "sh", ("tar", "base64")),
    Place("no-sha256sum", "sh", ("sha256sum",)),
    Place("no-setsid-nor-stat", "sh", ("setsid", "stat")),
]


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        root = Path(folder)
        for number, name in enumerate(NAMES):
            (root / name).write_text(f"{number}\n")
        (root / "empty").touch()
        (root / "no line end").write_text("x")
        (root / "crlf").write_bytes(b"a\r\nb\r\n")
        (root / "not utf-8").write_bytes(b"M\xfcller\n")
        (root / "binary").write_bytes(bytes(range(256)) * 99)
        (root / "long").write_bytes(os.urandom(40_000).replace(b"\0", b"0"))
        (root / "large").write_bytes(b"x" * 200_000)
        (root / "program").write_text("#!/bin/sh\n")
        (root / "program").chmod(0o4755)
        (root / "down" / "deeper").mkdir(parents=True)
        (root / "down" / "deeper" / "file.yaml").write_text("deep\n")
        (root / "second name").hardlink_to(root / "plain.yaml")
        for number in range(150):  # more than one line of text for find's `-exec ... {} +` to give
            (root / "down" / f"{number:0200}").write_text(f"{number}")
        for name, target in {
            "link": "plain.yaml", "link to link": "link", "link to large": "large", "link to program": "program",
            "loop": "loop", "nothing": "missing", "up": ".", "mounts": "/proc/self/mounts", "link to fifo": "fifo",
        }.items():  # fmt: skip
            (root / name).symlink_to(target)
        os.mkfifo(root / "fifo")
        listener.bind(str(root / "socket"))
        yield root


@pytest.fixture(params=PLACES, ids=str)
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.param
    return place


@pytest.fixture
def collected(place: Place, tree: Path, tmp_path: Path) -> dict[str, Piece]:
    wanted = Wanted(
        files=(f"{tree}/**", f"{tree}/*.yaml", f"{tree}/missing", f"{tree}/d?wn/**/[!x]*.yaml"),
        sysctl=("vm.swappiness", "kernel.ostype", "net.ipv4.conf.lo.*", "no.such"),
        services=True,
        users=True,
        mounts=True,
        effective=("postfix",),
        commands=(
            ("both", "echo out; echo err >&2; exit 3"),
            ("stderr", "echo err >&2"),
            ("bytes", r"printf '\000\377\r\nx'"),
            ("stdin", "cat; echo end"),
            ("missing", "no-such-program"),
            ("lines", "echo a\necho b"),
        ),
        file_cap=100_000,
    )
    if place.without is None:
        return by_shell([executable(place.shell)], FULL, wanted)
    path = applets(tmp_path / "bin", *place.without)
    return by_shell([str(path / place.shell)], str(path), wanted)


@pytest.fixture(scope="module")
def expected(tree: Path) -> dict[str, Piece]:
    wanted = Wanted(files=(f"{tree}/**", f"{tree}/missing"), file_cap=100_000)
    return by_shell([executable("dash")], FULL, wanted)


def test_files(place: Place, collected: dict[str, Piece], expected: dict[str, Piece]) -> None:
    files = {name: piece for name, piece in collected.items() if piece.subject == "files"}
    assert sorted(files) == sorted(expected)
    different = {name for name, piece in files.items() if piece != expected[name]}
    if place.name != "no-sha256sum":
        assert different == set()
        return
    assert {Path(name).name for name in different} == {"large", "link to large", "link to program"}
    troubles = {files[name].trouble.partition(": ")[2] for name in different}
    assert troubles == {"there is no sha256sum on this host"}


def test_what_is_expected(expected: dict[str, Piece], tree: Path) -> None:
    found = {name.removeprefix(f"{tree}/"): piece for name, piece in expected.items()}
    assert found.pop("missing").missing
    assert {piece.trouble for piece in found.values()} == {""}
    assert [found[name].data for name in NAMES] == [f"{number}\n".encode() for number in range(len(NAMES))]
    assert sum(name.startswith("down/0") for name in found) == 150
    assert found["second name"].data == b"0\n"
    assert len(found["long"].data) == 40_000


def test_settings(collected: dict[str, Piece]) -> None:
    lines = dict(line.split(" = ", 1) for line in collected["sysctl"].data.decode().splitlines())
    assert lines["vm.swappiness"] == Path("/proc/sys/vm/swappiness").read_text().strip()
    assert lines["kernel.ostype"] == "Linux"
    assert len([key for key in lines if key.startswith("net.ipv4.conf.lo.")]) == len(lines) - 2 > 10
    assert collected["no.such"].missing


def test_users_and_mounts(collected: dict[str, Piece]) -> None:
    assert collected["passwd"].data.startswith(b"root:x:0:0:")
    assert collected["group"].data.startswith(b"root:x:0:")
    assert b" / " in collected["mounts"].data
    assert b" proc " not in collected["mounts"].data
    assert collected["/etc/fstab"].data == Path("/etc/fstab").read_bytes()


def test_services(collected: dict[str, Piece]) -> None:
    (manager,) = collected["services"].attributes
    assert manager[0] == "manager"
    assert all(len(line.split("\t")) == 3 for line in collected["services"].data.decode().splitlines())


def test_commands(collected: dict[str, Piece]) -> None:
    assert (collected["both"].data, collected["both"].status, collected["both"].trouble) == (b"out\n", 3, "")
    assert (collected["stderr"].data, collected["stderr"].attributes) == (b"err\n", (("stream", "stderr"),))
    assert collected["bytes"].data == b"\0\xff\r\nx"
    assert collected["stdin"].data == b"end\n"
    assert (collected["missing"].status, "not found" in collected["missing"].trouble) == (127, True)
    assert collected["lines"].data == b"a\nb\n"
