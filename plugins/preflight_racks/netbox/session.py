"""The HTTP session that pynetbox uses: it goes to one server only, and waits for nothing forever."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from preflight_racks.netbox.source import NetBox

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 60.0
DEFAULT_PORTS = {"http": 80, "https": 443}


class Moved(requests.RequestException):
    """The server sends us elsewhere, where the token does not go.

    Attributes:
        to: where, without what may follow the path.
    """

    def __init__(self, to: str) -> None:
        super().__init__(f"it sends us to {to}")
        self.to = to


class PinnedSession(requests.Session):
    """Sends requests, each with the token, to the origin of a NetBox and to no other.

    requests follows redirects by itself, and pynetbox the addresses of further pages that a server made up: behind a
    proxy these often name another host, or http.

    Attributes:
        sent: how many requests were sent.
        api_version: of the server, as it says in its answers; empty if it does not.
    """

    def __init__(self, source: NetBox) -> None:
        super().__init__()
        self._origin = _origin(source.address)
        # What the environment says (REQUESTS_CA_BUNDLE) holds only where the inventory says nothing.
        self._verify: dict[str, bool | str] = {"verify": source.ca} if source.ca else {}
        self._verify |= {} if source.verify else {"verify": False}
        self._counting = Lock()
        self.sent = 0
        self.api_version = ""
        self.headers.update({"Accept-Language": "en", "User-Agent": "preflight"})
        # Else ~/.netrc has the last word about who we are.
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if not source.verify:
            self.mount("https://", _Unverified())

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """
        Raises:
            Moved: the server answers with a redirect, or the request is for another server.
            requests.RequestException: no answer.
        """
        if _origin(request.url or "") != self._origin:
            raise Moved(_without_query(request.url or ""))
        options |= {"timeout": (CONNECT_TIMEOUT, READ_TIMEOUT), "allow_redirects": False, **self._verify}
        with self._counting:
            self.sent += 1
        answer = super().send(request, **options)
        if 300 <= answer.status_code < 400:
            raise Moved(_without_query(urljoin(answer.url, answer.headers.get("Location", ""))))
        self.api_version = answer.headers.get("API-Version", self.api_version)
        return answer


class _WithoutVerification(HTTPSConnection):
    """urllib3 warns of each request that is not verified. An inventory that says `verify: false` knows, and where
    warnings are errors they would end the run."""

    @property
    def is_verified(self) -> bool:
        return True

    @is_verified.setter
    def is_verified(self, value: bool) -> None:
        pass


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _WithoutVerification


class _Unverified(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}
        return manager


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
