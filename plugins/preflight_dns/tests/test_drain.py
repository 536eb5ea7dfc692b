"""When have caches let go of what had a longer TTL? From what earlier runs saw, server by server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch, Earlier
from preflight.testing import assert_refused, assert_serialises, parse
from preflight_dns.drain import LONGEST_HELD, MOST_RUNS, Timeline, told
from preflight_dns.drain import timelines as timelines_of
from preflight_dns.drained import deadline, sketch
from preflight_dns.judge import judge
from preflight_dns.observation import Drain, Held, Observation, Sample
from preflight_dns.section import RECORD
from preflight_dns.spec import RecordSpec
from preflight_dns.tests.said import ALIAS, DNS, ONE, TWO, hop, lookups, says, seen, silent

NOW = datetime(2026, 12, 4, 12, tzinfo=UTC)
OPENS = "2026-12-04T17:00-05:00"  # ten hours later
LOW, HIGH, DAY = "www 300 A 192.0.2.10", "www 3600 A 192.0.2.10", "www 86400 A 192.0.2.10"


def at(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def spec_of(ttl: str = "{max: 300}", opens: str = OPENS, more: str = "") -> RecordSpec:
    text = (
        f"{{cutover: {{opens: '{opens}'}}, dns: {{records: [{{name: www.example.com, type: A, ttl: {ttl}{more}}}]}}}}"
    )
    (check,) = parse(DNS, text)
    spec: RecordSpec = check.spec
    return spec


def held(*runs: tuple[float, Observation]) -> list[tuple[str, int, float, float]]:
    """Server, TTL, hours ago that it was seen last, and that it was seen without."""
    timeline = Timeline(spec_of(), 300)
    for ago, observation in runs:
        timeline.add(at(ago), observation)
    hour = timedelta(hours=1)
    return [(each.server, each.ttl, (NOW - each.seen) / hour, (NOW - each.until) / hour) for each in timeline.held(NOW)]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        ([(1, seen(says(ONE, LOW)))], []),
        # Lowered since the last run, or between two of them: it may have been given up to the first run without.
        ([(1, seen(says(ONE, HIGH)))], [(ONE, 3600, 1, 0)]),
        ([(1, seen(says(ONE, LOW))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 1)]),
        ([(1, seen(says(ONE, LOW))), (2, seen(says(ONE, LOW))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 2)]),
        # Each server has its own time.
        (
            [(1, seen(says(ONE, LOW), says(TWO, LOW))), (2, seen(says(ONE, LOW), says(TWO, DAY))),
             (5, seen(says(ONE, DAY), says(TWO, DAY)))],
            [(TWO, 86400, 2, 1), (ONE, 86400, 5, 2)],
        ),
        # In two steps, of which the first counts for longer.
        (
            [(1, seen(says(ONE, LOW))), (2, seen(says(ONE, HIGH))), (5, seen(says(ONE, DAY)))],
            [(ONE, 86400, 5, 2), (ONE, 3600, 2, 1)],
        ),
        # Lowered, raised and lowered again: the last time counts.
        (
            [(1, seen(says(ONE, LOW))), (2, seen(says(ONE, DAY))), (3, seen(says(ONE, LOW))), (9, seen(says(ONE, DAY)))
             ],
            [(ONE, 86400, 2, 1)],
        ),
        # Who does not answer may still give it; who is not asked any more is not asked by others either.
        ([(1, seen(silent(ONE))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 0)]),
        ([(1, seen(says(TWO, LOW))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 1)]),
        ([(1, seen(says(TWO, LOW))), (2, seen(silent(ONE))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 1)]),
        # What has no authority counts down.
        ([(5, seen(says(ONE, HIGH, aa=False)))], []),
        # Other answers of other times: an alias, another value, none.
        ([(1, seen(says(ONE, LOW))), (5, seen(says(ONE, "www 3600 CNAME x.example.com.")))], [(ONE, 3600, 5, 1)]),
        ([(1, seen(says(ONE, rcode="NXDOMAIN"))), (5, seen(says(ONE, HIGH)))], [(ONE, 3600, 5, 1)]),
        (
            [(5, lookups(("A", [hop("www", says(ONE, ALIAS)), hop("shop", says(TWO, "shop 3600 A 192.0.2.10"))])))],
            [(TWO, 3600, 5, 0)],
        ),
        # Under this id stood another record.
        ([(5, seen(says(ONE, "shop 3600 A 192.0.2.10"), name="shop"))], []),
        ([(5, seen(says(ONE, "www 3600 AAAA 2001:db8::1"), rdtype="AAAA"))], []),
    ],
)  # fmt: skip
def test_what_caches_may_hold(
    runs: list[tuple[float, Observation]], expected: list[tuple[str, int, float, float]]
) -> None:
    assert held(*runs) == expected


def test_no_cache_holds_anything_for_longer_than_a_week() -> None:
    timeline = Timeline(spec_of(), 300)
    timeline.add(at(1), seen(says(ONE, "www 2147483647 A 192.0.2.10")))
    assert timeline.held(NOW)[0].ends == NOW + LONGEST_HELD


def test_no_more_runs_are_read_than_it_takes() -> None:
    spec = spec_of()
    for step, expected in (24, 8), (0.01, MOST_RUNS):
        read = []

        def past(_kind: object, _keys: object, step: float = step, read: list[int] = read) -> object:
            for number in range(500):
                read.append(number)
                yield {("i", "a"): Earlier(at(1 + number * step), seen(says(ONE, LOW)))}

        batch = Batch(RECORD, ((("i", "a"), spec),), None, past=past)  # type: ignore[arg-type]
        (timeline,) = timelines_of(batch, NOW, lambda: False).values()
        assert len(read) == expected
        assert timeline.since == at(1 + (expected - 1) * step)


@pytest.mark.parametrize("ttl", ["{min: 60}", "{max: 300, drain: false}"])
def test_where_it_does_not_matter_no_run_is_read(ttl: str) -> None:
    def past(_kind: object, _keys: object) -> object:
        raise AssertionError

    batch = Batch(RECORD, ((("i", "a"), spec_of(ttl)),), None, past=past)  # type: ignore[arg-type]
    assert timelines_of(batch, NOW, lambda: False) == {}


def a_day(until: float, ttl: int = 86400) -> Held:
    return Held(ONE, "www.example.com.", "A", ttl, at(until + 5), at(until), at(until) + timedelta(seconds=ttl))


def reasons(spec: RecordSpec, drain: Drain, *answers: str) -> list[Finding | NotChecked]:
    observation = Observation(seen(says(ONE, *(answers or (LOW,)))).lookups, drain)
    assert_serialises(RECORD, observation)
    return list(judge(spec, observation))


@pytest.mark.parametrize(
    ("answers", "hours"),
    [((LOW,), None), ((HIGH,), 9), ((LOW, DAY), -14), (("www 9000000 A 192.0.2.10",), 10 - 7 * 24)],
)
def test_by_when_to_lower_it(answers: tuple[str, ...], hours: float | None) -> None:
    due = deadline(spec_of(), seen(*(says(ONE, answer) for answer in answers)))
    assert (None if due is None else due.at) == (None if hours is None else NOW + timedelta(hours=hours))
    assert due is None or due.what.startswith("lower the TTLs of ")


def test_lowered_too_late() -> None:
    (finding,) = reasons(spec_of(), Drain(NOW, at(20), (a_day(1),)))
    assert finding == Finding(
        expected="www.example.com A with its old TTL gone from all caches when the window opens, "
        "at 2026-12-04 17:00-05:00",
        observed="safe at 2026-12-05 06:00-05:00, 13h after that\n"
        "ns1.example.com 192.0.2.1: www.example.com A had 86400 s (1d) at 2026-12-04 01:00-05:00, "
        "and was first seen without at 2026-12-04 06:00-05:00",
        next_step="open the window at 2026-12-05 06:00-05:00 or later, or keep what the old answer leads to in service "
        "until then",
        consequence="caches may give out the old answer until 2026-12-05 06:00-05:00, 13h into the window",
        cause="TTLs were lowered too late for a window that opens at 2026-12-04 17:00-05:00",
    )


@pytest.mark.parametrize(
    ("spec", "drain"),
    [
        (spec_of(), Drain(NOW, at(30), (a_day(14),))),  # gone just as it opens
        (spec_of(), Drain(NOW, at(30), (a_day(24),))),
        (spec_of(), Drain(NOW)),
        (spec_of(), Drain(NOW, at(2))),
        (spec_of("{max: 300, drain: false}"), Drain(NOW, at(20), (a_day(1),))),
        (spec_of("{max: 300, drain: true}"), Drain(NOW, at(30), (a_day(20),))),
        (spec_of("{max: 300, drain: true}"), Drain(NOW, at(160))),  # a week before the window, all was well
        (spec_of("{max: 300, drain: true}"), Drain(NOW, None, (), (Sample("10.0.0.53", 300),))),
        (spec_of("{max: 300, drain: true}"), Drain(NOW, None, (), (Sample("10.0.0.53", 35999), Sample("x", 0, "-")))),
        (spec_of(opens="2026-12-04T01:00Z"), Drain(NOW, at(30), (a_day(24.5),))),  # it has been open, and it is over
    ],
)  # fmt: skip
def test_in_time(spec: RecordSpec, drain: Drain) -> None:
    assert reasons(spec, drain) == []


def test_while_it_is_open_it_still_matters() -> None:
    (finding,) = reasons(spec_of(opens="2026-12-04T11:00Z"), Drain(NOW, at(30), (a_day(20),)))
    assert isinstance(finding, Finding)
    assert finding.observed.startswith("safe at 2026-12-04 16:00+00:00, 5h after that")


def test_sampled() -> None:
    drain = Drain(NOW, None, (), (Sample("10.0.0.53", 40000), Sample("10.0.0.54", 200), Sample("x", 0, "dead")))
    (finding,) = reasons(spec_of("{max: 300, drain: true}"), drain)
    assert isinstance(finding, Finding)
    assert finding.observed == (
        "safe at 2026-12-04 18:06-05:00, 1h7m after that\n"
        "sampled: 10.0.0.53 holds it for another 40000 s (11h6m40s), in no earlier run was its TTL seen"
    )


@pytest.mark.parametrize(
    ("drain", "why"),
    [
        (Drain(NOW), "of earlier runs there is none, and no resolver was asked"),
        (
            Drain(NOW, at(3), (), (Sample("10.0.0.53", 0, "no answer"),)),
            "of earlier runs there is none before 2026-12-04 04:00-05:00, and 10.0.0.53: no answer",
        ),
    ],
)
def test_what_has_to_be_known_and_is_not_is_not_checked(drain: Drain, why: str) -> None:
    (reason,) = reasons(spec_of("{max: 300, drain: true}"), drain)
    assert isinstance(reason, NotChecked)
    assert reason.reason == f"how long caches hold www.example.com A is not known: {why}"
    assert reasons(spec_of(), drain) == []


def test_a_ttl_that_is_still_too_long_is_the_finding() -> None:
    (finding,) = reasons(spec_of("{max: 300, drain: true}"), Drain(NOW, at(30), (a_day(0),)), DAY)
    assert isinstance(finding, Finding)
    assert finding.expected == "a TTL of at most 300 s (5m)"
    assert finding.next_step.endswith(
        ": it would be safe at 2026-12-05 07:00-05:00, and the window opens at 2026-12-04 17:00-05:00"
    )


def test_from_when_it_is_safe_is_shown_where_it_has_to_be_known() -> None:
    spec = spec_of("{max: 300, drain: true}", opens="2026-12-06T17:00-05:00")

    def shown(spec: RecordSpec, drain: Drain, whole: bool = False) -> list[str]:
        return sketch(spec, Observation(seen(says(ONE, LOW)).lookups, drain), 80, whole)

    coming = Drain(NOW, at(30), (a_day(1),))
    assert shown(spec, coming) == [
        "safe at 2026-12-05 06:00-05:00, the window opens at 2026-12-06 17:00-05:00: ns1.example.com 192.0.2.1: "
        "www.example.com A had 86400 s (1d) at 2026-12-04 01:00-05:00, and was first seen without at "
        "2026-12-04 06:00-05:00"
    ]
    assert shown(spec, Drain(NOW, None, (), (Sample("10.0.0.53", 9),))) == [
        "safe now by a sample, the window opens at 2026-12-06 17:00-05:00: 10.0.0.53 holds no such answer; of other "
        "caches nobody knows"
    ]
    assert shown(spec, Drain(NOW, at(99), (a_day(60),))) == [
        "safe now, the window opens at 2026-12-06 17:00-05:00: no cache holds an answer from before its TTL was lowered"
    ]
    assert shown(spec_of(), coming) == []
    assert len(shown(spec_of(), coming, whole=True)) == 1
    assert shown(spec_of("{max: 300, drain: false}"), coming, whole=True) == []


def test_who_knows_enough() -> None:
    opens = NOW + timedelta(hours=10)
    assert told(at(1), (a_day(1),), opens)
    assert told(opens - LONGEST_HELD, (), opens)
    assert not told(at(1), (), opens)
    assert not told(None, (), opens)


def test_what_may_not_be_written() -> None:
    record = "dns: {records: [{name: www.example.com, type: A, ttl: "
    assert_refused(DNS, f"{record}»{{max: 5m, drain: true}}}}]}}", "say when, as `cutover: {opens: ...}`")
    opens = f"cutover: {{opens: '{OPENS}'}}\n{record}"
    assert_refused(DNS, f"{opens}»{{min: 5m, drain: true}}}}]}}", "give `max`")
    assert_refused(
        DNS,
        opens.replace("[{name", "[»{name") + "{max: 5m, drain: true}, ask: resolvers}]}",
        "`drain` goes by what the authoritative servers gave",
    )
