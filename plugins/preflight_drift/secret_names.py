"""Does a name say that its value is a secret?

By whole words, in snake_case, kebab-case and camelCase: `db_password`, `apiKey`, `MYSQL_ROOT_PASSWORD`; and not
`token_ttl`, `max_password_age`, `secret_name`, which say something *about* one.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SECRET = {
    "accesskey", "adminpw", "apikey", "apikeys", "authtoken", "bearer", "bindpw", "community", "credential",
    "credentials", "creds", "dbpw", "jwt", "masterauth", "pass", "passcode", "passkey", "passphrase", "passphrases",
    "passwd", "password", "passwords", "passwort", "pepper", "primaryauth", "privatekey", "psk", "pw", "pwd",
    "requirepass", "rocommunity", "rootpw", "rwcommunity", "secret", "secretkey", "secrets", "token", "tokens",
    "totp", "userpw",
}  # fmt: skip
# `api_key`, `private-key`, `AccountKey`; `key` alone may be anything.
_KEYS = {
    "access", "account", "api", "app", "application", "auth", "authorization", "consumer", "cookie", "crypt",
    "crypto", "deploy", "encrypt", "encryption", "fastopen", "fernet", "gossip", "hmac", "integration", "jwt",
    "licence", "license", "master", "preshared", "private", "root", "secret", "service", "session", "shared", "sign",
    "signing", "storage", "subscription", "symmetric", "unseal", "validation", "webhook", "write",
}  # fmt: skip
# Lower case without a gap: `mysqlpassword`, `clientsecret`.
_ENDINGS = ("password", "passwd", "passphrase", "secret", "apikey", "authtoken", "accesstoken")
# Words after a secret's that make it something about it.
_ABOUT = {
    "age", "agreement", "algorithm", "algorithms", "attempts", "audience", "auth", "authentication", "cache",
    "change", "changed", "chat", "check", "claim", "class", "command", "complexity", "count", "days", "dir",
    "directory", "enabled", "encoding", "encryption", "endpoint", "env", "expiration", "expire", "expired", "expires",
    "expiry", "field", "file", "filename", "files", "format", "grace", "header", "hint", "history", "interval",
    "issuer", "iterations", "len", "length", "lifetime", "limit", "location", "lock", "manager", "map", "maps", "max",
    "method", "min", "mode", "mount", "name", "names", "namespace", "param", "parameter", "path", "per", "period",
    "plugin", "policies", "policy", "prefix", "program", "prompt", "provider", "queries", "query", "reader", "ref",
    "refresh", "renewal", "required", "requirements", "reset", "retries", "reuse", "rotation", "rounds", "scheme",
    "selector", "service", "size", "source", "storage", "store", "strength", "time", "timeout", "tries", "ttl",
    "type", "uri", "url", "validate", "validator", "validity", "version", "warn",
}  # fmt: skip
# Words right before it that do the same. A `server_tokens` is nginx's word for its version number.
_BEFORE = {
    "allow", "ask", "assert", "bad", "change", "completion", "condition", "disable", "empty", "enable", "expire",
    "fastcgi", "forgot", "grpc", "has", "hide", "import", "load", "max", "memcached", "min", "no", "num", "permit",
    "print", "prompt", "proxy", "public", "require", "reset", "scgi", "server", "show", "total", "use", "uwsgi",
    "validate",
}  # fmt: skip
_FRIENDS = {"nopasswd"}  # sudoers: without being asked for one


@lru_cache(8192)
def is_secret(name: str) -> bool:
    """A path, an URL or a command line is no name."""
    if "/" in name or " -" in name:
        return False
    words = words_of(name)
    return any(_names_one(words, at) for at in range(len(words)))


@lru_cache(8192)
def is_of_secrets(name: str) -> bool:
    """Whether all below a name are secrets: `credentials`, `db_password`, and no `token-service`."""
    words = words_of(name) if is_secret(name) else []
    return bool(words) and _names_one(words, len(words) - 1)


@lru_cache(8192)
def is_about(name: str) -> bool:
    """Whether a name below that of a secret (`token: {ttl: 1h}`) is of something about it."""
    words = words_of(name)
    return bool(words) and words[-1] in _ABOUT


def words_of(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _names_one(words: list[str], at: int) -> bool:
    word = words[at]
    # An AWS `access_key_id` is shown in its console; a `secret_access_key` is not.
    named = word in _SECRET or (word.endswith(_ENDINGS) and word not in _FRIENDS)
    if word in ("key", "keys") and at and words[at - 1] in _KEYS:
        named = words[at + 1 : at + 2] != ["id"]
    if not named or (at and words[at - 1] in _BEFORE):
        return False
    return not any(after in _ABOUT for after in words[at + 1 :])
