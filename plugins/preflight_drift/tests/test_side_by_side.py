"""What differs, side by side, as reports show it."""

from __future__ import annotations

import json
from typing import Any

from preflight_drift.tests.environments import Trees

APP = "pool: 20\nhost: db\n"


def table(trees: Trees) -> dict[str, Any]:
    trees.check("--report", "r.json")
    document = json.loads((trees.pytester.path / "r.json").read_text())
    found: dict[str, Any] = document["checks"][0]["table"]
    return found


def test_a_row_for_each_difference(trees: Trees) -> None:
    trees.write({"app.yaml": "pool: 20\nhost: db\n", "new": "x\n"}, {"app.yaml": "host: db\npool: 30\nold: 1\n"})
    trees.prod()
    seen = table(trees)
    assert seen["caption"] == "prod and staging, where they differ"
    assert seen["columns"] == ["what", "prod", "staging", "rule"]
    assert sorted(seen["rows"]) == sorted(
        [
            [trees.at("app.yaml.pool"), "20 (line 1), on web-1", "30 (line 2), on stg-1", ""],
            [trees.at("app.yaml.old"), "not there", "1 (line 3), on stg-1", ""],
            [trees.at("new"), "present, on web-1", "not there", ""],
        ]
    )
    assert seen["wrong"] == [0, 1, 2]


def test_texts_by_the_lines_in_which_they_differ(trees: Trees) -> None:
    trees.write({"notes": "one\ntwo\nfour\n"}, {"notes": "one\nthree\nfour\n"})
    trees.prod()
    assert table(trees)["rows"] == [[trees.at("notes.sha256"), "two", "three", ""]]


def test_the_rule_that_is_broken_is_named(trees: Trees) -> None:
    trees.write({"app.yaml": "pool: 10\n"}, {"app.yaml": "pool: 20\n"})
    trees.prod(f"rules: [{{at: '{trees.at('app.yaml.pool')}', rule: at-least, reason: more customers}}]")
    (row,) = table(trees)["rows"]
    assert row[3].startswith("at-least: more customers (inventories/prod.yaml:")


def test_secrets_are_not_in_it(trees: Trees) -> None:
    trees.write({"app.yaml": "password: Zebra-9-here\n"}, {"app.yaml": "password: Okapi-7-there\n"})
    trees.prod()
    (row,) = table(trees)["rows"]
    assert row[1:3] == ["a secret (line 1), on web-1", "a secret (line 1), on stg-1"]


def test_where_nothing_differs_there_is_no_table(trees: Trees) -> None:
    trees.write({"app.yaml": APP}, {"app.yaml": APP})
    trees.prod()
    assert table(trees) is None
