"""Lengths of time as people write them."""

import pytest

from preflight.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172800), ("1w", 604800), ("0.5s", 0.5), ("90", 90), (90, 90),
     (0.1, 0.1), (" 5M ", 300), ("1.5h", 5400)],
)  # fmt: skip
def test_parse(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "-5s", "0", 0, -1, "5 m", "5mm", "m", "1e3", True, None, [], "1e400", "9" * 20]
)
def test_what_is_no_length_of_time(text: object) -> None:
    with pytest.raises(ValueError, match="should be a length of time above 0, such as 30s, 5m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "30s"), (0.5, "0.5s"), (59.9, "1m"), (60, "1m"), (5400, "1h30m"), (90061, "1d1h1m1s"), (604800, "1w")],
)
def test_format(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize("text", ["30s", "5m", "1h30m", "2d", "1w1s"])
def test_what_is_formatted_reads_back(text: str) -> None:
    assert format_duration(parse_duration(text)) == text
