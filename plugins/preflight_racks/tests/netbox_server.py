"""A NetBox for tests: a real HTTP server on loopback that answers in the shapes of several versions of NetBox.

It has the manners of the real one: it ignores filters that it does not have, refuses filters by what does not exist,
makes pages smaller than asked for, makes up the addresses of further pages from the Host header, and says 403 to a
token that it does not know. The shapes are those of `dcim/api` in netbox-community/netbox, 3.5 to 4.6.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"
TOKEN_V2 = "nbt_abcdefghijkl.0123456789abcdefghijABCDEFGHIJ0123456789"

Record = dict[str, Any]


@dataclass(frozen=True)
class Ref:
    """Another record, which is shown in brief."""

    table: str
    id: int


@dataclass(frozen=True)
class Choice:
    value: str | None


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    table: str
    query: Mapping[str, list[str]]
    token: str
    line: str


@dataclass
class Fault:
    """What goes wrong with the next requests for a table, instead of an answer."""

    table: str
    act: Callable[[_Handler], None]
    times: int


BRIEF = {
    "sites": ("name", "slug"),
    "locations": ("name", "slug"),
    "tenants": ("name", "slug"),
    "users": ("username",),
    "racks": ("name",),
    "manufacturers": ("name", "slug"),
    "device-roles": ("name", "slug"),
    "device-types": ("manufacturer", "model", "slug"),
    "devices": ("name",),
    "modules": ("device",),
    "module-types": ("manufacturer", "model"),
    "power-panels": ("name",),
    "power-feeds": ("name", "_occupied"),
    "power-ports": ("device", "name", "_occupied"),
    "power-outlets": ("device", "name", "_occupied"),
}


@dataclass
class NetBoxLab:
    """Attributes:
    version: `4.2`, `3.7` or `3.5`: which shapes it answers in.
    max_page: its MAX_PAGE_SIZE.
    tokens: the ones that it knows.
    forbidden: tables that the token may not see.
    hidden: pairs of a table and an id that a constraint hides from the token.
    host: what it takes for its own host in the addresses of further pages; the one it was asked by, if empty.
    base: a path that all its addresses begin with.
    on_page: called with each table that is asked for, before it is read.
    """

    version: str = "4.2"
    max_page: int = 1000
    tokens: tuple[str, ...] = (TOKEN, TOKEN_V2)
    forbidden: set[str] = field(default_factory=set)
    hidden: set[tuple[str, int]] = field(default_factory=set)
    host: str = ""
    base: str = ""
    on_page: Callable[[str], None] = lambda _table: None
    tables: dict[str, dict[int, Record]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    port: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    def add(self, table: str, **fields: Any) -> int:
        rows = self.tables.setdefault(table, {})
        number = fields.pop("id", None) or len(rows) + 1
        rows[number] = {"id": number, **fields}
        return number

    def fault(self, table: str, act: Callable[[_Handler], None], times: int = 1) -> None:
        """The next requests for a table (any, if empty) fail in this way."""
        self.faults.append(Fault(table, act, times))

    def take_fault(self, table: str) -> Callable[[_Handler], None] | None:
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.table in ("", table):
                    fault.times -= 1
                    return fault.act
        return None

    # What is in it. Each returns the new record's id.

    def site(self, name: str = "DC 1", slug: str = "dc1") -> int:
        return self.add("sites", name=name, slug=slug, tenant=None, config_context={})

    def location(self, name: str, slug: str, parent: int | None = None, site: int = 1) -> int:
        return self.add(
            "locations", name=name, slug=slug, site=Ref("sites", site), parent=parent and Ref("locations", parent)
        )

    def tenant(self, name: str) -> int:
        return self.add("tenants", name=name, slug=name.lower())

    def rack(self, name: str, units: int = 42, site: int = 1, **more: Any) -> int:
        location, tenant = more.pop("location", None), more.pop("tenant", None)
        fields = {
            "name": name, "site": Ref("sites", site), "location": location and Ref("locations", location),
            "tenant": tenant and Ref("tenants", tenant), "status": Choice("active"), "u_height": units,
            "starting_unit": 1, "desc_units": False, "max_weight": 900, "weight": None, "weight_unit": Choice("kg"),
            "rack_type": None, "comments": "", "custom_fields": {}, "tags": [],
        }  # fmt: skip
        return self.add("racks", **fields | more)

    def type(self, slug: str, height: float = 1.0, **more: Any) -> int:
        maker = more.pop("manufacturer", "Dell")
        fields = {
            "manufacturer": {"id": 1, "url": "", "display": maker, "name": maker, "slug": maker.lower()},
            "model": slug.upper(), "slug": slug, "u_height": height, "is_full_depth": True, "subdevice_role": None,
            "weight": 20.0, "weight_unit": Choice("kg"), "front_image": None, "comments": "",
            "power_port_template_count": 0, "interface_template_count": 4, "console_port_template_count": 1,
        }  # fmt: skip
        return self.add("device-types", **fields | more)

    def device(self, name: str | None, rack: int | None, type: int, position: float | None = None, **more: Any) -> int:
        role = more.pop("role", "server")
        parent = more.pop("parent", None)
        site = self.tables["racks"][rack]["site"] if rack else Ref("sites", more.pop("site", 1))
        fields = {
            "name": name, "device_type": Ref("device-types", type), "site": site, "rack": rack and Ref("racks", rack),
            "role": {"id": 1, "url": "", "display": role, "name": role.title(), "slug": role}, "position": position,
            "face": Choice("front" if position is not None else None), "status": Choice("active"),
            "parent_device": parent and Ref("devices", parent), "interface_count": 4, "console_port_count": 1,
            "module_bay_count": 0, "config_context": {"ntp": ["192.0.2.1"] * 20}, "local_context_data": None,
            "custom_fields": {}, "tags": [], "comments": "",
        }  # fmt: skip
        return self.add("devices", **fields | more)

    def power_port(self, device: int, name: str = "PSU1", **more: Any) -> int:
        module = more.pop("module", None)
        fields = {
            "device": Ref("devices", device), "module": module and Ref("modules", module), "name": name,
            "type": Choice("iec-60320-c14"), "maximum_draw": None, "allocated_draw": None, "end": None,
            "reachable": True, "mark_connected": False,
        }  # fmt: skip
        return self.add("power-ports", **fields | more)

    def outlet(self, device: int, power_port: int | None, leg: str | None = None, name: str = "1") -> int:
        return self.add(
            "power-outlets", device=Ref("devices", device), name=name, type=Choice("iec-60320-c13"),
            power_port=power_port and Ref("power-ports", power_port), feed_leg=Choice(leg), module=None,
        )  # fmt: skip

    def feed(self, name: str, panel: str, rack: int | None = None, site: int = 1, **more: Any) -> int:
        panels = self.tables.setdefault("power-panels", {})
        known = next((number for number, row in panels.items() if row["name"] == panel), None)
        at = known or self.add("power-panels", name=panel, site=Ref("sites", site))
        fields = {
            "name": name, "power_panel": Ref("power-panels", at), "rack": rack and Ref("racks", rack),
            "status": Choice("active"), "type": Choice("primary"), "supply": Choice("ac"),
            "phase": Choice("single-phase"), "voltage": 230, "amperage": 32, "max_utilization": 80,
            "mark_connected": False,
        }  # fmt: skip
        return self.add("power-feeds", **fields | more)

    def plug(self, port: int, table: str, number: int, reachable: bool = True) -> None:
        """Cable a power port to an outlet or a feed."""
        self.tables["power-ports"][port] |= {"end": Ref(table, number), "reachable": reachable}

    def reserve(self, rack: int, units: list[int], **more: Any) -> int:
        tenant = more.pop("tenant", None)
        fields = {
            "rack": Ref("racks", rack), "units": units,
            "user": {"id": 1, "url": "", "display": "ann", "username": "ann"},
            "tenant": tenant and Ref("tenants", tenant), "description": "", "status": Choice("active"),
        }  # fmt: skip
        return self.add("rack-reservations", **fields | more)

    def interface(self, device: int, name: str, kind: str = "10gbase-t", **more: Any) -> int:
        fields = {
            "device": Ref("devices", device), "name": name, "type": Choice(kind), "enabled": True, "lag": None,
            "mgmt_only": False, "mark_connected": False, "cable": None,
        }  # fmt: skip
        return self.add("interfaces", **fields | more)

    # What it shows.

    def shown(self, table: str, record: Record, brief: bool = False) -> Record:
        fields: Record = {"id": record["id"], "url": f"{self.url}/api/dcim/{table}/{record['id']}/"}
        if self.version >= "4.1" and not brief:
            fields["display_url"] = f"{self.url}/dcim/{table}/{record['id']}/"
        name = record.get("name") or record.get("model") or record.get("username") or record.get("display")
        fields["display"] = name or f"a device ({record['id']})"
        wanted = {key: value for key, value in record.items() if not brief or key in BRIEF[table]}
        fields |= {key: self._value(value) for key, value in wanted.items() if key not in ("end", "reachable")}
        if table == "power-ports" and not brief:
            end = record["end"]
            kind = end and f"dcim.{end.table.replace('-', '')[:-1]}"
            ends = [self._value(end)] if end else None
            fields |= {"connected_endpoints": ends, "connected_endpoints_type": kind, "link_peers": ends or []}
            fields["connected_endpoints_reachable"] = record["reachable"] if end else None
        if not brief:
            fields |= self._counted(table, record)
        return self._of_version(table, fields, brief)

    def _counted(self, table: str, record: Record) -> Record:
        def number(other: str, key: str) -> int:
            return sum(row.get(key) == Ref(table, record["id"]) for row in self.tables.get(other, {}).values())

        if table == "racks":
            return {"device_count": number("devices", "rack"), "powerfeed_count": number("power-feeds", "rack")}
        if table == "devices":
            ports, outlets = number("power-ports", "device"), number("power-outlets", "device")
            return {"power_port_count": ports, "power_outlet_count": outlets} | record.get("counts", {})
        return {}

    def _of_version(self, table: str, fields: Record, brief: bool) -> Record:
        if self.version < "4.0" and table == "devices" and not brief:
            fields["device_role"] = fields["role"]
        if self.version < "3.6":
            for late in ("role", "starting_unit", "device_count", "powerfeed_count", "rack_type"):
                fields.pop(late, None)
            fields = {key: value for key, value in fields.items() if not key.endswith("_count") or table == "racks"}
        if self.version < "4.3" and table == "rack-reservations":
            fields.pop("status")
        return fields

    def _value(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self.shown(value.table, self.tables[value.table][value.id], brief=True)
        if isinstance(value, Choice):
            return value.value and {"value": value.value, "label": value.value.title()}
        return value

    # How it finds records.

    def found(self, table: str, query: Mapping[str, list[str]]) -> list[Record]:
        """
        Raises:
            LookupError: a filter names what does not exist.
        """
        rows = [row for row in self.tables.get(table, {}).values() if (table, row["id"]) not in self.hidden]
        for name, values in query.items():
            test = self._filter(table, name, values)
            rows = [row for row in rows if test(row)] if test else rows
        return sorted(rows, key=lambda row: row["id"])

    def _filter(self, table: str, name: str, values: list[str]) -> Callable[[Record], bool] | None:
        template = "device_type_id" if self.version >= "4.4" else "devicetype_id"
        if name == "id":
            return lambda row: str(row["id"]) in values
        if name == "slug":
            return lambda row: row.get("slug") in values
        if name == "site_id" and table not in ("modules", "device-types"):
            self._exist("sites", values)
            return lambda row: str(self._site_of(row)) in values
        if name == "location_id" and table == "racks":
            self._exist("locations", values)
            below = self._below(values)
            return lambda row: row["location"] is not None and row["location"].id in below
        if name == "device_id" and table == "modules":
            self._exist("devices", values)
            return lambda row: str(row["device"].id) in values
        if name == template and table.endswith("templates"):
            return lambda row: str(row["device_type"].id) in values
        if name == "cabled" and table == "interfaces":
            return lambda row: (row["cable"] is not None) == (values == ["true"])
        if name == "cabled" and table == "power-outlets":
            cabled = {port["end"] for port in self.tables.get("power-ports", {}).values()}
            return lambda row: (Ref(table, row["id"]) in cabled) == (values == ["true"])
        return None

    def _exist(self, table: str, values: list[str]) -> None:
        for value in values:
            if not value.isdigit() or int(value) not in self.tables.get(table, {}):
                raise LookupError(value)

    def _below(self, values: list[str]) -> set[int]:
        below = {int(value) for value in values}
        for number, row in sorted(self.tables["locations"].items()):
            if row["parent"] is not None and row["parent"].id in below:
                below.add(number)
        return below

    def _site_of(self, row: Record) -> int:
        while "site" not in row:
            home = next(row[key] for key in ("rack", "device", "power_panel") if row.get(key) is not None)
            row = self.tables[home.table][home.id]
        site = row["site"]
        assert isinstance(site, Ref)
        return site.id


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet for an answer: else each waits 40 ms for an acknowledgement.
    wbufsize = -1
    lab: NetBoxLab

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        table = parts.path.removeprefix(f"{self.lab.base}/api/dcim/").rstrip("/")
        query = parse_qs(parts.query)
        token = self.headers.get("Authorization", "")
        with self.lab.lock:
            self.lab.asked.append(Asked(table, query, token, self.requestline))
        fault = self.lab.take_fault(table)
        if fault:
            fault(self)
        elif table in self.lab.tables or table in KNOWN:
            self._answer(table, query, token)
        else:
            self.say(404, {"detail": "No Page matches the given query."})

    def _answer(self, table: str, query: dict[str, list[str]], token: str) -> None:
        scheme, _, key = token.partition(" ")
        wanted_scheme = "Bearer" if key.startswith("nbt_") else "Token"
        if not token:
            self.say(403, {"detail": "Authentication credentials were not provided."})
        elif key not in self.lab.tokens or scheme != wanted_scheme:
            self.say(403, {"detail": "Invalid token"})
        elif table in self.lab.forbidden:
            self.say(403, {"detail": "You do not have permission to perform this action."})
        else:
            self.lab.on_page(table)
            self._page(table, query)

    def _page(self, table: str, query: dict[str, list[str]]) -> None:
        try:
            rows = self.lab.found(table, query)
        except LookupError as error:
            complaint = f"Select a valid choice. {error} is not one of the available choices."
            self.say(400, {"site_id": [complaint]})
            return
        asked, most = int(query.get("limit", ["50"])[0]), self.lab.max_page
        limit = min(asked or most, most) if most else asked
        offset = int(query.get("offset", ["0"])[0])
        page = [self.lab.shown(table, row) for row in rows[offset : offset + limit]]
        if self.lab.version >= "4.0" and "fields" in query:
            wanted = query["fields"][0].split(",")
            page = [{key: value for key, value in row.items() if key in wanted} for row in page]
        elif table == "devices" and "config_context" in query.get("exclude", []):
            page = [{key: value for key, value in row.items() if key != "config_context"} for row in page]
        following = None
        if offset + limit < len(rows):
            host = self.lab.host or f"http://{self.headers['Host']}{self.lab.base}"
            more = urlencode(query | {"limit": [str(limit)], "offset": [str(offset + limit)]}, doseq=True)
            following = f"{host}/api/dcim/{table}/?{more}"
        self.say(200, {"count": len(rows), "next": following, "previous": None, "results": page})

    def say(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"API-Version": self.lab.version, "Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


KNOWN = {
    "sites", "locations", "racks", "rack-reservations", "devices", "device-types", "power-feeds", "power-ports",
    "power-outlets", "interfaces", "modules", "module-types", "power-port-templates", "module-bay-templates",
}  # fmt: skip


def status(code: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Callable[[_Handler], None]:
    """NetBox's own answer with a status."""
    return lambda handler: handler.say(code, {"detail": detail} if detail else {}, headers)


def page_of_html(code: int = 200) -> Callable[[_Handler], None]:
    """What a page for logging in, or a proxy's error, looks like."""
    return lambda handler: handler.send(code, b"<html><h1>Sign in</h1></html>", {"Content-Type": "text/html"})


def json_of_another(code: int = 200) -> Callable[[_Handler], None]:
    return lambda handler: handler.say(code, {"hello": "world"})


def redirect(to: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.send(302, b"", {"Location": to})


def break_off(handler: _Handler) -> None:
    """Half of an answer, and then nothing."""
    handler.send(200, b'{"count": 1, "results": [', {"Content-Type": "application/json", "Content-Length": "500"})
    handler.close_connection = True


def hang(seconds: float) -> Callable[[_Handler], None]:
    def act(handler: _Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return act


def _silently(*_arguments: object) -> None:
    pass


@contextmanager
def serving(lab: NetBoxLab, tls: ssl.SSLContext | None = None) -> Iterator[NetBoxLab]:
    """It listens on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"lab": lab})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = _silently  # type: ignore[method-assign]  # clients hang up on purpose here
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    lab.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield lab
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
