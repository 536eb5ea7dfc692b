"""Through the front door: `pytest --inventory` against a zone set whose servers disagree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight.testing import parse
from preflight_dns.tests.looked import DNS, questions
from tests.lab import faults, zones
from tests.lab.dns_lab import DnsLab
from tests.lab.socket_server import FaultyServer

StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
SHOP = "name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"


ARGS = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
ARGS += ["-W", "error"]
ARGS += ["--junitxml", "junit.xml", "--inventory", "lab"]


def write(folder: Path, inventory: str) -> None:
    (folder / "inventories").mkdir(parents=True)
    (folder / "inventories" / "lab.yaml").write_text(textwrap.dedent(inventory), "utf-8")


class Run:
    """`pytest --inventory lab` in a folder: what it printed, and what became of each check."""

    def __init__(self, folder: Path, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.last_line = (out.strip().splitlines() or [""])[-1]
        self.outcomes: dict[str, str] = {}
        self.told: dict[str, str] = {}
        if (folder / "junit.xml").exists():
            for case in ET.parse(folder / "junit.xml").iter("testcase"):
                record = short(case.attrib["name"])
                self.outcomes[record] = next((child.tag for child in case if child.tag != "properties"), "passed")
                self.told[record] = "".join(case.itertext())

    def group(self, heading: str) -> set[str]:
        """The checks listed in the summary under a root cause."""
        lines = iter(self.out.splitlines())
        found = next((line for line in lines if heading in line), None)
        assert found is not None, f"{heading!r} is not in\n{self.out}"
        members = set()
        for line in lines:
            if not line.startswith(" " * 13):
                break
            members.add(short(line.split()[0]))
        assert int(found.partition(heading)[2].split()[0]) == len(members)
        return members


def short(check_id: str) -> str:
    return check_id.removeprefix("dns.record[").removesuffix("]")


@pytest.fixture
def check(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """`check(inventory, *args)` runs pytest in a fresh folder."""
    monkeypatch.setenv("COLUMNS", "300")

    def check(inventory: str, *args: str) -> Run:
        write(pytester.path, inventory)
        result = pytester.runpytest_inprocess(*ARGS, *args)
        return Run(pytester.path, int(result.ret), result.stdout.str(), result.stderr.str())

    return check


# Every record of the zone, as its primary serves it, asked of primary, secondary and an older copy.

DELEGATED = ("child", "lame", "lost", "signed")
STALE_RECORDS = {
    (words[0], next(word for word in words[1:] if not word.isdigit()))
    for words in (line.split() for line in zones.STALE_DIFFERENCES)
}
BESIDES = {
    # Through aliases
    "name: www.example.test, type: A, values: [203.0.113.10, 203.0.113.11], id: www": "failure",
    "name: hop1.example.test, type: A, values: [203.0.113.10, 203.0.113.11], id: hop1": "failure",
    "name: www.example.test, type: CNAME, final: [203.0.113.10, 203.0.113.11, '2001:db8::10'], id: final": "failure",
    "name: outside.example.test, type: A, values: [198.51.100.7], id: outside": "passed",
    "name: into-child.example.test, type: A, values: [203.0.113.60], id: into-child": "passed",
    "name: gone.example.test, type: A, ttl: 300, id: gone": "failure",
    # What is not there, or should not be any more
    "name: nope.example.test, type: A, status: NXDOMAIN": "passed",
    "name: ent.example.test, type: A, status: NODATA": "passed",
    "name: left-over.example.test, type: A, status: NXDOMAIN": "failure",
    "name: new.example.test, type: AAAA, status: NODATA": "failure",
    # Delegations
    "name: www.child.example.test, type: A, values: [203.0.113.60]": "passed",
    "name: www.lame.example.test, type: A, ttl: 300": "failure",
    "name: www.lost.example.test, type: A, ttl: 300": "error",
    # Only one of these two servers is there
    "{SHOP}, ask: ['{lab.primary}', '{lab.dead}'], id: one-dead": "error",
    "{SHOP}, ask: ['{lab.stale}', '{lab.dead}'], id: wrong-and-dead": "failure",
    "name: single.example.test, type: A, values: [203.0.113.21], ask: '{lab.dead}', id: dead": "error",
}


def zone_records() -> dict[str, str]:
    """Each RRset of the zone as an entry of the inventory -> the outcome it must have."""
    zone = dns.zone.from_text(zones.EXAMPLE, relativize=False)
    records = {}
    for name, rdataset in zone.iterate_rdatasets():
        rdtype, owner = dns.rdatatype.to_text(rdataset.rdtype), str(name.relativize(zone.origin))
        if owner.rpartition(".")[2] in DELEGATED and rdtype != "DS":
            continue
        values = [rdata.to_text() for rdata in rdataset]
        entry = {"name": str(name), "type": rdtype, "values": values, "ttl": rdataset.ttl}
        records[json.dumps(entry)[1:-1]] = "failure" if (owner, rdtype) in STALE_RECORDS else "passed"
    return records


@dataclass(frozen=True)
class Whole:
    """A run over the whole zone, and the outcome each check must have."""

    run: Run
    expected: dict[str, str]
    stale: str

    def ids(self, outcome: str) -> list[str]:
        return [record for record, known in self.expected.items() if known == outcome]


@pytest.fixture(scope="module")
def whole(dns_lab: DnsLab, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    records = zone_records() | {entry.format(lab=dns_lab, SHOP=SHOP): outcome for entry, outcome in BESIDES.items()}
    inventory = f"""\
dns:
  resolvers: ["{dns_lab.recursor}"]
  port: {dns_lab.port}
  zones:
    - name: example.test
      servers: {{ns1: "{dns_lab.primary}", ns2: "{dns_lab.secondary}", ns3: "{dns_lab.stale}"}}
    - {{name: other.test, servers: ["{dns_lab.primary}", "{dns_lab.secondary}"]}}
  records:
""" + "".join(f"    - {{{entry}}}\n" for entry in records)
    expected = {short(c.id): outcome for c, outcome in zip(parse(DNS, inventory), records.values(), strict=True)}
    folder = tmp_path_factory.mktemp("whole")
    write(folder, inventory)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    command = [sys.executable, "-m", "pytest", *ARGS, "-v"]
    done = subprocess.run(command, cwd=folder, env=env | {"COLUMNS": "300"}, capture_output=True, text=True, timeout=60)
    return Whole(Run(folder, done.returncode, done.stdout, done.stderr), expected, f"ns3 {dns_lab.stale}")


def test_every_record_has_its_outcome(whole: Whole) -> None:
    assert whole.run.outcomes == whole.expected, whole.run.out + whole.run.err
    assert len(whole.expected) > 70
    assert len(whole.ids("failure")) > len(zones.STALE_DIFFERENCES)


def test_every_difference_of_the_older_copy_is_found_and_laid_to_its_server(whole: Whole) -> None:
    for owner, rdtype in STALE_RECORDS:
        name = "example.test" if owner == "@" else f"{owner}.example.test"
        assert f"observed      {whole.stale}: " in whole.run.told[f"{name}/{rdtype}"]


def test_what_has_one_root_cause_is_shown_together(whole: Whole, dns_lab: DnsLab) -> None:
    differs = whole.run.group(f"{whole.stale} differs from the other servers: ")
    through_aliases = {"www", "hop1", "final"}
    left = {"left-over.example.test/A", "new.example.test/AAAA"}
    names = {f"{'' if owner == '@' else f'{owner}.'}example.test/{rdtype}" for owner, rdtype in STALE_RECORDS}
    assert differs == names | through_aliases | left
    assert whole.run.group(f"{dns_lab.dead} does not answer: blocks ") == {"one-dead", "dead"}
    assert whole.run.group("nowhere.example.test: its name has no address: blocks ") == {"www.lost.example.test/A"}
    assert whole.run.group(f"ns.elsewhere.test 127.0.0.4:{dns_lab.port} answers REFUSED: ") == {
        "www.lame.example.test/A"
    }


def test_a_wrong_answer_beside_no_answer_is_told_with_both_reasons(whole: Whole, dns_lab: DnsLab) -> None:
    told = whole.run.told["wrong-and-dead"]
    assert f"observed      {dns_lab.stale}: 203.0.113.10, 203.0.113.12 (missing 203.0.113.11; " in told
    assert f"not checked   {dns_lab.dead}: connection refused over UDP" in told


def test_a_finding_as_the_operator_reads_it(whole: Whole) -> None:
    told = whole.run.told["new.example.test/A"]
    assert (
        f"expected      A 203.0.113.22, on each of 3 servers\nobserved      {whole.stale}: NXDOMAIN: no such name\n"
        in told
    )
    assert (
        "consequence   whoever happens to ask 1 of 3 servers goes wrong, and caches keep what they were told\n" in told
    )
    assert f"next step     bring {whole.stale} up to date: compare its SOA serial with that of ns1 " in told
    assert "inventory     inventories/lab.yaml:" in told


def test_the_verdict_and_the_last_line(whole: Whole) -> None:
    counts = Counter(whole.expected.values())
    assert whole.run.code == 1
    assert whole.run.last_line == (
        f"PREFLIGHT verdict=NO-GO inventory=lab passed={counts['passed']} failed={counts['failure']} "
        f"not-checked={counts['error']} waived=0 warned=0"
    )


# Verdicts, phases, workers, silence


@pytest.mark.parametrize(
    ("records", "code", "verdict"),
    [
        (["{SHOP}, ask: '{lab.primary}'"], 0, "GO"),
        (["{SHOP}, ask: '{lab.stale}'"], 1, "NO-GO"),
        (["{SHOP}, ask: '{lab.stale}', severity: warning"], 0, "GO-WITH-CONDITIONS"),
        (["{SHOP}, ask: '{lab.dead}'"], 11, "INCOMPLETE"),
        (["{SHOP}, ask: '{lab.dead}', severity: warning", "{SHOP}, ask: '{lab.primary}'"], 11, "INCOMPLETE"),
        (["{SHOP}, ask: '{lab.dead}'", "{SHOP}, ask: '{lab.stale}'"], 1, "NO-GO"),
    ],
)
def test_exit_codes(check: Callable[..., Run], dns_lab: DnsLab, records: list[str], code: int, verdict: str) -> None:
    entries = "".join(f"    - {{{record.format(SHOP=SHOP, lab=dns_lab)}}}\n" for record in records)
    run = check(f"dns:\n  records:\n{entries}")
    assert (run.code, run.last_line.split()[1]) == (code, f"verdict={verdict}"), run.out


def test_what_is_written_wrong_is_told_and_nothing_is_asked(check: Callable[..., Run], faulty: StartFaulty) -> None:
    server = faulty(faults.counting())
    run = check(f"dns:\n  records:\n    - {{{SHOP}, ask: '{server}'}}\n    - {{name: a..b, type: AAA, ttl: 1}}\n")
    assert run.code == 4
    assert "inventories/lab.yaml:4:14: dns.records[1].name: " in run.err
    assert "inventories/lab.yaml:4:26: dns.records[1].type: " in run.err
    assert not server.arrivals


@pytest.mark.parametrize(("phase", "code"), [("before", 0), ("after", 1)])
def test_phases(check: Callable[..., Run], dns_lab: DnsLab, phase: str, code: int) -> None:
    inventory = f"""
        dns:
          zones: [{{name: example.test, servers: ["{dns_lab.primary}"]}}]
          records:
            - name: single.example.test
              type: A
              values: {{before: [203.0.113.21], after: [203.0.113.99]}}
              ttl: {{before: {{max: 300}}}}
            - {{name: new.example.test, type: A, status: NXDOMAIN, phase: after}}
            - {{name: api.example.test, type: A, values: [203.0.113.20]}}
        """
    run = check(inventory, "--phase", phase)
    assert run.code == code, run.out
    after = {"single.example.test/A:after": "failure", "new.example.test/A:after": "failure"}
    assert run.outcomes == ({"single.example.test/A:before": "passed"} if phase == "before" else after) | {
        "api.example.test/A": "passed"
    }


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_each_server_is_asked_each_question_once(
    check: Callable[..., Run], faulty: StartFaulty, args: tuple[str, ...]
) -> None:
    one, two = faulty(faults.counting()), faulty(faults.counting())
    names = [f"h{number}" for number in range(40)]
    entries = "".join(f"    - {{name: {name}.example.test, type: A, status: NXDOMAIN}}\n" for name in names)
    run = check(f"dns:\n  zones: [{{name: example.test, servers: ['{one}', '{two}']}}]\n  records:\n{entries}", *args)
    assert run.code == 0, run.out
    assert len(run.outcomes) == 40
    assert ("2 workers [40 items]" in run.out) == bool(args)
    for server in (one, two):
        assert sorted(questions(server)) == sorted((f"{name}.example.test.", "A", False) for name in names)


def test_a_silent_server_holds_nothing_up(check: Callable[..., Run], dns_lab: DnsLab) -> None:
    well, silent = f"ask: '{dns_lab.primary}'", f"ask: '{dns_lab.blackhole}'"
    entries = "".join(
        f"    - {{name: h{number}.wild.example.test, type: A, values: [203.0.113.50], id: h{number}, "
        f"{well if number % 4 else silent}}}\n"
        for number in range(200)
    )
    run = check(f"dns:\n  records:\n{entries}", "-v", "--budget", "2s")
    reported = [line for line in run.out.splitlines() if line.startswith("inventories/lab.yaml::")]
    assert ["PASSED" in line for line in reported] == [True] * 150 + [False] * 50
    # it would have taken 9 s to know that nobody answers there
    assert run.group("the time budget of this run was spent: blocks ") == {f"h{number}" for number in range(0, 200, 4)}
    assert run.code == 11
    assert run.last_line.endswith("passed=150 failed=0 not-checked=50 waived=0 warned=0")
