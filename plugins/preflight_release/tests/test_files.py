"""Files as promised, and every way in which they are not: on this machine, in real folders."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from preflight.finding import Finding, NotChecked
from preflight_release.tests.looked import BUILD, Release, fill, look, sums


def test_as_promised(release: Release) -> None:
    assert release.look() == []
    seen = release.seen()
    assert seen.tree is not None
    assert seen.tree.root == str(release.root)
    assert [entry.path for entry in seen.tree.entries] == ["VERSION", "bin", "bin/phoenix", "lib", "lib/a.so"]


def test_missing(release: Release) -> None:
    (release.root / "lib/a.so").unlink()
    (reason,) = release.reasons()
    assert isinstance(reason, Finding)
    assert reason.expected == f"3 files of phoenix.sha256 below {release.root}"
    assert reason.observed == "on app-1: 1 file missing: lib/a.so"
    assert f"`scp -p BUILD/lib/a.so app-1:{release.root}/lib/a.so`" in reason.next_step
    assert "fails" in reason.consequence


def test_many_missing_are_not_all_listed(release: Release) -> None:
    files = {f"lib/{number}.so": b"%d" % number for number in range(10, 52)}
    release.manifest.write_text(sums(files))
    shutil.rmtree(release.root)
    release.root.mkdir()
    assert release.look() == [
        "on app-1: 42 files missing: lib/10.so, lib/11.so, lib/12.so, lib/13.so, lib/14.so and 37 more"
    ]


def test_changed(release: Release) -> None:
    (release.root / "lib/a.so").write_bytes(b"b" * 4000)
    there, promised = (hashlib.sha256(letter * 4000).hexdigest()[:12] for letter in (b"b", b"a"))
    assert release.look() == [f"on app-1: 1 file not as built: lib/a.so ({there}, 4000 bytes, promised {promised})"]


def test_changed_though_size_and_mtime_are_the_same(release: Release) -> None:
    path = release.root / "lib/a.so"
    before = path.stat()
    path.write_bytes(b"a" * 3999 + b"b")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(release.look()) == 1


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_other_sums(algorithm: str, release: Release) -> None:
    release.manifest.write_text(sums(BUILD, algorithm))
    assert release.look() == []
    (release.root / "VERSION").write_text("1.0.12\n")
    assert len(release.look()) == 1


def test_extra(release: Release) -> None:
    fill(release.root, {"lib/old.so": b"", "log/today": b"", "run.pid": b"", "cache/a/b": b""})
    (release.root / "empty").mkdir()
    found = "on app-1: 4 files there, and not promised: cache/a/b, lib/old.so, log/today, run.pid"
    assert release.look() == [found]
    assert release.look("except: [log/**, '*.pid', cache]") == ["on app-1: 1 file there, and not promised: lib/old.so"]
    assert release.look("except: [log, '*.pid', cache/, 'lib/o*']") == []
    assert release.look("extra: ignore") == []


def test_extra_that_only_warns_is_a_check_of_its_own(release: Release) -> None:
    fill(release.root, {"lib/old.so": b""})
    (release.root / "VERSION").unlink()
    seen = look(release.text("extra: warn"))
    assert {name: [reason.observed for reason in reasons] for name, (_, reasons) in seen.items()} == {
        "phoenix-1.0.13/app-1": ["on app-1: 1 file missing: VERSION"],
        "phoenix-1.0.13/app-1:extra": ["on app-1: 1 file there, and not promised: lib/old.so"],
    }


def test_what_is_promised_is_not_excepted(release: Release) -> None:
    (release.root / "lib/a.so").write_bytes(b"b")
    assert len(release.look("except: [lib/**]")) == 1


def test_a_link_in_place_of_a_file(release: Release) -> None:
    path = release.root / "lib/a.so"
    path.rename(release.folder / "a.so")  # the very same bytes
    path.symlink_to(release.folder / "a.so")
    assert release.look() == [
        f"on app-1: 1 file of another type: lib/a.so (a link to {release.folder}/a.so, promised a file)"
    ]


@pytest.mark.parametrize("extra", ["fail", "ignore"])
def test_a_folder_that_is_a_link_to_that_of_another_release(extra: str, release: Release) -> None:
    (release.root / "lib").rename(release.folder / "lib-1.0.12")
    (release.root / "lib").symlink_to("../lib-1.0.12")
    (finding,) = release.look(f"extra: {extra}")
    assert finding == "on app-1: 1 file of another type: lib (a link to ../lib-1.0.12, promised a folder)"


def test_a_pipe_and_a_socket_are_not_waited_for(release: Release) -> None:
    (release.root / "VERSION").unlink()
    os.mkfifo(release.root / "VERSION")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(release.root / "lib/socket"))
        assert release.look() == [
            "on app-1: 1 file of another type: VERSION (a pipe, promised a file)",
            "on app-1: 1 file there, and not promised: lib/socket (a socket)",
        ]


def test_a_table_promises_modes_sizes_and_links(release: Release) -> None:
    (release.root / "current").symlink_to("bin/phoenix")
    (release.root / "bin/phoenix").chmod(0o4755)
    digest = sums(BUILD).split()[0]
    rows = ["path\tmode\tsize\tsha256\tlink", f"bin/phoenix\t4755\t22\t{digest}\t-", "current\t-\t-\t-\tbin/phoenix"]
    release.manifest.write_text("\n".join(rows))
    more = "except: [lib, VERSION]"
    assert release.look(more) == []
    (release.root / "bin/phoenix").chmod(0o755)
    (release.root / "current").unlink()
    (release.root / "current").symlink_to("bin/old")
    reasons = release.reasons(more)
    assert [reason.observed for reason in reasons if isinstance(reason, Finding)] == [
        "on app-1: 1 file not as built: current (a link to bin/old, promised a link to bin/phoenix)",
        "on app-1: 1 file of another mode: bin/phoenix (0755, promised 4755)",
    ]
    assert f"`chmod 4755 {release.root}/bin/phoenix`" in reasons[1].next_step
    (release.root / "current").unlink()
    (release.root / "current").write_text("x")
    fill(release.root, {"bin/phoenix": b"short"})
    assert [line.partition(": ")[2] for line in release.look(more)] == [
        "1 file not as built: bin/phoenix (5 bytes, promised 22 bytes)",
        "1 file of another type: current (a file, promised a link to bin/phoenix)",
        "1 file of another mode: bin/phoenix (0755, promised 4755)",
    ]


NAMES = [b"blank in it", b"-n", b"new\nline", b"back\\slash", b"back\\n", b"\xff\xfe",
         "prêt".encode(), b"'\"$(id)`", b"tab\t", b"\x1b[2J", b"*", b"...", b" ", b"a,b{c}"]  # fmt: skip


@pytest.mark.parametrize("extra", ["fail", "ignore"])
@pytest.mark.parametrize("options", [[], ["--tag"], ["--binary"]])
def test_any_name_as_coreutils_writes_it(extra: str, options: list[str], release: Release) -> None:
    shutil.rmtree(release.root)
    release.root.mkdir()
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(os.fsencode(release.root) + b"/" + name)).write_bytes(b"%d" % number)
    command = ["sha256sum", *options, "--", *NAMES]
    release.manifest.write_bytes(subprocess.run(command, cwd=release.root, check=True, capture_output=True).stdout)
    assert release.look(f"extra: {extra}") == []
    for name in NAMES:
        path = Path(os.fsdecode(os.fsencode(release.root) + b"/" + name))
        before = path.read_bytes()
        path.write_bytes(b"x")
        assert len(release.look(f"extra: {extra}")) == 1, name
        path.write_bytes(before)


def test_names_that_a_terminal_would_obey_are_written_out(release: Release) -> None:
    Path(os.fsdecode(os.fsencode(release.root) + b"/\x1b[2J\xff\n")).write_bytes(b"")
    assert release.look() == ["on app-1: 1 file there, and not promised: \\x1b[2J\\xff\\n"]


def test_the_root_is_not_there(release: Release) -> None:
    shutil.rmtree(release.root)
    assert release.look("version_from: {file: VERSION}") == ["on app-1: ROOT: No such file or directory"]
    release.root.write_text("")
    assert release.look() == ["on app-1: ROOT: Not a directory"]


def test_the_root_is_a_link(release: Release) -> None:
    release.root.rename(release.folder / "phoenix-1.0.13")
    release.root.symlink_to("phoenix-1.0.13")
    assert release.look() == []
    tree = release.seen().tree
    assert tree is not None
    assert tree.root == f"{release.folder}/phoenix-1.0.13"
    assert tree.switched > 0


def test_the_manifest_on_the_host(release: Release) -> None:
    own = release.root / "SHA256SUMS"
    own.write_text(sums(BUILD))
    text = release.text().replace(f"manifest: {release.manifest}", f"manifest: {{on_host: {own}}}")
    ((observation, reasons),) = look(text).values()
    assert reasons == []
    assert len(observation.manifest.files) == 3
    own.write_text(sums(BUILD) + "oops\n")
    ((_, (reason,)),) = look(text).values()
    assert isinstance(reason, NotChecked)
    assert f"the manifest cannot be used: {own}:4:1: is no line of `sha256sum`" in reason.reason
    own.unlink()
    ((_, (reason,)),) = look(text).values()
    assert isinstance(reason, NotChecked)
    assert f"{own}: No such file or directory" in reason.reason


def test_ten_thousand_files(release: Release) -> None:
    files = {f"lib/{number % 100}/{number}.py": b"%d" % number for number in range(10_000)}
    shutil.rmtree(release.root)
    fill(release.root, files)
    release.manifest.write_text(sums(files))
    assert release.look() == []
    (release.root / "lib/7/9907.py").write_bytes(b"")
    (release.root / "lib/8/9908.py").unlink()
    assert [line.partition(": ")[2].partition(" (")[0] for line in release.look()] == [
        "1 file missing: lib/8/9908.py",
        "1 file not as built: lib/7/9907.py",
    ]


def test_busybox(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that has nothing but busybox."""
    tools = release.folder / "tools"
    tools.mkdir()
    busybox = shutil.which("busybox")
    assert busybox, "install it: apt-get install busybox"
    for name in subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split():
        (tools / name).symlink_to(busybox)
    fill(release.root, {"new\nline": b"", "back\\slash": b"1"})
    (release.root / "link").symlink_to("VERSION")
    covered = f"hosts: {{app-1: {{connection: docker, address: {tools}, groups: [app]}}}}\n"
    stand_in = release.folder / "bin"
    # Only what `docker exec -i NAME sh -c COMMAND` needs: a shell with nothing else in its PATH, before what is added.
    fill(stand_in, {"docker": b'#!/bin/sh\nexport PATH=$3\nexec sh -c "$6"\n'})
    (stand_in / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in), prepend=os.pathsep)
    more = "version_from: {file: VERSION}"
    ((observation, reasons),) = look(release.text(more, covered)).values()
    assert [reason.observed for reason in reasons] == [
        "on app-1: 3 files there, and not promised: back\\\\slash, link (a link to VERSION), new\\nline"
    ]
    assert observation.disk.versions == ("1.0.13",)
    (release.root / "lib/a.so").write_bytes(b"")
    ((_, reasons),) = look(release.text(more, covered)).values()
    assert len(reasons) == 2


def test_a_walk_that_breaks_off_is_no_pass(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it taken for the whole tree, no file would be extra."""
    fill(release.root, {"lib/old.so": b""})
    fill(release.folder / "bin", {"find": b"#!/bin/sh\nexit 1\n"})
    (release.folder / "bin/find").chmod(0o755)
    monkeypatch.setenv("PATH", str(release.folder / "bin"), prepend=os.pathsep)
    found = release.look()
    assert all(line.startswith("not checked: ") for line in found)
    assert found[-1] == "not checked: on app-1: all that lies below ROOT is not known: find ended with 1"


@pytest.mark.parametrize("tool", ["sha256sum", "stat", "xargs"])
def test_a_tool_that_breaks_is_no_pass(tool: str, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(release.folder / "bin", {tool: b"#!/bin/sh\nexit 1\n"})
    (release.folder / "bin" / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(release.folder / "bin"), prepend=os.pathsep)
    assert release.look() != []
    assert release.look("extra: ignore") != []
