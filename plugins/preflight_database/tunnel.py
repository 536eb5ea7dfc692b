"""A driver led through a host of the inventory, while it takes the server for the one that `url` names.

It has to: TLS certificates and Kerberos are about that name, and it is what the driver's messages are about.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from preflight import remote
from preflight_database.plan import Bastion
from preflight_database.url import Location

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from preflight.remote import Forwarding


@contextmanager
def tunnel(
    via: Bastion, location: Location, engine: Engine, stopped: Callable[[], bool], deadline: float | None
) -> Iterator[Forwarding]:
    """A port that leads to the database, and the engine made to use it. Raises `remote.Unreachable`."""
    from sqlalchemy import event

    target = location.host, location.listens_on
    with remote.forward(via.name, via.host, *target, deadline=deadline, stopped=stopped) as forwarding:
        place = forwarding.address, forwarding.port

        @event.listens_for(engine, "do_connect")
        def _connect(dialect: Any, _record: Any, positional: Any, named: dict[str, Any]) -> Any:
            if location.dialect == "postgresql":
                # libpq verifies, and says hello to, `host`; it connects to `hostaddr`.
                named |= {"hostaddr": place[0], "port": place[1]}
                return None
            connection = dialect.loaded_dbapi.connect(*positional, **named, defer_connect=True)
            connection.connect(socket.create_connection(place, named["connect_timeout"]))
            return connection

        yield forwarding
