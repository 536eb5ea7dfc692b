"""What is asked of NetBox: which records, which fields of them, and what it takes to be shown them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A sort of record.

    Attributes:
        name: as NetBox's pages call them.
        path: in its addresses: `power-ports`.
        model: in its permissions: `powerport`.
        fields: all that is needed of each. NetBox 4 sends no others, which is most of the time saved.
    """

    name: str
    path: str
    model: str
    fields: tuple[str, ...]

    @property
    def permission(self) -> str:
        return f"dcim.view_{self.model}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Records of one table.

    Attributes:
        filters: pairs of a filter and its values. NetBox takes no notice of a filter that it does not have: whoever
            asks looks at what comes.
    """

    table: Table
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()


SITES = Table("sites", "sites", "site", ("id", "name", "slug"))
LOCATIONS = Table("locations", "locations", "location", ("id", "name", "slug", "site"))
RACKS = Table(
    "racks", "racks", "rack",
    ("id", "name", "site", "location", "tenant", "status", "u_height", "starting_unit", "desc_units", "max_weight",
     "weight_unit", "device_count", "powerfeed_count"),
)  # fmt: skip
# `role` was called `device_role` before NetBox 3.6.
DEVICES = Table(
    "devices", "devices", "device",
    ("id", "name", "display", "device_type", "role", "device_role", "rack", "position", "face", "parent_device",
     "power_port_count", "power_outlet_count", "interface_count", "console_port_count", "module_bay_count"),
)  # fmt: skip
DEVICE_TYPES = Table(
    "device types", "device-types", "devicetype",
    ("id", "manufacturer", "model", "slug", "u_height", "is_full_depth", "weight", "weight_unit",
     "power_port_template_count", "interface_template_count", "console_port_template_count"),
)  # fmt: skip
RESERVATIONS = Table(
    "rack reservations", "rack-reservations", "rackreservation",
    ("id", "rack", "units", "user", "tenant", "description", "status"),
)  # fmt: skip
FEEDS = Table(
    "power feeds", "power-feeds", "powerfeed",
    ("id", "name", "power_panel", "rack", "status", "supply", "phase", "voltage", "amperage", "max_utilization"),
)  # fmt: skip
POWER_PORTS = Table(
    "power ports", "power-ports", "powerport",
    ("id", "device", "module", "name", "type", "maximum_draw", "allocated_draw", "connected_endpoints",
     "connected_endpoints_type", "connected_endpoints_reachable"),
)  # fmt: skip
POWER_OUTLETS = Table(
    "power outlets", "power-outlets", "poweroutlet", ("id", "device", "name", "power_port", "feed_leg")
)
INTERFACES = Table(
    "interfaces", "interfaces", "interface",
    ("id", "device", "name", "type", "enabled", "lag", "mgmt_only", "mark_connected", "cable", "_occupied"),
)  # fmt: skip
MODULES = Table("modules", "modules", "module", ("id", "device", "module_type"))
MODULE_TYPES = Table("module types", "module-types", "moduletype", ("id", "model", "weight", "weight_unit"))
PORT_TEMPLATES = Table(
    "power port templates", "power-port-templates", "powerporttemplate",
    ("id", "device_type", "name", "maximum_draw", "allocated_draw"),
)  # fmt: skip
BAY_TEMPLATES = Table(
    "module bay templates", "module-bay-templates", "modulebaytemplate", ("id", "device_type", "name")
)
