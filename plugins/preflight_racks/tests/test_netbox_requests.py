"""What goes on the wire to a NetBox: how often, to whom, and what becomes of it when it fails."""

from __future__ import annotations

import json
import pickle
import re
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from preflight.finding import NotChecked
from preflight.secret import Secret
from preflight_racks import netbox
from preflight_racks.netbox import tables
from preflight_racks.netbox.reading import NO_LIBRARY, Reading, read
from preflight_racks.netbox.session import Moved, PinnedSession
from preflight_racks.netbox.source import NetBox, contacts, objection
from preflight_racks.tests import netbox_server as server
from preflight_racks.tests.netbox_server import TOKEN, TOKEN_V2, NetBoxLab, serving
from preflight_racks.tests.test_netbox_racks import reading_of, source_of


@pytest.fixture(autouse=True)
def _no_proxies_and_short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("preflight_racks.netbox.client.FIRST_WAIT", 0.01)


@pytest.fixture
def lab() -> Iterator[NetBoxLab]:
    with serving(NetBoxLab(version="4.6")) as lab:
        furnish(lab, racks=1, devices=1)
        yield lab


def furnish(lab: NetBoxLab, racks: int, devices: int) -> NetBoxLab:
    """Racks with devices, each with two supplies at two PDUs."""
    lab.site()
    lab.type("r650")
    lab.type("pdu", 0.0)
    for _ in range(racks):
        rack = lab.rack(f"R{len(lab.tables.get('racks', {})) + 1}", 47)
        pdus = []
        for panel in ("P1", "P2"):
            pdu = lab.device(f"pdu-{rack}-{panel}", rack, 2)
            inlet = lab.power_port(pdu, "inlet")
            lab.plug(inlet, "power-feeds", lab.feed(f"{rack}{panel}", panel, rack=rack))
            pdus.append((pdu, inlet))
        for unit in range(1, devices + 1):
            device = lab.device(f"app-{rack}-{unit}", rack, 1, float(unit))
            for number, (pdu, inlet) in enumerate(pdus, 1):
                port = lab.power_port(device, f"PSU{number}", allocated_draw=200)
                lab.plug(port, "power-outlets", lab.outlet(pdu, inlet))
    return lab


def test_a_location_is_enough_to_tell_the_site() -> None:
    with serving(NetBoxLab()) as lab:
        furnish(lab, 1, 1)
        lab.site("DC 2", "dc2")
        lab.location("Room 1", "room-1", site=2)
        lab.rack("R9", site=2, location=1)
        assert [rack.name for rack in reading_of(lab, site="", location="room-1").room.racks] == ["R9"]
        assert {tuple(asked.query.get("site_id", ())) for asked in lab.asked if asked.table == "devices"} == {("2",)}


def refusal_of(lab: NetBoxLab, *, deadline: float | None = None, **more: Any) -> NotChecked:
    refused = read(source_of(lab, **more), 1.0, deadline=deadline)
    assert isinstance(refused, NotChecked), refused
    assert refused.cause == refused.reason
    assert refused.next_step
    assert TOKEN not in repr(refused)
    return refused


def test_the_number_of_requests_does_not_grow_with_racks_and_devices() -> None:
    requests = set()
    for racks, devices in ((1, 1), (4, 5), (8, 10)):
        with serving(NetBoxLab()) as lab:
            reading = reading_of(furnish(lab, racks, devices))
            assert len(reading.room.racks) == racks
            assert reading.requests == len(lab.asked)
            requests.add(reading.requests)
    assert requests == {10}


@pytest.mark.parametrize("max_page", [1, 7, 0])
def test_all_pages_are_read_whatever_their_size(max_page: int) -> None:
    with serving(NetBoxLab(max_page=max_page)) as lab:
        room = reading_of(furnish(lab, 3, 3)).room
        assert [len(rack.devices) for rack in room.racks] == [5, 5, 5]
        assert all(supply.feed for rack in room.racks for device in rack.devices for supply in device.supplies)


def test_an_address_that_netbox_makes_up_for_the_next_page_is_not_followed() -> None:
    with serving(NetBoxLab()) as elsewhere, serving(NetBoxLab(max_page=2, host=elsewhere.url)) as lab:
        assert len(reading_of(furnish(lab, 3, 3)).room.racks) == 3
        assert elsewhere.asked == []


def test_only_the_fields_that_are_needed_are_asked_for(lab: NetBoxLab) -> None:
    reading_of(lab)
    assert all("fields" in asked.query and asked.query["exclude"] == ["config_context"] for asked in lab.asked)
    assert all(asked.line.startswith("GET ") for asked in lab.asked)


@pytest.mark.parametrize(("token", "header"), [(TOKEN, f"Token {TOKEN}"), (TOKEN_V2, f"Bearer {TOKEN_V2}")])
def test_tokens_of_both_versions_are_sent_as_netbox_wants_them(lab: NetBoxLab, token: str, header: str) -> None:
    reading_of(lab, token=Secret(f"{token}\n"))
    assert {asked.token for asked in lab.asked} == {header}


def test_netrc_does_not_replace_the_token(lab: NetBoxLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    reading_of(lab)


@pytest.mark.parametrize("base", ["", "/netbox"])
@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
def test_an_address_may_have_a_path_and_end_in_api(base: str, end: str) -> None:
    with serving(NetBoxLab(base=base)) as lab:
        furnish(lab, 1, 1)
        (rack,) = reading_of(lab, url=lab.url + end).room.racks
        assert rack.origin == f"{lab.url}/dcim/racks/1/"


# What is refused, and how.


@pytest.mark.parametrize(
    ("table", "name", "permission"),
    [
        ("sites", "sites", "dcim.view_site"),
        ("racks", "racks", "dcim.view_rack"),
        ("rack-reservations", "rack reservations", "dcim.view_rackreservation"),
        ("devices", "devices", "dcim.view_device"),
        ("device-types", "device types", "dcim.view_devicetype"),
        ("power-feeds", "power feeds", "dcim.view_powerfeed"),
        ("power-ports", "power ports", "dcim.view_powerport"),
        ("power-outlets", "power outlets", "dcim.view_poweroutlet"),
        ("power-port-templates", "power port templates", "dcim.view_powerporttemplate"),
        ("module-bay-templates", "module bay templates", "dcim.view_modulebaytemplate"),
        ("interfaces", "interfaces", "dcim.view_interface"),
    ],
)
def test_a_permission_that_is_missing_is_named(lab: NetBoxLab, table: str, name: str, permission: str) -> None:
    lab.forbidden.add(table)
    refused = refusal_of(lab, switch_roles=("leaf",))
    assert refused.reason == f"NetBox at {lab.url} refuses to show {name} to this token"
    assert refused.next_step == f"give its owner the permission {permission}, without constraints"


@pytest.mark.parametrize(
    ("act", "what", "step"),
    [
        (server.status(403, "Invalid token"), "does not know the token", "token:"),
        (server.status(401, "Invalid v2 token"), "does not know the token", "token:"),
        (server.status(403, "Token expired"), "says that the token has expired", "new one"),
        (server.status(403, "User inactive"), "owner of the token is inactive", "activate"),
        (server.status(403, "Source IP 192.0.2.1 is not permitted to authenticate using this token."),
         "does not take the token from this machine", "allowed IPs"),
        (server.page_of_html(403), "is behind something that refuses us", "proxy"),
        (server.page_of_html(404), "is not there, or is too old: it has no /api/dcim/racks/", "netbox:"),
        (server.status(500, "boom"), "fails with status 500 when asked for racks", "log"),
        (server.page_of_html(200), "does not answer like NetBox when asked for racks", "logging in"),
        (server.json_of_another(), "does not answer like NetBox when asked for racks", "logging in"),
        (server.status(400, "what?"), "does not take our question for racks: what?", "report"),
        (server.redirect("/login/?next=/api/"), "/login/, where the token does not go", "netbox:"),
    ],
)  # fmt: skip
def test_each_failure_has_its_own_words(lab: NetBoxLab, act: Callable[[Any], None], what: str, step: str) -> None:
    lab.fault("racks", act, times=99)
    refused = refusal_of(lab)
    assert refused.reason.startswith(f"NetBox at {lab.url} ")
    assert what in refused.reason
    assert step in refused.next_step
    assert "<html>" not in refused.reason


def test_a_token_that_netbox_does_not_know_and_none_at_all(lab: NetBoxLab) -> None:
    assert "does not know the token" in refusal_of(lab, token=Secret("f" * 40)).reason
    assert "asks for a token" in refusal_of(lab, token=Secret("")).reason


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ключ-0123456789"])
def test_a_token_that_cannot_be_sent_is_not_in_the_reason(lab: NetBoxLab, token: str) -> None:
    refused = refusal_of(lab, token=Secret(token))
    assert "characters in it that no token has" in refused.reason
    assert token not in repr(refused)
    assert lab.asked == []


def test_an_old_netbox_is_refused() -> None:
    with serving(NetBoxLab(version="3.4")) as lab:
        assert "is version 3.4, which is too old" in refusal_of(furnish(lab, 1, 1)).reason


def test_nobody_at_the_port_and_no_such_host(lab: NetBoxLab) -> None:
    closed = NetBoxLab()
    with serving(closed):
        pass
    assert refusal_of(closed).reason == f"NetBox at {closed.url} refuses connections"
    assert "has a name that no host can have" in refusal_of(lab, url="http://netbox..example").reason
    reason = refusal_of(lab, url="http://netbox.invalid").reason
    assert reason == "NetBox at http://netbox.invalid has a name that does not resolve"


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://netbox.example", True),
        ("http://[2001:db8::1]:8000/netbox/", True),
        ("netbox.example", False),
        ("ftp://netbox.example", False),
        ("https://ann:secret@netbox.example", False),
        ("https://netbox.example/?next=/", False),
        ("https://[netbox", False),
        ("https://netbox.example:port", False),
    ],
)
def test_addresses(url: str, right: bool) -> None:
    assert (objection(url) == "") is right
    if not right:
        refused = read(NetBox(url, Secret(TOKEN)), 1.0)
        assert isinstance(refused, NotChecked)
        assert "secret" not in refused.reason


def test_the_session_sends_nothing_to_another_host(lab: NetBoxLab) -> None:
    with serving(NetBoxLab()) as other:
        session = PinnedSession(source_of(lab))
        with pytest.raises(Moved, match=re.escape(f"it sends us to {other.url}/api/")):
            session.get(f"{other.url}/api/?start=1")
        assert other.asked == []


def test_a_token_never_leaves_for_another_host(lab: NetBoxLab) -> None:
    with serving(NetBoxLab()) as other:
        lab.fault("devices", server.redirect(f"{other.url}/api/dcim/devices/"), times=99)
        refused = refusal_of(lab)
        assert f"sends us to {other.url}/api/dcim/devices/, where the token does not go" in refused.reason
        assert other.asked == []


# What passes by itself.


@pytest.mark.parametrize(
    "act",
    [
        server.status(429, "slow down", {"Retry-After": "0"}),
        server.status(429, "slow down", {"Retry-After": format_datetime(datetime.now(UTC) - timedelta(hours=1))}),
        server.status(429, "slow down"),
        server.page_of_html(502),
        server.status(503, "", {"Retry-After": "0"}),
        server.page_of_html(504),
        server.break_off,
        server.hang(0),
    ],
)
def test_what_passes_is_asked_again(lab: NetBoxLab, act: Callable[[Any], None]) -> None:
    lab.fault("devices", act, times=2)
    assert len(reading_of(lab).room.racks) == 1
    assert lab.faults[0].times == 0


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (server.status(429, "", {"Retry-After": "0"}), "says that it is asked too often"),
        (server.status(503, "", {"Retry-After": "0"}), "fails with status 503"),
    ],
)
def test_what_does_not_pass_ends_the_reading(lab: NetBoxLab, act: Callable[[Any], None], what: str) -> None:
    lab.fault("devices", act, times=99)
    assert what in refusal_of(lab).reason


def test_an_answer_that_always_breaks_off_ends_the_reading(lab: NetBoxLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preflight_racks.netbox.client.TRIES", 2)
    lab.fault("devices", server.break_off, times=99)
    assert refusal_of(lab).reason == f"NetBox at {lab.url} breaks off its answers"


def test_it_does_not_wait_longer_than_anybody_waits_for_it(lab: NetBoxLab) -> None:
    lab.fault("devices", server.status(429, "", {"Retry-After": "100"}), times=99)
    refused = refusal_of(lab, deadline=time.time() + 30)
    assert "asked too often and asks us to wait 100 s, which is too long" in refused.reason


def test_it_does_not_wait_for_hours_where_nobody_set_an_end(lab: NetBoxLab) -> None:
    lab.fault("devices", server.status(429, "", {"Retry-After": "7200"}), times=99)
    assert "asks us to wait 7200 s, which is too long" in refusal_of(lab).reason


def test_a_server_that_hangs_is_left_when_the_time_is_up(lab: NetBoxLab) -> None:
    lab.fault("devices", server.hang(30), times=99)
    assert refusal_of(lab, deadline=time.time() + 0.3).reason == f"NetBox at {lab.url} was not read to its end in time"


def test_a_server_that_hangs_is_left_when_nobody_waits_any_more(lab: NetBoxLab) -> None:
    lab.fault("devices", server.hang(30), times=99)
    refused = read(source_of(lab), 1.0, stopped=lambda: bool(lab.asked))
    assert isinstance(refused, NotChecked)
    assert "not read to its end in time" in refused.reason


def test_a_slow_answer_has_an_end_of_its_own(lab: NetBoxLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preflight_racks.netbox.session.READ_TIMEOUT", 0.1)
    lab.fault("devices", server.hang(30), times=99)
    assert "takes longer than" in refusal_of(lab).reason
    assert sum(asked.table == "devices" for asked in lab.asked) == 1


# What is not all there.


@pytest.mark.parametrize(
    ("hidden", "what"),
    [
        (("devices", 3), "it counts 3 devices in rack R1, and shows 2 to this token"),
        (("power-feeds", 1), "it counts 2 power feeds of rack R1, and shows 1 to this token"),
        (("device-types", 1), "the type r650 of app-1-1 is kept from this token"),
        (("racks", 1), "shows no rack of site dc1 to this token"),
    ],
)
def test_a_rack_that_would_look_emptier_than_it_is_is_not_read(
    lab: NetBoxLab, hidden: tuple[str, int], what: str
) -> None:
    lab.hidden.add(hidden)
    assert what in refusal_of(lab).reason


def test_racks_that_should_be_there(lab: NetBoxLab) -> None:
    assert isinstance(read(source_of(lab), 1.0, racks=["R1"]), Reading)
    refused = read(source_of(lab), 1.0, racks=["R1", "R11", "R17"])
    assert isinstance(refused, NotChecked)
    expected = 'has no rack R11 in site dc1 (and 1 more that are named); did you mean "R1"?'
    assert refused.reason == f"NetBox at {lab.url} {expected}"


def test_a_site_or_location_that_is_not_there_is_named_with_the_nearest(lab: NetBoxLab) -> None:
    assert 'has no site dc11; did you mean "dc1"?' in refusal_of(lab, site="dc11").reason
    lab.location("Room 1", "room-1")
    lab.location("Room 1", "room-1", parent=1)
    assert 'has no location rom-1; did you mean "room-1"?' in refusal_of(lab, location="rom-1").reason
    assert "has 2 locations called room-1" in refusal_of(lab, location="room-1").reason


def test_a_table_that_changes_while_it_is_read_is_read_again() -> None:
    with serving(NetBoxLab(max_page=2)) as lab:
        furnish(lab, 2, 2)
        late = iter([True])

        def add_one(table: str) -> None:
            if table == "devices" and sum(asked.table == "devices" for asked in lab.asked) > 1 and next(late, False):
                lab.device("late", 1, 1, 40.0)

        lab.on_page = add_one
        assert "late" in {device.name for device in reading_of(lab).room.racks[0].devices}


def test_a_table_that_never_rests_is_not_read() -> None:
    with serving(NetBoxLab(max_page=2)) as lab:
        furnish(lab, 2, 2)
        lab.on_page = lambda table: lab.device("late", None, 1) and None if table == "devices" else None
        assert "changed its devices again and again" in refusal_of(lab).reason


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own authority for `localhost`, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    ca = x509.BasicConstraints(ca=True, path_length=None)
    signed = builder.add_extension(names, False).add_extension(ca, True).sign(key, hashes.SHA256())
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "lab.pem"
    pem = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none) + signed.public_bytes(encoding)
    file.write_bytes(pem)
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[NetBoxLab]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(NetBoxLab(), context) as lab:
        yield furnish(lab, 1, 1)


def test_a_certificate_is_verified_with_the_authority_that_is_named(
    secure: NetBoxLab, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    url = f"https://localhost:{secure.port}"
    assert "an authority that this machine does not trust" in refusal_of(secure, url=url).reason
    reading_of(secure, url=url, ca=str(certificate))
    reading_of(secure, url=url, verify=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    reading_of(secure, url=url)
    by_address = refusal_of(secure, url=f"https://127.0.0.1:{secure.port}", ca=str(certificate))
    assert "has a certificate for another name" in by_address.reason
    assert (
        "its certificate authority in /no/such.pem is not there"
        in refusal_of(secure, url=url, ca="/no/such.pem").reason
    )


def test_http_where_https_was_asked_for(lab: NetBoxLab) -> None:
    assert "does not speak TLS" in refusal_of(lab, url=f"https://127.0.0.1:{lab.port}").reason


# Around it.


def test_without_pynetbox_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("preflight_racks.netbox.")]:
        if name.rpartition(".")[2] not in ("source", "reading"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pynetbox", None)
    refused = read(NetBox("http://127.0.0.1:9", Secret(TOKEN)), 1.0)
    assert refused == NO_LIBRARY
    assert NO_LIBRARY.next_step == "pip install 'pytest-preflight[netbox]'"


def test_a_proxy_that_is_not_there_is_named(lab: NetBoxLab, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = NetBoxLab()
    with serving(closed):
        pass
    monkeypatch.setenv("HTTP_PROXY", closed.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    refused = refusal_of(lab)
    assert refused.reason == f"NetBox at {lab.url} is not reached through the proxy that the environment names"
    assert "NO_PROXY" in refused.next_step


def test_the_plan_says_what_is_read_and_as_whom() -> None:
    source = NetBox("https://netbox.example/", Secret(TOKEN), site="dc1", location="room-1", switch_roles=("leaf",))
    assert contacts(source) == (
        "reads racks, reservations, devices and their types, modules, power feeds, power ports and outlets "
        "and interfaces of location room-1 of site dc1 from https://netbox.example, as the owner of the token"
    )


def test_the_token_is_nowhere_in_what_comes_back(lab: NetBoxLab) -> None:
    source = source_of(lab)
    reading = reading_of(lab)
    for text in (repr(source), str(source), contacts(source), repr(reading), json.dumps(asdict(reading))):
        assert TOKEN not in text
    assert TOKEN.encode() not in pickle.dumps(reading)
    assert pickle.loads(pickle.dumps(source)) == source
    assert hash(source) == hash(source_of(lab))


def test_progress_goes_from_table_to_table(lab: NetBoxLab) -> None:
    said: list[tuple[float, str]] = []
    read(source_of(lab), 1.0, progress=lambda share, doing: said.append((share, doing)))
    assert all(0 < share <= 1 for share, _ in said)
    assert ("devices: 3 of 3") in {doing for _, doing in said}


def test_the_readme_names_every_permission() -> None:
    readme = Path(netbox.__file__).with_name("README.md").read_text("utf-8")
    needed = {table.permission for table in vars(tables).values() if isinstance(table, tables.Table)}
    assert set(re.findall(r"dcim\.view_\w+", readme)) == needed
