"""Which attestations count: a table, without a file and without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight.testing import assert_serialises, spec_of
from preflight_manual.judge import deadline, judge, sketch
from preflight_manual.observation import Attested, Observation, Stranger
from preflight_manual.section import STEP
from preflight_manual.spec import StepSpec

NOW = datetime(2026, 12, 4, 17, tzinfo=UTC)


def said(by: str = "Ada", ago: float = 1, lasts: float = 12, **more: Any) -> Attested:
    """Hours."""
    at = NOW - timedelta(hours=ago)
    fields = {"result": "passed", "note": "", "place": "prod.attested:4"} | more
    return Attested(by, at, at + timedelta(hours=lasts), **fields)


def seen(*attested: Attested, strangers: tuple[Stranger, ...] = ()) -> Observation:
    return Observation(NOW, "inventories/prod.attested", "inventories/prod", attested, strangers)


def step(**fields: Any) -> StepSpec:
    return spec_of(STEP, **({"id": "rollback", "step": "going back was rehearsed"} | fields))


@pytest.mark.parametrize(
    ("fields", "attested"),
    [
        ({}, [said()]),
        ({}, [said(ago=11.9)]),
        ({}, [said(), said(ago=2, result="failed")]),
        ({"by": ["Ada", "Grace"]}, [said("Grace")]),
        ({"by": ["Ada"]}, [said("Jo", result="failed"), said(ago=2)]),
        ({"by": ["Ada"]}, [said("Jo", ago=0.5), said(ago=2)]),
        ({"within": "3d"}, [said(ago=71, lasts=100)]),
        ({}, [said(ago=-1), said()]),
    ],
)
def test_what_counts(fields: dict[str, Any], attested: list[Attested]) -> None:
    assert judge(step(**fields), seen(*attested)) == []


@pytest.mark.parametrize(
    ("fields", "attested", "why"),
    [
        ({}, [], "nobody has attested it"),
        (
            {},
            [said(ago=12)],
            "Ada has said at 2026-12-04 05:00+00:00 that it was done, which held until 2026-12-04 17:00+00:00 "
            "(prod.attested:4)",
        ),
        (
            {"within": "1h30m"},
            [said(ago=2)],
            "Ada has said at 2026-12-04 15:00+00:00 that it was done, longer ago than 1h30m (prod.attested:4)",
        ),
        (
            {},
            [said(ago=13, lasts=1, result="failed")],
            "Ada has said at 2026-12-04 04:00+00:00 that it failed, which held until 2026-12-04 05:00+00:00 "
            "(prod.attested:4)",
        ),
        # What was said last counts, also when it is over: that it was once true does not make it true again.
        ({}, [said("Grace", ago=2, lasts=1), said(ago=3)], "Grace has said at 2026-12-04 15:00+00:00 that it was done, "
         "which held until 2026-12-04 16:00+00:00 (prod.attested:4)"),
        (
            {"by": ["Ada", "Grace"]},
            [said("Jo")],
            "nobody who may has attested it; Jo has (prod.attested:4), who is not one of Ada, Grace",
        ),
        (
            {},
            [said(ago=-1)],
            "nobody who may has attested it; Ada's attestation (prod.attested:4) is of a time to come, "
            "2026-12-04 18:00+00:00",
        ),
    ],
)  # fmt: skip
def test_what_does_not_count(fields: dict[str, Any], attested: list[Attested], why: str) -> None:
    (reason,) = judge(step(**fields), seen(*attested))
    assert isinstance(reason, NotChecked)
    assert reason.reason == f"going back was rehearsed: {why}"


def test_that_it_failed_is_a_finding() -> None:
    (finding,) = judge(step(by=["Ada"]), seen(said(result="failed", note="took 3 h"), said(ago=2)))
    assert finding == Finding(
        expected="going back was rehearsed",
        observed="Ada says at 2026-12-04 16:00+00:00 that it failed: took 3 h",
        next_step="ask Ada; when it is done, `preflight attest inventories/prod rollback --by NAME --for 1d` "
        "(NAME is Ada)",
    )


def test_what_to_write_can_be_pasted() -> None:
    (reason,) = judge(step(id="", step="it's done: $(all) of it", phase=["after"], within="2h"), seen())
    assert isinstance(reason, NotChecked)
    assert reason.next_step == (
        "when it is done, `preflight attest inventories/prod "
        """'it'"'"'s done: $(all) of it:after' --by NAME --for 2h`; """
        "or, below `attested:` in inventories/prod.attested,\n"
        "  - {step: 'it''s done: $(all) of it:after', by: NAME, at: 2026-12-04T17:00Z, until: 2026-12-04T19:00Z}"
    )


def test_an_attestation_of_no_step_is_named() -> None:
    stranger = Stranger("rolback", "Jo", "prod.attested:9", '; did you mean "rollback"?')
    (reason,) = judge(step(), seen(strangers=(stranger,)))
    assert isinstance(reason, NotChecked)
    assert reason.reason.endswith(
        "nobody has attested it; Jo has attested 'rolback' (prod.attested:9), and there is no such step; "
        'did you mean "rollback"?'
    )
    assert judge(step(), seen(said(), strangers=(stranger,))) == []


def test_who_has_said_so_is_shown_if_all_is_asked_for() -> None:
    stranger = Stranger("x", "Jo", "prod.attested:9", "")
    observation = seen(said(note="took 40 m"), strangers=(stranger,))
    assert sketch(step(), observation, 80, False) == []
    assert sketch(step(), observation, 80, True) == [
        "passed, says Ada at 2026-12-04 16:00+00:00, until 2026-12-05 04:00+00:00 (prod.attested:4): took 40 m",
        "Jo has attested 'x' (prod.attested:9), and there is no such step",
    ]


@pytest.mark.parametrize(
    ("attested", "hours"),
    [
        ([said()], 11),
        ([said(lasts=100)], 23),  # not older than a day
        ([said("Jo", ago=0.5), said(ago=2)], 10),
        ([said("Ada", ago=13)], None),
        ([said(result="failed")], None),
        ([], None),
    ],
)
def test_until_when_it_counts(attested: list[Attested], hours: float | None) -> None:
    due = deadline(step(by=["Ada"]), seen(*attested))
    assert (None if due is None else due.at) == (None if hours is None else NOW + timedelta(hours=hours))
    assert due is None or due.what == (
        "whether it still holds: going back was rehearsed; what Ada has said counts until then"
    )


def test_an_observation_is_data() -> None:
    assert_serialises(STEP, seen(said(), strangers=(Stranger("x", "Jo", "p:1", ""),)))
