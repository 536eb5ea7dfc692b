"""Lets a server know who we are: offers it one key after the other. Nobody is there to type a password."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import paramiko

from preflight.ssh.config import Hop
from preflight.ssh.keys import Candidate, candidates
from preflight.stream import Limits, TroubleError

_REFUSED = "; if it is in there, the log of its sshd says why not (a locked account, files that others may write)"
TIMEOUT = 15.0  # s; for each key: the agent may ask a person


def authenticate(hop: Hop, transport: paramiko.Transport, limits: Limits) -> None:
    with ExitStack() as agent:  # which has to be there while its keys sign
        offers, unusable = limits.call(TIMEOUT, lambda: candidates(hop, agent))
        accepted = _offer(hop, transport, limits, offers) if offers else _lets_anybody_in(hop, transport, limits)
    if not accepted:
        offered = f"it was offered {_listed(offers)}" if offers else "there was none to offer"
        why = "".join(f"; {reason}" for reason in unusable)
        raise TroubleError(
            f"{hop} accepts no key for {hop.user}: {offered}{why}",
            "`ssh-add` the key, name it with `identity_file:`, or put its public half into "
            f"~{hop.user}/.ssh/authorized_keys there{_REFUSED if offers else ''}",
        )


def _offer(hop: Hop, transport: paramiko.Transport, limits: Limits, offers: list[Candidate]) -> bool:
    for number, offer in enumerate(offers, 1):
        if _accepts(hop, transport, limits, offer):
            return True
        if not transport.is_active():
            raise TroubleError(
                f"{hop} hung up after keys it does not accept for {hop.user}: {_listed(offers[:number])}",
                "name the right one with `identity_file:`, or IdentityFile and IdentitiesOnly in ~/.ssh/config",
            )
    return False


def _lets_anybody_in(hop: Hop, transport: paramiko.Transport, limits: Limits) -> bool:
    """Some servers know a person by the network they come from."""
    with suppress(paramiko.SSHException, OSError, EOFError):
        limits.call(TIMEOUT, lambda: transport.auth_none(hop.user))
        return True
    return False


def _accepts(hop: Hop, transport: paramiko.Transport, limits: Limits, offer: Candidate) -> bool:
    try:
        more = limits.call(TIMEOUT + 1, lambda: transport.auth_publickey(hop.user, offer.key))
    except paramiko.BadAuthenticationType as error:
        raise TroubleError(
            f"{hop} takes no keys for {hop.user}, only {', '.join(error.allowed_types) or 'nothing'}",
            "allow PubkeyAuthentication there: nobody is here to type a password",
        ) from None
    except (paramiko.SSHException, OSError, TimeoutError):
        return False
    if more:
        raise TroubleError(
            f"{hop} took {offer.label} for {hop.user}, and wants {' or '.join(more)} besides",
            "let that user in by the key alone (AuthenticationMethods): nobody is here to answer",
        )
    return True


def _listed(offers: list[Candidate]) -> str:
    return ", ".join(offer.label for offer in offers)
