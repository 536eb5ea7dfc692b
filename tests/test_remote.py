"""Programs run on this machine and in containers: the contract every connection keeps."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from preflight.bootstrap import opening
from preflight.finding import NotChecked
from preflight.model import Host
from preflight.remote import Lost, Rung, Unreachable, connect, contacts
from tests.conftest import ROOT
from tests.lab.process import executable

HERE = Host(connection="local")
ECHO = """
import os, sys
token, length = sys.argv[1], int(sys.argv[2])
request = sys.stdin.buffer.read(length)
print(token, len(request), request[:4], request[-4:])
"""
NOTHING = "no-such-interpreter"


def run(
    rungs: Sequence[Rung] | Rung,
    host: Host = HERE,
    name: str = "web-1",
    timeout: float = 30,
    until: float | None = None,
) -> list[str]:
    rungs = [rungs] if isinstance(rungs, Rung) else rungs
    with connect(name, host, deadline=until) as connection, connection.run(rungs, timeout=timeout) as running:
        return [f"{running.rung}: {line}" for line in running.lines()]


def not_checked(*args: object, **more: object) -> NotChecked:
    with pytest.raises(Unreachable) as caught:
        run(*args, **more)  # type: ignore[arg-type]
    return caught.value.not_checked


def sh(source: str, request: bytes = b"") -> Rung:
    return Rung("sh", source, request)


def wait_until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


BINARY = bytes(range(256)) * 4
PROGRAMS = {
    "python3": ECHO,
    "bash": 'echo "$1 $(dd bs=1 count=$2 2>/dev/null | od -An -tx1 | tr -dc a-f0-9)"; cat; echo "$1 end"',
    "sh": 'echo "$1 $(dd bs=1 count=$2 2>/dev/null | od -An -tx1 | tr -dc a-f0-9)"; cat; echo "$1 end"',
}


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "tcsh", "fish", "busybox sh"])
@pytest.mark.parametrize("interpreter", PROGRAMS)
@pytest.mark.parametrize("above", [0, 2])
def test_every_login_shell_starts_every_interpreter(shell: str, interpreter: str, above: int) -> None:
    """What follows the program's source on stdin is its request, to the byte, and then the end."""
    rung = Rung(interpreter, PROGRAMS[interpreter], BINARY)
    rungs = [*[Rung(NOTHING, "'\"!\n" * 99, BINARY)] * above, rung]
    command, sent = opening(rungs, "TOKEN", sudo=False)
    sent += rung.payload if above else b""
    login = [executable(word) if number == 0 else word for number, word in enumerate(shell.split())]
    ran = subprocess.run([*login, "-c", command], input=sent, capture_output=True, timeout=60)
    seen = [line.split(None, 1)[1] for line in ran.stdout.decode().splitlines() if line.startswith("TOKEN ")]
    expected = [f"{len(BINARY)} {BINARY[:4]!r} {BINARY[-4:]!r}"] if interpreter == "python3" else [BINARY.hex(), "end"]
    assert (seen, ran.stderr) == ([f"rung {above}", *expected], b"")


def test_the_command_for_the_login_shell_has_nothing_a_shell_reads_in_its_own_way() -> None:
    command, _ = opening([Rung("python3", "x = '!\\\n'", b"")], "TOKEN", sudo=True)
    assert command.startswith("exec sh -c '")
    assert not set("!\n\\'") & set(command[len("exec sh -c '") : -1])


def test_the_first_rung_that_fits() -> None:
    rungs = [
        Rung(NOTHING, "", b"x" * 100_000),
        Rung("sh", "", b"", (NOTHING,)),
        sh('echo "$1 sh"'),
        Rung("bash", "", b""),
    ]
    assert run(rungs) == ["sh: sh"]


def test_no_rung_fits() -> None:
    found = not_checked([Rung(NOTHING, "", b""), Rung("sh", "", b"", ("no-such-nc",))])
    assert found.reason == f"host web-1 cannot be used: none of {NOTHING}, sh, no-such-nc found"
    assert f"{NOTHING} or sh with no-such-nc" in found.next_step


@pytest.mark.parametrize("does", ["exit 1", "echo 'python3 is not installed, try the store'", "exit 0 # too old"])
def test_a_python3_that_does_not_work_is_none(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = tmp_path / "python3"
    stub.write_text(f"#!/bin/sh\n{does}\n")
    if "old" in does:  # a real one, that says it is older
        code = f'exec {sys.executable} -c "import sys; sys.version_info = (3, 5); exec(sys.argv[1])" "$5"'
        stub.write_text(f'#!/bin/sh\ntest "$4" = -c && {code}\n')
    if "store" in does:
        stub.write_text("#!/bin/sh\necho this is a stub; exit 9\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert run([Rung("python3", ECHO, b""), sh("echo $1 fallen back")]) == ["sh: fallen back"]


def test_large_requests_and_large_outputs_pass_each_other() -> None:
    """A program that answers while it is still being sent to blocks for ever where nobody reads meanwhile."""
    source = """
import sys
token, left = sys.argv[1], int(sys.argv[2])
while left:
    left -= len(sys.stdin.buffer.read(min(left, 1 << 16)))
    print(token, "x" * (1 << 18))
"""
    lines = run(Rung("python3", source, b"y" * 2_000_000))
    assert [len(line) for line in lines] == [len("python3: ") + (1 << 18)] * 31


def test_what_is_not_framed_is_ignored() -> None:
    source = (
        'echo motd; echo "$1x no"; echo " $1 no"; printf "%s yes\\n%s \\377\\n" "$1" "$1"; printf "%s no line end" "$1"'
    )
    assert run(sh(source)) == ["sh: yes", "sh: \ufffd"]


def test_stderr_is_drained_and_its_last_line_reported() -> None:
    source = "import sys\nsys.stderr.write('noise\\n' * 200_000)\n1 / 0"
    found = not_checked(Rung("python3", source, b""))
    assert found.reason == "host web-1: python3 ended with 1: ZeroDivisionError: division by zero"


def test_a_program_that_was_killed() -> None:
    assert not_checked(sh("kill -9 $$")).reason == "host web-1: sh was ended by SIGKILL"


def test_lines_arrive_as_they_are_printed() -> None:
    with (
        connect("web-1", HERE) as connection,
        connection.run([sh("echo $1 first; cat; echo $1 last")], timeout=60) as ran,
    ):
        assert next(ran.lines()) == "first"


def test_a_program_that_hangs() -> None:
    found = not_checked(sh("echo $1 x; sleep 1000"), timeout=3)
    assert found.reason == "host web-1: it hung: sh did not end within 3 s"
    assert found.cause == found.reason


def test_a_program_that_prints_for_ever_hangs_too() -> None:
    assert "did not end within 3 s" in not_checked(sh("while :; do echo $1 x; done"), timeout=3).reason


def test_nobody_waits_any_more() -> None:
    stopped = threading.Event()
    with (
        connect("web-1", HERE, stopped=stopped.is_set) as connection,
        connection.run([sh("echo $1 x; sleep 1000")], timeout=1000) as running,
    ):
        lines = running.lines()
        next(lines)
        stopped.set()
        with pytest.raises(Lost, match="the run ended"):
            next(lines)


def test_the_deadline() -> None:
    assert "its time was spent" in not_checked(sh("sleep 1000"), timeout=1000, until=time.time() + 0.3).reason


@pytest.mark.parametrize(
    "does", ["exec cat", "cat >/dev/null; exit", "trap '' HUP TERM INT; while :; do sleep 1; done"]
)
def test_leaving_ends_the_program(does: str) -> None:
    with connect("web-1", HERE) as connection:
        with connection.run([sh(f"echo $1 $$; {does}")], timeout=1000) as running:
            pid = next(running.lines())
            assert alive(pid)
        assert wait_until(lambda: not alive(pid))


def test_leaving_while_the_program_reads_nothing() -> None:
    with connect("web-1", HERE) as connection:
        with connection.run([sh("echo $1 $$; sleep 1000", b"x" * 10_000_000)], timeout=1000) as running:
            pid = next(running.lines())
        assert wait_until(lambda: not alive(pid))


RUNNER = """
import sys
from preflight.model import Host
from preflight.remote import Rung, connect
host = Host.model_validate_json(sys.argv[1])
with connect("web-1", host) as connection, connection.run([Rung("sh", "echo $1 $$; cat", b"")], timeout=99) as running:
    for line in running.lines():
        print(line, flush=True)
"""


def left_behind(host: Host) -> bool:
    """Whether a program lives on whose runner was killed."""
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, host.model_dump_json()], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with runner:
        assert runner.stdout
        pid = runner.stdout.readline().strip()
        assert alive(pid)
        runner.kill()
    return not wait_until(lambda: not alive(pid))


def test_a_runner_that_is_killed_leaves_nothing_behind() -> None:
    assert not left_behind(HERE)


def test_several_programs_at_once() -> None:
    with connect("web-1", HERE) as connection:
        with (
            connection.run([sh("cat; echo $1 a")], timeout=60) as slow,
            connection.run([sh("echo $1 b")], timeout=60) as quick,
        ):
            assert list(quick.lines()) == ["b"]
        assert slow.rung == ""


def test_nothing_leaks() -> None:
    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    run(sh("echo $1 x"))
    before = held()
    for source in ("echo $1 x", "exit 3", "sleep 1000"):
        try:
            run(sh(source), timeout=0.2)
        except Lost:
            continue
    assert wait_until(lambda: held() == before)


# Containers. No engine runs here: a script stands for its command line, and runs what it is asked to run.

CLI = """#!/bin/sh
{ for word; do printf '%s ' "$word"; done; echo; } >>"$0.calls"
while test "$1" != sh; do shift; done
exec "$@"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Path]]:
    """`cli("docker", script)` puts a docker of that script onto PATH."""

    def put(name: str, script: str = CLI) -> Path:
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
        return tmp_path / f"{name}.calls"

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return put  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("host", "call", "way"),
    [
        ({"connection": "docker"}, "exec -i web-1", "the container web-1 through docker"),
        (
            {"connection": "podman", "address": "shop", "user": "app"},
            "exec -i -u app shop",
            "the container shop as app through podman",
        ),
        ({"connection": "kubectl"}, "exec -i web-1 --", "the pod web-1 through kubectl"),
        (
            {"connection": "kubectl", "address": "prod/shop-0", "container": "app"},
            "exec -i -n prod -c app shop-0 --",
            "the container app of the pod shop-0 in prod through kubectl",
        ),
    ],
)
def test_containers(cli: Callable[..., Path], host: dict[str, str], call: str, way: str) -> None:
    calls = cli(host["connection"])
    assert run(Rung("python3", ECHO, b"request"), Host.model_validate(host)) == ["python3: 7 b'requ' b'uest'"]
    assert calls.read_text().startswith(f"{call} sh -c exec sh -c ")
    assert contacts("web-1", Host.model_validate(host)) == way


def test_the_command_line_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = not_checked(sh(""), Host(connection="podman"))
    assert found.reason == "host web-1 cannot be reached: podman is not installed on this machine"


def test_what_the_command_line_says_is_passed_on(cli: Callable[..., Path]) -> None:
    cli("docker", "#!/bin/sh\necho 'Error response from daemon: No such container: web-1' >&2\nexit 1\n")
    found = not_checked(sh(""), Host(connection="docker"))
    assert found.reason.endswith("its shell ended with 1: Error response from daemon: No such container: web-1")
    assert found.cause == found.reason


def test_this_machine() -> None:
    assert contacts("web-1", HERE) == "this machine"
    assert contacts("web-1", Host(connection="local", sudo=True)) == "this machine, with sudo"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"connection": "local", "jump": "bastion"}, "`jump:` is for `connection: ssh`, not local"),
        ({"connection": "kubectl", "user": "app"}, "`user:` is for"),
        ({"connection": "ssh", "container": "app"}, "`container:` is for `connection: kubectl`"),
        ({"host_key": "no"}, "host_key"),
        ({"host_key": "SHA256:short"}, "host_key"),
    ],
)
def test_what_would_be_ignored_is_refused(fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong.replace("`", ".")):
        Host.model_validate(fields)


@pytest.mark.parametrize("key", ["address", "user", "jump", "container"])
@pytest.mark.parametrize("value", ["-oProxyCommand=x", "--help", "a b", "root\nMatch exec x", "a\tb", "a\x1bb"])
def test_what_would_be_an_option_or_a_line_of_its_own_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError, match="should have no blanks"):
        Host.model_validate({key: value, "connection": "kubectl" if key == "container" else "ssh"})
