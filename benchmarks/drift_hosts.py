"""Facts of 30 hosts over SSH: preflight_drift against the same asserts in testinfra, and against Ansible's own facts.

    python benchmarks/drift_hosts.py [--rounds N] [--ansible PATH]

All hosts are one sshd on loopback: what is measured is the way to ask. First 20 settings of the kernel on each, which
testinfra reads by a command each over one connection a host (its paramiko backend); then packages, settings, services,
users and mounts, against `ansible all -m setup` and `-m package_facts` (20 forks), which bring about the same and no
files. As testinfra and Ansible take minutes, they have five of the hosts, and what counts is the time for a host.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Command, in_turns, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.lab import sshd

HOSTS, PEERS_HOSTS = 30, 5
FACTS = [
    "kernel.hostname", "kernel.ostype", "kernel.osrelease", "kernel.pid_max", "kernel.panic", "kernel.threads-max",
    "kernel.msgmax", "kernel.shmmax", "fs.file-max", "fs.nr_open", "fs.inotify.max_user_watches", "vm.swappiness",
    "vm.overcommit_memory", "vm.dirty_ratio", "vm.max_map_count", "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies",
    "net.core.somaxconn", "net.core.rmem_max", "net.ipv4.tcp_fin_timeout",
]  # fmt: skip
INVENTORY = """
environment: bench
hosts:
{hosts}
drift:
  against: local
  collect: {{surveys: false, {collect}}}
  rules:
    - {{at: "*", rule: ignore, reason: it is the collecting that is measured}}
"""
HOST = "  h{n}: {{address: 127.0.0.1, port: {port}, groups: [all], identity_file: {key}, host_key: accept-new}}"
ALL = "packages: true, services: true, users: true, mounts: true, sysctl: ['*']"
SUITE = """
import pytest
import testinfra

HOSTS = [testinfra.get_host("paramiko://{user}@127.0.0.{{}}:{port}".format(n), ssh_config={config!r})
         for n in range(1, {hosts} + 1)]

@pytest.mark.parametrize("name", {facts})
@pytest.mark.parametrize("number", range({hosts}))
def test_fact(number, name):
    assert HOSTS[number].sysctl(name) is not None
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="after one that does not count (%(default)s)")
    parser.add_argument("--ansible", default=shutil.which("ansible"), help="the command `ansible`, if it is not found")
    options = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "sshd").mkdir()
        server = stack.enter_context(sshd.running(folder / "sshd", "MaxStartups 200", address="0.0.0.0"))
        ansible = options.ansible and str(Path(options.ansible).absolute())
        commands, hosts = zip(*_commands(folder, server, ansible), strict=True)
        measured = in_turns(commands, options.rounds)
    each = [middle(runs).wall / number for runs, number in zip(measured, hosts, strict=True)]
    goals = ["", met(each[1] / each[0], 1 / 20)]
    if len(each) > 2:
        goals += [met(each[2] / (each[3] + each[4]), 1 / 5), "", ""]
    rows = [
        [command.name, str(number), f"{middle(runs).wall:.2f} s", f"{one * 1000:.0f} ms", goal]
        for command, number, runs, one, goal in zip(commands, hosts, measured, each, goals, strict=True)
    ]
    print(f"{options.rounds} rounds; goals: 20 times as fast as testinfra for a host, 5 times as fast as Ansible")
    print_table(["", "hosts", "median", "a host", ""], rows)
    print(f"testinfra/preflight: {each[0] / each[1]:.1f}x")
    if len(each) > 2:
        print(f"Ansible/preflight: {(each[3] + each[4]) / each[2]:.1f}x")


def _commands(folder: Path, server: sshd.Sshd, ansible: str | None) -> list[tuple[Command, int]]:
    config = folder / "ssh_config"
    config.write_text(
        f"Host *\n IdentityFile {server.identity}\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
    )
    suite = SUITE.format(user=server.user, port=server.port, config=str(config), hosts=PEERS_HOSTS, facts=FACTS)
    (folder / "test_facts.py").write_text(suite)
    hosts = "\n".join(HOST.format(n=n, port=server.port, key=server.identity) for n in range(1, HOSTS + 1))
    for name, collect in (("facts", f"sysctl: {FACTS}"), ("all", ALL)):
        (folder / f"{name}.yaml").write_text(INVENTORY.format(hosts=hosts, collect=collect))
    environment = {"HOME": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ours = [*pytest, "-p", "preflight.plugin", "-p", "preflight_drift.plugin", "--inventory"]
    found = [
        (Command("testinfra, 20 facts", [*pytest, "test_facts.py"], folder, environment), PEERS_HOSTS),
        (Command("preflight, 20 facts", [*ours, "facts.yaml"], folder, environment), HOSTS),
    ]
    if ansible:
        lines = (
            f"h{n} ansible_host=127.0.0.1 ansible_port={server.port} ansible_user={server.user} "
            f"ansible_ssh_private_key_file={server.identity} ansible_python_interpreter=/usr/bin/python3"
            for n in range(1, PEERS_HOSTS + 1)
        )  # fmt: skip
        (folder / "hosts.ini").write_text("\n".join(lines) + "\n")
        theirs = {**environment, "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_PIPELINING": "True"}
        run = [ansible, "all", "-i", "hosts.ini", "-f", "20", "-m"]
        found += [
            (Command("preflight, all but files", [*ours, "all.yaml"], folder, environment), HOSTS),
            (Command("ansible -m setup", [*run, "setup"], folder, theirs), PEERS_HOSTS),
            (Command("ansible -m package_facts", [*run, "package_facts"], folder, theirs), PEERS_HOSTS),
        ]
    return found


if __name__ == "__main__":
    if os.geteuid():
        sys.exit("sshd needs root")
    main()
