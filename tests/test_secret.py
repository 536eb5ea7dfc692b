"""A secret shows itself to nobody who does not ask for it by `reveal()`."""

import base64
import copy
import json
import pickle
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from preflight.secret import Masker, Secret

SECRET = Secret("hunter2")


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET:>10}",
        f"{SECRET!r}",
        "%s" % SECRET,  # noqa: UP031
        "{}".format(SECRET),  # noqa: UP032
        repr([SECRET]),
        repr({"password": SECRET}),
    ],
)
def test_it_is_masked_wherever_it_is_shown(shown: str) -> None:
    assert "***" in shown
    assert "hunter2" not in shown


def test_it_is_the_text_it_holds() -> None:
    assert SECRET == "hunter2"
    assert SECRET.reveal() == "hunter2"
    assert type(SECRET.reveal()) is str
    assert SECRET.encode() == b"hunter2"


@pytest.mark.parametrize("copied", [pickle.loads(pickle.dumps(SECRET)), copy.copy(SECRET), copy.deepcopy([SECRET])[0]])
def test_it_stays_a_secret_when_it_is_copied_or_sent_elsewhere(copied: Secret) -> None:
    assert type(copied) is Secret
    assert (repr(copied), copied.reveal()) == ("'***'", "hunter2")


def masked(secret: str, text: str) -> str:
    masker = Masker()
    masker.learn(Secret(secret))
    return masker(text)


AWKWARD = "pä s/w+\"ö'r\\d&<1>"


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD,
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        quote_plus(AWKWARD),
        json.dumps(AWKWARD)[1:-1],
        json.dumps(AWKWARD, ensure_ascii=False)[1:-1],
        repr(AWKWARD)[1:-1],
        repr(AWKWARD.encode())[2:-1],
        "pä s/w+&quot;ö&#x27;r\\d&amp;&lt;1&gt;",
        quote(quote(AWKWARD, safe=""), safe=""),
        quote(AWKWARD, safe="").lower(),
        json.dumps(AWKWARD)[1:-1].replace("/", r"\/"),
        AWKWARD.encode().hex(),
        AWKWARD.encode().hex().upper(),
        AWKWARD.upper(),
    ],
)
def test_it_is_masked_in_every_form_it_takes(form: str) -> None:
    assert masked(AWKWARD, f"postgres://u:{form}@db-1/x?y={form}") == "postgres://u:***@db-1/x?y=***"


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("hunter2", "hunter2hunter2", "******"),
        ("hunter2\n", "it is hunter2.", "it is ***."),
        ("-----BEGIN\nMIIEpAIB\nab\n", "read MIIEpAIB and ab", "read *** and ab"),  # each line of a key file
        ("db1", "db1 is up", "db1 is up"),  # too short: half a report would be blotted out
    ],
)
def test_masking(secret: str, text: str, expected: str) -> None:
    assert masked(secret, text) == expected


PASSWORD = "Zebra/9+Xylophon~17"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "u:", "me:", "user:"])
@pytest.mark.parametrize("after", ["", "\n", ":x", "@db-1/shop"])
def test_it_is_masked_in_what_was_encoded_in_base64(encode: Callable[[bytes], bytes], before: str, after: str) -> None:
    coded = encode(f"{before}{PASSWORD}{after}".encode()).decode()
    shown = masked(PASSWORD, f"Authorization: Basic {coded}")
    assert shown.startswith("Authorization: Basic ")
    left = shown.removeprefix("Authorization: Basic ")
    assert "***" in left
    # What is left are the bytes around it, and the bits that it shares a letter with them.
    assert len(left.replace("***", "").rstrip("=")) <= (len(before) + len(after)) * 8 / 6 + 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zebra/9\n+Xylophon~17", "***"),
        ("Zebra/9+Xylo\r\n      phon~17: refused", "***: refused"),
        ("Z\ne\nbra/9+Xylophon~\n17", "***"),
        ("line\nZebra%2F9%2BXylo\n  phon~17\nline", "line\n***\nline"),
        ("line\nZebra/9 +Xylophon~17", "line\nZebra/9 +Xylophon~17"),  # it is not broken by a line
    ],
)
def test_it_is_masked_where_lines_break_in_it(text: str, expected: str) -> None:
    assert masked(PASSWORD, text) == expected


def test_a_secret_of_several_words_is_masked_where_a_line_breaks_between_them() -> None:
    assert masked("correct horse battery", "it is correct\n    horse battery.") == "it is ***."


@pytest.mark.parametrize("text", ["the da\nta", "QUJDREU=", "65787465726e616c"])
def test_what_is_short_is_not_looked_for_in_pieces(text: str) -> None:
    assert masked("data", text) == text


def test_a_longer_secret_is_masked_before_one_that_it_contains() -> None:
    masker = Masker()
    for secret in ("pass", "password-1"):
        masker.learn(Secret(secret))
    assert masker("password-1, pass") == "***, ***"
