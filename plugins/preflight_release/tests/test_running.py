"""The version on disk, in the package database and running; processes; images: by real files, servers and packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight_release.tests.looked import Release, fill
from tests.lab.ports import free_port


@contextmanager
def serving(answers: dict[str, tuple[int, str]]) -> Iterator[str]:
    """An HTTP server on loopback; `answers` gives status and body, or for 302 the place, by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = answers[self.path]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", text)
            self.end_headers()
            if status != 302:
                self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Not a word."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_on_disk(release: Release) -> None:
    assert release.look("version_from: {file: VERSION}") == []
    (release.root / "bin/version.py").write_text('# 2024\nversion = "1.0.12"\n')
    more = "except: [bin], version_from: {file: bin/version.py, pattern: 'version = \"(.*)\"'}"
    (reason,) = release.reasons(more)
    assert isinstance(reason, Finding)
    assert (reason.expected, reason.observed) == ("phoenix 1.0.13 on disk", "on app-1: on disk 1.0.12")
    (release.root / "bin/version.py").write_text('version = "1.0.13"\nversion = "1.0.12"\n')
    assert release.look(more) == [
        "not checked: on app-1: the version on disk: bin/version.py says several versions: 1.0.13, 1.0.12"
    ]
    (release.root / "bin/version.py").write_text("password = hunter2\n")
    (line,) = release.look(more)
    assert line.endswith("bin/version.py says nothing that `pattern` matches, in 18 characters")
    (release.root / "bin/version.py").unlink()
    assert release.look(more) == ["on app-1: on disk bin/version.py: No such file or directory"]


def test_by_a_command(release: Release) -> None:
    assert release.look("version_from: {command: sh bin/phoenix}") == []
    assert release.look("version_from: {command: 'echo 1.0.1'}") == ["on app-1: on disk 1.0.1"]
    assert release.look("version_from: {command: 'echo 1.0.13; exit 3'}") == [
        "not checked: on app-1: the version on disk: its command ended with 3"
    ]
    (line,) = release.look("version_from: {command: 'yes'}")
    assert "says more than 64 KiB" in line


@pytest.fixture(params=["curl", "wget", "busybox"])
def client(request: pytest.FixtureRequest, release: Release, monkeypatch: pytest.MonkeyPatch) -> str:
    """What fetches; the others are hidden."""
    tools = release.folder / "tools"
    tools.mkdir()
    real = shutil.which(request.param)
    assert real, f"install it: apt-get install {request.param}"
    shutil.copy(real, tools / ("curl" if request.param == "curl" else "wget"))
    # The PATH of a host is added to, never taken from: a host of its own, as docker would give it.
    fill(release.folder / "bin", {"docker": b'#!/bin/sh\nexec unshare --mount sh -c "$COVER" sh "$6"\n'})
    (release.folder / "bin/docker").chmod(0o755)
    cover = (
        f"mount --bind {tools} /usr/local/bin && for x in /usr/bin/curl /usr/bin/wget; do mount --bind /dev/null $x; "
    )
    monkeypatch.setenv("COVER", f'{cover}done; exec sh -c "$1"')
    monkeypatch.setenv("PATH", str(release.folder / "bin"), prepend=os.pathsep)
    return str(request.param)


DOCKER = "hosts: {app-1: {connection: docker, groups: [app]}}\n"


def test_running(client: str, release: Release) -> None:
    from preflight_release.tests.looked import look, said

    answers = {
        "/": (200, "1.0.13\n"),
        "/old": (200, '{"version": "1.0.12", "token": "hunter2"}'),
        "/down": (503, "1.0.13"),
        "/elsewhere": (302, "/"),
        "/empty": (200, ""),
    }
    with serving(answers) as url:
        refused = f"http://127.0.0.1:{free_port('127.0.0.1')}/"

        def told(url: str, pattern: str = "") -> list[str]:
            text = release.text(f"running: {{http: '{url}', pattern: '{pattern}'}}", DOCKER)
            ((_, reasons),) = look(text).values()
            return [said(reason) for reason in reasons]

        assert told(f"{url}/") == []
        assert told(f"{url}/old", '"version": "([^"]+)"') == ["on app-1: running 1.0.12"]
        assert told(f"{url}/down") == [f"on app-1: running {url}/down: HTTP 503"]
        assert told(f"{url}/empty") == [f"on app-1: running {url}/empty is empty"]
        (line,) = told(f"{url}/elsewhere")
        assert line == (
            f"not checked: on app-1: the version running: {url}/elsewhere: HTTP 302, a redirection, "
            "which is not followed"
        )
        assert told(refused) == [f"on app-1: running {refused}: connection refused"]
    assert client


@contextmanager
def process(*argv: str, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(argv, **more) as running:
        try:
            yield running
        finally:
            running.kill()


SLEEPER = "import time; time.sleep(600)"


def test_a_process_that_was_started_before_its_files_came(release: Release) -> None:
    mark = release.folder.name
    more = f"running: {{process: 'time.sleep.*{mark}', command: cat VERSION}}"
    assert release.look(more) == [f"on app-1: no process matches `time.sleep.*{mark}`"]
    time.sleep(1)
    with process(sys.executable, "-c", SLEEPER, mark) as running:
        assert release.look(more) == []
        time.sleep(1)  # longer than what the moment of a start is known to
        (release.root / "lib/a.so").chmod(0o600)
        (release.root / "lib/a.so").chmod(0o644)
        (reason,) = release.reasons(more)
        assert isinstance(reason, Finding)
        assert f"PID {running.pid} started 20" in reason.observed
        assert ", lib/a.so was put there 20" in reason.observed
        assert reason.next_step.startswith("restart phoenix on app-1")


def test_the_link_was_switched_after_the_start(release: Release) -> None:
    """The files are older than the process, and the link `current` leads to them only since."""
    mark = release.folder.name
    release.root.rename(release.folder / "phoenix-1.0.13")
    time.sleep(1)
    with process(sys.executable, "-c", SLEEPER, mark):
        time.sleep(1)
        release.root.symlink_to("phoenix-1.0.13")
        (line,) = release.look(f"running: {{process: 'time.sleep.*{mark}'}}")
        assert ", the link to its root was put there" in line


def test_a_process_that_runs_a_file_that_is_gone(release: Release) -> None:
    sleep = shutil.which("sleep")
    assert sleep
    shutil.copy(sleep, release.root / "bin/sleeper")
    mark = f"6{os.getpid()}"
    with process(str(release.root / "bin/sleeper"), mark):
        (release.root / "bin/sleeper").unlink()
        (line,) = release.look(f"running: {{process: 'sleeper {mark}'}}")
        assert line.endswith("; it still runs ROOT/bin/sleeper, which is deleted")


def test_since_when_the_wrong_one_runs(release: Release) -> None:
    mark = release.folder.name
    time.sleep(1)
    with process(sys.executable, "-c", SLEEPER, mark) as running:
        more = f"running: {{process: 'time.sleep.*{mark}', command: echo 1.0.12}}, version_from: {{file: VERSION}}"
        (reason,) = release.reasons(more)
        assert isinstance(reason, Finding)
        assert reason.observed.startswith("on app-1: on disk 1.0.13, running 1.0.12 since 20")
        assert reason.observed.endswith(f"UTC (PID {running.pid})")
        assert reason.next_step.startswith("restart phoenix on app-1: what is installed is right, what runs is not")
        assert reason.cause == "phoenix-1.0.13: running 1.0.12"


def test_command_lines_stay_on_the_host(release: Release) -> None:
    mark = release.folder.name
    with process(sys.executable, "-c", SLEEPER, mark, "--password=hunter2"):
        assert "hunter2" not in repr(release.seen(f"running: {{process: 'time.sleep.*{mark}'}}"))


@pytest.fixture
def dpkg(release: Release, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`dpkg("1.0.13-1")` builds a package phoenix and installs it in a database of its own."""
    database = release.folder / "root"
    (database / "var/lib/dpkg/updates").mkdir(parents=True)
    (database / "var/lib/dpkg/info").mkdir()
    (database / "var/lib/dpkg/status").touch()
    monkeypatch.setenv("DPKG_ADMINDIR", str(database / "var/lib/dpkg"))

    def install(version: str, script: str = "exit 0") -> None:
        build = fill(release.folder / "build", {"DEBIAN/postinst": f"#!/bin/sh\n{script}\n".encode()})
        (build / "DEBIAN/postinst").chmod(0o755)
        control = f"Package: phoenix\nVersion: {version}\nArchitecture: all\nMaintainer: a <a@b>\nDescription: x\n"
        (build / "DEBIAN/control").write_text(control)
        package = release.folder / "phoenix.deb"
        subprocess.run(["dpkg-deb", "--build", build, package], check=True, capture_output=True)
        options = ["--force-not-root", "--force-script-chrootless", f"--root={database}", "--log=/dev/null"]
        subprocess.run(["dpkg", *options, "-i", package], check=script == "exit 0", capture_output=True)

    return install


def test_in_the_package_database(release: Release, dpkg: Any) -> None:
    (line,) = release.look("package: phoenix")
    assert re.fullmatch("on app-1: in the package database no package phoenix in that of dpkg(, rpm)?", line)
    dpkg("2:1.0.13-1")
    assert release.look("package: phoenix") == []
    (release.root / "lib/a.so").unlink()
    (reason,) = release.reasons("package: phoenix")
    assert "`apt-get install --reinstall phoenix=2:1.0.13-1`" in reason.next_step
    fill(release.root, {"lib/a.so": b"a" * 4000})
    dpkg("2:1.0.13+dfsg1-1")
    assert release.look("package: phoenix") == ["on app-1: in the package database 2:1.0.13+dfsg1-1"]
    dpkg("2:1.0.13-1", "exit 1")
    (line,) = release.look("package: phoenix")
    assert line.startswith("on app-1: in the package database 2:1.0.13-1 (install ok half-configured)")


ENGINE = """#!/bin/sh
# Answers as docker does to what is asked of it here.
case "$*" in
*"image inspect"*) echo "sha256:%(id)s registry/phoenix@sha256:%(digest)s" ;;
*) %(container)s ;;
esac
"""


def test_the_image_of_a_container(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for docker: there is no engine here."""
    identity, digest = "1" * 64, "2" * 64
    monkeypatch.setenv("PATH", str(release.folder / "bin"), prepend=os.pathsep)

    def told(container: str, wanted: str) -> list[str]:
        script = ENGINE % {"id": identity, "digest": digest, "container": container}
        fill(release.folder / "bin", {"docker": script.encode()})
        (release.folder / "bin/docker").chmod(0o755)
        return release.look(f"image: {{container: web, digest: 'sha256:{wanted}'}}")

    runs = f'echo "sha256:{identity} true"'
    assert told(runs, identity) == told(runs, digest) == []
    assert told(runs, "3" * 64) == ["on app-1: made of sha256:111111111111, sha256:222222222222"]
    assert told(runs.replace("true", "false"), digest) == [
        "on app-1: made of sha256:111111111111, sha256:222222222222; the container web does not run"
    ]
    missing = 'echo "Error: No such container: web" >&2; exit 1'
    assert told(missing, digest) == ["on app-1: there is no container web"]
    (line,) = told('echo "Cannot connect to the Docker daemon" >&2; exit 1', digest)
    assert line.startswith("not checked: ")


def test_what_is_not_there_is_not_checked(release: Release) -> None:
    reasons = release.reasons("version_from: {command: no-such-command}")
    assert [type(reason) for reason in reasons] == [NotChecked]
