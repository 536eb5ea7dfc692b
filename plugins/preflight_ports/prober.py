"""Connects to ports from the machine it runs on and says how each fared. One file, standard library, Python 3.6.

The same code runs on the runner by import and on a host of the inventory by being shipped there: `main` reads a
request from stdin (JSON, its length in argv[2]) and prints a line `TOKEN JSON` for each job that is done.

A job is `{"id", "host", "families", "protocol", "ports": [[first, last], ...], "timeout", "locate"}` and, where asked
for, `"tls": {"name", "verify"}`, `"payload"` (hex, for UDP) and `"listener": {"hello", "reply"}`. Its result is
`{"id", "error", "addresses": [{"address", "source", "ports": [{"first", "last", "state", ...}]}]}`; see `collapsed`.

States follow from connect()'s errno and from the socket's error queue (ip(7), IP_RECVERR), which gives an ICMP error's
type, code and sender without privileges. Where there is no such queue, the errno alone has to do.
"""

import base64
import errno
import functools
import heapq
import itertools
import json
import os
import queue
import resource
import selectors
import socket
import ssl
import struct
import sys
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Set, Tuple

MOST_LIVE = 1000  # sockets at once; firewalls and conntrack tables feel more
SPARE_FILES = 32  # left to the rest of the process
MOST_HOPS = 16
TRACES = 8  # drops located for each address
TRACE_AFTER = 1.0  # seconds without an answer
TRIES = (0.0, 1.0, 2.0)  # when a datagram is sent
STUCK = 5.0  # seconds without any room for a socket

LINUX = sys.platform.startswith("linux")
MSG_ERRQUEUE = getattr(socket, "MSG_ERRQUEUE", 0x2000)
# level, option that switches the error queue on, option that sets the hop limit: <linux/in.h>, <linux/in6.h>
OPTIONS: Dict[int, Tuple[int, int, int]] = {
    socket.AF_INET: (socket.IPPROTO_IP, 11, socket.IP_TTL),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25, socket.IPV6_UNICAST_HOPS),
}
ORIGIN_ICMP, ORIGIN_ICMP6 = 2, 3
FAMILIES: Dict[str, int] = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
# RFC 792 and RFC 1812 5.2.7.1; RFC 4443 3.1
UNREACHABLE = {ORIGIN_ICMP: {0, 1, 5, 6, 7, 8, 11, 12}, ORIGIN_ICMP6: {0, 2, 3}}
REJECTED = {ORIGIN_ICMP: {2, 3, 9, 10, 13}, ORIGIN_ICMP6: {1, 4, 5, 6}}
DESTINATION_UNREACHABLE = {ORIGIN_ICMP: 3, ORIGIN_ICMP6: 1}
TIME_EXCEEDED = {ORIGIN_ICMP: 11, ORIGIN_ICMP6: 3}
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}
LOCAL = {errno.EACCES, errno.EPERM, errno.EINVAL, errno.EHOSTUNREACH, errno.ENETUNREACH}
AWAY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
WAITING = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY}

Emit = Callable[[Dict[str, Any]], None]
Icmp = Tuple[int, int, int, str]  # origin, type, code, sender


def tcp_state(error: int, icmp: Optional[Icmp], at_once: bool, own: bool) -> str:
    """The state's word for a connect that ended with `error`; `own`: the ICMP was this machine's own."""
    if error == 0:
        return "open"
    if error == errno.ETIMEDOUT:
        return "filtered"
    if icmp is not None:
        origin, kind, code, _ = icmp
        if kind != DESTINATION_UNREACHABLE.get(origin) or code in UNREACHABLE[origin]:
            return "unreachable"
        return "local-policy" if own else "rejected"
    if error in (errno.ECONNREFUSED, errno.ECONNRESET):
        return "refused"
    if at_once and error in LOCAL:
        return "local-policy"
    if error in AWAY:
        return "unreachable"
    return "rejected" if error in (errno.EACCES, errno.EPERM, errno.ENOPROTOOPT) else "not-checked"


def udp_state(error: int, icmp: Optional[Icmp], at_once: bool, own: bool, from_target: bool) -> str:
    if error == 0:
        return "open"
    if error == errno.ETIMEDOUT:
        return "silent"
    port_unreachable = error == errno.ECONNREFUSED
    if port_unreachable and (from_target or icmp is None):
        return "closed"
    return tcp_state(error, icmp, at_once, own)


def errors_of(sock: socket.socket) -> Optional[Icmp]:
    """The last ICMP error in a socket's error queue, which is then empty. See recvmsg(2), sock_extended_err."""
    found = None
    while LINUX:
        try:
            _, ancillary, _, _ = sock.recvmsg(512, 512, MSG_ERRQUEUE)
        except OSError:
            break
        for level, _, data in ancillary:
            if level not in (socket.IPPROTO_IP, socket.IPPROTO_IPV6) or len(data) < 24:
                continue
            _, origin, kind, code = struct.unpack_from("=IBBB", data)
            if origin in DESTINATION_UNREACHABLE:
                v6 = struct.unpack_from("=H", data, 16)[0] == socket.AF_INET6
                raw = data[24:40] if v6 else data[20:24]
                sender = socket.inet_ntop(socket.AF_INET6 if v6 else socket.AF_INET, raw)
                found = (origin, kind, code, sender)
    return found


class Address:
    """One address of a job: its ports on their way, and what became of them."""

    def __init__(self, job: "Job", family: int, sockaddr: Tuple[Any, ...]) -> None:
        self.job, self.family, self.sockaddr = job, family, sockaddr
        self.text = sockaddr[0].partition("%")[0]
        self.source, why_not = source_of(family, sockaddr)
        self.sends_nothing = why_not == errno.EADDRNOTAVAIL  # no address of this family to send from
        self.ports = (port for first, last in job.ports for port in range(first, last + 1))
        self.left = job.wanted
        self.waiting: Set[int] = set()
        self.seen: Dict[int, Dict[str, Any]] = {}
        self.hops: Dict[int, Dict[int, str]] = {}  # of a traced port: hop to the router that answered

    def collapsed(self) -> List[Dict[str, Any]]:
        """Neighbouring ports that fared alike, as `{"first", "last", "state", "by", "icmp", "errno", ...}`."""
        runs: List[Dict[str, Any]] = []
        for port in sorted(self.seen):
            fared, hops = self.seen[port], self.hops.get(port)
            last = runs[-1] if runs else None
            if last is not None and last["last"] == port - 1 and last["fared"] == fared:
                last["last"] = port
            else:
                last = {"first": port, "last": port, "fared": fared}
                runs.append(last)
            if hops:
                last["hops"] = sorted(hops.items())
        return [dict(run.pop("fared"), **run) for run in runs]


class Job:
    def __init__(self, written: Dict[str, Any]) -> None:
        self.written = written
        self.ports = written["ports"]
        self.wanted = sum(last - first + 1 for first, last in self.ports)
        self.udp = written["protocol"] == "udp"
        self.timeout = float(written["timeout"])
        self.addresses: List[Address] = []
        self.deep = bool(written.get("tls") or written.get("listener")) and not self.udp

    def resolve(self) -> None:
        """Every address of the host, as this machine resolves it. Raises OSError."""
        kind = socket.SOCK_DGRAM if self.udp else socket.SOCK_STREAM
        found: Dict[Any, None] = {}
        for family, _, _, _, sockaddr in socket.getaddrinfo(self.written["host"], 0, 0, kind):
            if family in [FAMILIES[name] for name in self.written["families"]]:
                found[(family, sockaddr)] = None
        if not found:
            raise OSError(f"no {' or '.join(self.written['families'])} address")
        self.addresses = [Address(self, family, sockaddr) for family, sockaddr in found]


def source_of(family: int, sockaddr: Tuple[Any, ...]) -> Tuple[str, int]:
    """The address this machine would send from; where there is none, "" and the errno. Sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((sockaddr[0], 9, *sockaddr[2:]))
            return str(sock.getsockname()[0]).partition("%")[0], 0
    except OSError as error:  # EAGAIN is that no port is left
        return "", error.errno or 0


class Attempt:
    """One socket on its way to one port; with `hop`, one that should get no farther than that."""

    __slots__ = ("address", "hop", "port", "sock", "started", "tries")

    def __init__(self, address: Address, port: int, hop: int = 0) -> None:
        self.address, self.port, self.hop = address, port, hop
        self.sock: Any = None
        self.started, self.tries = 0.0, 0


class Prober:
    """One event loop over all jobs. Names and what follows a connect (TLS, our listener) run in threads beside it."""

    def __init__(self, jobs: List[Job], emit: Emit, room: int, stopped: Callable[[], bool]) -> None:
        self.emit, self.most, self.stopped = emit, max(1, room), stopped
        self.room = self.most
        self.selector = selectors.DefaultSelector()
        self.turns: Deque[Address] = deque()  # addresses with ports left, each takes its turn
        self.again: Deque[Attempt] = deque()  # there was no room for them
        self.live: Set[Attempt] = set()
        self.clock: List[Tuple[float, int, Attempt]] = []  # a heap: when an attempt has had its time
        self.watch: Deque[Tuple[float, Attempt]] = deque()  # when a silent one is traced
        self.aside: queue.Queue[Tuple[Any, Any]] = queue.Queue()  # what threads bring back
        self.out = 0  # threads that have not brought back
        self.deep = 0  # open ports that are followed up by a thread
        self.numbers = itertools.count()
        self.no_room_since = 0.0
        self.work_left: queue.Queue[Any] = queue.Queue()
        self.idle = threading.Semaphore(0)
        self.threads = 0
        for job in jobs:
            self.beside(job, job.resolve)

    def run(self) -> None:
        try:
            while (self.out or self.turns or self.live or self.again) and not self.stopped():
                self.take_in()
                self.fill()
                for key, _ in self.selector.select(self.patience()):
                    self.ready(key.data)
                self.expire()
        finally:
            for attempt in list(self.live):
                self.drop(attempt)
            self.selector.close()
            for _ in range(self.threads):
                self.work_left.put(None)

    def beside(self, about: Any, work: Callable[[], Any]) -> None:
        """Do something that blocks in a thread; `take_in` gets (about, what it returned or raised)."""
        self.out += 1
        self.work_left.put((about, work))
        if not self.idle.acquire(False) and self.threads < 64:
            self.threads += 1
            threading.Thread(target=self.work, daemon=True).start()

    def work(self) -> None:
        for about, work in iter(self.work_left.get, None):
            try:
                self.aside.put((about, work()))
            except Exception as error:
                self.aside.put((about, error))
            self.idle.release()

    def take_in(self) -> None:
        while self.out:
            try:
                about, brought = self.aside.get(self.only_aside, 0.05)
            except queue.Empty:
                return
            self.out -= 1
            if isinstance(about, Job):
                if isinstance(brought, Exception):
                    text = getattr(brought, "strerror", None) or str(brought)
                    self.emit({"id": about.written["id"], "error": text, "addresses": []})
                else:
                    self.turns.extend(about.addresses)
            else:
                address, port = about
                self.deep -= 1
                if isinstance(brought, Exception):
                    text = getattr(brought, "strerror", None) or str(brought) or type(brought).__name__
                    brought = {"state": "not-checked", "note": text}
                self.settle(address, port, brought)

    @property
    def only_aside(self) -> bool:
        """Nothing to do but to wait for threads."""
        return not self.live and not ((self.again or self.turns) and self.held < self.room)

    @property
    def held(self) -> int:
        """Sockets, those of threads among them."""
        return len(self.live) + self.deep

    def fill(self) -> None:
        while self.held < self.room + (SPARE_FILES if self.again else 0) and (self.again or self.turns):
            if self.again:
                attempt = self.again.popleft()
            else:
                address = self.turns.popleft()
                attempt = Attempt(address, next(address.ports))
                address.left -= 1
                if address.left:
                    self.turns.append(address)
            if not self.start(attempt):
                return

    def start(self, attempt: Attempt) -> bool:
        """Send the first packet. False: there is no room for another socket now."""
        address = attempt.address
        job = address.job
        try:
            sock = socket.socket(address.family, socket.SOCK_DGRAM if job.udp else socket.SOCK_STREAM)
        except OSError as none:
            return self.crowded(attempt, none.errno or 0)
        sock.setblocking(False)
        level, errors, hop_limit = OPTIONS[address.family]
        if LINUX:
            sock.setsockopt(level, errors, 1)
        if attempt.hop:
            sock.setsockopt(level, hop_limit, attempt.hop)
        error = sock.connect_ex((address.sockaddr[0], attempt.port, *address.sockaddr[2:]))
        if error == errno.EADDRNOTAVAIL and address.sends_nothing:
            error = errno.ENETUNREACH  # no shortage, and no use in waiting
        if error in NO_ROOM:  # for UDP, EAGAIN is that there is no port left
            sock.close()
            return self.crowded(attempt, error)
        self.no_room_since = 0.0
        self.room = min(self.most, self.room + 1)
        attempt.sock, attempt.started = sock, time.monotonic()
        if not attempt.hop:
            address.waiting.add(attempt.port)
        if job.udp and error == 0:
            error = self.send(attempt) or errno.EINPROGRESS
        if error in WAITING:
            self.live.add(attempt)
            self.selector.register(sock, selectors.EVENT_READ if job.udp else selectors.EVENT_WRITE, attempt)
            limit = min(TRACE_AFTER, job.timeout / 2) if attempt.hop else TRIES[1] if job.udp else job.timeout
            self.remind(attempt, min(limit, job.timeout))
            if LINUX and not attempt.hop and job.written["locate"]:
                self.watch.append((attempt.started + min(TRACE_AFTER, job.timeout / 2), attempt))
        else:
            self.done(attempt, error, at_once=True)
        return True

    def crowded(self, attempt: Attempt, error: int) -> bool:
        """No descriptor, port or memory for a socket: that says nothing about the port. Wait until there is."""
        self.again.appendleft(attempt)
        now = time.monotonic()
        self.no_room_since = self.no_room_since or now
        self.room = max(1, min(self.room, self.held))
        if not self.held and now - self.no_room_since > STUCK:
            self.again.popleft()
            if not attempt.hop:
                note = f"no socket to be had here: {os.strerror(error)}"
                self.settle(attempt.address, attempt.port, {"state": "not-checked", "note": note})
        elif not self.held:
            time.sleep(0.02)
        return False

    def send(self, attempt: Attempt) -> int:
        written = attempt.address.job.written
        listener = written.get("listener")
        data = listener["hello"].encode() + b" 0\n" if listener else bytes.fromhex(written.get("payload", ""))
        try:
            attempt.sock.send(data)
        except OSError as error:
            return error.errno or errno.EIO
        attempt.tries += 1
        return 0

    def remind(self, attempt: Attempt, seconds: float) -> None:
        heapq.heappush(self.clock, (time.monotonic() + seconds, next(self.numbers), attempt))

    def patience(self) -> float:
        if self.out and self.only_aside:
            return 0.0
        if (self.again or self.turns) and self.held < self.room:
            return 0.0
        due = [self.clock[0][0]] if self.clock else []
        due += [self.watch[0][0]] if self.watch else []
        return max(0.0, min([at - time.monotonic() for at in due] + [0.05 if self.out else 0.2]))

    def expire(self) -> None:
        now = time.monotonic()
        while self.watch and self.watch[0][0] <= now:
            attempt = self.watch.popleft()[1]
            if attempt in self.live:
                self.trace(attempt.address, attempt.port)
        while self.clock and self.clock[0][0] <= now:
            attempt = heapq.heappop(self.clock)[2]
            if attempt not in self.live:
                continue
            address = attempt.address
            rest = attempt.started + address.job.timeout - now
            if address.job.udp and not attempt.hop and rest > 0.001:
                error = self.send(attempt) if attempt.tries < len(TRIES) else 0
                if error:  # the one of an ICMP that came just now
                    self.done(attempt, error)
                    continue
                pause = TRIES[attempt.tries] - TRIES[attempt.tries - 1] if attempt.tries < len(TRIES) else rest
                self.remind(attempt, min(pause, rest))
            else:
                self.done(attempt, errno.ETIMEDOUT)

    def trace(self, address: Address, port: int) -> None:
        """Find the last router that packets to a silent port get to, unless a neighbouring port tells."""
        if len(address.hops) < TRACES and port - 1 not in address.waiting:
            address.hops[port] = {}
            self.again.extend(Attempt(address, port, hop) for hop in range(1, MOST_HOPS + 1))

    def ready(self, attempt: Attempt) -> None:
        sock, udp = attempt.sock, attempt.address.job.udp
        if udp:
            try:
                answer = sock.recv(65536)
            except OSError as why:
                if why.errno in WAITING and not attempt.hop:
                    errors_of(sock)
                else:
                    self.done(attempt, why.errno or 0)
                return
            self.done(attempt, 0, answer=answer)
            return
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not error:
            try:
                sock.getpeername()
            except OSError:  # an ICMP that is no error of the connect
                errors_of(sock)
                return
        self.done(attempt, error)

    def drop(self, attempt: Attempt, keep: bool = False) -> None:
        if attempt in self.live:
            self.live.discard(attempt)
            self.selector.unregister(attempt.sock)
        if not keep:
            attempt.sock.close()

    def done(self, attempt: Attempt, error: int, at_once: bool = False, answer: bytes = b"") -> None:
        address, port, sock = attempt.address, attempt.port, attempt.sock
        icmp = errors_of(sock) if error or attempt.hop else None
        if attempt.hop:
            self.drop(attempt)
            if icmp is not None and icmp[1] == TIME_EXCEEDED[icmp[0]]:
                address.hops[port][attempt.hop] = icmp[3]
            return
        if error == 0 and not address.job.udp and sock.getsockname() == sock.getpeername():
            error = errno.ECONNREFUSED  # on loopback, a socket may have been given the very port it connects to
        own = icmp is not None and icmp[3] == address.source and icmp[3] != address.text
        if address.job.udp:
            from_target = icmp is not None and icmp[3] == address.text
            state = udp_state(error, icmp, at_once, own, from_target)
        else:
            state = tcp_state(error, icmp, at_once, own)
        deep = state == "open" and address.job.deep
        self.drop(attempt, keep=deep)
        if deep:
            self.deep += 1
            self.beside((address, port), lambda: followed_up(address, port, sock))
            return
        fared: Dict[str, Any] = {"state": state}
        if icmp is not None:
            fared.update(by=icmp[3], icmp=f"{icmp[1]}/{icmp[2]}")
        if error:
            fared["errno"] = errno.errorcode.get(error, str(error))
        if state == "not-checked":
            fared["note"] = os.strerror(error)
        listener = address.job.written.get("listener")
        if answer and listener:
            fared.update(heard(answer, listener, port))
        self.settle(address, port, fared)

    def settle(self, address: Address, port: int, fared: Dict[str, Any]) -> None:
        address.waiting.discard(port)
        address.seen[port] = fared
        job = address.job
        if all(len(one.seen) == job.wanted for one in job.addresses):
            addresses = [{"address": one.text, "source": one.source, "ports": one.collapsed()} for one in job.addresses]
            self.emit({"id": job.written["id"], "error": "", "addresses": addresses})


def followed_up(address: Address, port: int, sock: socket.socket) -> Dict[str, Any]:
    """What an open port does next: our listener's greeting, or a TLS handshake. Blocks; runs in a thread."""
    written = address.job.written
    fared: Dict[str, Any] = {"state": "open"}
    with sock:
        sock.setblocking(True)
        sock.settimeout(address.job.timeout)
        if written.get("listener"):
            # Somebody who answers octet by octet must not hold the others up.
            patience = threading.Timer(2 * address.job.timeout, hang_up, (sock,))
            patience.daemon = True
            patience.start()
            try:
                fared.update(greeted(sock, written["listener"], port))
            finally:
                patience.cancel()
    if written.get("tls"):
        fared["tls"] = handshake(address, port, written["tls"], verify=written["tls"]["verify"])
    return fared


def hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other side was quicker
        pass


def greeted(sock: socket.socket, listener: Dict[str, str], port: int) -> Dict[str, Any]:
    """Talk to our own listener: who answered, whom it saw, and whether full-sized segments get through both ways."""
    # Twice the largest segment and one byte more: no single packet, and none of them small (RFC 2923 2.1).
    size = 2 * sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) + 1
    try:
        sock.sendall(f"{listener['hello']} {size}\n".encode())
        with sock.makefile("rb") as answers:
            fared = heard(answers.readline(200), listener, port)
            if fared.get("state"):
                return fared
            fared["lost"] = "there"
            sock.sendall(b"x" * size)
            if answers.readline(10) == b"got\n":
                fared["lost"] = "back"
                if len(answers.read(size)) == size:
                    fared["lost"] = ""
    except OSError:
        if "fared" not in locals():
            return {"state": "intercepted"}
    return dict(fared, state="mtu-hole") if fared["lost"] else fared


def heard(answer: bytes, listener: Dict[str, str], port: int) -> Dict[str, Any]:
    """`{"peer"}` as our listener on that port saw it; `{"state": "intercepted"}` if somebody else answered."""
    reply, _, peer = answer.decode("ascii", "replace").strip().rpartition(" ")
    return {"peer": peer} if reply == f"{listener['reply']} {port}" else {"state": "intercepted"}


def handshake(address: Address, port: int, tls: Dict[str, Any], verify: bool) -> Dict[str, Any]:
    """`{"version", "cipher", "certificate" (DER, base64), "untrusted", "failed"}`; a new connection each time."""
    try:
        with socket.socket(address.family, socket.SOCK_STREAM) as sock:
            sock.settimeout(address.job.timeout)
            sock.connect((address.sockaddr[0], port, *address.sockaddr[2:]))
            with tls_context(verify).wrap_socket(sock, server_hostname=tls["name"]) as secured:
                certificate = base64.b64encode(secured.getpeercert(True) or b"").decode()
                cipher = secured.cipher() or ("", "", 0)
                return {"version": secured.version(), "cipher": cipher[0], "certificate": certificate}
    except socket.timeout:
        return {"failed": "timed out"}
    except (ssl.SSLError, ssl.CertificateError) as error:  # in 3.6, the latter is none of the former
        untrusted = getattr(error, "verify_message", "") or str(error)
        reason = getattr(error, "reason", "")
        if verify and (isinstance(error, ssl.CertificateError) or reason == "CERTIFICATE_VERIFY_FAILED"):
            return dict(handshake(address, port, tls, verify=False), untrusted=untrusted)
        return {"failed": reason or str(error)}
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        return {"failed": error.strerror or str(error)}


@functools.lru_cache(maxsize=None)
def tls_context(verify: bool) -> ssl.SSLContext:
    """One for all handshakes: it takes some time to read what this machine trusts."""
    context = ssl.create_default_context()
    # Only Python, and from 3.13 on, refuses certificates without what RFC 5280 wants besides.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def prober(
    request: Dict[str, Any], emit: Emit, stopped: Callable[[], bool] = lambda: False, spare: int = 2 * SPARE_FILES
) -> None:
    """Probe every job of `request["jobs"]`, and `emit` each one's result as soon as it is known.

    `spare` descriptors are left to the rest of the process.
    """
    emit({"error_queue": LINUX})
    if any(written.get("tls") for written in request["jobs"]):
        tls_context.cache_clear()
        tls_context(True)  # while there are descriptors: without them, nothing would be trusted, and nobody told
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        used = len(os.listdir("/dev/fd"))
    except OSError:
        used = 64
    room = MOST_LIVE if soft == resource.RLIM_INFINITY else min(MOST_LIVE, soft - used - spare)
    Prober([Job(written) for written in request["jobs"]], emit, room, stopped).run()


def main() -> None:
    token, length = sys.argv[1], int(sys.argv[2])
    request = json.loads(sys.stdin.buffer.read(length).decode())

    def emit(result: Dict[str, Any]) -> None:
        sys.stdout.write(f"{token} {json.dumps(result)}\n")
        sys.stdout.flush()

    def end_with_the_run() -> None:
        sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=end_with_the_run, daemon=True).start()
    prober(request, emit)
    os._exit(0)


if __name__ == "__main__":
    main()
