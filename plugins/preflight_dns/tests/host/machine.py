"""A machine with files and a network of its own: its /etc/hosts, nsswitch.conf and resolv.conf, and its name servers.

The network is a namespace with a loopback only, in which NSD and Unbound answer on port 53. The files are covered in a
mount namespace, for those who run there: over SSH, or a shell with nothing but chosen programs.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_serialises, observe_all, parse
from preflight_dns.host.heard import Heard, read
from preflight_dns.host.program import Wanted, program
from preflight_dns.host.trace import Traced
from preflight_dns.judge import judge
from preflight_dns.observation import HostPath, Lookup, Observation
from preflight_dns.section import RECORD
from preflight_dns.tests.looked import DNS
from tests.lab import netns, nsd, sshd, unbound
from tests.lab.nameserver import NameServer
from tests.lab.process import executable
from tests.lab.sshd import Sshd

RESOLVER, OTHER = "127.0.0.53", "127.0.0.54"  # Unbound, and NSD: whom a misled host asks
SILENT = "127.0.0.99"  # nobody listens
ZONE = """\
$ORIGIN example.test.
$TTL 300
@ SOA ns1 hostmaster 1 7200 3600 1209600 300
@ NS ns1
@ MX 10 mail
@ TXT "v=spf1 -all"
shop A 203.0.113.10
shop A 203.0.113.11
shop AAAA 2001:db8::10
www CNAME shop
far CNAME www
four A 203.0.113.4
db.corp A 203.0.113.21
api.corp A 203.0.113.22
_sip._tcp SRV 10 60 5060 sip
gone CNAME nowhere
chunks TXT "one" "two"
long TXT {long}
""".format(long=" ".join(f'"{letter * 250}"' for letter in "abcdefgh"))
ROOT = "@ 300 SOA ns1.example.test. host 1 7200 3600 1209600 300\n@ 300 NS ns1.example.test.\n"
FILES = {
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\nhosts: files dns\n",
    "resolv.conf": f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n",
}


@dataclass(frozen=True)
class Machine:
    """`files` are those that are covered, by their names in /etc."""

    namespace: netns.Namespace
    folder: Path
    ssh: Sshd

    def say(self, **files: str) -> None:
        """What its files say from now on; the others say what they said at first."""
        for name, text in {**FILES, **{name.replace("_", "."): text for name, text in files.items()}}.items():
            (self.folder / name).write_text(text)

    def check(self, *records: str) -> dict[str, tuple[Observation | NotChecked, list[Finding | NotChecked]]]:
        """What is seen over SSH, and what the judge says of it, by the ids of the checks."""
        checks = parse(DNS, inventory(self.ssh, *records))
        seen = observe_all(RECORD, *(check.spec for check in checks), shared=checks[0].shared)
        return {check.id.removeprefix("dns.record[")[:-1]: (each, _reasons(check, each))
                for check, each in zip(checks, seen, strict=True)}  # fmt: skip

    def told(self, *records: str) -> list[str]:
        """The reasons of all of them, over SSH."""
        return [said(reason) for _, reasons in self.check(*records).values() for reason in reasons]

    def looks_up(self, *names: str, path: str = "/usr/bin:/bin", shell: str = "sh") -> dict[str, Lookup]:
        """`looks_up("shop.example.test/A")`: by a shell here, with no programs but those of a PATH."""
        wanted = [Wanted(*name.rsplit("/", 1)) for name in names]
        rung, queries = program(wanted)
        given = [shell, "-c", rung.source, "sh", "TOKEN", str(len(rung.request))]
        argv = [*_inside(self.namespace, self.folder), executable("env"), "-i", f"PATH={path}", "LC_ALL=C", *given]
        ended = subprocess.run(argv, input=rung.request, capture_output=True, timeout=60, check=True)
        lines = ended.stdout.decode().splitlines()
        assert all(line.startswith("TOKEN ") for line in lines), lines
        setting, heard = read(line.removeprefix("TOKEN ") for line in lines)
        return {
            name: Traced("web-1", each, query, setting, heard.get(number, Heard())).lookup()
            for number, (name, each, query) in enumerate(zip(names, wanted, queries, strict=True))
        }


def inventory(ssh: Sshd, *records: str) -> str:
    host = (
        f"{{address: {ssh.address}, port: {ssh.port}, user: {ssh.user}, identity_file: {ssh.identity}, "
        f"host_key: '{ssh.fingerprint}', groups: [web]}}"
    )
    entries = "".join(f"    - {{{record}}}\n" for record in records)
    return f"hosts: {{web-1: {host}}}\ndns:\n  records:\n{entries}"


def said(reason: Finding | NotChecked) -> str:
    return f"not checked: {reason.reason}" if isinstance(reason, NotChecked) else reason.observed


def path_of(observed: Observation | NotChecked) -> HostPath:
    assert isinstance(observed, Observation), observed
    path = observed.lookups[0].path
    assert path is not None
    return path


def values(lookup: Lookup) -> list[str]:
    """What a host is told; why nothing, if it is not known."""
    (hop,) = lookup.hops
    if hop.unasked:
        return [f"not known: {hop.unasked}"]
    (answer,) = hop.answers
    return sorted(rr.text for rr in answer.rrs if rr.type == lookup.type) or [answer.rcode]


def _reasons(check: Check, observed: Observation | NotChecked) -> list[Finding | NotChecked]:
    if isinstance(observed, NotChecked):
        return [observed]
    assert_serialises(RECORD, observed)
    reasons = list(judge(check.spec, observed))
    for reason in reasons:
        assert reason.next_step, reason
        assert isinstance(reason, NotChecked) or (reason.expected and reason.consequence)
    return reasons


def _covered(folder: Path) -> list[str]:
    """A prefix that has a command see the machine's files."""
    mounts = [f"mount --bind {shlex.quote(str(folder / name))} /etc/{name}" for name in FILES]
    # systemd-resolved of this machine is not that of the other one.
    script = " && ".join([*mounts, "mount -t tmpfs none /run", 'exec "$@"'])
    return [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", script, "sh"]


def _inside(namespace: netns.Namespace, folder: Path) -> list[str]:
    return namespace.wrap(_covered(folder))


@contextmanager
def running(folder: Path) -> Iterator[Machine]:
    """Start the machine, in a folder that other users may look into."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    folder.chmod(0o755)
    with ExitStack() as stack:
        namespace = stack.enter_context(netns.namespace("web-1"))
        with namespace.entered():  # servers that are started in here stay here
            server = stack.enter_context(
                nsd.running({"example.test": ZONE, ".": ROOT}, folder, also=[NameServer(OTHER, 53)])
            )
            dead = NameServer(SILENT, 53)
            stubs = {"example.test": server, "broken.test": dead, ".": server}
            stack.enter_context(unbound.running(stubs, folder, settings=f"interface: {RESOLVER}@53"))
        # Whoever logs in is in that network, too.
        enter = shlex.join([executable("nsenter"), f"--net={namespace.path}", "--", "sh", "-c"])
        own = folder / "sshd"
        own.mkdir()
        prefix = _with_run(_covered(folder))
        ssh = stack.enter_context(
            sshd.running(own, f'ForceCommand exec {enter} "$SSH_ORIGINAL_COMMAND"', prefix=prefix)
        )
        yield Machine(namespace, folder, ssh)


def _with_run(prefix: Sequence[str]) -> list[str]:
    """sshd wants its own folder below /run."""
    *start, script, last = prefix
    return [*start, script.replace('exec "$@"', 'mkdir -m 755 /run/sshd && exec "$@"'), last]
