"""What servers call themselves (NSID), and what they say besides of what went wrong (extended errors): real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from preflight.finding import Finding
from preflight_dns.judge import judge
from preflight_dns.observation import Answer
from preflight_dns.tests.looked import look
from preflight_dns.tests.said import ONE, TWO, seen, spec_of
from tests.lab import nsd, unbound
from tests.lab.nameserver import NameServer

ZONE = """\
$ORIGIN example.test.
$TTL 300
@ SOA ns1 hostmaster 1 7200 3600 1209600 300
@ NS ns1
shop A 203.0.113.10
"""
# A key that nobody has: all that is below must be signed with it, and is not.
ANCHOR = f'module-config: "validator iterator"\nede: yes\ntrust-anchor: "example.test. DS 1 13 2 {"ab" * 32}"'
SHOP = "name: shop.example.test, type: A, values: [203.0.113.10]"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NameServer, NameServer]]:
    """One that says who it is, and a resolver that refuses to believe it and says why."""
    folder = tmp_path_factory.mktemp("besides")
    with ExitStack() as stack:
        fra = stack.enter_context(
            nsd.running({"example.test": ZONE}, folder, settings='server:\n  nsid: "ascii_fra-3"')
        )
        stubs = {"example.test": fra, ".": fra}
        yield fra, stack.enter_context(unbound.running(stubs, folder, settings=ANCHOR))


def test_they_come_with_the_answer(servers: tuple[NameServer, NameServer]) -> None:
    fra, resolver = servers
    looks = look(f"{SHOP}, ask: '{fra}', id: fra", f"{SHOP}, ask: '{resolver}', id: resolver")
    (of_fra,), (of_resolver,) = looks.answers("fra"), looks.answers("resolver")
    assert (of_fra.nsid, of_fra.ede) == ("fra-3", ())
    assert of_resolver.rcode == "SERVFAIL"
    assert [error[:5] for error in of_resolver.ede] == ["EDE 9"], of_resolver.ede
    assert looks.reasons("fra") == []
    (reason,) = looks.reasons("resolver")
    assert reason.startswith(
        f"{resolver}: SERVFAIL, as validation fails there: with checking disabled (CD) it answers (EDE 9"
    )


def test_a_finding_says_who_it_was(servers: tuple[NameServer, NameServer]) -> None:
    fra, _ = servers
    looks = look(f"name: shop.example.test, type: A, values: [192.0.2.1], ask: '{fra}', id: wrong")
    (reason,) = looks.reasons("wrong")
    assert reason.startswith(f"{fra} (which calls itself fra-3): 203.0.113.10 (missing 192.0.2.1")


@pytest.mark.parametrize(
    ("one", "two", "observed"),
    [
        ({"nsid": "fra"}, {"nsid": "ams"}, ["both servers: SERVFAIL"]),
        ({"ede": ("EDE 7: signature expired",)}, {"ede": ("EDE 7: signature expired",)},
         ["both servers: SERVFAIL (EDE 7: signature expired)"]),
        ({"ede": ("EDE 7: signature expired", "EDE 22")}, {},
         [f"{ONE}: SERVFAIL (EDE 7: signature expired; EDE 22)", f"{TWO}: SERVFAIL"]),
    ],
)  # fmt: skip
def test_who_they_are_does_not_part_them_and_what_they_say_does(
    one: dict[str, object], two: dict[str, object], observed: list[str]
) -> None:
    answers = (Answer(ONE, "SERVFAIL", **one), Answer(TWO, "SERVFAIL", **two))  # type: ignore[arg-type]
    reasons = judge(spec_of("type: A, values: [192.0.2.10]"), seen(*answers))
    assert [reason.observed for reason in reasons if isinstance(reason, Finding)] == observed


def test_they_are_not_compared() -> None:
    answers = [Answer(name, "SERVFAIL", nsid=name, ede=(name,)) for name in (ONE, TWO)]
    assert judge(spec_of("type: A, status: SERVFAIL"), seen(*answers)) == []
