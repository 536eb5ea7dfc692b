"""What the fixtures `trees` and `hosts` are: a few files each, and preflight run over them through the front door."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from preflight_drift.plugin import pytest_preflight_domain
from tests.lab.sshd import Sshd, with_users

DOMAIN = pytest_preflight_domain()
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest", "timeout")]
PLAIN += ["-W", "error"]
Files = Mapping[str, str]


def write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class Trees:
    """Two environments on this machine: a host each, and files below `prd` and `stg`."""

    def __init__(self, pytester: pytest.Pytester, folder: Path) -> None:
        self.pytester = pytester
        self.prd, self.stg = folder / "prd", folder / "stg"
        for folder in (self.prd, self.stg):
            folder.mkdir()
        self.staging("hosts: {stg-1: {connection: local, groups: [web]}}")

    def write(self, prod: Files, staging: Files) -> None:
        write(self.prd, prod)
        write(self.stg, staging)

    def at(self, path: str) -> str:
        """Where a rule finds it: `app.yaml.pool.size`."""
        return f"files.{self.prd}/{path}"

    def staging(self, text: str) -> None:
        write(self.pytester.path / "inventories", {"staging.yaml": f"environment: staging\n{textwrap.dedent(text)}\n"})

    def prod(
        self, drift: str = "", *, files: str = "**", hosts: str = "web-1: {connection: local, groups: [web]}"
    ) -> None:
        """prod.yaml: what is left out in `drift` compares all files with those of staging."""
        lines = textwrap.dedent(drift).strip()
        given = {line.partition(":")[0] for line in lines.splitlines()}
        rest = {
            "against": "staging",
            "collect": f"{{files: ['{self.prd}/{files}']}}",
            "vars": "{token: {staging: stg, prod: prd}}",
        }
        lines = "\n".join([lines, *(f"{key}: {value}" for key, value in rest.items() if key not in given)])
        text = f"environment: prod\nhosts: {{{hosts}}}\ndrift:\n{textwrap.indent(lines.strip(), '  ')}\n"
        write(self.pytester.path / "inventories", {"prod.yaml": text})

    def check(self, *args: str) -> pytest.RunResult:
        """`pytest --inventory prod`, in this process."""
        return self.pytester.runpytest_inprocess(*PLAIN, "--inventory", "prod", *args)

    def check_apart(self, *args: str, cache: bool = False) -> pytest.RunResult:
        plain = [option for option in PLAIN if not cache or option != "-pno:cacheprovider"]
        argv = [sys.executable, "-m", "pytest", *plain, "--inventory", "prod", *args]
        return self.pytester.run(*argv, timeout=60)


class Hosts:
    """Machines with an SSH server, a user and files below /srv, each its own."""

    def __init__(self, folder: Path, start: Callable[..., Sshd]) -> None:
        self.folder = folder
        self._start = start
        self.servers: dict[str, Sshd] = {}

    def add(self, name: str, files: Files, user: str = "deploy") -> Path:
        """Start one; gives its /srv."""
        users, srv = self.folder / f"{name}.home", self.folder / name
        for folder in (users, srv):
            folder.mkdir()
            folder.chmod(0o755)
        write(srv, files)
        mount = f'mount --bind {shlex.quote(str(srv))} /srv && exec "$@"'
        prefix = [*with_users(users, {user: "/bin/sh"}), "sh", "-c", mount, "sh"]
        self.servers[name] = self._start(prefix=prefix, user=user)
        return srv

    def way(self, name: str) -> str:
        """To the host, as an inventory has it, instead of its address."""
        server = self.servers[name]
        key = f"identity_file: '{server.identity}', host_key: '{server.fingerprint}'"
        return f"address: {server.address}, port: {server.port}, user: {server.user}, {key}"

    def reached(self, inventory: str) -> str:
        """The text of an inventory, with the addresses of its hosts those of the lab."""
        return re.sub(
            r"^(  ([\w-]+): \{)address: [^,}]+(, user: \w+)?",
            lambda host: f"{host[1]}{self.way(host[2])}" if host[2] in self.servers else host[0],
            inventory,
            flags=re.M,
        )
