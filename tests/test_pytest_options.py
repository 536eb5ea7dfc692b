"""pytest's options work on checks as on tests."""

import xml.etree.ElementTree as ElementTree

import pytest

from tests.conftest import Site

THINGS = [
    "name: ok",
    "name: wrong, mode: wrong, severity: blocker",
    "name: dead, mode: dead, box: one",
    "name: heals, mode: heals",
]


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    words = [word.partition("=") for word in result.outlines[-1].split()[3:]]
    return {name: int(number) for name, _, number in words if number != "0"}


def test_last_failed_takes_what_failed_and_what_was_not_checked(site: Site) -> None:
    site.things(*THINGS)
    assert outcomes(site.check()) == {"passed": 1, "failed": 2, "not-checked": 1}
    assert outcomes(site.check("--lf")) == {"passed": 1, "failed": 1, "not-checked": 1}
    assert site.observed() == ["dead", "dead", "heals", "heals", "ok", "wrong", "wrong"]
    assert outcomes(site.check("--lf")) == {"failed": 1, "not-checked": 1}


def test_failed_first_observes_everything(site: Site) -> None:
    site.things(*THINGS)
    site.check()
    assert outcomes(site.check("--ff")) == {"passed": 2, "failed": 1, "not-checked": 1}


def test_collect_only_lists_the_checks_and_observes_nothing(site: Site) -> None:
    site.things(*THINGS, "name: later, phase: after")
    result = site.check("--co", "-q")
    assert result.ret == 0
    assert result.outlines[:4] == [
        f"inventories/toy.yaml::toy.thing[{name}]" for name in ("ok", "wrong", "dead", "heals")
    ]
    assert site.observed() == []
    assert "PREFLIGHT" not in result.stdout.str()


def test_plan_lists_what_would_be_contacted_and_contacts_nothing(site: Site) -> None:
    site.things(*THINGS, "name: later, phase: after")
    site.write("allow: [listener, mail]\n" + (site.path / "inventories/toy.yaml").read_text())
    site.write("def test_own(): pass", "test_own.py")
    for args in ([], ["-n2"]):
        result = site.check("--plan", "inventories", "test_own.py", *args)
        assert result.ret == 0
        result.stdout.fnmatch_lines(
            [
                "plan of inventory toy, phase before: 4 checks; nothing has been run",
                "  box none saying 1, from here, as yourself",
                "      toy.thing[[]ok]",
                "      toy.thing[[]wrong]",
                "      toy.thing[[]heals]",
                "  box one saying 1, from here, as yourself",
                "      toy.thing[[]dead]",
                "  changes on any system: listener, mail",
                "  and 1 Python tests next to the inventory, which contact what their code contacts:",
                "      test_own.py::test_own",
            ]
        )
        assert "PREFLIGHT" not in result.stdout.str()
    assert site.observed() == []


def test_stop_at_the_first_failure(site: Site) -> None:
    site.things("name: wrong, mode: wrong", *(f"name: t{n}, delay: 0.3, box: b" for n in range(3)))
    result = site.check("-x")
    assert result.ret == 1
    assert outcomes(result) == {"failed": 1, "not-checked": 3}
    result.stdout.fnmatch_lines(
        ["not checked  the run ended before its turn: blocks 3 checks", "*stopping after 1 failures*"]
    )


def test_stop_at_the_first_that_could_not_be_checked(site: Site) -> None:
    site.things("name: dead, mode: dead", "name: slow, delay: 0.3, box: b")
    result = site.check("-x")
    assert (result.ret, outcomes(result)) == (11, {"not-checked": 2})


def test_quiet_and_verbose(site: Site) -> None:
    site.things(*THINGS, "name: warned, mode: wrong, severity: warning")
    site.check("-q").stdout.re_match_lines([r"[.FWE]{5} +\[100%\]", "=+ preflight: NO-GO =+"])
    site.check("-v").stdout.fnmatch_lines_random(
        [
            "inventories/toy.yaml::toy.thing[[]ok] PASSED *",
            "inventories/toy.yaml::toy.thing[[]wrong] FAILED *",
            "inventories/toy.yaml::toy.thing[[]dead] ERROR *",
            "inventories/toy.yaml::toy.thing[[]warned] WARNED *",
        ]
    )


def test_durations_are_those_of_the_checks(site: Site) -> None:
    site.things("name: slow, delay: 0.3")
    site.check("--durations=1", "-vv").stdout.fnmatch_lines(["*slowest 1 durations*", "*s setup *toy.thing[[]slow]"])


@pytest.mark.parametrize("workers", [[], ["-n1"]], ids=str)
def test_junit_counts_failed_as_failure_and_not_checked_as_error(site: Site, workers: list[str]) -> None:
    site.things(*THINGS[:3], "name: warned, mode: wrong, severity: warning", "name: again, mode: dead, box: one")
    site.check("--junitxml=junit.xml", *workers)
    suite = ElementTree.parse(site.path / "junit.xml").getroot()[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "2", "skipped": "0",
    }  # fmt: skip
    cases = {case.get("name"): case for case in suite}
    assert sorted(filter(None, cases)) == [f"toy.thing[{name}]" for name in ("again", "dead", "ok", "warned", "wrong")]
    failure, error = cases["toy.thing[wrong]"][0], cases["toy.thing[dead]"][0]
    assert (failure.tag, failure.get("message")) == ("failure", "expected 1; observed 2, by the toy")
    assert "next step     turn it off and on again\ninventory     inventories/toy.yaml:3" in (failure.text or "")
    assert (error.tag, "no answer in 3 tries" in (error.get("message") or "")) == ("error", True)
    assert "switch it on" in (error.text or "")
    warned = cases["toy.thing[warned]"].find("properties/property")
    assert warned is not None
    assert warned.get("value") == "warned: expected 1; observed 2, by the toy"


def test_what_never_got_its_turn_is_in_the_junit_file_and_known_to_last_failed(site: Site) -> None:
    site.things("name: wrong, mode: wrong", "name: slow, delay: 0.3, box: b", "name: needs, needs: ['toy.thing[slow]']")
    result = site.check("-x", "--junitxml=junit.xml")
    assert len([line for line in result.outlines if line.startswith(("ERROR", "FAILED"))]) == 1
    suite = ElementTree.parse(site.path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "2")
    (error,) = suite.findall("testcase[@name='toy.thing[slow]']/error")
    assert error.text == "the run ended before its turn"
    assert outcomes(site.check("--lf")) == {"passed": 2, "failed": 1}


def test_stepwise_goes_on_where_it_stopped(site: Site) -> None:
    site.things("name: ok", "name: heals, mode: heals, box: a, delay: 0.1", "name: later, box: b, delay: 0.2")
    assert outcomes(site.check("--sw")) == {"passed": 1, "failed": 1, "not-checked": 1}
    assert outcomes(site.check("--sw")) == {"passed": 2}


def test_a_run_without_an_inventory_is_a_run_of_pytest(site: Site) -> None:
    site.write("import pytest\ndef test_own(): pass\n@pytest.mark.skip\ndef test_other(): pass", "test_own.py")
    result = site.pytest()
    assert result.ret == 0
    assert "reflight:" not in result.stdout.str()
    assert "PREFLIGHT" not in result.stdout.str()
