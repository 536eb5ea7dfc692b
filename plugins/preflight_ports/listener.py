"""Listens for a moment on ports where nothing listens yet, to try a path before its service is there.

One file, standard library, Python 3.6: it is shipped to the destination and writes nothing there. `main` reads a
request from stdin (JSON, its length in argv[2]): `{"ports": [{"port", "protocol", "address"}, ...], "hello", "reply",
"expires"}`. It prints a line `TOKEN {"ports": [{"port", "protocol", "state", "note"}, ...]}` once it listens, then
`TOKEN {}` several times a second as a sign of life, and ends when its stdin does (the run is over, or was killed), or
after `expires` seconds. States:

- `listening`: ours.
- `in-use`: something else has the port, which is left alone. `answers` says whether it accepts at `address`.
- `failed`: it could not be had, for the reason in `note`.

Whoever does not say `hello` is not answered. Who does is told `reply`, the port it came to and the address it was seen
as; over TCP, as many octets as it announced go both ways.
"""

import errno
import json
import os
import resource
import selectors
import socket
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Tuple

PATIENCE = 10.0  # seconds for one visitor
VISITORS = 512  # descriptors kept for them
BEAT = 0.2  # seconds between signs of life
LONGEST_HELLO = 200
MOST_OCTETS = 1 << 20

Socket = Tuple[socket.socket, bool]


def listening(port: int, udp: bool) -> socket.socket:
    """A socket on that port of every address of both families. Raises OSError; never shares a port."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    try:
        sock = socket.socket(socket.AF_INET6, kind)
        everywhere = "::"
    except OSError:  # no IPv6 here
        sock = socket.socket(socket.AF_INET, kind)
        everywhere = "0.0.0.0"
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if not udp:
            # A service that has just been stopped leaves TIME_WAIT behind; a live one still keeps the port its own.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((everywhere, port))
        if not udp:
            sock.listen(1024)  # a full queue looks like a drop; the kernel caps it
    except OSError:
        sock.close()
        raise
    return sock


def opened(wanted: Dict[str, Any]) -> Tuple[Dict[str, Any], List[Socket]]:
    """What became of one port that was asked for, and its socket."""
    udp = wanted["protocol"] == "udp"
    became: Dict[str, Any] = {"port": wanted["port"], "protocol": wanted["protocol"], "note": ""}
    try:
        sock = listening(wanted["port"], udp)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return dict(became, state="failed", note=error.strerror), []
        return dict(became, state="in-use", answers=not udp and accepts(wanted["address"], wanted["port"])), []
    return dict(became, state="listening"), [(sock, udp)]


def accepts(address: str, port: int) -> bool:
    """Whether what has the port accepts connections at the address that others use."""
    try:
        socket.create_connection((address, port), 2).close()
    except OSError:
        return False
    return True


def serve(sockets: List[Socket], hello: str, reply: str, expires: float, alive: Callable[[], None]) -> None:
    """Answer visitors until the time is over, and say meanwhile that it does."""
    selector = selectors.DefaultSelector()
    for sock, udp in sockets:
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ, udp)
    end = time.monotonic() + expires
    beat = time.monotonic()
    while time.monotonic() < end:
        if time.monotonic() >= beat:
            alive()
            beat = time.monotonic() + BEAT
        for key, _ in selector.select(BEAT):
            try:
                if key.data:
                    answer_datagram(key.fileobj, hello, reply)
                else:
                    visitor, peer = key.fileobj.accept()  # type: ignore[union-attr]  # a socket, not a number
                    told = f"{reply} {port_of(visitor)} {shown(peer)}\n".encode()
                    work = threading.Thread(target=answer, args=(visitor, told, hello), daemon=True)
                    work.start()
            except OSError:  # the visitor is gone already
                continue


def answer_datagram(sock: Any, hello: str, reply: str) -> None:
    said, peer = sock.recvfrom(LONGEST_HELLO)
    if said.startswith(hello.encode() + b" "):
        sock.sendto(f"{reply} {port_of(sock)} {shown(peer)}\n".encode(), peer)


def port_of(sock: Any) -> int:
    return int(sock.getsockname()[1])


def answer(visitor: socket.socket, told: bytes, hello: str) -> None:
    try:
        with visitor:
            visitor.setblocking(True)
            visitor.settimeout(PATIENCE)
            with visitor.makefile("rb") as said:
                word, _, size = said.readline(LONGEST_HELLO).decode("ascii", "replace").strip().rpartition(" ")
                if word != hello or not size.isdigit() or int(size) > MOST_OCTETS:
                    return
                visitor.sendall(told)
                if len(said.read(int(size))) == int(size):
                    visitor.sendall(b"got\n")
                    visitor.sendall(b"x" * int(size))
                said.read(1)  # until it has read it all and leaves
    except OSError:
        pass


def shown(peer: Tuple[Any, ...]) -> str:
    """The address in its own family's notation."""
    address = str(peer[0]).partition("%")[0]
    return address[7:] if address.startswith("::ffff:") and "." in address else address


def main() -> None:
    token, length = sys.argv[1], int(sys.argv[2])
    request = json.loads(sys.stdin.buffer.read(length).decode())
    sockets: List[Socket] = []
    ports: List[Dict[str, Any]] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = (soft if hard == resource.RLIM_INFINITY else hard) - VISITORS
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (room + VISITORS, hard))
    except (OSError, ValueError):
        room = soft - VISITORS
    for wanted in request["ports"]:
        if len(sockets) >= room:  # one that cannot accept would look like a proxy in the way
            ports.append(dict(wanted, state="failed", note=f"no room for more than {max(room, 0)} at once (ulimit -n)"))
            ports[-1].pop("address")
            continue
        became, held = opened(wanted)
        ports.append(became)
        sockets += held

    def end_with_the_run() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=end_with_the_run, daemon=True).start()

    def say(what: Dict[str, Any]) -> None:
        try:
            sys.stdout.write("{} {}\n".format(token, json.dumps(what)))
            sys.stdout.flush()
        except OSError:  # nobody listens to it
            os._exit(0)

    say({"ports": ports})
    serve(sockets, request["hello"], request["reply"], request["expires"], lambda: say({}))
    os._exit(0)


if __name__ == "__main__":
    main()
