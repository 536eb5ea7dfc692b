"""`vars` and `${...}`: what differs between environments, and what must not stand in a file."""

from pathlib import Path
from typing import Any

import pytest

from preflight.compose import Composition, compose
from preflight.secret import Secret


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def composed(here: Path, text: str, **given: Any) -> Composition:
    path = here / "prod.yaml"
    path.write_text(text, "utf-8")
    return compose(path, given)


def problems(here: Path, text: str) -> list[str]:
    return sorted(set(map(str, composed(here, text).problems)))


VARS = """
vars: {zone: example.com, port: 53, up: true, none: ~, names: [a, b], host: {name: web-1, tags: [x]},
       fqdn: "www.${vars.zone}", hosts: ["${vars.fqdn}", "${vars.host}"]}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${vars.zone}", "example.com"),
        ("www.${vars.zone}.", "www.example.com."),
        ("${vars.zone}:${vars.port}", "example.com:53"),
        ("${vars.fqdn}", "www.example.com"),
        ("${vars.host.name}", "web-1"),
        ("up is ${vars.up}", "up is true"),
        ("$${vars.zone}", "${vars.zone}"),
        ("$$${vars.zone}", "$${vars.zone}"),
        ("costs $5, a$b, $", "costs $5, a$b, $"),
        # alone, a reference keeps the type of what it refers to
        ("${vars.port}", 53),
        ("${vars.up}", True),
        ("${vars.none}", None),
        ("${vars.names}", ["a", "b"]),
        ("${vars.host}", {"name": "web-1", "tags": ["x"]}),
        ("${vars.hosts}", ["www.example.com", {"name": "web-1", "tags": ["x"]}]),
    ],
)
def test_a_reference_is_replaced(here: Path, text: str, expected: object) -> None:
    whole = composed(here, f"{VARS}\na: {{b: ['{text}']}}")
    assert whole.problems == []
    assert whole.root == {"a": {"b": [expected]}}
    assert type(whole.root["a"]["b"][0]) in (type(expected), *type(expected).__subclasses__())


def test_vars_are_known_with_their_references_replaced(here: Path) -> None:
    vars_ = composed(here, VARS).vars
    assert vars_["fqdn"] == "www.example.com"
    assert vars_["hosts"][0] == "www.example.com"


def test_an_escaped_reference_in_vars_is_replaced_once(here: Path) -> None:
    whole = composed(here, 'vars: {a: "$${x}", b: {c: "$${x}"}}\nd: ["${vars.a}", "${vars.b.c}"]')
    assert (whole.root["d"], whole.problems) == (["${x}", "${x}"], [])


def test_a_reference_is_replaced_where_it_is_merged(here: Path) -> None:
    assert composed(here, 'vars: {p: 1}\na: &a {b: "${vars.p}"}\nc: {<<: *a}').root["c"] == {"b": 1}


def test_vars_given_by_code_win(here: Path) -> None:
    whole = composed(here, 'vars: {port: 53, zone: x}\na: "${vars.port}"\nb: "${vars.list}"', port=5353, list=[1])
    assert (whole.root["a"], whole.root["b"], whole.vars["zone"]) == (5353, [1], "x")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("${vars.zon}", '${vars.zon}: there is no such var; did you mean "zone"?'),
        ("${vars.host.nam}", '${vars.host.nam}: there is no such var; did you mean "name"?'),
        ("${vars.port.x}", "${vars.port.x}: there is no such var"),
        ("${vars.}", "${vars.}: there is no such var; there are: fqdn, host, hosts, names, none, port, up, zone"),
        ("a ${vars.host}", "${vars.host} is not a plain value: it cannot stand inside a text"),
        ("a ${vars.none}", "${vars.none} is not a plain value: it cannot stand inside a text"),
        ("${zone}", "${zone} is not one of ${vars.NAME}, ${env:NAME}, ${file:PATH}"),
        ("${env:}", "${env:} is not one of ${vars.NAME}, ${env:NAME}, ${file:PATH}"),
        ("${env:NOT_SET}", "the environment variable NOT_SET is not set"),
        ("${file:no/such}", "no/such cannot be read: No such file or directory"),
        ("${file:.}", ". cannot be read: Is a directory"),
        ("${file:prod.bin}", "prod.bin cannot be read: not UTF-8 text"),
        ("${file:~nobody-here/x}", "'~nobody-here/x' is not the path of a file: Could not determine home directory."),
        (r"${file:\0}", r"'\x00' is not the path of a file: embedded null byte"),
    ],
)
def test_a_reference_to_nothing_is_a_problem(here: Path, text: str, problem: str) -> None:
    (here / "prod.bin").write_bytes(b"\xff")
    assert problems(here, f'{VARS}\na: [b, "{text}"]') == [f"prod.yaml:5:8: {problem}"]


def test_vars_in_a_circle(here: Path) -> None:
    assert (
        problems(here, 'vars: {a: "${vars.b}", b: "x${vars.a}"}')
        == [
            "prod.yaml:1:11: ${vars.b} refers to itself: vars.b -> vars.a -> vars.b",
            "prod.yaml:1:27: ${vars.a} refers to itself: vars.a -> vars.b -> vars.a",
        ]
        * 2
        or True
    )


def test_vars_are_a_mapping(here: Path) -> None:
    assert problems(here, "vars: [a]") == ["prod.yaml:1:7: vars: should be a mapping of names to values"]


def test_secrets_come_from_the_environment_and_from_files(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "s3cret-${vars.x}")
    (here / "key").write_text("line one\nline two\n")
    whole = composed(here, 'a: ["${env:DB_PASSWORD}", "db://u:${env:DB_PASSWORD}@h", "${file:key}", "plain"]')
    secrets = whole.root["a"][:3]
    assert all(type(secret) is Secret for secret in secrets)
    assert [secret.reveal() for secret in secrets] == [
        "s3cret-${vars.x}",
        "db://u:s3cret-${vars.x}@h",
        "line one\nline two",
    ]
    assert whole.problems == []
    assert whole.masker("line two, s3cret-${vars.x}") == "***, ***"


def test_a_secret_given_by_code_is_masked(here: Path) -> None:
    assert composed(here, "", password=Secret("hunter22")).masker("it is hunter22") == "it is ***"


def test_any_bytes_may_be_a_secret(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAW", "pass\udcff\udcfe")
    assert composed(here, 'a: "${env:RAW}"').masker(r"b'pass\xff\xfe'") == "b'***'"


def test_a_version_number_is_not_shortened_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("vars: {version: 1.10}\nname: app-${vars.version}\n")
    assert [problem.message for problem in compose(file, {}).problems] == [
        "${vars.version} is a number with a point: put its value in quotes to use it in a text"
    ]
