"""A bug in a plugin is a check that was not checked, with a short trace; it never takes the run down."""

import pytest

from tests.conftest import Site

ADVICE = "next step     this is a bug in the plugin, not in what it checks: report it"


@pytest.mark.parametrize(
    ("mode", "reason", "trace"),
    [
        ("raises", "the probe of toy.thing raised RuntimeError: b fell apart: 1", "*toy.py:* in probe: raise *"),
        ("exits", "the probe of toy.thing raised SystemExit: b left", "*toy.py:* in probe: raise SystemExit*"),
        ("forgets", "the probe of toy.thing gave no observation", ""),
        ("judge-raises", "the judge of toy.thing raised ZeroDivisionError: division by zero", "*toy.py:* in judge: *"),
        ("judge-mumbles", "the judge of toy.thing raised TypeError: 'not a finding' is neither*", ""),
    ],
)
def test_a_bug_in_a_plugin(site: Site, mode: str, reason: str, trace: str) -> None:
    site.things("name: a", f"name: b, mode: {mode}", "name: other, box: two")
    result = site.check()
    assert result.ret == 11
    assert result.outlines[-1].endswith("passed=2 failed=0 not-checked=1 waived=0 warned=0")
    shown = [f"not checked   {reason}", ADVICE, trace, "inventory     inventories/toy.yaml:3"]
    result.stdout.fnmatch_lines([line for line in shown if line])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_what_a_probe_handed_in_before_it_raised_counts(site: Site) -> None:
    site.things("name: a", "name: b, mode: wrong", "name: c, mode: raises", "name: d", "name: e")
    result = site.check()
    assert result.outlines[-1].endswith("passed=1 failed=1 not-checked=3 waived=0 warned=0")
    result.stdout.fnmatch_lines(
        ["not checked  the probe of toy.thing raised RuntimeError: c fell apart: 1: blocks 3 checks"]
    )


def test_a_finding_may_hold_what_is_no_text(site: Site) -> None:
    site.write(
        """
        import pytest
        from dataclasses import replace
        from preflight.finding import Finding
        from tests import toy

        def judge(thing, seen):
            return [Finding(expected=1, observed=["2", thing.password], next_step=None)]

        @pytest.hookimpl
        def pytest_preflight_domain():
            kind = replace(toy.THING, name="odd.thing", judge=judge)
            make = lambda things, ground: [toy.Expectation(kind, thing) for thing in things]
            return toy.Domain("odd", "odd", lambda: toy.Section(toy.SECTION.model, (kind,), make))
        """,
        "conftest.py",
    )
    site.write("odd: [{name: a, password: abc}]")
    result = site.check()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["expected      1", "observed      ?'2', '[*][*][*]'?"])


def test_a_plugin_that_cannot_be_loaded_is_a_mistake_where_it_is_needed(site: Site) -> None:
    site.write(
        """
        import pytest
        from preflight.kind import Domain

        def load():
            import no_such_library

        @pytest.hookimpl
        def pytest_preflight_domain():
            return Domain("odd", "odd", load)
        """,
        "conftest.py",
    )
    site.things("name: a")
    assert site.check().ret == 0
    site.write("toy: []\nodd: []")
    result = site.check()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*toy.yaml:2:1: odd: its plugin cannot be loaded: ModuleNotFoundError: No module named 'no_such_library'"]
    )


def test_two_plugins_for_one_section_are_refused(site: Site) -> None:
    site.write("from tests.toy import Domain, load\ndef pytest_preflight_domain(): return Domain('mine', 'toy', load)",
               "conftest.py")  # fmt: skip
    site.things("name: a")
    result = site.check()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: two plugins offer the section `toy:`: *mine*"])


def test_rendering_what_was_not_checked_costs_no_traceback(site: Site) -> None:
    # pytest renders the traceback of a failed setup, at 0.1 s each; 3,000 checks of a dead server took 12 minutes.
    site.write(
        """
        import pytest

        @pytest.hookimpl(wrapper=True, trylast=True)
        def pytest_runtest_makereport():
            report = yield
            if report.failed:
                print("LONGREPR", len(str(report.longrepr).splitlines()))
            return report
        """,
        "conftest.py",
    )
    site.things("name: a, mode: dead")
    site.check("-s").stdout.fnmatch_lines(["*LONGREPR 1"])
