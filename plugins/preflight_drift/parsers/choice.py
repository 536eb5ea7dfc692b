"""Which parser reads what, in one table: by subject, by path, and only then by what a text looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from preflight_drift.model import Fact, Subject
from preflight_drift.parsers.unparsed import UnparsedError

_HERE = "preflight_drift.parsers."


@dataclass(frozen=True)
class Parser:
    """A format by name, and the function that reads it.

    Attributes:
        function: `module.function`, imported when a text of the format is read: three need a library.
        lenient: what does not fit is a text of no known format rather than a broken one of this.
    """

    format: str
    function: str
    lenient: bool = False

    def parse(self, text: str) -> list[Fact]:
        """Raises UnparsedError; also where a library is not installed."""
        return list(_load(self.function)(text))


@lru_cache
def _load(function: str) -> Callable[[str], Iterator[Fact]]:
    module, *names = function.split(".")
    try:
        found = import_module(_HERE + module)
    except ModuleNotFoundError as error:
        raise UnparsedError(0, f"needs {error.name}: pip install 'pytest-preflight[drift]'") from None
    for name in names:
        found = getattr(found, name)
    return found  # type: ignore[return-value]  # a function, by the table below


_JSON = Parser("json", "jsontext.parse")
_TOML = Parser("toml", "tomltext.parse")
_YAML = Parser("yaml", "yamltext.parse")
_YAML_1_1 = Parser("yaml 1.1", "yamltext.parse_1_1")
_XML = Parser("xml", "xmltext.parse")
_SSHD = Parser("sshd", "sshd.parse")
_NGINX = Parser("nginx", "nginx.parse")
_APACHE = Parser("apache", "apache.parse")
_POSTFIX = Parser("postfix", "ini.POSTFIX.parse")
_SHELL = Parser("shell", "shell.parse", lenient=True)
_DOTENV = Parser("dotenv", "dotenv_text.parse")
_SYSTEMD = Parser("systemd", "ini.SYSTEMD.parse")
_MYSQL = Parser("mysql", "ini.MYSQL.parse")
_WORDS = Parser("words", "ini.WORDS.parse", lenient=True)
_INI = Parser("ini", "ini.GENERIC.parse", lenient=True)
_PASSWD = Parser("passwd", "tables.passwd")
_GROUP = Parser("group", "tables.group")
_MOUNTS = Parser("mounts", "tables.mounts")
_ASSIGNMENTS = Parser("assignments", "ini.ASSIGNMENTS.parse", lenient=True)

_SUBJECTS: dict[Subject, Parser] = {
    "packages": Parser("packages", "collected.packages"),
    "services": Parser("services", "collected.services"),
    "sysctl": Parser("sysctl", "collected.sysctl"),
    "env": Parser("environment", "collected.environment"),
    "mounts": _MOUNTS,
}
_USERS = {"passwd": _PASSWD, "group": _GROUP}
_EFFECTIVE = {
    "sshd": _SSHD,
    "nginx": _NGINX,
    "postfix": _POSTFIX,
    "apache": Parser("apache", "apache.parse", lenient=True),  # -D DUMP_CONFIG
    "samba": Parser("samba", "ini.SAMBA.parse", lenient=True),  # testparm -s
}

# The first that fits. `*` is any name, `**` any number of folders; what does not begin with / may be in any folder.
# None: a text, whatever it looks like.
_PATHS: tuple[tuple[Parser | None, str], ...] = (
    (_PASSWD, "/etc/passwd /etc/passwd-"),
    (_GROUP, "/etc/group /etc/group-"),
    (Parser("shadow", "tables.shadow"), "/etc/shadow /etc/shadow-"),
    (Parser("gshadow", "tables.gshadow"), "/etc/gshadow /etc/gshadow-"),
    (Parser("hosts", "tables.hosts"), "/etc/hosts"),
    (_MOUNTS, "/etc/fstab /etc/mtab"),
    (Parser("sysctl", "ini.SYSCTL.parse"), "/etc/sysctl.conf sysctl.d/*.conf"),
    (_SSHD, "sshd_config sshd_config.d/*.conf ssh_config ssh_config.d/*.conf"),
    (_NGINX, "nginx/**.conf nginx/sites-*/* nginx/snippets/* nginx/*_params nginx/mime.types nginx/*-utf nginx/*-win"),
    (None, "apache2/magic httpd/**/magic authorized_keys known_hosts"),
    (_APACHE, "apache2/**.conf apache2/**.load apache2/sites-*/* httpd/**.conf"),
    (Parser("haproxy", "haproxy.parse"), "haproxy*.cfg haproxy/**.cfg"),
    (_POSTFIX, "postfix/main.cf postfix-*/main.cf"),
    (Parser("sudoers", "sudoers.parse"), "/etc/sudoers /etc/sudoers.d/*"),
    (Parser("crontab", "crontab.parse_system"), "/etc/crontab /etc/cron.d/*"),
    (Parser("crontab", "crontab.parse"), "/var/spool/cron/**"),
    (_WORDS, "redis*.conf valkey*.conf sentinel*.conf /etc/login.defs resolv.conf"),
    (_SYSTEMD, "*.service *.socket *.timer *.mount *.automount *.path *.target *.slice *.swap *.scope *.network "
               "*.netdev *.link *.nspawn systemd/*.conf systemd/*.conf.d/*.conf *.service.d/*.conf *.desktop"),
    (Parser("php", "ini.PHP.parse"), "php.ini php/**.ini php.d/*.ini php-fpm.d/*.conf php/**.conf php.ini-*"),
    (_MYSQL, "my.cnf .my.cnf mysql/**.cnf my.cnf.d/*.cnf mariadb/**.cnf"),
    (Parser("samba", "ini.SAMBA.parse"), "smb.conf"),
    (Parser("git", "ini.GIT.parse"), ".gitconfig /etc/gitconfig .git/config"),
    (Parser("postgresql", "ini.POSTGRES.parse"), "postgresql.conf postgresql.auto.conf postgresql/**/conf.d/*.conf"),
    (Parser("colons", "ini.COLONS.parse"), "/etc/nsswitch.conf"),
    (_SHELL, "/etc/default/* /etc/sysconfig/** /etc/conf.d/* /etc/environment environment.d/*.conf os-release "
             "/etc/*-release /etc/adduser.conf /etc/deluser.conf /etc/locale.conf /etc/vconsole.conf"),
    (_DOTENV, "*.env .env .env.*"),
    (Parser("properties", "properties.parse"), "*.properties"),
    (Parser("hcl", "hcl.parse"), "*.hcl *.tf *.tfvars *.nomad"),
    (_JSON, "*.json"),
    (_TOML, "*.toml"),
    # Whose reader is PyYAML, Psych or SnakeYAML: `yes` is true to them, and 22:22 a number.
    (_YAML_1_1, "ansible/**.yml ansible/**.yaml group_vars/** host_vars/** roles/**.yml playbooks/**.yml salt/**.sls "
                "salt/master salt/minion cloud/**.cfg homeassistant/**.yaml puppet/**.yaml hieradata/**.yaml "
                "config/database.yml elasticsearch/*.yml opensearch/*.yml kibana/*.yml cassandra/*.yaml "
                "application.yml application.yaml application-*.yml application-*.yaml"),
    (_YAML, "*.yaml *.yml"),
    (_XML, "*.xml *.xsd *.xsl *.xslt *.plist"),
    (_INI, "*.ini *.cfg *.cnf pip.conf .aws/credentials .aws/config"),
)  # fmt: skip

# Files of many formats: only what a text looks like can tell.
_LOOKS_XML = re.compile(r"\s*<\?xml\s")
_LOOKS_JSON = re.compile(r"\s*[{\[]")
_LOOKS_INI = re.compile(r"^\s*\[[^][\n]+\]\s*$", re.MULTILINE)
_LOOKS_ASSIGNED = re.compile(r"^\s*[A-Za-z][\w.-]*\s*=", re.MULTILINE)
_TEMPLATE = re.compile(r"^\s*(?:-\s*)?\{[{%#]-?\s", re.MULTILINE)  # Jinja, Helm: not yet what it will make
# `key = value` in every line is no program, unless it is one that only assigns.
_PROGRAM = re.compile(r".*\.(?:sh|py|pl|rb|js|php|lua|c|h|md|rst|html?|css|sql|awk|vcl|cf|policy)$", re.IGNORECASE)


def _glob(pattern: str) -> str:
    words = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return words if pattern[0] == "/" else f"(?:.*/)?{words}"


_BY_PATH = tuple((parser, re.compile("|".join(map(_glob, patterns.split())))) for parser, patterns in _PATHS)


def choose(subject: Subject, name: str, text: str) -> Parser | None:
    """The parser of a piece; None: it is opaque text."""
    if subject == "files":
        found = _by_path(name)
        return _by_looks(name, text) if found is _UNKNOWN else _unless_template(found, text)
    if subject == "users":
        return _USERS.get(name)
    if subject == "effective":
        return _EFFECTIVE[name] if name in _EFFECTIVE else _by_looks(name, text)
    return _SUBJECTS.get(subject)


_UNKNOWN = Parser("", "")


@lru_cache(65536)
def _by_path(path: str) -> Parser | None:
    return next((parser for parser, pattern in _BY_PATH if pattern.fullmatch(path)), _UNKNOWN)


def _unless_template(parser: Parser | None, text: str) -> Parser | None:
    return None if parser in (_YAML, _YAML_1_1) and _TEMPLATE.search(text) else parser


def _by_looks(name: str, text: str) -> Parser | None:
    if _PROGRAM.fullmatch(name) or text.startswith("#!"):
        return None
    if _LOOKS_XML.match(text):
        return Parser("xml", _XML.function, lenient=True)
    if _LOOKS_JSON.match(text) and not _LOOKS_INI.match(text):
        return Parser("json", _JSON.function, lenient=True)
    if _LOOKS_INI.search(text):
        return Parser("ini", "ini.ASSIGNED_SECTIONS.parse", lenient=True)
    return _ASSIGNMENTS if _LOOKS_ASSIGNED.search(text) else None
