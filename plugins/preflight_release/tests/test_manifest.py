"""Manifests as people have them, and everything one can get wrong in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight_release.globs import matcher
from preflight_release.manifest import parse
from preflight_release.names import raw, written
from preflight_release.promise import Promised, Unusable

SUM, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (f"{SUM}  bin/phoenix\n", [Promised("bin/phoenix", SUM)]),
        (f"{SUM} *bin/phoenix\n", [Promised("bin/phoenix", SUM)]),
        (f"{SUM.upper()}  ./bin//phoenix\r\n# a comment\n\n{OTHER}  a  b\n",
         [Promised("bin/phoenix", SUM), Promised("a  b", OTHER)]),
        (f"SHA256 (bin/a (b)) = {SUM}\n", [Promised("bin/a (b)", SUM)]),
        (f"SHA2-256(bin/a)= {SUM}\n", [Promised("bin/a", SUM)]),  # openssl dgst
        (f"\\{SUM}  a\\nb\\\\c\n", [Promised("a\\nb\\\\c", SUM)]),
        (f"{SUM}  a\\nb\n", [Promised("a\\\\nb", SUM)]),
        (f"{'c' * 128}  a\n", [Promised("a", "c" * 128)]),
        (f"path\tsha256\na\t{SUM}\n", [Promised("a", SUM)]),
        (f"mode\tsha256\tpath\tsize\n0755\t{SUM}\ta\\tb\t7\n-\t-\tc\t-\n",
         [Promised("a\\tb", SUM, 0o755, 7), Promised("c")]),
        ("path\tsha256\tlink\ncurrent\t-\t../x\n", [Promised("current", target="../x")]),
    ],
)  # fmt: skip
def test_what_it_promises(text: str, files: list[Promised]) -> None:
    assert list(parse(text.encode(), "m").files) == files


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "1:1", "promises nothing"),
        ("# nothing\n", "1:1", "promises nothing"),
        (f"{SUM}  a\noops\n", "2:1", "is no line of `sha256sum`"),
        (f"{SUM} a\n", "1:1", "is no line of `sha256sum`"),
        (f"{'a' * 32}  a\n", "1:1", "has the length of MD5"),
        (f"{'a' * 40}  a\n", "1:1", "has the length of SHA-1"),
        (f"{'a' * 63}  a\n", "1:1", "a sum of 63 digits"),
        (f"MD5 (a) = {'a' * 32}\n", "1:1", "MD5 sums are not read"),
        (f"BLAKE2b (a) = {'a' * 128}\n", "1:1", "BLAKE2b sums are not read"),
        (f"SHA512 (a) = {SUM}\n", "1:14", "a sha256 sum that is called SHA512"),
        (f"{SUM}  /etc/passwd\n", "1:67", "is absolute"),
        (f"{SUM}  a/../../b\n", "1:67", "leads out"),
        (f"{SUM}  a/\n", "1:67", "is no file"),
        (f"{SUM}  .\n", "1:67", "is no file"),
        (f"\\{SUM}  a\\x\n", "1:68", "is nothing that coreutils writes"),
        (f"{SUM}  a\n{SUM}  ./a\n", "2:1", "a is promised twice"),
        (f"{SUM}  a\n{'c' * 128}  b\n", "2:1", "a sha512 sum among sha256 sums"),
        (f"{SUM}  a\n{SUM}  a/b\n", "1:1", "promises a as a file, and a/b below it"),
        (f"\ufeff{SUM}  a\n", "1:1", "byte order mark"),
        ("path\tmode\na\t0755\n", "1:1", "needs one column of sums"),
        ("path\tmood\tsha256\n", "1:6", '"mood" is no column'),
        ("path\tsha256\tpath\n", "1:13", "has the column path twice"),
        (f"path\tsha256\na\t{SUM}\t-\n", "2:1", "3 fields between tabs"),
        (f"path\tsha256\na\\q\t{SUM}\n", "2:1", "a backslash is written"),
        ("path\tsha256\na\txyz\n", "2:3", "hexadecimal"),
        (f"path\tsha256\na\t{'c' * 128}\n", "2:3", "is no sha256 sum"),
        (f"path\tmode\tsha256\na\t0789\t{SUM}\n", "2:3", '"0789" is not a mode'),
        (f"path\tmode\tsha256\na\t77777\t{SUM}\n", "2:3", "four digits"),
        (f"path\tsize\tsha256\na\t-1\t{SUM}\n", "2:3", '"-1" is not a size'),
        (f"path\tsha256\tlink\na\t{SUM}\tb\n", "2:68", "a link has no mode"),
    ],
)
def test_what_it_cannot_promise(text: str, place: str, message: str) -> None:
    with pytest.raises(Unusable) as refused:
        parse(text.encode(), "m")
    assert f"{refused.value.line}:{refused.value.column}" == place
    assert message in refused.value.message


@given(st.binary(min_size=1).map(lambda data: data.replace(b"\0", b"").replace(b"/", b"")).filter(bool))
def test_names_come_back_and_are_printable(name: bytes) -> None:
    text = written(name)
    assert raw(text) == name
    assert text.isprintable()


@given(st.lists(st.sampled_from([b"\\", b"n", b"x41", b"A", b"\n", b"\xff", "é".encode()]), min_size=1))
def test_names_that_look_like_escapes_come_back(parts: list[bytes]) -> None:
    assert raw(written(b"".join(parts))) == b"".join(parts)


@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("*.pid", ["a.pid", "run/a.pid", "x.pid/y"], ["a.pid.old", "apid"]),
        ("log", ["log", "log/a", "a/log/b"], ["logs", "a/blog"]),
        ("log/", ["log/a", "a/log/b"], ["logs"]),
        ("/log", ["log", "log/a"], ["a/log"]),
        ("log/**", ["log/a", "log/a/b"], ["a/log/b", "log"]),
        ("a/*/c", ["a/b/c", "a/b/c/d"], ["a/b/b/c", "a/c"]),
        ("a/**/c", ["a/c", "a/b/c", "a/b/b/c"], ["ac", "b/a/c"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[a]", ["[a]"], ["a"]),
    ],
)
def test_patterns(pattern: str, meant: list[str], not_meant: list[str]) -> None:
    matches = matcher((pattern,))
    assert [path for path in [*meant, *not_meant] if matches(path)] == meant


def test_the_command_of_the_readme_makes_a_table(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    script = readme.split("```sh\n", 1)[1].split("```", 1)[0]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/it's $HOME").write_text("x")
    (tmp_path / "bin/it's $HOME").chmod(0o750)
    (tmp_path / "current").symlink_to("bin")
    made = subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, capture_output=True).stdout
    files = {file.path: file for file in parse(made, "m").files}
    assert files["current"] == Promised("current", target="bin")
    assert (files["bin/it's $HOME"].mode, files["bin/it's $HOME"].size) == (0o750, 1)
    assert len(files["bin/it's $HOME"].digest) == 64
