"""Why NetBox cannot be read, in one line, and what would make it readable.

The text of an answer's body is never shown: it is another's, and may be a whole page of HTML.
"""

from __future__ import annotations

import re

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from preflight.finding import NotChecked
from preflight_racks.netbox.session import CONNECT_TIMEOUT, READ_TIMEOUT, Moved
from preflight_racks.netbox.source import NetBox
from preflight_racks.netbox.tables import Table


class Refused(Exception):  # noqa: N818  it is about what NetBox did, not about an error of ours
    """NetBox was not read; why, is in `reason`."""

    def __init__(self, reason: NotChecked) -> None:
        super().__init__(reason.reason)
        self.reason = reason


def refused(source: NetBox, what: str, next_step: str) -> Refused:
    """All checks that need this NetBox fail for one reason, and are counted under it."""
    sentence = f"{source.called} {what}"
    return Refused(NotChecked(sentence, sentence, next_step))


def unreachable(source: NetBox, error: requests.RequestException) -> Refused:
    """No answer, or only a part of one."""
    if isinstance(error, Moved):
        return refused(
            source,
            f"sends us to {error.to}, where the token does not go",
            "write the address at which NetBox answers by itself in `netbox:`, past a page for logging in",
        )
    if isinstance(error, requests.exceptions.SSLError):
        what, step = _tls(str(error))
    elif isinstance(error, requests.exceptions.ProxyError):
        what = "is not reached through the proxy that the environment names"
        step = "see to HTTPS_PROXY and HTTP_PROXY, or name its host in NO_PROXY"
    elif isinstance(error, requests.exceptions.ConnectTimeout):
        what = f"does not answer within {CONNECT_TIMEOUT:g} s"
        step = "see whether it is up, and whether a firewall is in the way"
    elif _timed_out(error):
        what = f"takes longer than {READ_TIMEOUT:g} s for an answer"
        step = "see what keeps it busy, and run again"
    elif _never_connected(error):
        what, step = _no_connection(error)
    else:
        what, step = "breaks off its answers", "see the log of NetBox and of what is in front of it, and run again"
    return refused(source, what, step)


def passing(error: requests.RequestException) -> bool:
    """It may go well the next time. Who takes a minute for an answer is not asked for the same again."""
    lasting = Moved, requests.exceptions.SSLError, requests.exceptions.ProxyError
    return not (isinstance(error, lasting) or _never_connected(error) or _timed_out(error))


def _never_connected(error: BaseException) -> bool:
    return any(isinstance(cause, NewConnectionError | NameResolutionError) for cause in _causes(error))


def _wrapped(error: OSError) -> requests.RequestException:
    return requests.ConnectionError(error)


def _timed_out(error: requests.RequestException) -> bool:
    return isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower()


def _no_connection(error: requests.RequestException) -> tuple[str, str]:
    said = str(error)
    if any(isinstance(cause, NameResolutionError) for cause in _causes(error)):
        return "has a name that does not resolve", "see to the host in `netbox:`, and to the DNS of this machine"
    if "refused" in said:
        return "refuses connections", "see whether it runs, and to the port in `netbox:`"
    return "is not reached: no way to its host", "see whether it is up, and to the network between"


def _tls(said: str) -> tuple[str, str]:
    ca = "name the file of its certificate authority in `ca:`"
    if "self-signed" in said or "unable to get" in said or "self signed" in said:
        return "has a certificate of an authority that this machine does not trust", ca
    if re.search(r"mismatch|doesn't match|not valid for", said):
        return "has a certificate for another name", "write the name that its certificate has in `netbox:`"
    if "expired" in said:
        return "has a certificate that has expired", "renew its certificate"
    if "WRONG_VERSION_NUMBER" in said or "record layer failure" in said:
        return "does not speak TLS", "see whether it is http and not https, and to the port in `netbox:`"
    return "does not come to terms with us over TLS", f"see what `openssl s_client -connect` says; {ca}"


def answered(source: NetBox, table: Table, status: int, detail: str) -> Refused:
    """It answered, with a status that is no success.

    Args:
        detail: what NetBox says about it; empty if that is not NetBox's own answer.
    """
    if status in (401, 403) and _about_the_token(status, detail):
        return _token_refused(source, detail)
    if status == 403 and not detail:
        what = "is behind something that refuses us: status 403, and not in NetBox's words"
        return refused(source, what, "see what is in front of it (a proxy, a firewall, a page for logging in)")
    if status == 403:
        what = f"refuses to show {table.name} to this token"
        return refused(source, what, f"give its owner the permission {table.permission}, without constraints")
    if status == 404:
        what = f"is not there, or is too old: it has no /api/dcim/{table.path}/"
        return refused(source, what, "see to the address in `netbox:`, and to its path if NetBox is not at the root")
    if status == 400:
        what = f"does not take our question for {table.name}{f': {detail}' if detail else ''}"
        return refused(source, what, "see whether it is NetBox 3.5 or later; if it is, report this")
    if status == 429:
        return too_busy(source, None)
    what = f"fails with status {status} when asked for {table.name}"
    return refused(source, what, "see the log of NetBox and of what is in front of it, and run again")


def _about_the_token(status: int, detail: str) -> bool:
    # NetBox answers 403 to a token that it does not know: its first way to log in is the browser's.
    return status == 401 or bool(re.search(r"token|credential|inactive|authenticat|logged", detail, re.I))


def _token_refused(source: NetBox, detail: str) -> Refused:
    said = detail.lower()
    if not source.token.reveal():
        return refused(source, "asks for a token", "write one in `token:`, such as ${env:NETBOX_TOKEN}")
    if "expired" in said:
        return refused(source, "says that the token has expired", "have a new one made, or its end put off")
    if "inactive" in said:
        return refused(
            source, "says that the owner of the token is inactive", "activate the user, or use another's token"
        )
    if "permitted" in said:
        return refused(source, "does not take the token from this machine", "see to the token's allowed IPs")
    return refused(source, "does not know the token", "see to `token:`, and whether the token is still there")


def unsendable(source: NetBox) -> Refused:
    what = "cannot be asked: the token has characters in it that no token has"
    return refused(source, what, "see to `token:`; a file should hold nothing but the token")


def no_such_name(source: NetBox) -> Refused:
    return refused(source, "has a name that no host can have", "see to the host in `netbox:`")


def no_authority(source: NetBox, error: OSError) -> Refused:
    """requests does not find the file of certificates, or cannot read it."""
    what = f"cannot be asked: its certificate authority in {source.ca} is not there, or no PEM file"
    return refused(source, what, "see to the file in `ca:`") if source.ca else unreachable(source, _wrapped(error))


def no_netbox(source: NetBox, table: Table) -> Refused:
    what = f"does not answer like NetBox when asked for {table.name}"
    return refused(source, what, "see to the address in `netbox:`, and what is in front of it (a page for logging in?)")


def too_old(source: NetBox, version: str) -> Refused:
    return refused(source, f"is version {version}, which is too old", "NetBox 3.5 and later can be read")


def too_busy(source: NetBox, wait: float | None) -> Refused:
    asked = f" and asks us to wait {wait:.0f} s, which is too long" if wait is not None else ""
    step = "run again later, or have the limit raised for this token's owner"
    return refused(source, f"says that it is asked too often{asked}", step)


def too_slow(source: NetBox, seconds: float) -> Refused:
    return refused(source, f"takes longer than {seconds:.0f} s for one page", "see what keeps it busy, and run again")


def out_of_time(source: NetBox) -> Refused:
    what = "was not read to its end in time"
    return refused(source, what, "give it more time (`timeout:`, --budget), or read less of it (`site:`, `location:`)")


def unsteady(source: NetBox, table: Table) -> Refused:
    what = f"changed its {table.name} again and again while they were read"
    return refused(source, what, "run again when nobody writes so much to it")


def hidden(source: NetBox, what: str) -> Refused:
    step = "give the token's owner the permission to view without constraints; if somebody writes to it, run again"
    return refused(source, f"does not show all: {what}", step)


def _causes(error: BaseException) -> list[BaseException]:
    """The error, what it was raised from, and what it holds: urllib3 puts the reason in attributes and arguments."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            todo += [*each.args, each.__cause__, each.__context__, getattr(each, "reason", None)]
    return found
