"""The figure of a rehearsal: what is drawn where, whatever was measured."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.testing import observe_all, parse
from preflight_database.catalogue.model import Server
from preflight_database.load.beyond import scattered_bytes
from preflight_database.load.chart import chart
from preflight_database.load.figure.clock import clock
from preflight_database.load.figure.legend import CHARACTER, LEFT, RIGHT, WIDTH
from preflight_database.load.figure.rates import Course, course
from preflight_database.load.figure.scale import Scale, short, spanning, times
from preflight_database.load.forecast import Bound, Forecast
from preflight_database.load.judge import forecasts_of
from preflight_database.load.kind import LOAD
from preflight_database.load.observation import Arm, Cache, LoadObservation, Order, Repeat, Rung, Step
from preflight_database.load.spec import LoadSpec
from preflight_database.tests.said import DOMAIN, execute

SVG = "{http://www.w3.org/2000/svg}"
MB = 1024**2
LADDER = (25_000, 50_000, 100_000, 200_000)
NOISE = (1.0, 1.06, 0.97)


def spec_of(
    rows: int = 120_000_000,
    until: str = "21:00",
    table: str = "orders",
    more: str = "",
    arms: str = "deferred, present",
) -> LoadSpec:
    """A load that starts at 17:00."""
    text = f"""
allow: [rehearsal]
databases:
  shop:
    url: sqlite:///shop.db
    load:
      table: {json.dumps(table)}
      rows: {rows}
      starts: 2026-12-04T17:00-05:00
      abort_by: 2026-12-04T{until}-05:00
      rehearse: {{scratch: 'sqlite:///scratch.db', arms: [{arms}]}}
      {more}
"""
    (check,) = parse(DOMAIN, text)
    spec: LoadSpec = check.spec
    return spec


def repeats(arm: Arm, rates: Sequence[float], indexed: int, building: float = 0.0) -> tuple[Repeat, ...]:
    """Three, at these rates (rows a second) on as many rungs, with so many bytes of indexes to a row."""
    made = []
    for noise in NOISE:
        ladder = LADDER[-len(rates) :]
        rungs = tuple(
            Rung(at, at // 4, at / 4 / (rate * noise), 0.02, at * 130, at * indexed, at * indexed * (arm == "deferred"))
            for at, rate in zip(ladder, rates, strict=True)
        )
        steps = (Step("index", "orders_customer", 200_000, building * noise, 200_000 * 90),) if building else ()
        made.append(Repeat(arm, rungs, steps))
    return tuple(made)


DEFERRED = repeats("deferred", (21_400, 21_100, 20_900, 20_800), 22, building=2.6)
PRESENT = repeats("present", (9_800, 7_900, 5_600, 3_100), 240, building=0.8)
SEEN = LoadObservation(
    Server("postgresql", "15.18", "me"), True, rows=200_000, sample=200_000,
    indexes=("a", "b", "c", "d", "e"),
    orders=(Order("orders_pkey", True, 0.0), Order("orders_customer", False, 0.5)),
    caches=(Cache("shared_buffers", 16 * MB), Cache("effective_cache_size", 4096 * MB)),
    repeats=(*DEFERRED, *PRESENT),
)  # fmt: skip
NOTHING_CACHED = replace(SEEN, caches=())
ODD = "a<b & \"c\" 'd'\u202e"


def one_rung(arm: Arm, seconds: float, rows: int = 1) -> tuple[Repeat, ...]:
    return tuple(Repeat(arm, (Rung(2 * rows, rows, seconds * noise, 0, 8192, 0, 0),), ()) for noise in NOISE)


CASES: dict[str, tuple[LoadSpec, LoadObservation]] = {
    "lower bounds": (spec_of(), SEEN),
    "intervals": (spec_of(25_000_000, "19:20"), NOTHING_CACHED),
    "an arm that ends far behind the deadline": (spec_of(8_000_000, "17:20"), NOTHING_CACHED),
    "one arm": (spec_of(arms="present"), replace(SEEN, repeats=PRESENT)),
    "the other arm": (spec_of(arms="deferred"), replace(SEEN, repeats=DEFERRED)),
    "one rung": (spec_of(arms="present"), replace(SEEN, repeats=repeats("present", (3_100,), 240))),
    "all rehearsed": (spec_of(200_000, "17:01"), SEEN),
    "more rehearsed than there is": (spec_of(190_000, "17:01"), SEEN),
    "a kept index that is scattered": (spec_of(), replace(SEEN, orders=(Order("orders_pkey", True, 0.5),))),
    "rows that are there already": (spec_of(20_000_000, more="already: 60_000_000"), SEEN),
    "a program that cannot keep up": (spec_of(more="supply: 900"), SEEN),
    "tiny": (spec_of(10), replace(SEEN, rows=3, repeats=one_rung("deferred", 1e-6) + one_rung("present", 1e-6))),
    "huge": (
        spec_of(10**15),
        replace(SEEN, rows=3 * 10**9, repeats=one_rung("deferred", 1e6, 10**9) + one_rung("present", 1e9, 10**9)),
    ),
    "slow": (spec_of(), replace(SEEN, repeats=DEFERRED + repeats("present", (3, 2, 1, 0.5), 240))),
    "a cache with a long name": (
        spec_of(2_000_000),
        replace(SEEN, caches=tuple(Cache("the memory of this machine", n * 40 * MB) for n in (1, 2, 4, 8))),
    ),
    "odd texts": (spec_of(table=ODD), replace(SEEN, unrehearsed=(f"trigger {ODD}\x00\x1b[2J",))),
    "a name of which nothing shows": (spec_of(table="\u202e" * 60), SEEN),
    "a long name": (spec_of(table=f"{'s' * 63}.{'t' * 63}"), SEEN),
}


def drawn(spec: LoadSpec, seen: LoadObservation) -> Element:
    return ElementTree.fromstring(chart(spec, seen))


def texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[LoadSpec, LoadObservation]:
    return CASES[request.param]


def test_it_stands_in_a_page_or_by_itself(case: tuple[LoadSpec, LoadObservation]) -> None:
    text = chart(*case)
    svg = ElementTree.fromstring(text)
    assert text.startswith("<svg ")  # no XML declaration: HTML has none in its midst
    assert (svg.tag, svg.get("role")) == (f"{SVG}svg", "img")
    assert [child.tag.removeprefix(SVG) for child in svg][:2] == ["title", "desc"]  # that is where readers look
    assert not [each for each in svg.iter() if each.get("id")]  # several stand in one page
    assert {each.tag.removeprefix(SVG) for each in svg.iter()} == {
        "svg", "title", "desc", "style", "g", "text", "line", "path", "rect", *(
            {"circle"} if "deferred" in case[0].rehearse.arms else set())}  # fmt: skip
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|href|url\(|@import", text)
    assert chart(*case) == text


def test_all_of_it_is_on_the_page(case: tuple[LoadSpec, LoadObservation]) -> None:
    svg = drawn(*case)
    height = float(svg.get("height", 0))
    for group in svg.findall(f"{SVG}g"):
        top = float(group.get("transform", "").removeprefix("translate(0 ").removesuffix(")"))
        for x, y in corners(group):
            assert 0 <= x <= WIDTH
            assert 0 <= top + y <= height
    for text in svg.iter(f"{SVG}text"):
        start, end = extent(text)
        assert 0 <= start < end <= WIDTH, text.text


def corners(group: Element) -> Iterator[tuple[float, float]]:
    for each in group.iter():
        way = each.get("d", "")
        assert re.fullmatch(r"(M[\d.]+ [\d.]+( L[\d.]+ [\d.]+)*( Z)?)?", way)
        numbers = [float(number) for number in re.findall(r"[\d.]+", way)]
        yield from zip(numbers[::2], numbers[1::2], strict=True)
        for x, y in (("x", "y"), ("x1", "y1"), ("x2", "y2"), ("cx", "cy")):
            if each.get(x):
                yield float(each.get(x, "")), float(each.get(y, ""))


def extent(text: Element) -> tuple[float, float]:
    """Where a text begins and ends, in a wide font."""
    width = len(text.text or "") * CHARACTER * float(text.get("font-size", 13)) / 13
    start = float(text.get("x", 0)) - {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "start")] * width
    return start, start + width


def test_nothing_was_rehearsed() -> None:
    assert chart(spec_of(), LoadObservation(SEEN.server, False)) == ""


def test_what_is_read_aloud() -> None:
    svg = drawn(*CASES["intervals"])
    assert svg.findtext(f"{SVG}title") == "Rehearsal of a load: 25,000,000 rows into orders"
    said = svg.findtext(f"{SVG}desc") or ""
    first, *_, last = re.findall(r"[A-Z].*?\.(?= [A-Z]|$)", said)
    assert re.fullmatch(r"Forecast with the 5 indexes deferred: \w+ to \w+, of it up to \w+ to build them\.", first)
    assert "You have 2h20m." in said
    assert last == "Measured with indexes present: 9.8k rows a second at 25k rows in the table, 3.1k at 200k."
    assert "goes beyond shared_buffers 16 MB." in (drawn(*CASES["lower bounds"]).findtext(f"{SVG}desc") or "")


def test_odd_texts_are_written_as_they_are() -> None:
    svg = drawn(*CASES["odd texts"])
    assert texts(svg)[0] == r"""120,000,000 rows into a<b & "c" 'd'\u202e"""
    assert r"""trigger a<b & "c" 'd'\u202e\x00\x1b[2J is not""" in (svg.findtext(f"{SVG}desc") or "")


def test_it_says_why_there_is_no_upper_bound() -> None:
    assert any(text.startswith("Lower bound with indexes present: its indexes will take") for text in
               texts(drawn(*CASES["lower bounds"])))  # fmt: skip
    assert not any("bound" in text for text in texts(drawn(*CASES["intervals"])))


def test_a_number_stays_with_its_unit() -> None:
    for case in CASES.values():
        assert not [text for text in texts(drawn(*case)) if re.match(r"[kMGT]B\b", text)]


def forecast(low: float, high: float | None, arm: Arm = "deferred") -> Forecast:
    return Forecast(arm, low, high, (0, 0), () if high else (Bound("nobody knows"),), 1)


def bar(one: Forecast, available: float) -> tuple[list[float], bool, bool, float]:
    """Of the bar: where it begins and ends; whether it is closed, and has an arrow; and where the deadline is."""
    elements, _ = clock([one], available)
    (arm,) = (each for each in elements if each.tag == "g")
    (rect,) = (each for each in elements if each.tag == "rect")
    paths = [each.get("d", "") for each in arm if each.tag == "path"]
    arrows = [d for d in paths if d.startswith(f"M{RIGHT} ")]
    bars = [d for d in paths if d not in arrows]
    ends = sorted({float(x) for d in bars for x in re.findall(r"[ML]([\d.]+)", d)})
    return ends, any(d.endswith("Z") for d in bars), bool(arrows), float(rect.get("x", 0))


def test_a_bar_from_low_to_high() -> None:
    ends, closed, arrow, deadline = bar(forecast(7_200, 10_800), 14_400)
    a_second = (deadline - LEFT) / 14_400
    assert ends == [pytest.approx(LEFT + 7_200 * a_second, abs=0.1), pytest.approx(LEFT + 10_800 * a_second, abs=0.1)]
    assert (closed, arrow) == (True, False)


@pytest.mark.parametrize("low", [7_200, 14_400, 30_000])
def test_a_lower_bound_is_open_ended(low: float) -> None:
    (begin, _), closed, arrow, deadline = bar(forecast(low, None), 14_400)
    assert begin == pytest.approx(LEFT + low * (deadline - LEFT) / 14_400, abs=0.1)
    assert (closed, arrow) == (False, True)


def test_what_ends_far_behind_the_deadline_is_cut_off() -> None:
    ends, closed, arrow, _ = bar(forecast(7_200, 900_000), 14_400)
    assert (len(ends), closed, arrow) == (2, False, True)
    for high in (None, 9e9):
        ends, _, arrow, _ = bar(forecast(8e9, high), 14_400)
        assert (ends, arrow) == ([], True)


def test_a_moment_is_seen_as_well() -> None:
    (begin, end), closed, arrow, _ = bar(forecast(1e-6, 2e-6), 14_400)
    assert end - begin == 3
    assert (closed, arrow) == (True, False)


def test_the_plan_is_marked_where_there_is_another() -> None:
    assert "plan" in texts(drawn(*CASES["lower bounds"]))
    assert "plan" not in texts(drawn(*CASES["one arm"]))


def courses(name: str) -> list[Course]:
    spec, seen = CASES[name]
    return [course(one, spec, seen) for one in forecasts_of(spec, seen)]


def test_each_point_and_the_medians() -> None:
    (deferred, present) = courses("lower bounds")
    assert [len(deferred.points), len(present.points)] == [12, 12]
    assert present.points[:3] == tuple(
        (25_000, pytest.approx(9_800 * noise)) for noise in sorted(NOISE, key=NOISE.index)
    )
    assert present.medians == tuple(
        (at, pytest.approx(rate)) for at, rate in zip(LADDER, (9_800, 7_900, 5_600, 3_100), strict=True)
    )


def test_a_band_goes_on_from_the_last_rung_to_the_whole_load() -> None:
    for one in courses("intervals"):
        assert (one.highest[0][0], one.highest[-1][0]) == (200_000, 25_000_000)
        assert (one.lowest[0][0], one.lowest[-1][0]) == (200_000, 25_000_000)
        measured = [rate for at, rate in one.points if at == 200_000]
        assert one.highest[0][1] > max(measured)
        assert one.lowest[0][1] < min(measured)
        assert [rate for _, rate in one.lowest] == sorted((rate for _, rate in one.lowest), reverse=True)


def test_the_band_is_that_of_the_forecast() -> None:
    """Had all rows gone in at its edges, that would have taken as long as the forecast says, or nearly so."""
    spec, seen = CASES["intervals"]
    (_, present) = forecasts_of(spec, seen)
    (_, drawn_present) = courses("intervals")
    assert present.high is not None
    assert spec.rows / drawn_present.highest[-1][1] == pytest.approx(present.low, rel=0.02)
    edges = pairwise((at, 1 / rate) for at, rate in drawn_present.lowest)
    slowest = sum((b - a) * (t + u) / 2 for (a, t), (b, u) in edges)
    assert slowest == pytest.approx(present.high, rel=0.02)


def test_no_lower_edge_where_nothing_bounds_it() -> None:
    for one in courses("lower bounds"):
        assert one.highest
        assert not one.lowest


def test_nothing_is_projected_where_all_was_rehearsed() -> None:
    for one in courses("all rehearsed"):
        assert (one.highest, one.lowest) == ((), ())
    assert {"measured", "projected"}.isdisjoint(texts(drawn(*CASES["all rehearsed"])))
    assert "the whole load" in texts(drawn(*CASES["more rehearsed than there is"]))


def test_caches_are_outgrown_where_the_bytes_cross_them() -> None:
    deferred, present = courses("lower bounds")
    assert deferred.outgrown == ()  # nothing in it is scattered
    assert [name for _, name in present.outgrown] == ["shared_buffers 16 MB", "effective_cache_size 4 GB"]
    for (rows, _), cache in zip(present.outgrown, SEEN.caches, strict=True):
        assert scattered_bytes(PRESENT[0], SEEN, round(rows))[1] == pytest.approx(cache.bytes, rel=1e-3)
    assert "beyond shared_buffers 16 MB" in texts(drawn(*CASES["lower bounds"]))


def test_what_a_program_delivers_and_where_the_load_begins() -> None:
    assert "the program delivers no more" in texts(drawn(*CASES["a program that cannot keep up"]))
    assert "the load begins" in texts(drawn(*CASES["rows that are there already"]))
    assert {"the program delivers no more", "the load begins"}.isdisjoint(texts(drawn(*CASES["lower bounds"])))


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 23_000, 0, 1), [0, 5_000, 10_000, 15_000, 20_000]),
        (Scale(0, 1, 0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (Scale(90, 2_500, 0, 1, True), [100, 200, 500, 1_000, 2_000]),
        (Scale(15_000, 1.2e8, 0, 1, True), [1e5, 1e6, 1e7, 1e8]),
        (Scale(1, 1e15, 0, 1, True), [1, 1e2, 1e4, 1e6, 1e8, 1e10, 1e12, 1e14]),
    ],
)
def test_ticks(scale: Scale, ticks: list[float]) -> None:
    assert scale.ticks() == pytest.approx(ticks)


@given(st.floats(1e-9, 1e15), st.floats(1, 1e18))
def test_a_scale_has_ticks_on_it(least: float, factor: float) -> None:
    scale = spanning([least, least * factor], 100, 0, below=1.6)
    assert scale.logarithmic == (least * factor > 10 * least)
    assert 2 <= len(scale.ticks()) <= 10
    assert all(-1e-6 <= scale.at(tick) <= 100 + 1e-6 for tick in scale.ticks())


@pytest.mark.parametrize(
    ("end", "written"),
    [
        (0.003, [0, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003]),
        (78, [0, 15, 30, 45, 60, 75]),
        (18_720, [0, 3600, 7200, 10_800, 14_400, 18_000]),
        (432_000, [0, 86_400, 172_800, 259_200, 345_600, 432_000]),
        (5e6, [0, 1_209_600, 2_419_200, 3_628_800, 4_838_400]),
    ],
)
def test_lengths_of_time(end: float, written: list[float]) -> None:
    assert times(end) == pytest.approx(written)


@given(st.floats(1e-9, 1e12))
def test_there_are_few_lengths_of_time(end: float) -> None:
    assert 2 <= len(times(end)) <= 7


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.02, "0.02"), (7, "7"), (999, "999"), (2500, "2.5k"), (999_999.9999999, "1M"), (1.2e8, "120M"), (1e15, "1P")],
)
def test_numbers_are_short(number: float, text: str) -> None:
    assert short(number) == text


def test_the_kind_has_a_figure_and_keeps_it_on_its_way_to_another_process() -> None:
    assert LOAD.figure is chart
    assert pickle.loads(pickle.dumps(LOAD)).figure is chart


def test_a_rehearsal_is_kept_with_its_figure(tmp_path: Path) -> None:
    values = ", ".join(f"({number}, {number * 7919 % 3001})" for number in range(3_000))
    execute(f"sqlite:///{tmp_path}/shop.db", "create table orders (id integer primary key, customer integer)",
            "create index orders_customer on orders (customer)", f"insert into orders values {values}")  # fmt: skip
    text = f"""
allow: [rehearsal]
databases:
  shop:
    url: sqlite:///{tmp_path}/shop.db
    load:
      table: orders
      rows: 3000
      already: 0
      starts: 2026-12-04T17:00-05:00
      abort_by: 2026-12-04T21:00-05:00
      rehearse: {{scratch: 'sqlite:///{tmp_path}/scratch.db', batch: 100, record: '{tmp_path}/kept.json'}}
"""
    (check,) = parse(DOMAIN, text)
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    assert isinstance(seen, LoadObservation), seen
    assert (tmp_path / "kept.svg").read_text("utf-8") == chart(check.spec, seen)
    assert texts(drawn(check.spec, seen))[0] == "3,000 rows into orders"
