"""A secret shows itself to nobody who does not ask for it by `reveal()`."""

import copy
import json
import pickle
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


def test_a_longer_secret_is_masked_before_one_that_it_contains() -> None:
    masker = Masker()
    for secret in ("pass", "password-1"):
        masker.learn(Secret(secret))
    assert masker("password-1, pass") == "***, ***"
