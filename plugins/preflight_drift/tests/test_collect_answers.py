"""Patterns, and answers of hosts as they should not be: no host, no network."""

from __future__ import annotations

import subprocess
import zlib
from base64 import b64encode
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight_drift.collect.archive import listed, members
from preflight_drift.collect.collection import Collection
from preflight_drift.collect.daemons import DAEMONS
from preflight_drift.collect.frames import Frames, Garbled
from preflight_drift.collect.globs import Glob
from preflight_drift.collect.request import Wanted
from tests.lab.process import executable


@pytest.mark.parametrize(
    ("glob", "matched", "others"),
    [
        ("/etc/*.conf", ["/etc/a.conf", "/etc/.conf", "/etc/.a.conf"], ["/etc/x/a.conf", "/etc/a.confx"]),
        ("/etc/**", ["/etc/a", "/etc/b/c", "/etc/.h/.i"], ["/etc", "/etcx/a", "/a"]),
        ("/etc/**/x", ["/etc/x", "/etc/a/x", "/etc/a/b/x"], ["/etc/ax", "/etc/x/y"]),
        ("/**/x/**", ["/x/a", "/b/x/a/c"], ["/x", "/bx/a"]),
        ("/a/?", ["/a/b", "/a/é"], ["/a/bc", "/a/"]),
        ("/a/[a-c]", ["/a/b"], ["/a/d", "/a/bb"]),
        ("/a/[!a-c]", ["/a/d"], ["/a/b", "/a//"]),
        ("/a/[]x]", ["/a/]", "/a/x"], ["/a/y"]),
        ("/a/[x", ["/a/[x"], ["/a/x"]),
        (r"/a/\*", ["/a/*"], ["/a/b"]),
        ("/a/(b)+", ["/a/(b)+"], ["/a/bb"]),
    ],
)
def test_patterns(glob: str, matched: list[str], others: list[str]) -> None:
    assert [path for path in matched + others if Glob(glob).matches(path)] == matched


@pytest.mark.parametrize(
    "glob", ["etc/x", "", "/", "/etc/", "/etc//x", "/etc/../x", "/a/**b", "/a/***", "/a\nb", "/a\0", "/[[:alpha:]]",
             "/[z-a]", "/*/*/*/*/*/*"],
)  # fmt: skip
def test_what_is_no_pattern(glob: str) -> None:
    with pytest.raises(ValueError, match=r"should|has"):
        Glob(glob)


@given(st.text(st.characters(blacklist_characters="\0\n", codec="utf-8")).map(lambda text: f"/{text}"))
def test_every_pattern_is_one_or_is_refused(text: str) -> None:
    """And what the host's shell is sent for it can be read by one."""
    try:
        calls = "\n".join(Glob(text).calls())
    except ValueError:
        return
    assert calls.startswith("need ")


@pytest.mark.parametrize(
    "glob", ["/a b/*", "/$(touch x)/**", "/`id`", "/'/*", '/"/x', "/;id", "/-x/*", "/~/x", "/a\\'*"]
)
def test_nothing_of_a_pattern_is_a_command(glob: str) -> None:
    script = 'need() { :; }; walk() { printf "%s\\n" "$@"; }\n' + "\n".join(Glob(glob).calls())
    ran = subprocess.run([executable("dash"), "-fc", script], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    depth, test, *_ = ran.stdout.splitlines()
    assert depth in ("0", "1", "")
    assert test in ("-name", "-path")


@pytest.mark.parametrize(
    ("directory", "possible"),
    [("/", True), ("/etc", True), ("/etc/a", True), ("/etc/b", False), ("/etc/a/c", False), ("/x", False)],
)
def test_where_matches_may_be(directory: str, possible: bool) -> None:
    assert Glob("/etc/[a]*/x").may_be_below(directory) is possible


def packed(data: bytes) -> str:
    return b64encode(zlib.compress(data, wbits=31)).decode()


def test_sections() -> None:
    frames = Frames([100, 100])
    for line in ("H base64 gzip", "B 0", f"D {packed(b'data')}", "E a word", "S 3", "B 1", "D "):
        frames.feed(line)
    assert (bytes(frames.sections[0].data), frames.sections[0].status, frames.sections[0].said) == (
        b"data",
        3,
        ["a word"],
    )
    assert frames.sections[1].status is None


@pytest.mark.parametrize(
    "lines",
    [
        ["B 7"],
        ["B x"],
        ["B 0", "D !!!"],
        ["B 0", "D aGFsbG8="],
        ["B 0", "S x"],
        ["B 0", f"D {packed(b'x' * 101)}"],
        ["B 0", f"D {packed(b'x' * 50)[:20]}", "S 0"],
        ["B 0", "Q"],
    ],
)
def test_an_answer_that_cannot_be_read(lines: list[str]) -> None:
    frames = Frames([100])
    *before, last = ["H base64 gzip", *lines]
    for line in before:
        frames.feed(line)
    with pytest.raises(Garbled):
        frames.feed(last)


@given(st.lists(st.text(max_size=40)), st.binary())
def test_no_answer_raises_anything_else(lines: list[str], data: bytes) -> None:
    collection = Collection(Wanted(files=("/etc/**",), services=True, sysctl=("*",), env=(("a", ("*",)),)))
    try:
        for number in range(7):
            for line in ("H base64 gzip", f"B {number}", f"D {packed(data)}", "S 0", *lines):
                collection.feed(line)
        list(collection.pieces())
    except Garbled:
        pass


@given(st.binary(max_size=2000))
def test_no_archive_raises_anything(data: bytes) -> None:
    assert all(member.name.startswith("/") for member in members(data))


@pytest.mark.parametrize(
    ("said", "mode", "owner", "size"),
    [
        ("-rw-r--r-- 1 root adm 12 Jan  1 00:00 x", "0644", "root", 12),
        ("-rwsr-xr-x. 1 root adm 12 Jan  1 00:00 x", "4755", "root", 12),
        ("drwxrwxrwt+ 9 root adm 12 2026-01-01 x", "1777", "root", 12),
        ("-rwSr-Sr-T 1 0 0 12 Jan  1 00:00 x", "7644", "0", 12),
        ("crw-rw-rw- 1 root adm 1, 3 Jan  1 00:00 /dev/null", "0666", "root", 3),
        ("-rw-r--r-- 1 DOMAIN\\user domain users 12 Jan  1 00:00 x", "", "", 0),
        ("", "", "", 0),
    ],
)
def test_what_ls_says(said: str, mode: str, owner: str, size: int) -> None:
    seen = listed("/x", said)
    assert (seen.mode, seen.owner, seen.size) == (mode, owner, size)


def test_the_program_that_is_sent() -> None:
    script = files("preflight_drift") / "collect" / "collect.sh"
    checked = subprocess.run(
        [executable("shellcheck"), "-s", "sh", "-S", "style", str(script)], capture_output=True, text=True
    )
    assert checked.stdout == ""
    # An argument on Linux is at most 128 KiB.
    assert len(script.read_bytes()) < 1 << 17
    assert max(map(len, script.read_text().splitlines())) <= 120


@pytest.mark.parametrize("name", DAEMONS)
def test_every_daemon_can_be_asked(name: str) -> None:
    request = Collection(Wanted(effective=(name,))).rung.request.decode()
    ran = subprocess.run([executable("dash"), "-n"], input=request, capture_output=True, text=True)
    assert ran.stderr == ""
