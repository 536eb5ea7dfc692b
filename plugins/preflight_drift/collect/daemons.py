"""Daemons that tell the configuration they are in force with, and where it is written: the one table of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Daemon:
    """How a daemon is asked.

    Attributes:
        ways: command lines that only tell, of which the first is run whose program is there.
        files: where its configuration is, to find what was changed after it was read.
        process: the name of its processes, where a reload gives it new ones.
        units: systemd's names of it; a reload by systemd is known to it.
    """

    ways: tuple[str, ...]
    files: tuple[str, ...] = ()
    process: str = ""
    units: tuple[str, ...] = ()


_APACHE = "-t -D DUMP_VHOSTS -D DUMP_RUN_CFG -D DUMP_MODULES"
_PHP = "-r 'foreach (ini_get_all(null, false) as $key => $value) echo $key, \" = \", $value, PHP_EOL;'"
_FPM = tuple(f"php-fpm{version} -tt 2>&1" for version in ("", "8.5", "8.4", "8.3", "8.2", "8.1", "8.0", "7.4"))

# None of them starts, changes or reloads anything. What keeps its configuration in a database, or tells it over its
# port alone, is for `commands:`, and PostgreSQL and MySQL are for `database:`.
DAEMONS: dict[str, Daemon] = {
    "apache": Daemon(
        (f"apache2ctl {_APACHE}", f"apachectl {_APACHE}", f"httpd {_APACHE}"),
        ("/etc/apache2", "/etc/httpd"),
        units=("apache2.service", "httpd.service"),
    ),
    "bind": Daemon(("named-checkconf -px",), ("/etc/bind", "/etc/named.conf"), units=("named.service",)),
    "dovecot": Daemon(("doveconf -n",), ("/etc/dovecot",), units=("dovecot.service",)),
    "exim": Daemon(("exim4 -bP", "exim -bP"), ("/etc/exim4", "/etc/exim"), units=("exim4.service", "exim.service")),
    "mysqld": Daemon(
        ("mariadbd --print-defaults", "mysqld --print-defaults"),
        ("/etc/mysql", "/etc/my.cnf", "/etc/my.cnf.d"),
        units=("mariadb.service", "mysql.service", "mysqld.service"),
    ),
    "nftables": Daemon(("nft -s list ruleset",)),
    "nginx": Daemon(("nginx -T",), ("/etc/nginx",), "nginx", ("nginx.service",)),
    "php": Daemon((f"php {_PHP}",)),
    "php-fpm": Daemon(_FPM),
    "postfix": Daemon(("postconf -n",), ("/etc/postfix/main.cf", "/etc/postfix/master.cf"), units=("postfix.service",)),
    "postfix-master": Daemon(("postconf -M",), ("/etc/postfix/master.cf",), units=("postfix.service",)),
    "samba": Daemon(("testparm -s",), ("/etc/samba",), units=("smbd.service", "smb.service")),
    "sshd": Daemon(
        ("sshd -T",), ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"), units=("ssh.service", "sshd.service")
    ),
}
