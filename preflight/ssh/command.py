"""A command on a host, in a channel of its own."""

from __future__ import annotations

import threading
from contextlib import suppress

import paramiko

from preflight.stream import GRACE, POLL, TroubleError

OPEN_TIMEOUT = 10.0  # s
STATUS_TIMEOUT = 5.0  # s; from the end of a command's output to its exit status
_CHUNK = 1 << 15
_REMEMBERED = 4096  # bytes of stderr


class Command:
    """A `preflight.stream.Stream` of a channel."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._transport = transport
        self._channel: paramiko.Channel | None = None
        self._started = threading.Event()
        self._complaint = b""

    def start(self, command: str) -> None:
        try:
            self._channel = self._transport.open_session(timeout=OPEN_TIMEOUT)
            self._channel.settimeout(POLL)
            self._channel.exec_command(command)
        except paramiko.ChannelException as error:
            raise TroubleError(f"it opens no session: {error.text}", "look at MaxSessions in its sshd_config") from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            lost = "the connection was lost" if not self._transport.is_active() else f"it runs no command: {error}"
            raise TroubleError(lost, "log in and run `sh` there") from None
        self._started.set()

    def send(self, data: bytes) -> None:
        assert self._channel
        view = memoryview(data)
        while view:
            try:
                sent = self._channel.send(bytes(view[:_CHUNK]))
            except TimeoutError:  # there was no room
                continue
            except (paramiko.SSHException, EOFError):
                sent = 0
            if not sent:
                raise BrokenPipeError
            view = view[sent:]

    def close(self) -> None:
        with suppress(paramiko.SSHException, OSError, EOFError):
            if self._channel is not None:
                self._channel.shutdown_write()
                self._channel.status_event.wait(GRACE)
        self._hang_up()

    def abandon(self) -> None:
        threading.Thread(target=self._hang_up, name="preflight-abandon", daemon=True).start()

    def _hang_up(self) -> None:
        # A connection that is gone takes no goodbye.
        with suppress(paramiko.SSHException, OSError, EOFError):
            if self._channel is not None:
                self._channel.close()

    def receive(self) -> bytes | None:
        if not self._started.wait(POLL):
            return None
        assert self._channel
        self._hear()
        try:
            return self._channel.recv(_CHUNK)
        except TimeoutError:
            return None

    def _hear(self) -> None:
        while self._channel is not None and self._channel.recv_stderr_ready():
            self._complaint = (self._complaint + self._channel.recv_stderr(_CHUNK))[-_REMEMBERED:]

    def ended(self) -> str:
        assert self._channel
        self._channel.status_event.wait(STATUS_TIMEOUT)
        self._hear()
        status = self._channel.exit_status
        if status < 0:
            self._transport.join(0.5)  # when the connection goes, its channels go first
            if not self._transport.is_active():
                raise connection_lost()
            return "was ended by a signal" if self._channel.closed else "closed its output and went on"
        return f"ended with {status}" if status else ""

    @property
    def complaint(self) -> str:
        return self._complaint.decode(errors="replace")


def connection_lost() -> TroubleError:
    return TroubleError("the connection was lost", "is the host up? `ssh` to it, and look at its log")
