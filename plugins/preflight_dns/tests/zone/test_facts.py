"""Where a name leads, from what servers and resolvers said, and what has to be asked for that."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.finding import Finding, NotChecked
from preflight_dns.tests.zone.answered import ZONE, facts, here, reply
from preflight_dns.zone.asked import Reply
from preflight_dns.zone.facts import MOST_ALIASES, Question, Standpoint
from preflight_dns.zone.flaws import Flaw, Note, Said, judged, missing, notes

WWW, OUT = Question(f"www.{ZONE}", "A"), Question("cdn.example.", "A", "resolvers")
TO_CDN = f"www.{ZONE} 300 CNAME CDN.example."


def test_what_is_in_the_zone_is_asked_of_its_servers_and_the_rest_of_the_resolvers() -> None:
    seen = here({})
    seen.look("WWW.example.test.", "A")
    seen.look("cdn.example.", "A", signed=True)
    seen.above("DS")
    assert list(seen.missing) == [
        WWW, Question("cdn.example.", "A", "resolvers", signed=True), Question(ZONE, "DS", "above", signed=True)
    ]  # fmt: skip


def test_an_alias_out_of_the_zone_is_followed_by_the_resolvers_only() -> None:
    """A server is believed within its zone only, whatever else it puts into the answer."""
    answers = {WWW: (reply("ns1", TO_CDN, f"cdn.example. 300 CNAME w.{ZONE}", f"w.{ZONE} 300 A 192.0.2.66"),)}
    first = here(answers)
    assert first.resolve(f"www.{ZONE}", "A").unanswered
    assert list(first.missing) == [OUT]
    answers[OUT] = (reply("r1", "cdn.example. 60 CNAME x.example.", "x.example. 60 A 192.0.2.1", aa=False),)
    found = here(answers).resolve(f"www.{ZONE}", "A")
    assert found.passed == (f"www.{ZONE}", "cdn.example.", "x.example.")
    assert [each.text for each in found.rrs] == ["192.0.2.1"]


def test_an_alias_back_into_the_zone_is_asked_of_its_servers() -> None:
    answers = {
        WWW: (reply("ns1", TO_CDN),),
        OUT: (reply("r1", f"cdn.example. 60 CNAME new.{ZONE}", rcode="NXDOMAIN", aa=False),),
        Question(f"new.{ZONE}", "A"): (reply("ns1", f"new.{ZONE} 300 A 192.0.2.1"),),
    }
    found = here(answers).resolve(f"www.{ZONE}", "A")
    assert not found.gone
    assert [each.text for each in found.rrs] == ["192.0.2.1"]


def test_a_name_that_is_gone_and_one_of_which_nothing_is_known() -> None:
    gone = here({WWW: (reply("ns1", rcode="NXDOMAIN"),)}).resolve(f"www.{ZONE}", "A")
    assert gone.gone
    assert not gone.unanswered
    broken = here({WWW: (reply("ns1", rcode="SERVFAIL"),)}).resolve(f"www.{ZONE}", "A")
    assert not broken.gone
    assert broken.unanswered == "it answers SERVFAIL"
    lame = here({WWW: (reply("ns1", aa=False),)}).resolve(f"www.{ZONE}", "A")
    assert lame.unanswered == "it answers without authority for example.test (lame)"


def test_aliases_that_go_round_come_to_an_end() -> None:
    loop = here({WWW: (reply("ns1", f"www.{ZONE} 300 CNAME w.{ZONE}", f"w.{ZONE} 300 CNAME www.{ZONE}"),)})
    assert loop.resolve(f"www.{ZONE}", "A").loop
    chain = {
        Question(f"n{n}.{ZONE}", "A"): (reply("ns1", f"n{n}.{ZONE} 300 CNAME n{n + 1}.{ZONE}"),)
        for n in range(MOST_ALIASES + 5)
    }
    assert here(chain).resolve(f"n0.{ZONE}", "A").loop


def test_what_is_delegated_is_asked_of_the_resolvers_if_they_see_the_same_zone() -> None:
    """New servers that delegate where the old ones do not: a recursor would remember that there is no such name."""
    answers = {WWW: (reply("ns1", aa=False, authority=(f"www.{ZONE} 300 NS ns.www.{ZONE}",)),)}
    live = here(answers)
    live.look(f"www.{ZONE}", "A")
    assert list(live.missing) == [Question(f"www.{ZONE}", "A", "resolvers")]
    tested = here(answers, live=False)
    assert (
        "refers to the servers of www.example.test, which were not asked" in tested.look(f"www.{ZONE}", "A").unanswered
    )
    assert not tested.missing


def test_the_first_resolver_that_answers_counts() -> None:
    replies = (
        Reply("r1", unanswered="timeout"),
        reply("r2", rcode="SERVFAIL"),
        reply("r3", "cdn.example. 60 A 192.0.2.1"),
    )
    assert here({OUT: replies}).look("cdn.example.", "A").server == "r3"
    assert here({OUT: replies[:2]}).look("cdn.example.", "A").unanswered == "timeout"


def examine(seen: Standpoint) -> Iterator[Said]:
    values = [each.text for each in seen.look(f"www.{ZONE}", "A").answer]
    if values:
        yield Flaw("nothing", f"it has {values[0]}", "take it out", "harm")
        yield Note(f"it had {values[0]}")


def test_what_several_servers_show_is_said_once_with_those_that_show_it() -> None:
    answers = {
        WWW: tuple(reply(server, f"www.{ZONE} 300 A 192.0.2.{host}") for server, host in (("a", 1), ("b", 2), ("c", 1)))
    }
    seen = facts(answers, servers=("a", "b", "c"))
    assert missing(seen, examine) == []
    assert judged(seen, examine) == [
        Finding("nothing", "a, c: it has 192.0.2.1", "take it out", "harm"),
        Finding("nothing", "b: it has 192.0.2.2", "take it out", "harm", "b differs from the other servers"),
    ]
    assert notes(seen, examine) == ["it had 192.0.2.1 (a, c)", "it had 192.0.2.2 (b)"]
    assert judged(seen, examine, why="the flyers")[0].consequence == "the flyers"  # type: ignore[union-attr]
    alone = facts({WWW: answers[WWW][:1]}, servers=("a",))
    assert judged(alone, examine) == [Finding("nothing", "it has 192.0.2.1", "take it out", "harm")]


def test_who_does_not_serve_the_zone_is_named_and_not_listened_to() -> None:
    seen = facts({WWW: (reply("a", f"www.{ZONE} 300 A 192.0.2.1"),)}, servers=("a",))
    soa = seen.soa
    mute = Reply("b", unanswered="no answer", dead=True)
    more = type(soa)(soa.name, soa.type, (*soa.replies, mute, reply("c", rcode="REFUSED")))
    finding, *others = judged(type(seen)(seen.zone, more, seen.at, answered=seen.answered), examine)
    assert isinstance(finding, Finding)
    assert finding.observed == "it has 192.0.2.1"
    assert {type(other) for other in others} == {Finding, NotChecked}
