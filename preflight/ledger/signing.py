"""`preflight sign RUN`: who stands for a ledger, with keys of their own; and `preflight verify RUN --signed-by KEY`.

What is signed is an in-toto Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) about
the ledger's SHA-256, in a DSSE v1 envelope (https://github.com/secure-systems-lab/dsse) beside the ledger. The
statement follows from the ledger alone, byte for byte, so that several people sign the same one, and nobody signs what
somebody else has put there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, by its docs

from preflight.ledger.reading import LedgerError, Run

ENVELOPE = "ledger.dsse.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "pytest-preflight:verdict/v1"


class KeyFileError(LedgerError):
    """A key that cannot be used; the message says why, in one line."""

    code = 4


@dataclass(frozen=True, slots=True, eq=False)
class Signatory:
    """Somebody's public key, and the file it came from."""

    file: Path
    key: SSlibKey

    def __str__(self) -> str:
        return f"{self.file} (key {self.key.keyid[:16]})"


def statement(run: Run) -> bytes:
    """What is signed: the same bytes for everybody who has this ledger.

    Raises:
        LedgerError: it cannot be read.
    """
    said = run.verdict or {}
    names = ("name", "path", "environment", "files", "git")
    inventories = [{name: each[name] for name in names if name in each} for each in run.inventories.values()]
    predicate = {
        "verdict": said.get("verdict", "UNFINISHED"),
        "counts": said.get("counts", {}),
        "phase": run.phase,
        "inventories": inventories,
        "operator": run.plan.get("operator", ""),
        "started": run.plan["at"],
        "ended": said.get("at"),
        "seal": run.head,
    }
    subject = {"name": run.file.name, "digest": {"sha256": _sha256(run.file)}}
    whole = {"_type": STATEMENT, "subject": [subject], "predicateType": PREDICATE, "predicate": predicate}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def sign(run: Run, key: Path, passphrase: Callable[[Path], bytes | None]) -> tuple[Signatory, int]:
    """Add a signature to the envelope beside a ledger; whose it is, and how many there are now.

    Args:
        passphrase: asked for that of a key which has one.

    Raises:
        KeyFileError: the key cannot be used.
        LedgerError: there is an envelope of something else, or none can be written.
    """
    signer = _signer(key, passphrase)
    payload = statement(run)
    file = run.folder / ENVELOPE
    envelope = _read(file) if file.exists() else Envelope(payload, PAYLOAD_TYPE, {})
    if (envelope.payload, envelope.payload_type) != (payload, PAYLOAD_TYPE):
        raise LedgerError(
            f"{file}: is not about this ledger, or says something else of it: move it away, and sign anew"
        )
    envelope.sign(signer)
    _write(file, json.dumps(envelope.to_dict(), indent=1) + "\n")
    return Signatory(key, signer.public_key), len(envelope.signatures)


def signed(run: Run, files: Sequence[Path], threshold: int | None) -> tuple[bool, list[str]]:
    """Whether enough of those who should have signed a ledger have, all if nobody says how many; and who has.

    Args:
        files: their public keys.

    Raises:
        LedgerError: there is no envelope, or it or a key cannot be read.
    """
    keys = signatories(files)
    those, trouble = signatures(run, keys)
    lines = [f"{'signed' if each in those else 'NOT SIGNED'} by {each}" for each in keys]
    return len(those) >= (threshold or len(keys)) and not trouble, [f"NOT SIGNED: {trouble}"] if trouble else lines


def signatures(run: Run, signatories: Sequence[Signatory]) -> tuple[set[Signatory], str]:
    """Who of them has signed this ledger as it is; and what is wrong, if something is.

    Raises:
        LedgerError: there is no envelope, or it cannot be read.
    """
    file = run.folder / ENVELOPE
    if not file.exists():
        raise LedgerError(f"{file}: is not there: nobody has signed this run")
    envelope = _read(file)
    signed = {each for each in signatories if _has_signed(envelope, each.key)}
    if envelope.payload_type != PAYLOAD_TYPE or _subject(envelope.payload) != _sha256(run.file):
        return set(), f"{file.name} is not about this ledger: one of the two was changed after it was signed"
    return signed, ""


def signatories(files: Sequence[Path]) -> list[Signatory]:
    """Each key once, whatever file it stands in: of two copies of one key, two signatures cannot come."""
    return list({each.key.keyid: each for each in map(signatory, files)}.values())


def signatory(file: Path) -> Signatory:
    """Somebody's public key, from a PEM file.

    Raises:
        KeyFileError: it cannot be read, or is none.
    """
    text = _text(file)
    if b"PRIVATE KEY-" in text:
        raise KeyFileError(f"{file}: is a private key: keep it to yourself, and name the public one")
    try:
        return Signatory(file, SSlibKey.from_crypto(load_pem_public_key(text)))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(
            f"{file}: is no public key in PEM that can be used: ed25519 or ECDSA (P-256, P-384)"
        ) from None


def _signer(file: Path, passphrase: Callable[[Path], bytes | None]) -> CryptoSigner:
    text = _text(file)
    try:
        password = passphrase(file) if b"ENCRYPTED" in text else None
        return CryptoSigner(load_pem_private_key(text, password))
    except TypeError:
        raise KeyFileError(f"{file}: has a passphrase, and there is no terminal to ask for it") from None
    except (ValueError, UnsupportedAlgorithm):
        what = "cannot be read with that passphrase" if b"ENCRYPTED" in text else "is no private key in PEM"
        raise KeyFileError(f"{file}: {what} that can be used: ed25519 or ECDSA (P-256, P-384)") from None


def _has_signed(envelope: Envelope, key: SSlibKey) -> bool:
    try:
        envelope.verify([key], 1)
    except VerificationError:
        return False
    return True


def _subject(payload: bytes) -> str:
    """The SHA-256 of the ledger that a statement is about; empty if it is no such statement."""
    try:
        whole: dict[str, Any] = json.loads(payload)
        (subject,) = whole["subject"]
        ours = (whole["_type"], whole["predicateType"]) == (STATEMENT, PREDICATE)
        return str(subject["digest"]["sha256"]) if ours else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _read(file: Path) -> Envelope:
    try:
        return Envelope.from_dict(json.loads(file.read_bytes()))
    except OSError as error:
        raise LedgerError(f"{file}: {error.strerror}") from None
    except (Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LedgerError(f"{file}: is no DSSE envelope: it was changed, or is something else") from None


def _write(file: Path, text: str) -> None:
    """Whole or not at all: others' signatures are in it."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_text(text)
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise LedgerError(f"{file}: {error.strerror}") from None


def _text(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{file}: {error.strerror}") from None


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as ledger:
            return hashlib.file_digest(ledger, "sha256").hexdigest()
    except OSError as error:
        raise LedgerError(f"{file}: {error.strerror}") from None
