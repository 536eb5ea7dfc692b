"""Whatever is typed into a valid inventory: it loads, or it says what is wrong. Nothing else is raised."""

import gc
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.errors import InventoryError
from preflight.inventory import load
from tests import toy
from tests.conftest import Site

VALID = """\
environment: prod
vars: {zone: example.com, boxes: [a, b], deep: {er: "${vars.zone}"}}
cutover:
  name: Phoenix
  opens: 2026-12-04T17:00-05:00
  closes: 2026-12-05T08:00-05:00
hosts:
  web-1: {address: 10.0.1.11, groups: [web], user: deploy, port: 22}
  db-1: &host {address: "10.0.1.21", connection: local, sudo: true}
  db-2: *host
allow: [listener]
toy:
  - {name: "shop.${vars.zone}", owner: net team, why: "flyers\\tare printed", tags: [web]}
  - name: café
    expect: 'it''s "1"'
    says: |
      one
        two
    delay: 0.5
    phase: [before, after]
    needs: ["toy.thing[shop.example.com]"]
  - {<<: {severity: warning, retry: 2}, name: c, timeout: 1m30s}
  - {name: d, mode: {before: ok, after: wrong}}
"""
JUNK = [
    *"\t[]{}:,#&*!|>'\"%@`\\-?$~\n \0\x85\ufeff\u2028é😀",
    "<<: ",
    "- ",
    ": ",
    "${",
    "${vars.",
    "${env:",
    "{{",
    "!!",
]
TOKENS = [
    "null",
    "-1",
    "1e999",
    "0x1F",
    "[]",
    "{}",
    "*host",
    "&host",
    "no",
    "2026-02-30T25:00Z",
    "before: 1",
    "extends: .",
]


def spoil(text: str, chance: random.Random) -> str:
    """Make one or two changes such as a tired person, or a broken editor, makes."""
    for _ in range(chance.choice([1, 1, 2])):
        text = chance.choice(CHANGES)(text or " ", chance)
    return text


def _characters(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(["", text[at] * 2, *JUNK]) + text[at + 1 :]


def _insertion(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(JUNK) * chance.choice([1, 1, 1, 300]) + text[at:]


def _lines(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    moved = chance.choice(lines)
    lines[at : at + 1] = chance.choice([[], [lines[at]] * 2, [moved], ["\t" + lines[at]], ["  " + lines[at]]])
    return "".join(lines)


def _words(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    at = chance.randrange(len(words))
    words[at : at + 1] = chance.choice([[], [words[at]] * 2, [chance.choice(words)], [chance.choice(TOKENS)]])
    return " ".join(words)


def _cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text)) + 1]


CHANGES: list[Callable[[str, random.Random], str]] = [_characters, _characters, _insertion, _lines, _words, _cut]


def test_the_inventory_is_valid_before_anything_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(VALID)
    inventory = load("toy", path, [toy.pytest_preflight_domain()])
    assert len(inventory.checks) == 5
    assert gc.isenabled()  # which a load switches off for its time


def test_200_changed_inventories_load_or_say_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "toy.yaml"
    usable, elsewhere = 0, []
    for seed in range(200):
        path.write_bytes(spoil(VALID, random.Random(seed)).encode())
        try:
            load("toy", path, [toy.pytest_preflight_domain()])
            usable += 1
        except InventoryError as error:
            elsewhere += [problem for problem in error.problems if not str(problem).startswith("toy.yaml:")]
        except Exception as error:
            pytest.fail(f"seed {seed}: {error!r} was raised for\n{path.read_text()}")
    assert elsewhere == []
    assert 20 < usable < 180  # the changes are neither harmless nor all fatal


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_a_changed_inventory_through_the_front_door(site: Site, seed: int) -> None:
    site.write(spoil(VALID, random.Random(seed)))
    result = site.check("--budget", "5s")
    output = result.stdout.str() + result.stderr.str()
    assert result.ret in (0, 1, 4, 5, 11)
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
