"""An inventory that cannot be used ends in exit code 4, with every mistake in it and no traceback."""

import pytest

from tests.conftest import Site


def errors(site: Site, *args: str) -> list[str]:
    """What `pytest --inventory toy` says is wrong, without the name of the file."""
    result = site.check(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    assert "PREFLIGHT verdict" not in result.stdout.str()
    first, *lines = [line for line in result.errlines if line]
    count = f"{len(lines)} problems" if len(lines) > 1 else "1 problem"
    assert first == f"ERROR: inventory toy cannot be used, {count}:"
    return [line.removeprefix("inventories/toy.yaml:").partition("; kinds of check")[0] for line in lines]


def test_all_mistakes_at_once_in_the_order_of_the_file(site: Site) -> None:
    site.write("""
        hosts:
          web-1: {adress: 10.0.1.11, port: 0}
          web-2: 10.0.1.12
        toy:
          - nmae: a
          - {name: 5, mode: wrnog, severity: blocking, phase: befor, retry: 11, timeout: soon}
          - {name: b, tags: x, delay: slow, why: [a], needs: x}
        alow: [listener]
    """)
    assert errors(site) == [
        '2:11: hosts.web-1.adress: unknown key; did you mean "address"?',
        "2:36: hosts.web-1.port: should be greater than or equal to 1, not 0",
        '3:10: hosts.web-2: should be a mapping, not "10.0.1.12"',
        '5:5: toy[0]: "name" is missing',
        '5:5: toy[0].nmae: unknown key; did you mean "name"?',
        "6:12: toy[1].name: should be text, not 5: put it in quotes",
        '6:21: toy[1].mode: "wrnog" is not allowed; did you mean "wrong"?',
        '6:38: toy[1].severity: "blocking" is not allowed; did you mean "blocker"?',
        '6:55: toy[1].phase: "befor" is not allowed; did you mean "before"?',
        "6:69: toy[1].retry: should be less than or equal to 10, not 11",
        "6:82: toy[1].timeout: should be a length of time above 0, such as 30s, 5m or 1h30m",
        '7:21: toy[2].tags: should be a list, not "x"',
        '7:31: toy[2].delay: should be a valid number, not "slow"',
        "7:42: toy[2].why: should be text, not a list",
        '7:54: toy[2].needs: should be a list, not "x"',
        '8:1: alow: no loaded plugin has a section `alow:`; did you mean "allow"?',
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("toy: {name: a}", "1:6: toy: should be a list, not a mapping"),
        ("toy:", "1:5: toy: should be a list, not nothing"),
        ("toy: [a]", '1:7: toy[0]: should be a mapping, not "a"'),
        ("toy: [{name: true}]", "1:14: toy[0].name: should be text, not true"),
        ("toy: [{name: a, tags: [_a]}]", '1:24: toy[0].tags[0]: should be a word for `pytest -m`, of letters, digits, '
         '"_", "." and "-"'),
        ("toy: [{name: a, tags: [web, timeout]}]", "1:29: toy[0].tags[1]: timeout is a mark with a meaning of its own "
         "in pytest: choose another word"),
        ("hosts: []", "1:8: hosts: should be a mapping, not a list"),
        ("hosts: {a: {connection: shh}}", '1:25: hosts.a.connection: "shh" is not allowed; did you mean "ssh"?'),
        ("environment: 5", "1:14: environment: should be text, not 5: put it in quotes"),
        ("toy: [{name: a}, {name: a}]", "1:18: toy.thing[a] is also at inventories/toy.yaml:1:7; "
         "give one of them an `id:` of its own"),
        ("toy: [{name: a, id: x}, {name: b, id: x}]", "1:25: toy.thing[x] is also at inventories/toy.yaml:1:7; "
         "give one of them an `id:` of its own"),
        ("cutover: {opens: 2026-12-04}", "1:18: cutover.opens: should be a date and time with its offset, "
         "such as 2026-12-04T21:00-05:00"),
        ("cutover: {opens: 2026-12-04T17:00}", "1:18: cutover.opens: should be a date and time with its offset, "
         "such as 2026-12-04T21:00-05:00"),
        ("cutover: {opens: 2026-12-04T18:00+01:00, closes: 2026-12-04T17:00Z}", "1:10: cutover: closes "
         "(2026-12-04 17:00:00+00:00) is not after opens (2026-12-04 18:00:00+01:00)"),
        ("toy: [{name: a, needs: ['toy.thing[bb]']}, {name: b}]", "1:7: needs: needs toy.thing[bb], which is "
         'no check here; did you mean "toy.thing[b]"?'),
        ("toy: [{name: a, needs: ['toy.thing[a]']}]", "1:7: needs: toy.thing[a] needs this check in turn: a circle"),
        ("toy: [{name: a, needs: ['toy.thing[b]']}, {name: b, needs: ['toy.thing[a]']}]", "1:43: needs: "
         "toy.thing[a] needs this check in turn: a circle"),
        ("toy: [{name: a]", "1:15: not YAML: did not find expected ',' or '}' (while parsing a flow mapping); "
         "close its bracket, or put a text with any of []{}, in quotes"),
        ("toy: [{name: a, id: a b}]", '1:21: toy[0].id: "a b" does not fit: a word without [ and ], in place of the '
         "target"),
        ("hosts: {a: {host_key: 'SHA256:a'}}", '1:23: hosts.a.host_key: "SHA256:a" does not fit: ssh: strict '
         "(known_hosts has it), accept-new (an unknown one is taken), or SHA256:... (this one)"),
        ("- a", "1:1: an inventory is a mapping of sections, such as `dns:`"),
        ("toy: [{name: '${env:NOT_SET}'}]", "1:14: the environment variable NOT_SET is not set"),
        ("vars: {a: '${env:NO}'}\ntoy: [{name: '${vars.a}'}]", "1:11: the environment variable NO is not set"),
        ("extends: cmmon", "1:10: extends: there is no file or folder inventories/cmmon"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place(site: Site, text: str, error: str) -> None:
    site.write(text)
    assert errors(site) == [error]


def test_a_mistake_makes_no_false_ones(site: Site) -> None:
    site.write("""
        hosts:
          web-1: {adress: 10.0.1.11, groups: [web]}
        ports: {flows: [{from: web, to: web-1, port: 22}]}
        toy: [{name: a, needs: ["ports.flow[web-1->web-1:22]", "toy.thing[b]"]}]
    """)
    assert errors(site) == ['2:11: hosts.web-1.adress: unknown key; did you mean "address"?']
    site.write("""
        hosts:
          web-1: {address: 10.0.1.11, groups: [web]}
        ports: {flows: [{from: web, to: web-2, port: 22}]}
        toy: [{name: a, needs: ["ports.flow[web-1->web-1:22]", "toy.thing[b]"]}]
    """)
    assert errors(site) == [
        '3:33: ports.flows[0].to: there is no host or group "web-2" here; did you mean "web-1"?; a name for the '
        "source to resolve has a dot in it, if only at its end"
    ]


def test_mistakes_in_several_files_are_told_apart(site: Site) -> None:
    site.write("toy: [{nme: a}]", "inventories/toy/b.yaml")
    site.write("extends: ../common\ntoy: [{name: 5}]", "inventories/toy/a.yaml")
    site.write("toy: [{}]", "inventories/common.yaml")
    assert errors(site) == [
        'inventories/common.yaml:1:7: toy[0]: "name" is missing',
        "inventories/toy/a.yaml:2:14: toy[1].name: should be text, not 5: put it in quotes",
        'inventories/toy/b.yaml:1:7: toy[2]: "name" is missing',
        'inventories/toy/b.yaml:1:8: toy[2].nme: unknown key; did you mean "name"?',
    ]


def test_an_unknown_section_names_the_kinds_that_can_be_used(site: Site) -> None:
    site.write("printers: []")
    result = site.check("-p", "no:preflight_dns")
    result.stderr.fnmatch_lines(["*toy.yaml:1:1: printers: *; kinds of check that can be used: *toy.thing*"])
    assert "dns.record" not in result.stderr.str()


@pytest.mark.parametrize(("section", "plugin"), [("toy", "tests.toy"), ("dns", "preflight_dns")])
def test_the_section_of_a_disabled_plugin_is_a_mistake_not_a_skip(site: Site, section: str, plugin: str) -> None:
    site.write(f"hosts: {{}}\n{section}: []")
    (error,) = errors(site, "-p", f"no:{plugin}")
    assert error.startswith(f"2:1: {section}: no loaded plugin has a section `{section}:`; there are: allow, ")


def test_the_plan_and_the_list_of_checks_need_a_usable_inventory_too(site: Site) -> None:
    site.write("toy: [{nme: a}]")
    assert len(errors(site, "--plan")) == len(errors(site, "--co")) == 2
