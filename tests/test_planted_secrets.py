"""Twenty secrets of different shapes, each seen by a check, and in nothing that a run prints or writes."""

from __future__ import annotations

import pytest

from preflight.cli import main
from tests.conftest import Site

# The mark in each is what is looked for: it would also show in a form that no one has thought of.
SHAPES = (
    "{}", "pass word {}", '"{}"', "'{}'", "{}\\n\\t", "<b>{}</b>&amp;", "a&b=c?{}#", "100%{}%41", "${{{}}}",
    "{}/../etc",
    "-----BEGIN KEY-----\n{}MIIEvQ\n{}+/==\n-----END KEY-----", "{}" * 300, "gruene-Mäuse-{}-🐭", "\x1b[31m{}\x07",
    "[{}](http://x)", "`{}`|{}|", "(?P<x>.*){}[a-z]+", "{}\r\n", "::error::{}", "UPPER{}lower",
)  # fmt: skip
SECRETS = {f"S{number:02}": shape.replace("{}", f"zq{number:02}ebra") for number, shape in enumerate(SHAPES)}
FILES = ("run.html", "run.md", "run.json", "junit.xml")


@pytest.fixture
def planted(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Each secret is what is expected somewhere, what is seen there instead, and in the reason of a waiver."""
    monkeypatch.delenv("TOY_LOG")
    things, waivers = [], []
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
        reference = f"${{env:{name}}}"
        things.append(f'{{name: {name}, mode: wrong, says: "seen {reference}", expect: "{reference}", owner: o}}')
        things.append(f'{{name: w-{name}, mode: wrong, says: "{reference}", expect: "x {reference}"}}')
        waivers.append(f'{{check: "toy.thing[w-{name}]", reason: "{reference}", approver: "{reference}", ticket: t, '
                       "expires: 2099-01-01T00:00Z}")  # fmt: skip
    lists = {"toy": things, "waivers": waivers}
    site.write("\n".join(f"{key}:\n" + "\n".join(f"- {entry}" for entry in lists[key]) for key in lists))
    return site


def found(texts: dict[str, str]) -> list[str]:
    marks = [f"zq{number:02}ebra" for number in range(len(SHAPES))]
    return [f"{mark} in {name}" for name, text in texts.items() for mark in marks if mark in text.lower()]


def test_none_is_in_what_a_run_leaves_behind(planted: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(SECRETS) == 20
    reports = [f"--report={file}" for file in FILES[:3]]
    result = planted.check("-v", *reports, f"--junitxml={FILES[3]}")
    assert result.outlines[-1].endswith("passed=0 failed=20 not-checked=0 waived=20 warned=0")
    for command in ("status", "verify", "board"):
        main([command, "last"])
    told = capsys.readouterr()
    texts = {file: (planted.path / file).read_text("utf-8") for file in FILES}
    (ledger,) = planted.path.rglob("ledger.jsonl")
    texts |= {"ledger": ledger.read_text("utf-8"), "stdout": result.stdout.str(), "stderr": result.stderr.str()}
    texts |= {"commands": told.out + told.err}
    assert found(texts) == []
    shown = (texts[name].replace("\\", "") for name in (*FILES, "ledger", "stdout"))  # Markdown escapes a star
    assert all("***" in text for text in shown)


def test_the_search_finds_them() -> None:
    assert len(found({"all": " ".join(SECRETS.values()).upper()})) == len(SECRETS)
