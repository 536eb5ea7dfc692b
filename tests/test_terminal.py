"""What an operator reads: why, and what to do; every cause once; on any terminal."""

import re

import pytest

from tests.conftest import Site

WRONG = """
    cutover: {name: Phoenix, point_of_no_return: 2020-01-01T00:00Z}
    toy:
    - name: flyer
      mode: wrong
      owner: net team
      why: 100,000 flyers carry this name
      ticket: OPS-17
    - {name: mended, mode: wrong, fix: "call the registrar, then wait for the TTL"}
    - {name: dead, mode: dead, box: one, owner: db team, why: nobody can order}
    - {name: dead too, mode: dead, box: one}
    - {name: needs, needs: ["toy.thing[flyer]"]}
    - {name: fine}
"""


def block(result: pytest.RunResult, name: str) -> list[str]:
    """The lines under the heading of one check, up to the next heading."""
    lines = result.outlines
    start = next(
        n for n, line in enumerate(lines) if re.fullmatch(rf"_+ (ERROR at setup of )?toy\.thing\[{name}\] +_+", line)
    )
    end = next(n for n, line in enumerate(lines[start + 1 :], start + 1) if re.match(r"[_=]{5}", line))
    return lines[start + 1 : end]


def test_a_failure_says_what_is_wrong_and_what_to_do_and_no_traceback(site: Site) -> None:
    site.write(WRONG)
    result = site.check()
    assert block(result, "flyer") == [
        "expected      1",
        "observed      2, by the toy",
        "consequence   100,000 flyers carry this name",
        "next step     turn it off and on again",
        "owner         net team",
        "ticket        OPS-17",
        "inventory     inventories/toy.yaml:3",
    ]
    assert block(result, "mended")[2] == "next step     call the registrar, then wait for the TTL"
    assert block(result, "dead") == [
        "not checked   no answer in 3 tries",
        "next step     switch it on",
        "owner         db team",
        "inventory     inventories/toy.yaml:9",
    ]
    assert "Traceback" not in result.stdout.str()
    assert ".py" not in result.stdout.str()


def test_a_cause_is_explained_once_and_needs_one_line_after_that(site: Site) -> None:
    site.write(WRONG)
    result = site.check()
    assert block(result, "dead too") == [
        "not checked   no answer in 3 tries (as above)",
        "inventory     inventories/toy.yaml:10",
    ]
    lines = iter(result.outlines)
    assert "not checked  box one is off: blocks 2 checks" in lines
    assert next(lines) == "             toy.thing[dead]  [db team]  inventories/toy.yaml:9"
    assert next(lines) == "             toy.thing[dead too]  inventories/toy.yaml:10"
    assert "not checked  toy.thing[flyer] failed: blocks 1 check" in lines


def test_what_is_wrong_is_not_put_under_the_cause_of_what_could_not_be_seen_besides(site: Site) -> None:
    site.things("name: a, mode: half", "name: b, mode: half")
    result = site.check()
    assert "the light is off" not in result.stdout.str()
    result.stdout.fnmatch_lines(["failed       toy.thing?a?  inventories/toy.yaml:2"])


def test_the_summary_says_how_long_until_there_is_no_way_back(site: Site) -> None:
    site.write(WRONG)
    result = site.check()
    result.stdout.re_match_lines([
        "=+ preflight: NO-GO =+",
        r"Phoenix: point of no return 2020-01-01 00:00\+00:00, \d+ days .*ago",
        "inventory toy, phase before: 2 failed, 3 not checked, 1 passed",
    ])  # fmt: skip


def test_of_many_checks_with_one_cause_the_first_are_listed(site: Site) -> None:
    site.things(*(f"name: t{n}, mode: dead, box: one" for n in range(20)))
    result = site.check()
    result.stdout.fnmatch_lines(["not checked  box one is off: blocks 20 checks", "*... and 12 more (-v lists them)"])
    assert "more (-v" not in site.check("-v").stdout.str()


@pytest.mark.parametrize(
    "args",
    [["--tb=no"], ["-qq"], ["--no-summary"], ["--no-header"], ["-r", "N"], ["--tb=native"], ["--full-trace"], ["-s"]],
    ids=str,
)
def test_options_that_show_less_or_more_leave_the_verdict_line_the_last(site: Site, args: list[str]) -> None:
    site.write(WRONG)
    result = site.check(*args)
    assert result.ret == 1
    assert (
        result.outlines[-1] == "PREFLIGHT verdict=NO-GO inventory=toy passed=1 failed=2 not-checked=3 waived=0 warned=0"
    )
    assert ("turn it off and on again" in result.stdout.str()) == (args not in (["--tb=no"], ["--no-summary"]))


def test_without_a_terminal_reporter_the_verdict_remains(site: Site) -> None:
    site.write(WRONG)
    result = site.check_apart("-p", "no:terminal")
    assert result.ret == 1
    assert result.outlines == [
        "PREFLIGHT verdict=NO-GO inventory=toy passed=1 failed=2 not-checked=3 waived=0 warned=0"
    ]
    assert result.errlines == []


LONG = "a sentence of many words that goes on for longer than any terminal is wide, such as operators like to write it"


@pytest.mark.parametrize("columns", ["50", "20", "300"])
def test_on_a_terminal_of_any_width_no_word_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    site.write(f"""
        toy:
        - {{name: a, mode: wrong, why: "{LONG}", owner: {"x" * 70}, expect: "{"word " * 40}"}}
        - {{name: b, mode: dead, box: "{LONG}"}}
    """)
    shown = site.check().stdout.str()
    for word in (*LONG.split(), "x" * 70):
        assert re.search(rf"\b{re.escape(word)}(\s|$)", shown, re.MULTILINE)
    if columns == "50":
        report = shown[shown.index("= FAILURES") : shown.index("= short test summary")]
        longest = [line for line in report.splitlines() if len(line) > 50 and "x" * 70 not in line]
        assert longest == []


def test_text_of_several_lines_keeps_them(site: Site) -> None:
    site.write('toy: [{name: a, mode: wrong, why: "first\\n\\n  second"}]')
    assert block(site.check(), "a")[2:5] == ["consequence   first", " " * 14, " " * 16 + "second"]


@pytest.mark.parametrize(
    ("args", "environment", "coloured"),
    [
        (["--color=yes"], {}, True),
        (["--color=no"], {"FORCE_COLOR": "1"}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {}, False),
    ],
)
def test_colour(
    site: Site, monkeypatch: pytest.MonkeyPatch, args: list[str], environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    site.write(WRONG)
    result = site.check(*args)
    assert ("\x1b[" in result.stdout.str()) == coloured
    assert result.outlines[-1].startswith("PREFLIGHT verdict=NO-GO ")  # for grep: never coloured


def test_what_was_observed_cannot_steer_the_terminal(site: Site) -> None:
    site.write(r'toy: [{name: a, says: "\e[2Jcleared\rbell\a\u202Eright\nleft"}]')
    result = site.check("--color=no", "--junitxml=junit.xml")
    assert block(result, "a")[1:3] == [
        r"observed      \x1b[2Jcleared\rbell\x07\u202eright",
        "              left, by the toy",
    ]
    assert "\x1b" not in result.stdout.str() + (site.path / "junit.xml").read_text()


def test_the_header_says_what_is_checked(site: Site) -> None:
    site.things("name: a", "name: b, phase: after")
    site.check("--phase", "after").stdout.fnmatch_lines(["preflight: inventory toy, phase after, 2 checks (toy.thing)"])


def test_a_wide_character_is_no_trouble(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    site.things('name: "bücher😀", mode: wrong')
    result = site.check_apart()
    assert result.ret == 1
    assert result.outlines[-1].startswith("PREFLIGHT ")
