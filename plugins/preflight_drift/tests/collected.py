"""Collecting in tests: from this machine, or by a shell with nothing but chosen programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from preflight.model import Host
from preflight_drift.collect.collection import Collection
from preflight_drift.collect.collector import collect
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece
from tests.lab.process import executable

HERE = Host(connection="local")


def here(wanted: Wanted) -> dict[str, Piece]:
    """From this machine, by name."""
    return by_name(collect("here", HERE, wanted))


def by_name(pieces: Iterable[Piece]) -> dict[str, Piece]:
    found: dict[str, Piece] = {}
    for piece in pieces:
        assert piece.name not in found, piece.name
        found[piece.name] = piece
    return found


def tree(root: Path, *globs: str) -> Wanted:
    """The files of a tree; everything below it, unless patterns say otherwise."""
    return Wanted(files=tuple(f"{root}/{glob}" for glob in globs or ("**",)))


def applets(folder: Path, *without: str, own: Mapping[str, str] = {}) -> Path:
    """A folder with all of busybox's programs but some, and scripts of our own."""
    folder.mkdir()
    busybox = executable("busybox")
    names = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    for name in {*names} - {*without, *own}:
        (folder / name).symlink_to(busybox)
    for name, script in own.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder


def by_shell(
    shell: Sequence[str], path: str, wanted: Wanted, prefix: Sequence[str] = (), moved: tuple[str, str] = ("", "")
) -> dict[str, Piece]:
    """From this machine, with no program but those of a PATH; what is `moved` has, for the script, another path."""
    collection = Collection(wanted)
    argv = [
        *shell,
        "-c",
        collection.rung.source.replace(*moved) if moved[0] else collection.rung.source,
        "sh",
        "TOKEN",
        str(len(collection.rung.request)),
    ]
    with subprocess.Popen(
        [*prefix, executable("env"), "-i", f"PATH={path}", "LC_ALL=C", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(collection.rung.request)
        running.stdin.flush()
        for line in running.stdout:
            assert line.startswith(b"TOKEN ")
            collection.feed(line[6:-1].decode(errors="replace"))
    assert running.returncode == 0
    return by_name(collection.pieces())
