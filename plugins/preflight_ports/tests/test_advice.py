"""How the reasons read: who blocks, how far packets get, and the rule to ask for."""

from __future__ import annotations

from preflight_ports.observation import Observation
from preflight_ports.tests.said import (
    FAR_ROUTER,
    ROUTER,
    TARGET,
    Case,
    assert_reasons,
    at,
    fared,
    heard,
    one,
    one6,
    ours,
    seen,
)
from tests.reasons import table

FROM = "from 10.0.1.11 (web-1), 10.0.2.21 port 5432: "
FROM6 = "from 2001:db8:1::11 (web-1), 2001:db8:2::21 port 5432: "
LIMITS = "(bash cannot tell refused from rejected, nor who sent it, nor where a drop happens)"
PROHIBITED = "communication administratively prohibited"


@table(
    [
        Case("open", "", one("open")),
        Case("filtered", "", one("filtered"), [f"{FROM}filtered: no answer in 4s"]),
        Case(
            "filtered-after-two-hops",
            "",
            one("filtered", hops=((1, ROUTER), (2, FAR_ROUTER))),
            [f"{FROM}filtered: no answer in 4s; packets get as far as 10.99.2.1, 2 hops away, and no farther"],
        ),
        Case(
            "rejected-by-a-router",
            "",
            one("rejected", by=ROUTER, icmp="3/13", errno="EHOSTUNREACH"),
            [f"{FROM}rejected by 10.99.1.1 (ICMP 3/13, {PROHIBITED})"],
        ),
        Case(
            "rejected-by-the-target",
            "",
            one("rejected", by=TARGET, icmp="3/10"),
            [f"{FROM}rejected by 10.0.2.21 itself (ICMP 3/10, host administratively prohibited)"],
        ),
        Case(
            "rejected-ipv6",
            "",
            one6("rejected", by="2001:db8:99::1", icmp="1/1"),
            [f"{FROM6}rejected by 2001:db8:99::1 (ICMPv6 1/1, {PROHIBITED})"],
        ),
        Case("rejected-unnamed", "", one("rejected", errno="ENOPROTOOPT"), [f"{FROM}rejected (ENOPROTOOPT)"]),
        Case("an-odd-code", "", one("rejected", by=ROUTER, icmp="3/99"), [f"{FROM}rejected by 10.99.1.1 (ICMP 3/99)"]),
        Case("refused", "", one("refused"), [f"{FROM}refused (RST): nothing listens there, or a firewall resets"]),
        Case(
            "no-route",
            "",
            one("unreachable", by=ROUTER, icmp="3/0"),
            [f"{FROM}unreachable, says 10.99.1.1 (ICMP 3/0, network unreachable)"],
        ),
        Case(
            "hop-limit-ipv6",
            "",
            one6("unreachable", by="2001:db8:99::1", icmp="3/0"),
            [f"{FROM6}unreachable, says 2001:db8:99::1 (ICMPv6 3/0, hop limit exceeded: a routing loop)"],
        ),
        Case(
            "dead-neighbour",
            "",
            one("unreachable", by="10.0.1.11", icmp="3/1"),
            [f"{FROM}unreachable: nobody on its own network answers to that address (ARP, neighbour discovery)"],
        ),
        Case("unreachable-unnamed", "", one("unreachable"), [f"{FROM}unreachable (no route to host)"]),
        Case(
            "local-policy",
            "",
            one("local-policy", errno="EACCES"),
            [f"{FROM}local-policy: web-1's own routes or filter stop it (EACCES)"],
        ),
        Case(
            "not-checked",
            "",
            one("not-checked", note="no socket to be had here: Too many open files"),
            [f"not checked: {FROM}no socket to be had here: Too many open files"],
        ),
        Case(
            "several-ports",
            "port: [80, 443-445]",
            seen(at(fared("filtered", "80"), fared("filtered", "443-445"))),
            ["from 10.0.1.11 (web-1), 10.0.2.21 ports 80, 443-445: filtered: no answer in 4s"],
        ),
        Case(
            "udp-silent",
            "port: 123/udp",
            seen(at(fared("silent", "123"), protocol="udp")),
            ["from 10.0.1.11 (web-1), 10.0.2.21 port 123 (UDP): silent: no answer in 4s"],
        ),
        Case(
            "udp-closed",
            "port: 123/udp",
            seen(at(fared("closed", "123"), protocol="udp")),
            [
                "from 10.0.1.11 (web-1), 10.0.2.21 port 123 (UDP): closed (ICMP port unreachable by the host itself): "
                "nothing listens there"
            ],
        ),
    ]
)
def test_what_was_seen(case: Case) -> None:
    assert_reasons(case)


def bash(state: str) -> Observation:
    return seen(at(fared(state)), rung="bash")


@table(
    Case(state, "", bash(state), [f"{FROM.replace(', 10.0.2', ', by bash, 10.0.2')}{said} {LIMITS}"])
    for state, said in {
        "filtered": "filtered: no answer in 4s",
        "refused": "refused (RST): nothing listens there, or a firewall resets",
        "unreachable": "unreachable (no route to host)",
        "local-policy": "local-policy: web-1's own routes or filter stop it (no route, or not permitted)",
    }.items()
)
def test_a_lower_rung_says_what_it_cannot_tell(case: Case) -> None:
    assert_reasons(case)


@table(
    Case(name, "listener: if-free", observation, [said])
    for name, observation, said in [
        ("intercepted", heard("intercepted"),
         f"{FROM}intercepted: something on the way accepted, and our listener on db-1 never saw it"),
        ("mtu-there", heard("mtu-hole", lost="there"),
         f"{FROM}mtu-hole: the connection opens, and segments of full size to db-1 are lost on the way"),
        ("mtu-back", heard("mtu-hole", lost="back"),
         f"{FROM}mtu-hole: the connection opens, and segments of full size from db-1 are lost on the way"),
        ("reset", heard("refused"),
         f"{FROM}refused (RST), although our listener runs there: a firewall answers for db-1"),
        ("reset-service", heard("refused", ours("in-use", answers=True)),
         f"{FROM}refused (RST), although something on db-1 accepts there: a firewall answers for db-1"),
        ("elsewhere", heard("refused", ours("in-use")),
         f"{FROM}refused (RST): something on db-1 has that port, but does not accept at 10.0.2.21"),
        ("failed", heard("refused", ours("failed", note="Permission denied")),
         f"not checked: {FROM}refused, and no listener could run on db-1: Permission denied"),
    ]
)  # fmt: skip
def test_with_a_listener(case: Case) -> None:
    assert_reasons(case)


@table(
    [
        Case(
            "vacuous",
            "expect: blocked",
            one("filtered"),
            [
                f"not checked: {FROM}filtered: no answer in 4s; but nothing shows that web-1 reaches 10.0.2.21 at all, "
                "so this proves nothing"
            ],
        ),
        Case(
            "vacuous-and-no-listener",
            "expect: blocked, listener: if-free",
            heard("filtered", ours("failed", note="Permission denied")),
            [
                f"not checked: {FROM}filtered: no answer in 4s; but no listener could run on db-1: Permission denied, "
                "so this proves nothing"
            ],
        ),
        Case("open", "expect: blocked", one("open"), [f"{FROM}open"]),
    ]
)
def test_blocked(case: Case) -> None:
    assert_reasons(case)
