"""No secret is shown; what is none is; equal ones are equal on any host and in any format."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import shlex
from itertools import pairwise
from string import ascii_letters, digits
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from preflight_drift.hiding import Hider
from preflight_drift.model import Document, Fact, Piece, Subject
from preflight_drift.reading import read
from preflight_drift.secret_lines import masked_lines
from preflight_drift.secret_names import _SECRET, is_secret
from preflight_drift.secret_values import _BEGINNINGS, _TOKEN, STEM, is_plain, may_have_tokens, secrets_in

KEY = b"the key of these tests, 32 bytes"
HIDER = Hider(KEY)
NAMES_OF_SECRETS = [
    "password", "passwd", "db_password", "DB_PASSWORD", "dbPassword", "db-password", "MYSQL_ROOT_PASSWORD",
    "spring.datasource.password", "requirepass", "masterauth", "api_key", "apiKey", "APIKey", "api-key",
    "X-Api-Key", "private_key", "privateKey", "PrivateKey", "PresharedKey", "secret", "client_secret",
    "clientSecret", "clientsecret", "mysqlpassword", "token", "auth_token", "_authToken", "access_token",
    "secret_access_key", "aws_secret_access_key", "AccountKey", "SECRET_KEY", "SECRET_KEY_BASE", "APP_KEY",
    "passphrase", "pwd", "db_pass", "smtp_pass", "credentials", "passwords", "token_secret", "password_hash",
    "bindpw", "rootpw", "sasl_passwd", "rocommunity", "secret_id", "encryption_key", "reset_password_secret",
    "password1", "password_store_secret",
]  # fmt: skip
FALSE_FRIENDS = [
    "password_encryption", "token_ttl", "secret_name", "max_password_age", "PasswordAuthentication",
    "passwordauthentication", "PermitEmptyPasswords", "permitemptypasswords", "password_file", "PASSWORD_FILE",
    "passwordFile", "token_url", "server_tokens", "ServerTokens", "max_tokens", "proxy_pass", "fastcgi_pass",
    "access_key_id", "AWS_ACCESS_KEY_ID", "public_key", "PublicKey", "ssl_certificate_key", "HostKey",
    "key_buffer_size", "primary_key", "keyboard", "monkey", "compass", "bypass", "passwd_tries", "nopasswd",
    "NOPASSWD", "secretName", "smtp_sasl_password_maps", "min_password_length", "tokenizer", "LoadCredential",
    "private_key_path", "author", "authority", "default_password_lifetime", "secret.manager.endpoint",
    "pass_through_count", "foreign_key", "key", "keys", "sort_key", "path",
]  # fmt: skip
PW = "hunter22Plain"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEplanted1\nMIIEplanted2\n-----END RSA PRIVATE KEY-----"


def of(name: str, text: str, subject: Subject = "files") -> Document:
    document = read(Piece(subject, name, text.encode()), HIDER)
    assert not document.trouble
    return document


@pytest.mark.parametrize("name", NAMES_OF_SECRETS)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", FALSE_FRIENDS)
def test_false_friends(name: str) -> None:
    assert not is_secret(name)


# Every secret in them is PW, or begins with "planted" or has it within.
PLANTED: list[tuple[str, str]] = [
    ("/a.yaml", f"db:\n  password: {PW}\n  users: {{bob: {{token: '{PW}'}}}}\n"),
    ("/a.yaml", f"url: postgres://app:{PW}@db:5432/x?a=b\nother: redis://:{PW}@r\n"),
    ("/a.yaml", f"credentials:\n  db: {PW}\n  list: [{PW}, x{PW}]\n"),
    ("/a.yaml", f"env:\n- name: DB_PASSWORD\n  value: {PW}\n- value: {PW}\n  name: API_KEY\n"),
    ("/a.yaml", f"environment:\n- DB_PASSWORD={PW}\nargs: [--password, {PW}, '--token={PW}']\n"),
    (
        "/a.yaml",
        f"kind: Secret\nstringData:\n  any: {PW}\ndata: {{x: {base64.b64encode(PW.encode()).decode()}planted}}\n",
    ),
    ("/a.yaml", f"password: {PW}\n{PW}: 1\n".replace(f"\n{PW}: 1", "")),
    ("/a.yaml", "key: |\n  " + PEM.replace("\n", "\n  ") + "\n"),
    ("/a.yaml", f"password: |\n  {PW}\n  planted again\n"),
    ("/a.yaml", f"password: !vault {PW}\n"),
    ("/a.yaml", f"password:\n- {PW}\npassword:\n- a: {PW}\n"),
    ("/a.yaml", f"x: 'jdbc:mysql://h/db?user=a&password={PW}&b=c'\ny: 'Server=a;Password={PW};Pooling=true'\n"),
    ("/a.yaml", f"cmd: curl -u bob:{PW} http://x\nb: mysql -u root -p{PW} db\nc: sshpass -p {PW} ssh x\n"),
    ("/a.yaml", f"cmd: mysqldump --password={PW}\nb: x --api-key {PW} y\nc: PGPASSWORD={PW} psql\n"),
    ("/a.yaml", f"h: 'Authorization: Bearer {PW}'\ni: 'Authorization: Basic {PW}'\n"),
    ("/a.yaml", f"q: CREATE USER a IDENTIFIED BY '{PW}'\n"),
    ("/a.yaml", f"url: https://bob:p@{PW}/x@host/y\n"),
    (
        "/a.yaml",
        f"a: AKIAPLANTED0PLANTED0\nb: ghp_planted{'x' * 30}\nc: glpat-planted{'x' * 20}\nd: xoxb-1-planted-1234\n",
    ),
    (
        "/a.yaml",
        f"a: eyJplanted123.eyJplanted123.planted\nb: sk_live_planted{'x' * 20}\nc: $6$salt$planted{'x' * 20}\n",
    ),
    ("/a.yaml", f"a: $2y$10$planted{'x' * 20}\nb: '{{SSHA}}planted{'x' * 20}'\nc: hvs.planted{'x' * 20}\n"),
    ("/a.json", f'{{"password": "{PW}", "u": "https:\\/\\/a:{PW}@h\\/"}}'),
    ("/a.toml", f'[db]\npassword = "{PW}"\n[[t]]\ntoken = ["{PW}"]\n'),
    ("/a.xml", f'<a password="{PW}"><property name="db.password" value="{PW}"/><password>{PW}</password></a>'),
    ("/a.xml", f'<c><property name="connection.password">{PW}</property><entry key="secret">{PW}</entry></c>'),
    ("/a.properties", f"db.password={PW}\nspring.redis.url=redis://x:{PW}@h\n"),
    ("/srv/.env", f"DB_PASSWORD='{PW}'\nDATABASE_URL=mysql://a:{PW}@h/x\n"),
    ("/etc/default/app", f'OPTS="--password={PW}"\nTOKEN={PW}\n'),
    ("/etc/default/app", f'PASSWORD="$X{PW}"\n'),
    ("/etc/nginx/nginx.conf", f"location /token {{ set $db_password '{PW}'; }}\n"),
    ("/a.hcl", f'seal "x" {{ token = "{PW}" }}\nsecret = "a\\n{PW}"\n'),
    ("/etc/redis/redis.conf", f'requirepass {PW}\nmasterauth "{PW}"\n'),
    ("/etc/mysql/my.cnf", f"[client]\npassword = '{PW}'\n"),
    ("/etc/systemd/system/a.service", f'[Service]\nEnvironment="DB_PASSWORD={PW}" A=b\nExecStart=/x --token {PW} -v\n'),
    ("/etc/nginx/nginx.conf", f'proxy_set_header Authorization "Basic {PW}";\nset $api_key {PW};\n'),
    ("/etc/haproxy/haproxy.cfg", f"userlist u\n  user bob insecure-password {PW}\nfrontend f\n  stats auth bob:{PW}\n"),
    ("/etc/apache2/apache2.conf", f"SetEnv DB_PASSWORD {PW}\nAuthLDAPBindPassword {PW}\n"),
    ("/etc/cron.d/a", f"DB_PASSWORD={PW}\n* * * * * root curl -u a:{PW} http://x\n"),
    ("/etc/postfix/main.cf", f"smtp_sasl_password = {PW}\n"),
    ("/etc/fstab", f"//h/s /m cifs user=a,password={PW} 0 0\n"),
    ("/etc/shadow", f"root:$y$j9T$planted{'x' * 20}:1:0:9:7:::\nbob:{PW}:1:0:9:7:::\n"),
    ("/etc/x.conf", f"app.secret = {PW}\nother = 1\n"),
    # no parser knows these
    ("/root/.netrc", f"machine h login u password {PW}\ndefault login x\n  password {PW}\n"),
    ("/root/.pgpass.sh", f"#!/bin/sh\nexport PGPASSWORD={PW}\ncurl --user a:{PW} x\nmysql -p'{PW}'\n"),
    ("/srv/config.php", f"<?php\ndefine('DB_PASSWORD', '{PW}');\n$config['password'] = '{PW}';\n'token' => '{PW}',\n"),
    ("/srv/settings.py", f"SECRET_KEY = '{PW}'\nx = {{'password': \"{PW}\"}}\nclient(password='{PW}')\n"),
    ("/etc/app.txt", f"password {PW}\n# password {PW}\n#requirepass {PW}\npassword:\n  {PW}\n  planted\nend\n"),
    ("/etc/app.txt", f"password = \\\n    {PW}\nx\n"),
    ("/srv/t/x.yaml", f"{{{{- if .x }}}}\npassword: {PW}\nsecret: |\n  {PW}\n  planted\n{{{{- end }}}}\n"),
    ("/a.yaml", f"data:\n  app.conf: |\n    db.password = planted {PW} phrase\n    x = 1\n"),
    ("/etc/app.txt", f"wrong: a=b password={PW}\nx: y: password={PW}\nsee 'x: \"password: {PW}\"'\n"),
    ("/a.yaml", f"a: 'x: password={PW}'\nb: 'c=\"password={PW}\"'\n"),
    ("/etc/app.txt", f"db.password = planted {PW} phrase\n# db.password: planted {PW}\n"),
    ("/etc/ssl/private/x.key", PEM + "\nafter\n"),
    ("/etc/app.txt", f"<password>{PW}</password> <x:secret a='b'>{PW}</x:secret>\n"),
    ("/etc/app.txt", f"see https://bob:{PW}@x.org and ghp_planted{'x' * 30}.\n"),
    ("/etc/app.txt", f"ok {PEM.replace(chr(10), chr(92) + 'n')} end\n"),
]


@pytest.mark.parametrize(("name", "text"), PLANTED)
def test_no_planted_secret_is_in_a_document(name: str, text: str) -> None:
    shown = repr(of(name, text))
    assert PW not in shown
    assert "planted" not in shown.lower()


@pytest.mark.parametrize(("name", "text"), [case for case in PLANTED if PW in case[1]])
def test_another_secret_makes_another_document(name: str, text: str) -> None:
    assert of(name, text) != of(name, text.replace(PW, "hunter23Plain"))
    mine = [(fact.path, fact.secret) for fact in of(name, text).facts]
    assert mine == [(fact.path, fact.secret) for fact in of(name, text.replace(PW, "hunter23Plain")).facts]


@pytest.mark.parametrize(("name", "text", "path"), [
    ("/a.yaml", f"password: {PW}\n", ("password",)),
    ("/a.yaml", f"u: postgres://app:{PW}@db/x\n", ("u", "***")),
    ("/a.yaml", f"u: [--password, {PW}]\n", ("u", 1)),
    ("/srv/.env", f"PASSWORD='{PW}'\n", ("PASSWORD",)),
    ("/etc/mysql/my.cnf", f'[client]\npassword="{PW}"\n', ("client", "password")),
    ("/a.hcl", f'token = "{PW}"', ("token",)),
    ("/etc/default/a", f"OPTS='--password={PW} -v'\n", ("OPTS", "***")),
    ("/etc/redis/redis.conf", f"requirepass {PW}\n", ("requirepass",)),
])  # fmt: skip
def test_equal_secrets_are_equal_in_every_format(name: str, text: str, path: tuple[str | int, ...]) -> None:
    found = {fact.path: fact for fact in of(name, text).facts}[path]
    assert (found.value, found.secret) == (HIDER.digest(PW), True)


def test_the_rest_of_a_url_can_be_compared() -> None:
    assert of("/a.yaml", f"u: postgres://app:{PW}@db:5432/x\n").facts == (
        Fact(("u",), "postgres://app:***@db:5432/x", 1), Fact(("u", "***"), HIDER.digest(PW), 1, True))  # fmt: skip


def test_a_job_with_a_secret_in_its_command_is_known_by_the_rest() -> None:
    facts = of("/etc/cron.d/a", f"1 2 3 4 5 root x --token {PW}\n").facts
    assert facts == (Fact(("job", "root", "x --token ***"), "1 2 3 4 5", 1),
                     Fact(("job", "root", "x --token ***", "***", "path", 0), HIDER.digest(PW), 1, True))  # fmt: skip


@pytest.mark.parametrize("value", ["", "yes", "no", "${env:X}", "${DB_PASSWORD}", "$DB_PASSWORD", "{{ vault_db }}",
    "/run/secrets/db", "vault:secret/data/db#password", "arn:aws:secretsmanager:eu-west-1:1:secret:x", "none",
    "%env(DB_PASSWORD)%", "file:///etc/secret", "ref+vault://secret/x"])  # fmt: skip
def test_where_a_secret_is_kept_is_shown(value: str) -> None:
    assert [fact[:2] for fact in of("/a.yaml", f"password: '{value}'\n").facts] == [(("password",), value)]


@pytest.mark.parametrize("value", ["${X:-planted}", "${X:planted}", "/9aB+planted", "$ecret", "planted {{ x }}",
                                   "vault", "0", "$lower", "yes!"])  # fmt: skip
def test_what_is_nearly_a_reference_is_hidden(value: str) -> None:
    assert [fact.secret for fact in of("/a.yaml", f"password: '{value}'\n").facts] == [True]


@pytest.mark.parametrize(("name", "text"), [
    ("/a.yaml", "token: {ttl: 3600}\npassword_policy: {min: 8}\nserver_tokens: off\n"),
    ("/a.yaml", "url: http://registry:4873/@scope/x\nother: http://a/b:c@d\nmail: bob@x.org\ntime: 22:22\n"),
    ("/a.yaml", "password: null\ntoken: true\n"),
    ("/a.yaml", "- name: LOG_LEVEL\n  value: debug\n"),
    ("/etc/nsswitch.conf", "passwd: files systemd\n"),
    ("/etc/sudoers", "a ALL=(ALL) NOPASSWD: ALL\nb ALL=PASSWD: /bin/x\n"),
    ("/etc/ssh/sshd_config", "PasswordAuthentication no\nPermitEmptyPasswords no\nHostKey /etc/ssh/key\n"),
    ("/etc/nginx/nginx.conf", "server_tokens off;\nproxy_pass http://b;\nssl_certificate_key /etc/ssl/k;\n"),
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
    ("/etc/pam.d/x", "password required pam_unix.so\nauth sufficient x\n"),
    ("/etc/x.txt", "a public key: -----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"),
    ("/etc/x.txt", "# the password must be changed\n# tokens expire soon\nkeyboard layout\n"),
])  # fmt: skip
def test_what_is_no_secret_is_shown(name: str, text: str) -> None:
    document = of(name, text)
    assert not any(fact.secret for fact in document.facts)
    assert "***" not in repr(document)


@pytest.mark.parametrize(("subject", "name", "text"), [
    ("packages", "packages", "passwd\t1:4.13\tamd64\tii\nlibsecret-1-0\t1\tamd64\tii\n"),
    ("services", "services", "token.service\tenabled\tactive\n"),
    ("users", "passwd", "token:x:1:1::/:/bin/sh\n"),
])  # fmt: skip
def test_packages_units_and_users_may_be_called_anything(subject: Subject, name: str, text: str) -> None:
    assert not any(fact.secret for fact in of(name, text, subject).facts)


@pytest.mark.parametrize(("subject", "name", "text"), [
    ("env", "x.service", f"DB_PASSWORD={PW}\0URL=http://a:{PW}@b/\0"),
    ("users", "passwd", f"bob:{PW}:1:1::/:/bin/sh\n"),
    ("mounts", "mounts", f"//h/s /m cifs rw,password={PW} 0 0\n"),
    ("sysctl", "sysctl", f"net.ipv6.conf.all.stable_secret = {PW}\n"),
    ("services", "services", f"a@https://b:{PW}@c.service\tenabled\tactive\n"),
    ("effective", "nginx", f"# configuration file /n.conf:\nset $password {PW};\n"),
    ("effective", "redis", f"requirepass {PW}\n"),
    ("commands", "x", f"user=a password={PW}\n"),
])  # fmt: skip
def test_no_planted_secret_is_in_what_was_collected_beside_files(subject: Subject, name: str, text: str) -> None:
    assert PW not in repr(of(name, text, subject))


WRITTEN = {
    "/a.json": lambda secret: json.dumps({"password": secret, "c": [f"--token={json.dumps(secret)}"]}),
    "/a.yaml": lambda secret: f"password: {json.dumps(secret)}\nb: {json.dumps({'api_key': secret})}\n",
    "/a.toml": lambda secret: f"password = {json.dumps(secret)}\n",
    "/a.xml": lambda secret: f"<a password={quoteattr(secret)}><token>{escape(secret)}</token></a>",
    "/etc/a.conf": lambda secret: f"password = {secret}\n",
    "/etc/motd": lambda secret: f"here\npassword = {secret}\n",
    "/etc/systemd/a.conf": lambda secret: f"[A]\nPassword={secret}\n",
    "/a.properties": lambda secret: f"password={secret}\n",
    "/etc/postfix/main.cf": lambda secret: f"password = {secret}\n",
    "/etc/ssh/sshd_config": lambda secret: f"Password {secret}\n",
    "/etc/default/x": lambda secret: f"export PASSWORD={shlex.quote(secret)}\n",
}


CHARACTERS = ascii_letters + digits + "!@%^&*()_+-=[]{}|;:,.<>?/~$ '\"#"


@settings(max_examples=300)
@given(st.sampled_from(sorted(WRITTEN)), st.text(CHARACTERS, min_size=8, max_size=20).filter(lambda x: x == x.strip()))
def test_no_secret_of_any_characters_is_shown(name: str, secret: str) -> None:
    assume(not is_plain(secret))
    document = read(Piece("files", name, WRITTEN[name](secret).encode()), HIDER)
    shown = [str(fact.value) for fact in document.facts] + [*document.lines, document.trouble]
    assert not any(secret in text or json.dumps(secret)[1:-1] in text for text in shown), shown


def test_the_key_is_kept() -> None:
    assert "32 bytes" not in repr(HIDER)
    for leave in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="the key does not leave"):
            leave(HIDER)
    assert Hider(b"another" * 5).digest(PW) != HIDER.digest(PW)


def test_every_name_and_every_token_has_what_is_looked_for_first() -> None:
    assert [name for name in _SECRET if not STEM.search(name)] == []
    for beginning in _BEGINNINGS:
        assert may_have_tokens(f"a {beginning}")
    for _, text in PLANTED:
        assert not any(_TOKEN.finditer(text)) or may_have_tokens(text), text


@given(st.text(alphabet=st.sampled_from("a=:\"' \n-/@{}$<>.passwordtoken"), max_size=60))
def test_any_text_has_its_spans_in_order(text: str) -> None:
    spans = secrets_in(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    shown, _ = masked_lines(text.split("\n"))
    assert len(shown) == text.count("\n") + 1
