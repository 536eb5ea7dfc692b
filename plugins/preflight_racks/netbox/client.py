"""One page of one table from NetBox, asked for again where that may help."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event

import pynetbox  # type: ignore[import-untyped]  # it ships no types
import requests
from urllib3.exceptions import LocationParseError

from preflight_racks.netbox import refusal
from preflight_racks.netbox.rows import Row
from preflight_racks.netbox.session import PinnedSession
from preflight_racks.netbox.source import NetBox
from preflight_racks.netbox.tables import Wanted

PAGE = 500
TRIES = 5
FIRST_WAIT = 0.5
# Where nobody set an end: who asks for more than this does not want us now.
LONGEST_WAIT = 60.0
PASSING = (429, 502, 503, 504)
OLDEST = (3, 5)


@dataclass(frozen=True, slots=True)
class Page:
    """Attributes:
    count: of all records that were asked for, on all pages.
    """

    rows: list[Row]
    count: int


class Client:
    """Asks through pynetbox, for raw records: its objects fetch what they lack by themselves, one request each.

    Args:
        deadline: `time.time()` after which nobody waits for more; None if there is none.
    """

    def __init__(self, source: NetBox, deadline: float | None) -> None:
        token = source.token.reveal().strip()
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise refusal.unsendable(source)
        self._source = source
        self._deadline = deadline
        self._closing = Event()
        self.session = PinnedSession(source)
        self._api = pynetbox.api(source.address, token=token)
        self._api.http_session = self.session

    def close(self) -> None:
        self._closing.set()
        self.session.close()

    def page(self, wanted: Wanted, offset: int) -> Page:
        """
        Raises:
            refusal.Refused: it was not to be had.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return self._page(wanted, offset)
            except requests.RequestException as error:
                again = refusal.unreachable(self._source, error)
                if not refusal.passing(error):
                    raise again from None
                wait = _backoff(attempt)
            except LocationParseError:
                raise refusal.no_such_name(self._source) from None
            except OSError as error:
                raise refusal.no_authority(self._source, error) from None
            except pynetbox.RequestError as error:
                again = refusal.answered(self._source, wanted.table, error.req.status_code, _detail(error.req))
                if error.req.status_code not in PASSING:
                    raise again from None
                wait = self._asked_to_wait(error.req, attempt)
            if attempt < TRIES:
                self._wait(wait, again)
        raise again

    def _page(self, wanted: Wanted, offset: int) -> Page:
        endpoint = getattr(self._api.dcim, wanted.table.path.replace("-", "_"))
        filters: dict[str, object] = {name: list(values) for name, values in wanted.filters}
        # By id, so that what is added meanwhile comes last; `exclude` is for NetBox 3, which has no `fields`.
        records = endpoint.filter(
            limit=PAGE,
            offset=offset,
            ordering="id",
            fields=",".join(wanted.table.fields),
            exclude="config_context",
            **filters,
        )
        try:
            rows, total = list(records.response), records.request.count
        except (pynetbox.ContentError, KeyError, TypeError):
            raise refusal.no_netbox(self._source, wanted.table) from None
        if not isinstance(total, int) or not all(
            isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows
        ):
            raise refusal.no_netbox(self._source, wanted.table)
        if _version(self.session.api_version) < OLDEST:
            raise refusal.too_old(self._source, self.session.api_version)
        return Page(rows, total)

    def _asked_to_wait(self, answer: requests.Response, attempt: int) -> float:
        asked = _retry_after(answer.headers.get("Retry-After", ""))
        if asked is None:
            return _backoff(attempt)
        if asked > self._remaining():
            raise refusal.too_busy(self._source, asked)
        return asked

    def _wait(self, seconds: float, reason: refusal.Refused) -> None:
        if seconds > self._remaining() or self._closing.wait(seconds):
            raise reason

    def _remaining(self) -> float:
        return LONGEST_WAIT if self._deadline is None else min(self._deadline - time.time(), LONGEST_WAIT)


def _backoff(attempt: int) -> float:
    return FIRST_WAIT * 2.0 ** (attempt - 1)


def _retry_after(said: str) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3)."""
    if said.strip().isdigit():
        return float(said)
    try:
        when = parsedate_to_datetime(said)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)


def _detail(answer: requests.Response) -> str:
    """What NetBox itself says of a refusal: its `detail`, or its complaints of a filter; empty if it is not NetBox."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    said = body.get("detail") or "; ".join(f"{name}: {complaint}" for name, complaint in body.items())
    return " ".join(str(said).split())[:200]


def _version(said: str) -> tuple[int, ...]:
    numbers = said.split(".")[:2]
    return tuple(int(number) for number in numbers) if all(number.isdigit() for number in numbers) else OLDEST
