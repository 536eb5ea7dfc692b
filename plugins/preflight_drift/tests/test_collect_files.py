"""Files of this machine, with everything that can be wrong with one."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tarfile
import threading
import time
from pathlib import Path

import pytest

from preflight_drift.collect.request import Wanted
from preflight_drift.tests.collected import here, tree

CONTENTS = {
    "plain": b"a: 1\n",
    "empty": b"",
    "no line end": b"a: 1",
    "crlf": b"a: 1\r\nb: 2\r\n",
    "bom": b"\xef\xbb\xbfa: 1\n",
    "latin-1": b"name: M\xfcller\n",
    "only line ends": b"\n\n\n",
    "token": b"TOKEN S 0\n",
}
NAMES = [
    "with blank", "with\nline end", "with\ttab", "quote'", 'double"', "-dash", "--help", "*", "?", "[a]", "$(id)",
    "`id`", "back\\slash", "back\\\nslash", "%s", "#x", "~", ";", "é", ".hidden", "x = y", "a -> b", "{}", "+", "x\r",
]  # fmt: skip


def attribute(piece: object, name: str) -> str | None:
    return dict(piece.attributes).get(name)  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_every_byte_survives(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    (piece,) = here(tree(tmp_path)).values()
    assert (piece.subject, piece.name, piece.data) == ("files", f"{tmp_path}/file", content)
    assert (piece.status, piece.trouble, piece.missing) == (0, "", False)


def test_every_name_survives(tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_text(str(number))
    found = here(tree(tmp_path))
    assert {name: piece.data.decode() for name, piece in found.items()} == {
        f"{tmp_path}/{name}": str(number) for number, name in enumerate(NAMES)
    }
    assert {piece.trouble for piece in found.values()} == {""}


@pytest.mark.parametrize("name", [name for name in NAMES if "\n" not in name])  # a pattern is one line
def test_a_name_that_is_written_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "other").write_text("other")
    (tmp_path / name).write_text("this")
    escaped = "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in name)
    (piece,) = here(tree(tmp_path, escaped)).values()
    assert (piece.name, piece.data) == (f"{tmp_path}/{name}", b"this")


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller")).write_bytes(b"x")
    (piece,) = here(tree(tmp_path, "M?ller")).values()
    assert (piece.name, piece.data) == (f"{tmp_path}/M\\xfcller", b"x")


def test_mode_owner_and_group(tmp_path: Path) -> None:
    for mode in (0o644, 0o4755, 0o600, 0o1777, 0o2640):
        file = tmp_path / f"{mode:o}"
        file.touch()
        file.chmod(mode)
    found = here(tree(tmp_path))
    for file in tmp_path.iterdir():
        expected = (
            ("mode", f"{stat.S_IMODE(file.stat().st_mode):04o}"),
            ("owner", file.owner()),
            ("group", file.group()),
        )
        assert found[str(file)].attributes == expected


def test_a_binary_file_is_known_by_its_digest(tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    (tmp_path / "file").write_bytes(content)
    (piece,) = here(tree(tmp_path)).values()
    assert piece.data == b""
    assert attribute(piece, "sha256") == hashlib.sha256(content).hexdigest()
    assert attribute(piece, "size") == "10240"
    assert piece.trouble == ""


def test_a_large_file_is_known_by_its_digest_and_a_huge_one_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "as large as can be").write_bytes(b"x" * 1000)
    (tmp_path / "large").write_bytes(b"x" * 1001)
    with (tmp_path / "huge").open("wb") as sparse:
        sparse.truncate(100_000_000)
    (tmp_path / "link").symlink_to("large")
    (tmp_path / "link to huge").symlink_to("huge")
    wanted = Wanted(files=(f"{tmp_path}/**",), file_cap=1000, digest_cap=1001)
    found = {Path(name).name: piece for name, piece in here(wanted).items()}
    assert found["as large as can be"].data == b"x" * 1000
    for name in ("large", "link"):
        assert attribute(found[name], "sha256") == hashlib.sha256(b"x" * 1001).hexdigest()
        assert attribute(found[name], "size") == "1001"
        assert (found[name].trouble, found[name].data) == ("", b"")
    for name in ("huge", "link to huge"):
        assert found[name].trouble == "100 MB large: more than the 1 KB up to which files are hashed"
        assert attribute(found[name], "size") == "100000000"
        assert attribute(found[name], "mode") == "0644"


def test_a_sparse_file_within_the_defaults(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(100_000_000)
    (piece,) = here(tree(tmp_path)).values()
    assert attribute(piece, "sha256") == hashlib.sha256(bytes(100_000_000)).hexdigest()


def test_the_cap_of_a_host(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}").write_bytes(os.urandom(50_000).replace(b"\0", b"x"))
    found = here(
        Wanted(files=(f"{tmp_path}/**",), packages=True, commands=(("after", "echo after"),), host_cap=400_000)
    )
    assert found["packages"].trouble == ""
    assert found["after"].data == b"after\n"
    files = [piece for piece in found.values() if piece.subject == "files"]
    whole = [piece for piece in files if not piece.trouble]
    assert len(files) == 20
    assert 5 <= len(whole) <= 7
    assert all(len(piece.data) == 50_000 for piece in whole)
    assert {piece.trouble for piece in files} == {
        "", "not collected: the files of this host are more than its cap of 400 KB"}  # fmt: skip


def test_links(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").write_text("inside")
    for name, target in {
        "to file": "file",
        "to link": "to file",
        "to folder": "folder",
        "to nothing": "missing",
        "loop": "loop",
        "loop 1": "loop 2",
        "loop 2": "loop 1",
        "folder/up": "..",
        "to mounts": "/proc/self/mounts",
        "to null": "/dev/null",
    }.items():
        (tmp_path / name).symlink_to(target)
    found = {name.removeprefix(f"{tmp_path}/"): piece for name, piece in here(tree(tmp_path)).items()}
    assert {piece.trouble for piece in found.values()} == {""}
    links = {name: dict(piece.attributes) for name, piece in found.items() if attribute(piece, "type") == "link"}
    assert {name: (each["target"], each.get("leads_to")) for name, each in links.items()} == {
        "to file": ("file", None),
        "to link": ("to file", None),
        "to folder": ("folder", "directory"),
        "to nothing": ("missing", "nothing"),
        "loop": ("loop", "nothing"),
        "loop 1": ("loop 2", "nothing"),
        "loop 2": ("loop 1", "nothing"),
        "folder/up": ("..", "directory"),
        "to mounts": ("/proc/self/mounts", "no file"),
        "to null": ("/dev/null", "no file"),
    }
    assert {name: piece.data for name, piece in found.items() if piece.data} == {
        "file": b"x", "to file": b"x", "to link": b"x", "folder/inside": b"inside"}  # fmt: skip


def test_a_second_name_of_a_file_has_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert [piece.data for piece in here(tree(tmp_path)).values()] == [b"x", b"x"]


def test_a_link_to_a_program_is_known_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "program").write_text("#!/bin/sh\n")
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "link").symlink_to("program")
    found = here(tree(tmp_path))
    assert found[f"{tmp_path}/program"].data == b"#!/bin/sh\n"
    link = found[f"{tmp_path}/link"]
    assert attribute(link, "sha256") == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert (link.data, link.trouble, attribute(link, "target")) == (b"", "", "program")


def test_nothing_but_files_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        found = {Path(name).name: piece for name, piece in here(tree(tmp_path)).items()}
    assert attribute(found["fifo"], "type") == "fifo"
    assert attribute(found["socket"], "type") == "socket"
    assert attribute(found["link"], "leads_to") == "no file"
    assert {(piece.data, piece.trouble, piece.missing) for piece in found.values()} == {(b"", "", False)}


def test_what_the_kernel_makes_up_is_no_file() -> None:
    found = here(Wanted(files=("/proc/sys/vm/*", "/sys/kernel/mm/**", "/proc/version")))
    assert set(found) == {"/proc/sys/vm", "/sys/kernel/mm", "/proc/version"}
    assert {piece.trouble for piece in found.values()} == {
        "is where no files are, but what the kernel says: see `sysctl:` and `commands:`"}  # fmt: skip


def test_what_matches_nothing_is_missing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    globs = ("*.yaml", "nothing", "nowhere/*", "folder/**", "*/*/x", "folder/*.yaml")
    found = here(tree(tmp_path, *globs))
    assert set(found) == {f"{tmp_path}/{glob}" for glob in globs}
    assert all(piece.missing and not piece.trouble for piece in found.values())


def test_a_directory_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    (piece,) = here(tree(tmp_path, "nginx")).values()
    assert (piece.missing, piece.trouble) == (False, f"is a directory: write `{tmp_path}/nginx/**` for the files in it")


def test_patterns_that_overlap_give_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    assert [piece.data for piece in here(tree(tmp_path, "**", "*.yaml", "a.yaml")).values()] == [b"x"]


def test_a_link_to_a_directory_is_followed_where_the_depth_is_known(tmp_path: Path) -> None:
    (tmp_path / "opt" / "phoenix" / "releases" / "7").mkdir(parents=True)
    (tmp_path / "opt" / "phoenix" / "current").symlink_to("releases/7")
    (tmp_path / "opt" / "phoenix" / "releases" / "7" / "app.yaml").write_text("x")
    for glob in ("opt/*/current/app.yaml", "opt/*/current/*.yaml", "opt/phoenix/current/**", "opt/*/current/**/*.yaml"):
        assert list(here(tree(tmp_path, glob))) == [f"{tmp_path}/opt/phoenix/current/app.yaml"], glob


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0" * 900_000)
    done = threading.Event()

    def write() -> None:
        """Each of its contents is another, and of one length."""
        number = 0
        with file.open("r+b", buffering=0) as handle:
            while not done.is_set():
                number += 1
                handle.seek(0)
                handle.write(f"{number:09}".encode() * 100_000)
                time.sleep(0)

    (tmp_path / "still").write_text("still")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = here(tree(tmp_path))
    finally:
        done.set()
        writer.join()
    assert found[str(file)].trouble == "changed while it was read"
    assert found[str(file)].data == b""
    assert found[f"{tmp_path}/still"].data == b"still"


def test_three_thousand_files(tmp_path: Path) -> None:
    for number in range(3000):
        folder = tmp_path / f"{number % 30}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.yaml").write_text(f"number: {number}\n")
    found = here(tree(tmp_path))
    assert len(found) == 3000
    assert all(piece.data == f"number: {Path(piece.name).stem}\n".encode() for piece in found.values())
    assert not any(piece.trouble for piece in found.values())


def test_an_archive_within_an_archive_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("inner")
    with tarfile.open(tmp_path / "outer.tar", "w") as archive:
        archive.add(tmp_path / "inner", "etc/passwd")
    found = here(tree(tmp_path))
    assert set(found) == {f"{tmp_path}/inner", f"{tmp_path}/outer.tar"}
