"""Who stands for a run: an in-toto statement about its ledger in a DSSE envelope, with real keys."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from preflight.cli import main
from preflight.ledger.reading import Run
from tests.conftest import ROOT, Site
from tests.ledgers import folders, the_run
from tests.test_ledger_edits import written_anew

Capture = pytest.CaptureFixture[str]


def key(folder: Path, name: str, private: Any = None, passphrase: bytes = b"") -> tuple[Path, Path]:
    """The files of a key pair."""
    private = private or ed25519.Ed25519PrivateKey.generate()
    hidden = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    files = folder / f"{name}.pem", folder / f"{name}.pub"
    files[0].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
    files[1].write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return files


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(site.path)
    site.things("name: ok", "name: wrong, mode: wrong")
    site.check()
    return the_run(site)


@pytest.fixture
def ada(site: Site) -> tuple[Path, Path]:
    return key(site.path, "ada")


@pytest.fixture
def bob(site: Site) -> tuple[Path, Path]:
    return key(site.path, "bob", ec.generate_private_key(ec.SECP256R1()))


def preflight(capsys: Capture, *args: object) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = main([str(arg) for arg in args])
    captured = capsys.readouterr()
    return code, (captured.out + captured.err).splitlines()


def test_a_signature_is_found_and_names_its_key(run: Run, ada: tuple[Path, Path], capsys: Capture) -> None:
    private, public = ada
    code, (line,) = preflight(capsys, "sign", "last", "--key", private)
    assert code == 0
    assert line.startswith(f"{run.folder.name}: NO-GO, signed by {private} (key ")
    assert line.endswith("; 1 in all")
    code, lines = preflight(capsys, "verify", "last", "--signed-by", public)
    assert code == 0
    assert lines[-1].startswith(f"signed by {public} (key ")
    assert lines[-2].startswith("WHOLE: NO-GO")


def test_it_is_an_in_toto_statement_in_a_dsse_envelope_that_others_can_verify(
    run: Run, ada: tuple[Path, Path], bob: tuple[Path, Path], capsys: Capture
) -> None:
    for private, _ in (ada, bob):
        assert preflight(capsys, "sign", "last", "--key", private)[0] == 0
    written = json.loads((run.folder / "ledger.dsse.json").read_text())
    assert written.keys() == {"payload", "payloadType", "signatures"}
    assert written["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(base64.b64decode(written["payload"], validate=True))
    digest = hashlib.sha256(run.file.read_bytes()).hexdigest()
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "ledger.jsonl", "digest": {"sha256": digest}}]
    assert statement["predicateType"] == "pytest-preflight:verdict/v1"
    predicate = statement["predicate"]
    assert (predicate["verdict"], predicate["seal"], predicate["phase"]) == ("NO-GO", run.head, "before")
    assert [each["name"] for each in predicate["inventories"]] == ["toy"]
    keys = [SSlibKey.from_crypto(load_pem_public_key(public.read_bytes())) for _, public in (ada, bob)]
    assert len(Envelope.from_dict(written).verify(keys, 2)) == 2


def test_the_bytes_signed_are_those_of_dsse(run: Run, ada: tuple[Path, Path], capsys: Capture) -> None:
    private, public = ada
    preflight(capsys, "sign", "last", "--key", private)
    written = json.loads((run.folder / "ledger.dsse.json").read_text())
    payload = base64.b64decode(written["payload"])
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload
    key = load_pem_public_key(public.read_bytes())
    assert isinstance(key, ed25519.Ed25519PublicKey)
    key.verify(base64.b64decode(written["signatures"][0]["sig"]), signed)  # raises if it is not


@pytest.mark.usefixtures("run")
def test_of_several_signers_each_is_looked_for(
    ada: tuple[Path, Path], bob: tuple[Path, Path], site: Site, capsys: Capture
) -> None:
    eve = key(site.path, "eve")
    preflight(capsys, "sign", "last", "--key", ada[0])
    assert preflight(capsys, "sign", "last", "--key", bob[0])[1][0].endswith("; 2 in all")
    assert preflight(capsys, "sign", "last", "--key", bob[0])[1][0].endswith("; 2 in all")  # once more is no more
    all_three = [arg for _, public in (ada, bob, eve) for arg in ("--signed-by", public)]
    code, lines = preflight(capsys, "verify", "last", *all_three)
    assert code == 1
    assert [line.partition(" by ")[0] for line in lines[-3:]] == ["signed", "signed", "NOT SIGNED"]
    assert preflight(capsys, "verify", "last", *all_three, "--threshold", 2)[0] == 0
    assert preflight(capsys, "verify", "last", *all_three, "--threshold", 3)[0] == 1


@pytest.mark.usefixtures("run")
def test_one_key_counts_once_in_whatever_files_it_stands(ada: tuple[Path, Path], site: Site, capsys: Capture) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    (site.path / "copy.pub").write_bytes(ada[1].read_bytes())
    twice = ["--signed-by", ada[1], "--signed-by", site.path / "copy.pub"]
    assert preflight(capsys, "verify", "last", *twice, "--threshold", 2)[0] == 1


@pytest.mark.parametrize("threshold", ["0", "-1", "2"])
@pytest.mark.usefixtures("run")
def test_a_threshold_that_means_nothing_is_refused(ada: tuple[Path, Path], capsys: Capture, threshold: str) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    code, (line,) = preflight(capsys, "verify", "last", "--signed-by", ada[1], "--threshold", threshold)
    assert (code, line) == (4, "preflight verify: --threshold is at least 1, and at most one for each --signed-by")


def test_a_ledger_that_was_sealed_anew_is_not_signed_any_more(
    run: Run, ada: tuple[Path, Path], capsys: Capture
) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    written_anew(run.file, lambda body: body.update(verdict="GO") if body["type"] == "verdict" else None)
    code, lines = preflight(capsys, "verify", "last", "--signed-by", ada[1])
    assert code == 1
    told = "NOT SIGNED: ledger.dsse.json is not about this ledger: one of the two was changed after it was signed"
    assert lines[-1] == told
    code, (line,) = preflight(capsys, "sign", "last", "--key", ada[0])
    assert code == 12
    assert line.endswith("is not about this ledger, or says something else of it: move it away, and sign anew")


def test_nobody_signs_what_somebody_else_has_put_there(
    run: Run, ada: tuple[Path, Path], bob: tuple[Path, Path], capsys: Capture
) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    file = run.folder / "ledger.dsse.json"
    envelope = json.loads(file.read_text())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"]["verdict"] = "GO"
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    file.write_text(json.dumps(envelope))
    assert preflight(capsys, "sign", "last", "--key", bob[0])[0] == 12
    code, lines = preflight(capsys, "verify", "last", "--signed-by", ada[1])
    assert code == 1
    assert lines[-1].startswith("NOT SIGNED by ")


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "{}",
        lambda _: "[1]",
        lambda text: text.replace('"payload": "', '"payload": "!'),
        lambda text: text.replace("signatures", "signature"),
        lambda text: text[:-20],
        lambda text: json.dumps(json.loads(text) | {"signatures": json.loads(text)["signatures"] * 2}),
        lambda text: json.dumps(json.loads(text) | {"signatures": ["x"]}),
        lambda _: "[" * 100_000,
    ],
)
def test_an_envelope_that_is_none_is_said(run: Run, ada: tuple[Path, Path], capsys: Capture, change: Any) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    file = run.folder / "ledger.dsse.json"
    file.write_text(change(file.read_text()))
    for command in (["verify", "last", "--signed-by", ada[1]], ["sign", "last", "--key", ada[0]]):
        code, lines = preflight(capsys, *command)
        assert code == 12
        assert lines[-1].endswith("ledger.dsse.json: is no DSSE envelope: it was changed, or is something else")


def test_any_change_of_an_envelope_is_found(run: Run, ada: tuple[Path, Path], capsys: Capture) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    file = run.folder / "ledger.dsse.json"
    envelope = json.loads(file.read_text())
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    for changed in (
        envelope | {"payloadType": "application/json"},
        envelope | {"payload": base64.b64encode(base64.b64decode(envelope["payload"]) + b" ").decode()},
        envelope | {"signatures": [envelope["signatures"][0] | {"sig": base64.b64encode(signature[::-1]).decode()}]},
        envelope | {"signatures": [envelope["signatures"][0] | {"keyid": "0" * 64}]},
        envelope | {"signatures": []},
    ):
        file.write_text(json.dumps(changed))
        code, lines = preflight(capsys, "verify", "last", "--signed-by", ada[1])
        assert code == 1
        assert lines[-1].startswith("NOT SIGNED")


@pytest.mark.usefixtures("run")
def test_nobody_has_signed(ada: tuple[Path, Path], capsys: Capture) -> None:
    code, lines = preflight(capsys, "verify", "last", "--signed-by", ada[1])
    assert code == 12
    assert lines[-1].endswith("ledger.dsse.json: is not there: nobody has signed this run")


@pytest.mark.usefixtures("run")
def test_keys_that_cannot_be_used_are_said(ada: tuple[Path, Path], site: Site, capsys: Capture) -> None:
    preflight(capsys, "sign", "last", "--key", ada[0])
    (site.path / "none").write_text("hello")
    secret = key(site.path, "secret", passphrase=b"sesame")[0]
    curve = key(site.path, "odd", ec.generate_private_key(ec.SECP256K1()))
    kinds = "in PEM that can be used: ed25519 or ECDSA (P-256, P-384)"
    for args, told in (
        (["sign", "--key", "none"], f"none: is no private key {kinds}"),
        (["sign", "--key", ada[1]], f"ada.pub: is no private key {kinds}"),
        (["sign", "--key", "nowhere"], "nowhere: No such file or directory"),
        (["sign", "--key", secret], "secret.pem: has a passphrase, and there is no terminal to ask for it"),
        (["sign", "--key", curve[0]], f"odd.pem: is no private key {kinds}"),
        (["verify", "--signed-by", "none"], f"none: is no public key {kinds}"),
        (["verify", "--signed-by", ada[0]], "ada.pem: is a private key: keep it to yourself, and name the public one"),
        (["verify", "--signed-by", curve[1]], f"odd.pub: is no public key {kinds}"),
    ):
        code, lines = preflight(capsys, *args, "last")
        assert code == 4
        assert lines[-1].startswith(f"preflight {args[0]}: ")
        assert lines[-1].endswith(told)


@pytest.mark.usefixtures("run")
def test_a_passphrase_is_asked_for_at_a_terminal(site: Site, capsys: Capture) -> None:
    private, public = key(site.path, "secret", passphrase=b"sesame")
    code = "import sys; from preflight.cli import main; sys.exit(main())"
    for word, ends in ((b"wrong\n", 4), (b"sesame\n", 0)):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-c", code, "sign", "last", "--key", str(private)]
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        shown = b""
        while b"passphrase of" not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, word)
        assert process.wait(30) == ends
        os.close(ours)
    assert preflight(capsys, "verify", "last", "--signed-by", public)[0] == 0


def test_what_is_not_whole_or_goes_on_is_not_signed(
    run: Run, ada: tuple[Path, Path], site: Site, capsys: Capture
) -> None:
    run.file.write_bytes(run.file.read_bytes().replace(b"NO-GO", b"GO"))
    code, (line,) = preflight(capsys, "sign", "last", "--key", ada[0])
    assert code == 1
    assert f"{run.folder.name} is not signed: it is not what the run wrote: line " in line
    site.things("name: slow, delay: 60, box: s")
    with subprocess.Popen([sys.executable, "-m", "pytest", "--inventory", "toy"], stdout=subprocess.DEVNULL) as going:
        while len(folders(site)) < 2 or (folders(site)[-1] / "ledger.jsonl").read_bytes().count(b"\n") < 2:
            time.sleep(0.01)
        code, (line,) = preflight(capsys, "sign", "last", "--key", ada[0])
        assert (code, line.rpartition(": ")[2]) == (1, "the run goes on")
        going.kill()
    code, (line,) = preflight(capsys, "sign", "last", "--key", ada[0])  # what a crash has left is evidence, too
    assert code == 0
    assert ": UNFINISHED, signed by " in line
    code, _ = preflight(capsys, "verify", "last", "--signed-by", ada[1])
    assert code == 11


@pytest.mark.parametrize("command", [["sign", "last", "--key", "k"], ["verify", "last", "--signed-by", "k"]], ids=str)
@pytest.mark.usefixtures("run")
def test_without_the_extra_its_name_is_said(command: list[str]) -> None:
    code = "import sys; sys.modules['securesystemslib'] = None; from preflight.cli import main; "
    code += f"sys.exit(main({command!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 4
    assert ended.stderr.endswith("which is not installed: pip install 'pytest-preflight[signing]'\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.usefixtures("run")
def test_the_keys_that_the_documents_tell_how_to_make_can_sign(site: Site, capsys: Capture) -> None:
    document = (ROOT / "docs/evidence.md").read_text()
    commands = [line.strip() for line in document.splitlines() if line.strip().startswith("openssl ")]
    assert len(commands) == 2
    for command in commands:
        subprocess.run(command.partition("  #")[0], shell=True, check=True, cwd=site.path, capture_output=True)
    assert preflight(capsys, "sign", "last", "--key", "ada.pem")[0] == 0
    assert preflight(capsys, "verify", "last", "--signed-by", "ada.pub")[0] == 0
