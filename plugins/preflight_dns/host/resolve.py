"""Asks the name servers of a host, from that host: sent there as a program for its python3, 3.6 or later.

    python3 -c SOURCE OWN SERVER...

Its stdin is that of `lookup.sh`, whose words it prints. With `own` as its first argument it asks the host's own
library as well, because the host has no getent.
"""

import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Tuple

TRIES = (1, 3)  # s; for each datagram sent
AT_ONCE = 16
FAMILIES = {"v4": socket.AF_INET, "v6": socket.AF_INET6, "all": socket.AF_UNSPEC}
NOT_FOUND = [getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)]

Address = Tuple[Any, ...]  # as getaddrinfo gives it
heard: Dict[str, bool] = {}  # whether each server has ever answered here; one that has not is not asked again


def say(*words: object) -> None:
    # One write for each line: others print beside it.
    os.write(1, (" ".join(map(str, words)) + "\n").encode("ascii", "replace"))


def over_udp(address: Address, query: bytes) -> bytes:
    with socket.socket(address[0], socket.SOCK_DGRAM) as sock:
        sock.connect(address[4])
        for seconds in TRIES:
            sock.settimeout(seconds)
            sock.send(query)
            try:
                reply = sock.recv(65535)
                while reply[:2] != query[:2]:
                    reply = sock.recv(65535)
            except socket.timeout:
                continue
            return reply
    raise socket.timeout("no answer in {} tries over UDP ({} s)".format(len(TRIES), ", ".join(map(str, TRIES))))


def over_tcp(address: Address, query: bytes) -> bytes:
    with socket.socket(address[0], socket.SOCK_STREAM) as sock:
        sock.settimeout(3)
        sock.connect(address[4])
        sock.sendall(len(query).to_bytes(2, "big") + query)
        got = b""
        while len(got) < 2 or len(got) < 2 + int.from_bytes(got[:2], "big"):
            more = sock.recv(65535)
            if not more:
                break
            got += more
    return got[2:]


def ask(server: str, query: bytes) -> bytes:
    address = socket.getaddrinfo(server, 53, 0, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)[0]
    try:
        reply = over_udp(address, query)
        truncated = len(reply) > 2 and reply[2] & 2
        return over_tcp(address, query) or reply if truncated else reply
    except OSError:
        reply = over_tcp(address, query)
        if not reply:
            raise
        return reply


def from_servers(number: str, query: bytes) -> None:
    for server in sys.argv[2:]:
        if heard.get(server) is False:
            say("N", number, server, "does not answer")
            continue
        try:
            reply = ask(server, query)
        except OSError as error:
            heard.setdefault(server, False)
            say("N", number, server, error.strerror or str(error) or type(error).__name__)
            continue
        heard[server] = True
        for at in range(0, len(reply), 1000):
            say("R", number, server, reply[at : at + 1000].hex())
        return


def from_library(number: str, family: str, name: str) -> None:
    try:
        found = socket.getaddrinfo(name, None, FAMILIES[family], socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
    except socket.gaierror as error:
        say("G", number, "-", 2 if error.errno in NOT_FOUND else 3)
        return
    except (OSError, UnicodeError):
        say("G", number, "-", 3)
        return
    say("G", number, "-", 0)
    for each in found:
        say("A", number, "-", each[4][0], "STREAM", each[3])


def main() -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pending = []
        for line in sys.stdin:
            number, family, _, name, query = line.split()
            pending.append(pool.submit(from_servers, number, bytes.fromhex(query)))
            if sys.argv[1] and family in FAMILIES:
                pending.append(pool.submit(from_library, number, family, name))
        for each in pending:
            each.result()


if __name__ == "__main__":
    main()
