"""Our temporary listeners on the destinations of a batch: started before the sources probe, gone when they have."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Any

from preflight.finding import NotChecked, bug
from preflight.model import Host
from preflight.remote import Lost, Rung, Unreachable, connect
from preflight_ports.jobs import Greeting
from preflight_ports.observation import Listener
from preflight_ports.spec import FlowSpec

EXPIRES = 900.0  # seconds; the end of the connection ends a listener long before
STARTS = 60.0  # seconds for one to say what it has
SILENT = 5.0  # seconds without a sign of life

Ports = dict[tuple[int, str], str]  # (port, protocol) to the address that it is reached at


def wanted_on(flows: Iterable[FlowSpec]) -> dict[str, Ports]:
    """The ports to listen on, by host."""
    wanted: dict[str, Ports] = {}
    for flow in flows:
        if flow.listener:
            on_host = wanted.setdefault(flow.pair.destination, {})
            for ports in flow.port:
                for port in ports.numbers:
                    on_host[port, ports.protocol] = flow.pair.address
    return wanted


class ListenerOn:
    """The listener on one host, held open by a thread of its own until `release`."""

    def __init__(self, name: str, host: Host, ports: Ports) -> None:
        self.name = name
        self._host = host
        self._ports = ports
        # Words that nobody else says: who answers with them is this listener, and not one that NAT leads to instead.
        self.greeting = Greeting(f"preflight {secrets.token_hex(16)}", f"preflight {secrets.token_hex(16)}")
        self._known = threading.Event()
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._hold, name=f"listener-{name}", daemon=True)
        self._have: Mapping[tuple[int, str], Listener] = {}
        self._life = threading.Condition()
        self._beats = 0
        self._over = ""  # why it is heard of no more

    def start(self, stopped: Callable[[], bool], deadline: float | None) -> None:
        self._stopped, self._deadline = stopped, deadline
        self._thread.start()

    def have(self) -> Mapping[tuple[int, str], Listener]:
        """What became of each port, by (port, protocol); waits until it is known."""
        patience = time.monotonic() + STARTS
        while not self._known.wait(0.2) and not self._stopped():
            if time.monotonic() > patience:
                self._fail(NotChecked(f"it did not start within {STARTS:g} s"))
        return self._have

    def gone(self) -> str:
        """Why it does not listen any more; empty if it does, as is heard from it anew."""
        with self._life:
            seen = self._beats
            # The next sign of life may have been on its way already.
            self._life.wait_for(lambda: self._beats >= seen + 2 or self._over, SILENT)
            alive = self._beats >= seen + 2
        return "" if alive else self._over or f"nothing was heard of it for {SILENT:g} s"

    def release(self) -> None:
        """Nobody probes any more: end it, and wait until it is gone."""
        self._released.set()
        self._thread.join(5)

    @property
    def _rung(self) -> Rung:
        ports = [
            {"port": port, "protocol": protocol, "address": address}
            for (port, protocol), address in self._ports.items()
        ]
        request = {"ports": ports, "hello": self.greeting.hello, "reply": self.greeting.reply, "expires": EXPIRES}
        source = (files("preflight_ports") / "listener.py").read_text()
        return Rung("python3", source, json.dumps(request).encode())

    def _hold(self) -> None:
        try:
            with (
                connect(self.name, self._host, deadline=self._deadline, stopped=self._done) as connection,
                connection.run([self._rung], timeout=STARTS + EXPIRES) as running,
            ):
                for line in running.lines():
                    ports = json.loads(line).get("ports", ())
                    if ports:
                        self._tell({(port["port"], port["protocol"]): Listener(**port) for port in ports})
                    self._hear()
                    if self._done():
                        return
            self._fail(NotChecked("its time was over"))
        except (Unreachable, Lost) as error:
            self._fail(error.not_checked)
        except Exception as error:
            self._fail(bug("the listener of ports.flow raised", error))

    def _done(self) -> bool:
        return self._released.is_set() or self._stopped()

    def _hear(self) -> None:
        with self._life:
            self._beats += 1
            self._life.notify_all()

    def _fail(self, why: NotChecked) -> None:
        with self._life:
            self._over = why.reason
            self._life.notify_all()
        self._tell({key: Listener(*key, state="failed", note=why.reason) for key in self._ports})

    def _tell(self, have: Mapping[tuple[int, str], Any]) -> None:
        if not self._known.is_set():
            self._have = have
            self._known.set()
