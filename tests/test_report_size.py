"""A report fits into a mail, whatever there is to show, and says what it had no room for."""

from __future__ import annotations

import pytest

from tests.conftest import Site

MOST_BYTES = 2_000_000


@pytest.mark.parametrize(
    ("outcome", "says", "rows"),
    [
        ("wrong", "ns2.example.com 192.0.2.2: 198.51.100.11 (missing 203.0.113.11; extra 198.51.100.11)", 4),
        ("ok", "ns2.example.com 192.0.2.2: 198.51.100.11, 203.0.113.10", 4),
        ("wrong", "\u00e4\u00f6\u00fc " * 200, 30),
        ("unseen", "a long story " * 100, 1),
    ],
    ids=["all-wrong", "all-right", "large", "unseen"],
)
def test_a_thousand_checks_have_less_than_2_mb(site: Site, outcome: str, says: str, rows: int) -> None:
    checks = (
        f"- {{name: host-{n}.example.com, row: r{n % 30}, is_: {outcome}, rows: {rows}, owner: team-{n % 20}, "
        f"why: nobody can pay, says: '{n} {says}'}}\n"
        for n in range(1000)
    )
    site.write(f"shown:\n{''.join(checks)}")
    site.check("-p", "tests.shown", "-q", "--report", "r.html")
    file = site.path / "r.html"
    assert 100_000 < file.stat().st_size < MOST_BYTES
    text = file.read_text()
    assert text.count('id="check-') == 1000
    if outcome != "unseen":
        assert "had more to show than this file has room for" in text


def test_what_is_wrong_is_drawn_before_what_is_not(site: Site) -> None:
    right = "".join(f"- {{name: a{n}, rows: 60, says: '{'x' * 300}'}}\n" for n in range(60))
    site.write(f"shown:\n{right}- {{name: z, is_: wrong}}\n")
    site.check("-p", "tests.shown", "-q", "--report", "r.html")
    text = (site.path / "r.html").read_text()
    assert "had more to show than this file has room for" in text
    assert "what z says" in text
