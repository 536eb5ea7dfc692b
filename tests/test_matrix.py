"""The table of a kind's checks in the summary: what is open from where, at one look, on any terminal."""

import json
import pickle
import random
from dataclasses import replace

import pytest
from _pytest._io.wcwidth import wcswidth

from preflight.finding import Outcome
from preflight.report.grid import Entry
from preflight.report.matrix import matrix
from tests import toy
from tests.conftest import Site
from tests.test_beside import switch_on

FAILED, NOT_CHECKED, WARNED, WAIVED, PASSED = reversed(Outcome)


def flow(row: str, column: str, says: str = "open", **more: object) -> str:
    """A thing that must be `open`, with its place in the matrix."""
    name = f"{row} to {column} {more.pop('nth', '')}".strip()
    fields = {"name": name, "row": row, "column": column, "says": says, "expect": "open", **more}
    return ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items())


FLOWS = [
    flow("web-1", "db-1:5432"),
    flow("web-1", "queue-1:5672", "filtered"),
    flow("web-2", "db-1:5432"),
    flow("web-2", "queue-1:5672", "filtered"),
    flow("here", "queue-1:5672", "slow", severity="warning"),
    flow("here", "shop.example.com:80,443", mode="dead", box="one"),
]
FLOWS_TABLE = [
    "toy.thing     db-1:5432  queue-1:5672   shop.example.com:80,443",
    "web-1, web-2  open       FAIL filtered  -",
    "here          -          WARN slow      ? not checked",
]


def table(result: pytest.RunResult, title: str = "toy.thing") -> list[str]:
    """The lines from a table's first to the blank line, or lines, before what is no part of it."""
    lines = result.outlines
    first = next((n for n, line in enumerate(lines) if line.startswith(f"{title}  ")), len(lines))
    ends = ("failed  ", "not checked  ", "warned  ", "to act: ", "evidence ", "=", "PREFLIGHT", f"{title}: ")
    last = next((n for n in range(first, len(lines)) if lines[n].startswith(ends)), first)
    return "\n".join(lines[first:last]).rstrip("\n").splitlines()


def test_rows_and_columns_in_the_order_of_the_inventory(site: Site) -> None:
    site.things(*FLOWS)
    result = site.check()
    assert table(result) == FLOWS_TABLE
    lines = result.outlines
    counts = lines.index("inventory toy, phase before: 2 failed, 1 not checked, 1 warned, 2 passed")
    assert lines[counts + 1 : counts + 3] == ["", FLOWS_TABLE[0]]
    assert lines[counts + 5 : counts + 7] == [
        "",
        "failed       toy.thing[web-1 to queue-1:5672]  inventories/toy.yaml:3",
    ]


@pytest.mark.parametrize(
    "things", [["name: a", "name: b"], [flow("web-1", "a"), flow("web-1", "b", "filtered")]], ids=["no", "one"]
)
def test_with_fewer_than_two_rows_there_is_none(site: Site, things: list[str]) -> None:
    site.things(*things)
    assert [line for line in site.check().outlines if line.startswith("toy.thing")] == []


def test_every_way_not_to_be_checked(site: Site) -> None:
    site.things(
        flow("web-1", "a", mode="dead"),
        flow("web-1", "b", mode="judge-raises", box="two"),
        flow("web-2", "a", mode="raises", box="three"),
        flow("web-2", "b", box="four") + ", needs: ['toy.thing[web-1 to a]']",
    )
    result = site.check()
    assert table(result) == [
        "toy.thing  a              b",
        "web-1      ? not checked  ? open",
        "web-2      ? not checked  ? not checked",
    ]


@pytest.mark.parametrize("args", [[], ["-n1"]], ids=str)
def test_what_never_got_its_turn_is_not_checked(site: Site, args: list[str]) -> None:
    site.things(
        flow("web-1", "a", "filtered"), flow("web-2", "a", delay=0.3, box="b"), flow("web-3", "a", phase="after")
    )
    result = site.check("-x", *args)
    assert result.outlines[-1].endswith("passed=0 failed=1 not-checked=1 waived=0 warned=0")
    assert table(result) == ["toy.thing  a", "web-1      FAIL filtered", "web-2      ? not checked"]


def test_what_is_not_part_of_the_run_is_not_in_it(site: Site) -> None:
    site.things(*FLOWS, flow("web-1", "later", phase="after"))
    assert table(site.check("-k", "db-1")) == ["toy.thing     db-1:5432", "web-1, web-2  open"]
    assert table(site.check("--co")) == []


def test_several_checks_in_one_cell(site: Site) -> None:
    site.things(
        flow("web-1", "a"),
        flow("web-1", "a", "filtered", nth=2),
        flow("web-1", "a", "filtered", nth=3),
        flow("web-1", "a", nth=4, mode="dead"),
        flow("web-2", "a"),
        flow("web-2", "a", nth=2),
    )
    assert table(site.check()) == [
        "toy.thing  a",
        "web-1      FAIL filtered x2, ? not checked, open",
        "web-2      open x2",
    ]


def test_verbose_shows_every_row(site: Site) -> None:
    site.things(*FLOWS)
    assert [line.split("  ")[0] for line in table(site.check("-v"))] == ["toy.thing", "web-1", "web-2", "here"]


@pytest.mark.parametrize("args", [["-q"], ["-qq"]], ids=str)
def test_quiet_shows_it_only_where_something_is_not_green(site: Site, args: list[str]) -> None:
    site.things(*FLOWS[::2][:2])
    assert table(site.check()) == ["toy.thing     db-1:5432", "web-1, web-2  open"]
    assert table(site.check(*args)) == []
    site.things(*FLOWS)
    assert table(site.check(*args)) == FLOWS_TABLE


@pytest.mark.parametrize("columns", ["100", "80", "60", "40"])
def test_no_line_is_wider_than_the_terminal(site: Site, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    site.things(*FLOWS, flow("a" * 70, "shop.example.com:80,443", "filtered " * 20))
    shown = table(site.check())
    assert max(map(len, shown)) < int(columns)


def test_it_uses_the_width_there_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.things(*FLOWS)
    widest = max(map(len, FLOWS_TABLE))
    monkeypatch.setenv("COLUMNS", str(widest + 1))  # pytest leaves the last column free as well
    assert table(site.check()) == FLOWS_TABLE
    monkeypatch.setenv("COLUMNS", str(widest))
    assert max(map(len, table(site.check()))) < widest


def test_what_finds_no_room_beside_stands_below(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    site.things(*FLOWS)
    assert table(site.check()) == [
        "toy.thing     db-1:5432  queue-1:5672",
        "web-1, web-2  open       FAIL filtered",
        "here          -          WARN slow",
        "",
        "toy.thing     shop.example.",
        "              com:80,443",
        "web-1, web-2  -",
        "here          ? not checked",
    ]


def test_colours_where_pytest_has_them(site: Site) -> None:
    site.things(*FLOWS)
    shown = "\n".join(site.check("--color=yes").outlines)
    for colour, text in (
        (32, "open"),
        (31, "FAIL filtered"),
        (33, "WARN slow"),
        (33, "? not checked"),
        (1, "db-1:5432"),
    ):
        assert f"  \x1b[{colour}m{text}\x1b[0m" in shown
    assert "web-1, web-2  \x1b" in shown
    assert "\x1b" not in "\n".join(site.check("--color=no").outlines)


def test_a_terminal_that_cannot_show_a_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    site.things(flow("büchern", "a"), flow("web-1", "a", "filtered"))
    assert table(site.check_apart()) == ["toy.thing   a", r"b\xfcchern  open", "web-1       FAIL filtered"]
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    assert table(site.check_apart()) == ["toy.thing  a", "büchern    open", "web-1      FAIL filtered"]


def test_under_xdist_it_is_the_same(site: Site) -> None:
    site.things(*FLOWS)
    assert table(site.check("-n2")) == FLOWS_TABLE


def test_a_worker_that_crashes_leaves_its_check_not_checked(site: Site) -> None:
    site.write("import os\ndef pytest_runtest_setup(item): 'web-1' in item.name and os._exit(1)", "conftest.py")
    site.things(flow("web-1", "a"), flow("web-2", "a", box="two"))
    assert table(site.check_apart("-n1")) == ["toy.thing  a", "web-1      ? not checked", "web-2      open"]


@pytest.mark.parametrize("args", [[], ["-n2"]], ids=str)
def test_the_last_attempt_counts(site: Site, args: list[str]) -> None:
    switch_on(site, "rerunfailures")
    site.things("name: a, row: web-1, column: a, mode: heals", "name: b, row: web-2, column: a, mode: wrong")
    assert table(site.check(*args)) == ["toy.thing     a", "web-1, web-2  FAIL 2"]
    site.log.unlink()
    assert table(site.check("--reruns", "1", *args)) == ["toy.thing  a", "web-1      1", "web-2      FAIL 2"]


@pytest.mark.parametrize("args", [[], ["-n1"], ["-vv", "-rA"], ["--color=yes"]], ids=str)
def test_secrets_are_masked(site: Site, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    monkeypatch.setenv("PASSWORD", "Zebra/9")
    site.things(
        'name: a, row: "u:${env:PASSWORD}@web-1", column: "to ${env:PASSWORD}", says: "${env:PASSWORD}"',
        'name: b, row: web-2, column: "to ${env:PASSWORD}"',
        'name: "c ${env:PASSWORD}", row: nowhere',
        'name: d, row: "${env:PASSWORD}", column: "to ${env:PASSWORD}", phase: before, delay: 0.3, box: b',
    )
    result = site.check(*args)
    assert "ebra" not in result.stdout.str() + result.stderr.str()
    if args in ([], ["-n1"]):
        assert table(result) == [
            "toy.thing    to ***",
            "u:***@web-1  FAIL ***",
            "web-2, ***   1",
        ]
        assert "raised LookupError: no place for c ***" in result.stdout.str()


def test_secrets_are_masked_in_what_never_got_its_turn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "Zebra/9")
    site.things(
        "name: a, row: web-1, column: a, mode: wrong", 'name: b, row: "${env:PASSWORD}", column: a, delay: 0.3, box: b'
    )
    result = site.check("-x")
    assert table(result)[1:] == ["web-1      FAIL 2", "***        ? not checked"]
    assert "ebra" not in result.stdout.str()


def test_what_was_observed_cannot_steer_the_terminal(site: Site) -> None:
    site.things(r'name: a, row: "x\e[2J", column: "y\nz", says: "b\al\u202El\t"', "name: b, row: web-2")
    result = site.check()
    assert table(result)[1:] == ["x\\x1b[2J   FAIL b\\x07l\\u202el  -", "web-2      -                   1"]


def test_an_exception_in_cell_is_named_and_takes_nothing_along(site: Site) -> None:
    site.things(*FLOWS, flow("nowhere", "a"), flow("nowhere", "a", "filtered", nth=2))
    for args in ([], ["-n1"], ["-q"]):
        result = site.check(*args)
        assert result.outlines[-1].endswith("passed=3 failed=3 not-checked=1 waived=0 warned=1")
        assert table(result) == FLOWS_TABLE
        bug = "toy.thing: 1 check cannot be shown in a table: its plugin raised LookupError: no place for nowhere to a"
        result.stdout.fnmatch_lines([f"{bug} (*", f"{bug} 2 *"])
        result.stdout.no_fnmatch_line("*Traceback*")


def test_without_any_table_an_exception_in_cell_is_named_too(site: Site) -> None:
    site.things(flow("nowhere", "a"))
    site.check("-q").stdout.fnmatch_lines(
        ["toy.thing: 1 check cannot be shown in a table: its plugin raised LookupError: *"]
    )


KINDS = """
    import pytest
    from dataclasses import replace
    from tests import toy

    def cell(thing, seen):
        return CELL

    @pytest.hookimpl
    def pytest_preflight_domain():
        kind = replace(toy.THING, name="odd.thing", cell=CALL)
        make = lambda things, ground: [toy.Expectation(kind, thing) for thing in things]
        return toy.Domain("odd", "odd", lambda: toy.Section(toy.SECTION.model, (kind,), make))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(report):
        if hasattr(report, "preflight_cell"):
            print("CELL", report.when, report.preflight_cell)
"""


def test_a_kind_without_cells(site: Site) -> None:
    site.write(KINDS.replace("CALL", "None"), "conftest.py")
    site.write("odd: [{name: a, row: web-1}, {name: b, row: web-2}]")
    result = site.check("-s")
    assert "CELL" not in result.stdout.str()
    assert table(result, "odd.thing") == []
    assert "odd.thing: " not in result.stdout.str()


def test_a_report_carries_its_cell_as_plain_text(site: Site) -> None:
    site.write(KINDS.replace("CALL", "cell").replace("CELL\n", "toy.Cell(1, thing.name, None)\n", 1), "conftest.py")
    site.write("odd: [{name: a}, {name: b, mode: dead}]")
    result = site.check("-s")
    result.stdout.fnmatch_lines_random(
        [
            "*CELL call {'row': '1', 'column': 'a', 'text': 'None'}",
            "*CELL setup {'row': '1', 'column': 'b', 'text': 'None'}",
        ]
    )
    assert result.stdout.str().count("CELL ") == 2


def test_what_is_no_cell_is_a_bug(site: Site) -> None:
    site.write(KINDS.replace("CALL", "cell").replace("CELL\n", "('web-1', 'a', 'open')\n", 1), "conftest.py")
    site.write("odd: [{name: a}, {name: b}]")
    site.check().stdout.fnmatch_lines(
        ["odd.thing: 2 checks cannot be shown in a table: its plugin raised AttributeError: 'tuple'*"]
    )


def test_every_inventory_has_its_own(site: Site) -> None:
    site.things(*FLOWS)
    site.things(*FLOWS[:3:2], flow("other", "db-1:5432", "filtered"), file="inventories/prod.yaml")
    prod = ["prod: toy.thing  db-1:5432", "web-1, web-2     open", "other            FAIL filtered"]
    for args in ([], ["-n2"]):
        result = site.pytest("--inventory", "toy", "--inventory", "prod", *args)
        assert table(result, "toy: toy.thing")[:2] == [
            "toy: toy.thing  db-1:5432  queue-1:5672   shop.example.com:80,443",
            "web-1, web-2    open       FAIL filtered  -",
        ]
        assert table(result, "prod: toy.thing") == prod
    result = site.pytest("--inventory", "toy", "--inventory", "prod", "inventories/prod.yaml")
    assert table(result, "toy: toy.thing") == []
    assert table(result, "prod: toy.thing") == prod


def test_an_inventory_outside_of_the_root(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    site.things(*FLOWS)
    moved = (site.path / "inventories/toy.yaml").rename(folder / "prod.yaml")
    for path in (folder, moved):
        result = site.pytest("--inventory", str(path), f"--rootdir={site.path}", "-c", str(site.path / "pytest.ini"))
        assert table(result) == FLOWS_TABLE


def test_a_large_one_is_reduced_to_what_is_not_green(site: Site) -> None:
    what = "name: {0}-{1}, row: web-{0}, column: {1}, says: {0} ms, expect: {2} ms"
    site.things(*(what.format(n, column, n % 38) for n in range(40) for column in "ab"))
    assert table(site.check()) == [
        "toy.thing  a           b",
        "web-38     FAIL 38 ms  FAIL 38 ms",
        "web-39     FAIL 39 ms  FAIL 39 ms",
        "shown: what is not green, in 2 of 40 rows and 2 of 2 columns (-v shows all)",
    ]
    assert len(table(site.check("-v"))) == 41


def test_a_kind_pickles_with_its_cell() -> None:
    kind = pickle.loads(pickle.dumps(toy.THING))
    assert kind == toy.THING
    assert kind.cell is toy.cell
    assert replace(kind, cell=None).cell is None


# What the layout does, without a run ------------------------------------------------------------------------------


def shown(entries: list[Entry], width: int = 79, **options: bool) -> list[str]:
    return ["".join(text for text, _ in line) for line in matrix("kind", entries, width, **options)]


def entries(*rows: str) -> list[Entry]:
    """`row: text, text!, -` with a column each; `!` failed, `?` not checked, `~` warned, `=` waived, `-` no check."""
    ends = {"!": FAILED, "?": NOT_CHECKED, "~": WARNED, "=": WAIVED}
    made = []
    for row in rows:
        name, _, texts = row.partition(": ")
        for column, text in zip("abcdefghijklmnop", texts.split(", "), strict=False):
            if text != "-":
                outcome = ends.get(text[-1:], PASSED)
                made.append(Entry(name, column, text if outcome is PASSED else text[:-1], outcome))
    return made


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["r: x, y!"], []),
        (["r: x", "s: y!"], ["kind  a", "r     x", "s     FAIL y"]),
        (["r: x?, ?", "s: !, x~", "t: ~, x="], [
            "kind  a     b", "r     ? x   ? not checked", "s     FAIL  WARN x", "t     WARN  waived x"]),
        (["r: x, -", "s: -, y"], ["kind  a  b", "r     x  -", "s     -  y"]),
        (["r: x, x", "s: x, x"], ["kind  a  b", "r, s  x  x"]),
        (["r: x", "s: y", "t: x"], ["kind  a", "r, t  x", "s     y"]),
        (["r: x", "s: x!"], ["kind  a", "r     x", "s     FAIL x"]),
        (["r: x", "s: x~"], ["kind  a", "r     x", "s     WARN x"]),
        (["r: x", "r: x", "s: x"], ["kind  a", "r     x x2", "s     x"]),
        (["r: x", "r: y~", "r: z!", "r: ?", "s: x"], [
            "kind  a", "r     FAIL z, ? not checked, WARN y, x", "s     x"]),
        ([f"r: {n}" for n in range(99)] + ["s: x!"], [
            "kind  a", "r     0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,...", "s     FAIL x"]),
        ([f"w{n}: x" for n in range(30)], ["kind             a", "w0 ... w29 (30)  x"]),
        ([f"w{n}: x{'!' * (n == 7)}" for n in range(30)], [
            "kind                        a",
            "w0 ... w6, w8 ... w29 (29)  x",
            "w7                          FAIL x"]),
        ([f"w{n}: x{'!' * (n % 2)}" for n in range(18)], [
            "kind                             a",
            "w0, w2, w4, w6, w8, w10 ... (9)  x",
            "w1, w3, w5, w7, w9, w11 ... (9)  FAIL x"]),
    ],
)  # fmt: skip
def test_layout(given: list[str], expected: list[str]) -> None:
    assert shown(entries(*given)) == expected


def test_columns_stand_under_their_names() -> None:
    given = [
        Entry("日本", "naïve", "x", PASSED),
        Entry("web-1", "naïve", "yy", FAILED),
        Entry("web-1", "b", "日", PASSED),
    ]
    lines = shown(given)
    assert lines == ["kind   naïve    b", "日本   x        -", "web-1  FAIL yy  日"]


def test_colours_are_those_of_the_worst() -> None:
    given = entries("r: x, y!, z?, u~, v=, -", "s: x, x, x, x, x, x", "r: x, x, x, x, x")
    row = matrix("kind", given, 79)[1]
    assert [style for text, style in row if text.strip()] == ["", "green", "red", "yellow", "yellow", "yellow", ""]


def test_equal_columns_are_one_only_where_there_is_no_room_for_all() -> None:
    given = [Entry(f"r{r}", f"db-{c}", "no" if r == c == 3 else "open", FAILED if r == c == 3 else PASSED)
             for r in range(5) for c in range(12)]  # fmt: skip
    assert shown(given, 120)[0].split() == ["kind", *(f"db-{c}" for c in range(12))]
    assert shown(given, 60) == [
        "kind            db-0, db-1, db-2, db-4    db-3",
        "                ... db-11 (11)",
        "r0, r1, r2, r4  open                      open",
        "r3              open                      FAIL no",
    ]
    assert len(shown(given, 60, whole=True)) > 2 * 6


def test_long_names_can_be_told_apart() -> None:
    near = [f"{'x' * 50}{n}{'y' * 50}" for n in range(2)]
    apart = [f"{n}{'x' * 100}" for n in range(2)]
    for names, cut in ((near, False), (apart, True)):
        lines = shown([Entry(name, "a", name[:3] * n, PASSED) for n, name in enumerate(names, 1)])
        assert ("..." in "".join(lines)) == cut
        for name in names:
            assert (name in "".join(line.split("  ")[0].strip() for line in lines)) == (not cut)


def test_a_huge_one_is_cut_and_says_so() -> None:
    given = [Entry(f"r{r}", f"c{c}", f"{r * c} ms", FAILED if r % 2 and c % 4 else PASSED)
             for r in range(200) for c in range(200)]  # fmt: skip
    lines = shown(given)
    names = {line.split()[0] for line in lines if line}
    assert "r1" in names
    assert not names & {"r0", "r2", "r199"}
    assert len(lines) < 200
    assert " ".join(lines[-2:]) == (
        "shown: the first of what is not green, in 100 of 200 rows and 150 of 200 columns (-v shows all)"
    )
    green = [replace(entry, outcome=PASSED) for entry in given]
    assert shown(green) == ["kind: all green in 200 rows and 200 columns (-v shows all)"]
    whole = {line.split()[0] for line in shown(green, whole=True) if line}
    assert whole == {"kind", *(f"r{n}" for n in range(200))}


def test_where_nothing_is_checked_nothing_is_wrong() -> None:
    given = [Entry(f"r{n}", f"c{n}", "x", FAILED if n in (7, 9) else PASSED) for n in range(40)]
    assert shown(given) == [
        "kind  c7      c9",
        "r7    FAIL x  -",
        "r9    -       FAIL x",
        "shown: what is not green, in 2 of 40 rows and 2 of 40 columns (-v shows all)",
    ]


def test_a_wrapped_name_does_not_look_like_two_rows() -> None:
    given = [Entry(name, "a", name, PASSED) for name in ("web-1.one.two.example", "web-2")]
    assert shown(given, 39) == [
        "kind             a",
        "web-1.one.two.   web-1.one.two.example",
        " example",
        "web-2            web-2",
    ]
    assert shown([replace(given[0], row=f"x {'y' * 15}"), given[1]], 39)[1:3] == [
        "x                web-1.one.two.example",
        " yyyyyyyyyyyyyy",
    ]


@pytest.mark.parametrize("width", [5, 19, 39, 59, 79, 119])
def test_nothing_is_wider_than_asked_for_and_nothing_is_missing(width: int) -> None:
    chance = random.Random(width)

    def text(longest: int) -> str:
        return "".join(chance.choice("ab-.:/, é") for _ in range(chance.randint(1, longest))).strip() or "x"

    def letters(*texts: str) -> int:
        return sum(map(str.isalnum, "".join(texts)))

    marks = {FAILED: "FAIL", WARNED: "WARN", WAIVED: "waived", NOT_CHECKED: "?", PASSED: ""}
    for _ in range(100):
        rows, columns = ({text(60): None for _ in range(chance.randint(3, 6))} for _ in "rc")
        given = [Entry(row, column, text(30), chance.choice(list(Outcome))) for row in rows for column in columns]
        assert max(map(wcswidth, shown(given, width)), default=0) <= width
        lines = shown(given, width, whole=True)
        assert max(map(wcswidth, lines), default=0) <= width
        if len(rows) > 1:
            written = [text for entry in given for text in (marks[entry.outcome], entry.text)]
            blocks = lines.count("") + 1
            assert letters(*lines) == letters(*columns, *written) + blocks * letters("kind", *rows)
