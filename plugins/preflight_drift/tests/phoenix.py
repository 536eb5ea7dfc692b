"""The web servers of the README, as somebody would find them: what is on each below /srv/phoenix."""

from __future__ import annotations

from preflight_drift.tests.environments import Files

_APP = """\
database:
  host: db.{word}.example.com
  password: kD83hw-pQ2
pool:
  size: {pool}
mail:
  relay: smtp.{word}.example.com
login:
  url: https://login.{word}.example.com/
servers:
{servers}debug: {debug}
"""
_SERVERS = ("  - {name: search, port: 9200}\n", "  - {name: cache, port: 6379}\n")
_LOGO = "body {\n  background: url(logo.svg);\n}\n"


def _files(word: str) -> dict[str, str]:
    return {
        "phoenix/limits.conf": "deploy soft nofile 65536\n",
        "phoenix/logging.json": '{"level": "info", "format": "json"}\n',
        "phoenix/tls.key": f"-----BEGIN PRIVATE KEY-----\n{word}\n-----END PRIVATE KEY-----\n",
    }


STAGING: Files = _files("stg") | {
    "phoenix/VERSION": "1.0.13\n",
    "phoenix/conf.d/mail.ini": "[mail]\nfrom = shop@example.com\n",
    "phoenix/app.yaml": _APP.format(word="stg", pool=20, servers="".join(_SERVERS), debug="false"),
    "phoenix/style.css": _LOGO,
}
PROD: Files = _files("prd") | {
    "phoenix/VERSION": "1.0.12\n",
    "phoenix/app.yaml": _APP.format(word="prd", pool=10, servers="".join(reversed(_SERVERS)), debug="true"),
    "phoenix/style.css": _LOGO.replace("logo", "logo-2019"),
}
# Somebody tried something on it.
PROD_2: Files = PROD | {
    "phoenix/limits.conf": "deploy soft nofile 1024\n",
    "phoenix/app.yaml.orig": PROD["phoenix/app.yaml"],
}
