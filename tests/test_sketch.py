"""What a check has to show in text, in the summary: also when it passes."""

import pytest

from tests.conftest import Site

KINDS = """
    import pytest
    from dataclasses import replace
    from tests import toy

    def sketch(thing, seen, columns, whole):
        if thing.row == "raise":
            raise LookupError(thing.name)
        return [f"{thing.name} says {seen.says}", "all of it" if whole else "-" * columns] if thing.row else []

    @pytest.hookimpl
    def pytest_preflight_domain():
        kind = replace(toy.THING, name="odd.thing", sketch=sketch, cell=None)
        make = lambda things, ground: [toy.Expectation(kind, thing) for thing in things]
        return toy.Domain("odd", "odd", lambda: toy.Section(toy.SECTION.model, (kind,), make))
"""


@pytest.fixture
def odd(site: Site) -> Site:
    site.write(KINDS, "conftest.py")
    return site


@pytest.mark.parametrize("args", [[], ["-n1"]], ids=["", "xdist"])
def test_it_is_shown_whatever_became_of_the_check(odd: Site, args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    odd.write("odd: [{name: a, row: x}, {name: b, row: x, mode: wrong}, {name: c}, {name: d, row: x, mode: dead}]")
    result = odd.check(*args)
    summary = result.stdout.str().partition("preflight: NO-GO")[2]
    assert "\n\nodd.thing[a]\na says 1\n" + "-" * 59 + "\n\nodd.thing[b]\nb says 1\n" in summary.replace("\r", "")
    for nothing_to_show in "\nodd.thing[c]\n", "\nodd.thing[d]\n":
        assert nothing_to_show not in summary


def test_all_of_it_with_v_and_nothing_with_q(odd: Site) -> None:
    odd.write("odd: [{name: a, row: x}]")
    odd.check("-v").stdout.fnmatch_lines(["odd.thing[[]a]", "a says 1", "all of it"])
    odd.check("-q").stdout.no_fnmatch_line("a says 1")


def test_it_is_masked_and_cannot_steer_the_terminal(odd: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "Zebra/9")
    odd.write(r'odd: [{name: a, row: x, says: "${env:PASSWORD} \e[2J\nb"}]')
    odd.check().stdout.fnmatch_lines(["a says [*][*][*] \\x1b[[]2J b"])


def test_an_exception_in_it_is_named_and_takes_nothing_along(odd: Site) -> None:
    odd.write("odd: [{name: a, row: raise}, {name: b, row: x}]")
    result = odd.check()
    result.stdout.fnmatch_lines(
        ["odd.thing[[]a] cannot be shown: its plugin raised LookupError: a (a bug: report it)", "b says 1"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
