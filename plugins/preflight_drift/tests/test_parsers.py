"""Each parser as a table: a text, and the facts it comes to as (path, value, line)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from preflight_drift.hiding import Hider
from preflight_drift.model import Piece, Subject
from preflight_drift.parsers.choice import choose
from preflight_drift.reading import read

HIDER = Hider(b"the key of these tests, 32 bytes")
Row = tuple[tuple[Any, ...], Any, int]


def facts(name: str, text: str, subject: Subject = "files") -> list[Row]:
    document = read(Piece(subject, name, text.encode()), HIDER)
    assert not document.trouble
    return [(fact.path, fact.value, fact.line) for fact in document.facts]


JSON = [
    ("{}", [((), "{}", 1)]),
    ("[]", [((), "[]", 1)]),
    ('"a"', [((), "a", 1)]),
    ('\n{"a": [1, "1", true, null, 1.5],\n "b": {}}', [
        (("a", 0), 1, 2), (("a", 1), "1", 2), (("a", 2), True, 2), (("a", 3), None, 2), (("a", 4), 1.5, 2),
        (("b",), "{}", 3)]),
    ('{"a": 1,\n"a": 2}', [(("a", 0), 1, 1), (("a", 1), 2, 2)]),
    (r'{"a\"}": "\u00e9\n{", "c": "a,b: [1]"}', [(('a"}',), "é\n{", 1), (("c",), "a,b: [1]", 1)]),
    ('[[],\n[{"a": -1e3}]]', [((0,), "[]", 1), ((1, 0, "a"), -1000.0, 2)]),
    ('{"": 1}', [(("",), 1, 1)]),
]  # fmt: skip

YAML = [
    ("", []),
    ("# only a comment\n", []),
    ("a: 1\nb: '1'\nc: yes\nd: true\ne: ~\nf: 1.50\n", [
        (("a",), 1, 1), (("b",), "1", 2), (("c",), "yes", 3), (("d",), True, 4), (("e",), None, 5), (("f",), 1.5, 6)]),
    ("mode: 0644\nother: 644\ntime: 22:22\nday: 2026-01-01\n", [
        (("mode",), 420, 1), (("other",), 644, 2), (("time",), "22:22", 3), (("day",), "2026-01-01", 4)]),
    ("a: {}\nb: []\nc:\n- x\n-\n  k: v\n", [
        (("a",), "{}", 1), (("b",), "[]", 2), (("c", 0), "x", 4), (("c", 1, "k"), "v", 6)]),
    ("a: 1\na: 2\n", [(("a", 0), 1, 1), (("a", 1), 2, 2)]),
    ("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n", [
        (("base", "x"), 1, 1), (("base", "y"), 2, 1), (("use", "y"), 3, 4), (("use", "x"), 1, 1)]),
    ("use:\n  <<: [{a: 1}, {a: 2, b: 3}]\n", [(("use", "a"), 1, 2), (("use", "b"), 3, 2)]),
    ("a: !vault |\n  1234\nb: !Ref x\n", [
        (("a", "!"), "!vault", 1), (("a",), "1234\n", 1), (("b", "!"), "!Ref", 3), (("b",), "x", 3)]),
    ("a: 1\n---\nb: 2\n", [((0, "a"), 1, 1), ((1, "b"), 2, 3)]),
    ("kind: Service\nmetadata: {name: web}\n---\nkind: Pod\nmetadata: {name: db, namespace: shop}\n---\n", [
        (("Service/web", "kind"), "Service", 1), (("Service/web", "metadata", "name"), "web", 2),
        (("Pod/shop/db", "kind"), "Pod", 4), (("Pod/shop/db", "metadata", "name"), "db", 5),
        (("Pod/shop/db", "metadata", "namespace"), "shop", 5)]),
    ("1: a\non: b\n? [x, y]\n: c\n", [(("1",), "a", 1), (("on",), "b", 2), (("0=x, 1=y",), "c", 4)]),
    ("a: |\n  x\n  y\nb: >-\n  x\n  y\n", [(("a",), "x\ny\n", 1), (("b",), "x y", 4)]),
]  # fmt: skip

YAML_1_1 = [
    ("a: yes\nb: 'yes'\nc: 0644\nd: 22:22\n", [
        (("a",), True, 1), (("b",), "yes", 2), (("c",), 420, 3), (("d",), 1342, 4)]),
    ("a: 2026-01-01\nb: '2026-01-01'\n", [
        (("a", "!"), "timestamp", 1), (("a",), "2026-01-01", 1), (("b",), "2026-01-01", 2)]),
]  # fmt: skip

TOML = [
    ("", [((), "{}", 1)]),
    ('a = 1\n# c\n[t.u]\nb = "x" # d\nc = [\n  1,\n  2,\n]\n[t]\n"k e" = true\n', [
        (("a",), 1, 1), (("t", "u", "b"), "x", 4), (("t", "u", "c", 0), 1, 5), (("t", "u", "c", 1), 2, 5),
        (("t", "k e"), True, 10)]),
    ('[[s]]\nn = "a"\n[s.d]\nx = 1\n[[s]]\nn = "b"\n', [
        (("s", 0, "n"), "a", 2), (("s", 0, "d", "x"), 1, 4), (("s", 1, "n"), "b", 6)]),
    ('a = """\n[no]\nb = 1\n"""\nc = 2026-01-01\nd.e = \'#\'\n', [
        (("a",), "[no]\nb = 1\n", 1), (("c", "!"), "date", 5), (("c",), "2026-01-01", 5), (("d", "e"), "#", 6)]),
    ('a = {b = 1, c = "=}"}\nd = 2\n', [(("a", "b"), 1, 1), (("a", "c"), "=}", 1), (("d",), 2, 2)]),
]  # fmt: skip

XML = [
    ('<?xml version="1.0"?>\n<!-- c -->\n<a x="1">\n<b>t</b>\n<b/>\n<c y="2">u</c></a>', [
        (("a", "@x"), "1", 3), (("a", "b", 0), "t", 4), (("a", "b", 1), "", 5), (("a", "c", "@y"), "2", 6),
        (("a", "c", "#text"), "u", 6)]),
    ("<a>one<b/>\ntwo &amp; three</a>", [(("a", "#text", 0), "one", 1), (("a", "#text", 1), "two & three", 2),
                                         (("a", "b"), "", 1)]),
    ("<a><![CDATA[<x>]]></a>", [(("a",), "<x>", 1)]),
]  # fmt: skip

NGINX = [
    ("user a;\nevents {}\nhttp { # c\n  server { listen 80; server_name x.org www.x.org; }\n}\n", [
        (("user",), "a", 1), (("events",), "{}", 2), (("http", "server", "x.org", "listen"), "80", 4),
        (("http", "server", "x.org", "server_name"), "x.org www.x.org", 4)]),
    ("server { listen 80; server_name a; }\nserver { listen 443; server_name a; }\n", [
        (("server", "a", 0, "listen"), "80", 1), (("server", "a", 0, "server_name"), "a", 1),
        (("server", "a", 1, "listen"), "443", 2), (("server", "a", 1, "server_name"), "a", 2)]),
    ("add_header A 'b c';\nadd_header A b c;\nlog 'x';\nlog \"y;\n}\";\nx y;", [
        (("add_header", 0), "A 'b c'", 1), (("add_header", 1), "A b c", 2), (("log", 0), "x", 3),
        (("log", 1), '"y;\n}"', 4), (("x",), "y", 6)]),
    ("location ~ a { return 1; }\nlocation = /b { }\nlocation ~ c { set $x ${y}z; }\n", [
        (("location", "~ a", "return"), "1", 1), (("location", "= /b"), "{}", 2),
        (("location", "~ c", "set"), "$x ${y}z", 3), (("(order)",), "location ~ a, location ~ c", 1)]),
    ("content_by_lua_block { if x then t = {1} end }\na b;", [
        (("content_by_lua_block",), "if x then t = {1} end", 1), (("a",), "b", 2)]),
]  # fmt: skip

SSHD = [
    ("Port 22\nport=2222\n# c\n\nPermitRootLogin   no\nMatch User bob,eve\n  PermitRootLogin yes\n"
     "Match all\n  X11Forwarding no\n", [
        (("port", 0), "22", 1), (("port", 1), "2222", 2), (("permitrootlogin",), "no", 5),
        (("match", "User bob,eve", "permitrootlogin"), "yes", 7), (("match", "all", "x11forwarding"), "no", 9),
        (("(order)",), "match User bob,eve, match all", 6)]),
    ("Match Address 10.0.0.0/8\n", [(("match", "Address 10.0.0.0/8"), "{}", 1)]),
    ('Subsystem sftp "/usr/lib/sftp" -l\nForceCommand"x"\n', [
        (("subsystem",), 'sftp "/usr/lib/sftp" -l', 1), (("forcecommand",), '"x"', 2)]),
]  # fmt: skip

INI = {
    "/etc/systemd/system/a.service": [
        ("[Service]\n; c\n# c\nExecStart=\nExecStart=/bin/a \\\n  # in between\n  -b # no comment\nUser=x\n[Unit]\n", [
            (("Service", "ExecStart", 0), "", 4), (("Service", "ExecStart", 1), "/bin/a -b # no comment", 5),
            (("Service", "User"), "x", 8), (("Unit",), "{}", 9)]),
    ],
    "/etc/php/8.2/fpm/php.ini": [
        ('[PHP]\nengine = On\nextension=a\nextension=b ; why\nx = "a;b" ; c\n[PATH=/www]\n;d\nbare\n', [
            (("PHP", "engine"), "On", 2), (("PHP", "extension", 0), "a", 3), (("PHP", "extension", 1), "b", 4),
            (("PHP", "x"), '"a;b"', 5), (("PATH=/www", "bare"), None, 8)]),
    ],
    "/etc/mysql/my.cnf": [
        ("[mysqld]\nskip-name-resolve\nmax-connections = 10 # c\nsql_mode='a#b'\n!includedir /etc/mysql/conf.d/\n", [
            (("mysqld", "skip_name_resolve"), None, 2), (("mysqld", "max_connections"), "10", 3),
            (("mysqld", "sql_mode"), "'a#b'", 4), (("mysqld", "!includedir"), "/etc/mysql/conf.d/", 5)]),
    ],
    "/etc/samba/smb.conf": [
        ("[global]\n  Server  String = a = b # c\n; c\n[homes]\n  valid users = a, \\\n   b\n", [
            (("global", "server string"), "a = b # c", 2), (("homes", "valid users"), "a, b", 5)]),
    ],
    "/etc/postfix/main.cf": [
        ("a = b\n  c\n# x\n  d\n\nmydestination =\nk = $a, x=y\nk = 2\n", [
            (("a",), "b c d", 1), (("mydestination",), "", 6), (("k", 0), "$a, x=y", 7), (("k", 1), "2", 8)]),
    ],
    "/etc/sysctl.d/9.conf": [
        ("net/ipv4/ip_forward=1\n-kernel.x = a b\n; c\n", [
            (("net.ipv4.ip_forward",), "1", 1), (("-kernel.x",), "a b", 2)]),
    ],
    "/etc/postgresql/15/main/postgresql.conf": [
        ("port = 5432 # c\nShared_Buffers 1GB\nlog_line_prefix = '%m # %p'\ninclude_dir 'a'\ninclude_dir 'b'\n", [
            (("port",), "5432", 1), (("shared_buffers",), "1GB", 2), (("log_line_prefix",), "'%m # %p'", 3),
            (("include_dir", 0), "'a'", 4), (("include_dir", 1), "'b'", 5)]),
    ],
    "/etc/gitconfig": [
        ('[remote "a b"]\n\tURL = x ; c\n\tfetch = 1\n\tfetch = 2\n[core]\n\tbare\n', [
            (('remote "a b"', "url"), "x", 2), (('remote "a b"', "fetch", 0), "1", 3),
            (('remote "a b"', "fetch", 1), "2", 4), (("core", "bare"), None, 6)]),
    ],
    "/etc/app.ini": [
        ("top: 1\n[a]\nk = v\n  more\nk2 : w = x\n[a]\nk = again\n", [
            (("top",), "1", 1), (("a", "k", 0), "v more", 3), (("a", "k2"), "w = x", 5), (("a", "k", 1), "again", 7)]),
    ],
    "/etc/redis/redis.conf": [
        ('save 900 1\nsave 60 10000\nbind 127.0.0.1 -::1\ndir "/a b"\n', [
            (("save", 0), "900 1", 1), (("save", 1), "60 10000", 2), (("bind",), "127.0.0.1 -::1", 3),
            (("dir",), '"/a b"', 4)]),
    ],
    "/etc/nsswitch.conf": [
        ("passwd:         files systemd # c\nhosts: files dns\n", [
            (("passwd",), "files systemd", 1), (("hosts",), "files dns", 2)]),
    ],
    "/etc/unknown.conf": [
        ("# c\na.b = 1\nc=2\na.b = 3\n", [(("a.b", 0), "1", 2), (("c",), "2", 3), (("a.b", 1), "3", 4)]),
        ("[s]\na = 1\n", [(("s", "a"), "1", 2)]),
        ('{"a": 1}', [(("a",), 1, 1)]),
        ('<?xml version="1.0"?><a>1</a>', [(("a",), "1", 1)]),
    ],
}  # fmt: skip

SHELL = [
    ("A=1\nexport B='x y'\nC=\"a\"'b' # c\nD=\n# c\nA=2\n", [
        (("A", 0), "1", 1), (("B",), "x y", 2), (("C",), "ab", 3), (("D",), "", 4), (("A", 1), "2", 6)]),
    ("A=\"$HOME/x\"\nB='$HOME/x'\n", [(("A",), '"$HOME/x"', 1), (("B",), "'$HOME/x'", 2)]),
    ("A='x\ny'\nB=a\\\nb\n", [(("A",), "x\ny", 1), (("B",), "ab", 3)]),
]  # fmt: skip

DOTENV = [
    ("A=1\nexport B=\"x\\ny\"\nA=2\nC=a#b\nD=a #b\nE\nF='m\nn'\nG=${A}\n", [
        (("A", 0), "1", 1), (("B",), "x\ny", 2), (("A", 1), "2", 3), (("C",), "a#b", 4), (("D",), "a", 5),
        (("E",), None, 6), (("F",), "m\nn", 7), (("G",), "${A}", 9)]),
]  # fmt: skip

PROPERTIES = [
    ("! c\na.b = x\\\n   y\nc:d\ne f g\n# c\na.b=\\u00e9\n\nh\n", [
        (("a.b", 0), "xy", 2), (("c",), "d", 4), (("e",), "f g", 5), (("a.b", 1), "é", 7), (("h",), "", 9)]),
]  # fmt: skip

HCL = [
    ('storage "raft" {\n  path = "/opt"\n}\nn = 1\nlist = [1, "a",\n  true] # c\no = { a = "b", "c d" = 2 }\n'
     'x = "${a.b}"\ne = 1 + 2\n', [
        (("storage", "raft", "path"), "/opt", 2), (("n",), 1, 4), (("list", 0), 1, 5), (("list", 1), "a", 5),
        (("list", 2), True, 6), (("o", "a"), "b", 7), (("o", "c d"), 2, 7), (("x",), '"${a.b}"', 8),
        (("e",), "1 + 2", 9)]),
    ('l "tcp" { a = 1 }\nl "tcp" { a = 2 }\n', [(("l", 0, "tcp", "a"), 1, 1), (("l", 1, "tcp", "a"), 2, 2)]),
]  # fmt: skip

APACHE = [
    ("Listen 80\nlisten 81\n<VirtualHost *:80>\n  ServerName a\n  <Directory />\n    Options \\\n      None\n"
     "  </Directory>\n"
     "  RewriteCond x\n  RewriteRule y\n  RewriteCond z\n</VirtualHost>\n<IfModule m>\n</IfModule>\n", [
        (("listen", 0), "80", 1), (("listen", 1), "81", 2), (("virtualhost", "*:80", "servername"), "a", 4),
        (("virtualhost", "*:80", "directory", "/", "options"), "None", 6),
        (("virtualhost", "*:80", "rewritecond", 0), "x", 9), (("virtualhost", "*:80", "rewriterule"), "y", 10),
        (("virtualhost", "*:80", "rewritecond", 1), "z", 11),
        (("virtualhost", "*:80", "(order)"), "directory /, rewritecond, rewriterule, rewritecond", 5),
        (("ifmodule", "m"), "{}", 13), (("(order)",), "virtualhost *:80, ifmodule m", 3)]),
]  # fmt: skip

HAPROXY = [
    ("global\n  log /dev/log local0 # c\n  log x\nbackend shop\n  server web1 10.0.0.1:80 check\n"
     "  server web2 10.0.0.2:80\n"
     "  http-request set-header A \"#b\"\nfrontend f\n", [
        (("global", "log", 0), "/dev/log local0", 2), (("global", "log", 1), "x", 3),
        (("backend", "shop", "server web1"), "10.0.0.1:80 check", 5),
        (("backend", "shop", "server web2"), "10.0.0.2:80", 6),
        (("backend", "shop", "http-request"), 'set-header A "#b"', 7), (("frontend", "f"), "{}", 8)]),
]  # fmt: skip

SUDOERS = [
    ('Defaults  env_reset\nDefaults:bob !lecture # c\nUser_Alias OPS = a, \\\n  b\n'
     'root ALL=(ALL:ALL) ALL\n%ops ALL=NOPASSWD: /bin/x\n'
     "@includedir /etc/sudoers.d\n#includedir /x\n#1000 ALL=ALL\n# c\n", [
        (("Defaults",), "env_reset", 1), (("Defaults:bob",), "!lecture", 2), (("User_Alias", "OPS", "="), "a, b", 3),
        (("user", "root", "may"), "ALL=(ALL:ALL) ALL", 5), (("user", "%ops", "may"), "ALL=NOPASSWD: /bin/x", 6),
        (("@includedir",), "/etc/sudoers.d", 7), (("#includedir",), "/x", 8), (("user", "#1000", "may"), "ALL=ALL", 9),
        (("(order)",), "user root, user %ops, user #1000", 5)]),
]  # fmt: skip

TABLES = {
    "/etc/cron.d/a": [
        ("MAILTO=ops\n# c\n*/5 * * * * root  run a\n@reboot bob run b\n0 1 * * mon root run a\n", [
            (("MAILTO",), "ops", 1), (("job", "root", "run a", 0), "*/5 * * * *", 3),
            (("job", "bob", "run b"), "@reboot", 4), (("job", "root", "run a", 1), "0 1 * * mon", 5)]),
    ],
    "/var/spool/cron/crontabs/bob": [("1 2 * * * x y\n", [(("job", "x y"), "1 2 * * *", 1)])],
    "/etc/hosts": [
        ("127.0.0.1 localhost a # c\n\n10.0.0.1 db\n10.0.0.2 db\n", [
            (("127.0.0.1", "canonical"), "localhost", 1), (("localhost",), "127.0.0.1", 1), (("a",), "127.0.0.1", 1),
            (("10.0.0.1", "canonical"), "db", 3), (("db", 0), "10.0.0.1", 3), (("10.0.0.2", "canonical"), "db", 4),
            (("db", 1), "10.0.0.2", 4)]),
    ],
    "/etc/fstab": [
        ("# c\nUUID=1 /a\\040b ext4 noatime,ro,size=1G 0 2\ntmp /tmp tmpfs\nsw none swap sw\n", [
            (("/a b", "device"), "UUID=1", 2), (("/a b", "type"), "ext4", 2), (("/a b", "dump"), "0", 2),
            (("/a b", "check"), "2", 2), (("/a b", "options", "noatime"), True, 2),
            (("/a b", "options", "access"), "ro", 2), (("/a b", "options", "size"), "1G", 2),
            (("/tmp", "device"), "tmp", 3), (("/tmp", "type"), "tmpfs", 3), (("/tmp", "dump"), "0", 3),
            (("/tmp", "check"), "0", 3), (("/tmp", "options", "defaults"), True, 3), (("none sw", "device"), "sw", 4),
            (("none sw", "type"), "swap", 4), (("none sw", "dump"), "0", 4), (("none sw", "check"), "0", 4),
            (("none sw", "options", "sw"), True, 4)]),
    ],
}  # fmt: skip

OTHERS: list[tuple[Subject, str, str, list[Row]]] = [
    ("packages", "packages", "libc6\t2.36\tamd64\tii\nlibc6\t2.36\ti386\tii\ntzdata\t1\tall\tinstall ok installed\n"
     "linux\t1\tamd64\t\nlinux\t2\tamd64\t\nold\t3\tamd64\tdeinstall ok config-files\n", [
        (("(architecture)",), "amd64", 0), (("libc6",), "2.36", 1), (("libc6:i386",), "2.36", 2), (("tzdata",), "1", 3),
        (("linux", 0), "1", 4), (("linux", 1), "2", 5), (("old",), "3", 6),
        (("old", "status"), "deinstall ok config-files", 6)]),
    ("services", "services", "a.service\tenabled\tactive\n", [
        (("a.service", "enabled"), "enabled", 1), (("a.service", "active"), "active", 1)]),
    ("sysctl", "sysctl", "net.ipv4.tcp_rmem = 4096\t131072\t6291456\nk.d = \n", [
        (("net.ipv4.tcp_rmem",), "4096 131072 6291456", 1), (("k.d",), "", 2)]),
    ("users", "passwd", "root:x:0:0:root:/root:/bin/bash\n", [
        (("root", "password"), "x", 1), (("root", "uid"), "0", 1), (("root", "gid"), "0", 1),
        (("root", "gecos"), "root", 1), (("root", "home"), "/root", 1), (("root", "shell"), "/bin/bash", 1)]),
    ("users", "group", "adm:x:4:a,b\n", [
        (("adm", "password"), "x", 1), (("adm", "gid"), "4", 1), (("adm", "members", "a"), True, 1),
        (("adm", "members", "b"), True, 1)]),
    ("mounts", "mounts", "proc /proc proc rw,nosuid 0 0\n", [
        (("/proc", "device"), "proc", 1), (("/proc", "type"), "proc", 1), (("/proc", "dump"), "0", 1),
        (("/proc", "check"), "0", 1), (("/proc", "options", "access"), "rw", 1),
        (("/proc", "options", "nosuid"), True, 1)]),
    ("env", "phoenix.service", "A=1\0B=x\ny\0C=\0", [(("A",), "1", 0), (("B",), "x\ny", 0), (("C",), "", 0)]),
    ("effective", "nginx", "nginx: the configuration file /n.conf syntax is ok\n# configuration file /n.conf:\n"
     "user a;\n\n"
     "# configuration file /b.conf:\n\nx y;\n", [(("/n.conf", "user"), "a", 1), (("/b.conf", "x"), "y", 2)]),
    ("effective", "sshd", "port 22\nport 23\n", [(("port", 0), "22", 1), (("port", 1), "23", 2)]),
    ("effective", "apache", "# In file: /etc/apache2/apache2.conf\n#   5:\nListen 80\n", [(("listen",), "80", 3)]),
    ("effective", "samba", "# Global parameters\n[global]\n\tServer Role = standalone\n", [
        (("global", "server role"), "standalone", 3)]),
    ("effective", "nftables", "table inet a {\n}\n", [
        (("sha256",), hashlib.sha256(b"table inet a {\n}\n").hexdigest(), 0)]),
    ("mounts", "/etc/fstab", "sw none swap sw 0 0\n", [
        (("none sw", "device"), "sw", 1), (("none sw", "type"), "swap", 1), (("none sw", "dump"), "0", 1),
        (("none sw", "check"), "0", 1), (("none sw", "options", "sw"), True, 1)]),
    ("effective", "postfix", "alias_maps = hash:/etc/aliases\n", [(("alias_maps",), "hash:/etc/aliases", 1)]),
]  # fmt: skip

FILES = {
    "/a.json": JSON, "/a.yaml": YAML, "/etc/ansible/a.yml": YAML_1_1, "/a.toml": TOML, "/a.xml": XML,
    "/etc/nginx/nginx.conf": NGINX, "/etc/ssh/sshd_config": SSHD, "/etc/default/a": SHELL, "/srv/.env": DOTENV,
    "/a.properties": PROPERTIES, "/etc/vault.d/vault.hcl": HCL, "/etc/apache2/apache2.conf": APACHE,
    "/etc/haproxy/haproxy.cfg": HAPROXY, "/etc/sudoers": SUDOERS, **INI, **TABLES,
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "rows"), [(name, *case) for name, cases in FILES.items() for case in cases])
def test_files(name: str, text: str, rows: list[Row]) -> None:
    found = facts(name, text)
    assert found == rows
    assert [type(value) for _, value, _ in found] == [type(value) for _, value, _ in rows]  # 1 == True == 1.0


@pytest.mark.parametrize(("subject", "name", "text", "rows"), OTHERS)
def test_what_is_collected_beside_files(subject: Subject, name: str, text: str, rows: list[Row]) -> None:
    assert facts(name, text, subject) == rows


BROKEN = [
    ("/a.json", '{"a": 1,\n "b" 2}', "line 2: not JSON: Expecting ':' delimiter"),
    ("/a.json", '{"a": NaN}', "not JSON: NaN is no number"),
    ("/a.json", "", "line 1: not JSON: Expecting value"),
    ("/a.json", "[" * 5000 + "]" * 5000, "line 1: nested deeper than 100 levels"),
    ("/a.json", "[" * 101 + "]" * 101, "line 1: nested deeper than 100 levels"),
    ("/a.yaml", "a: 1\nb: [1\nc: 2\n", "line 3: not YAML: did not find expected ',' or ']'"),
    ("/a.yaml", "a: 1\nb: *x\n", "line 2: an alias without an anchor before it"),
    ("/a.yaml", "a: &a [*a]\n", "line 1: an alias without an anchor before it"),
    ("/a.yaml", "a: 1\nb: {<<: 2}\n", "line 2: `<<` merges something that is no mapping"),
    ("/a.yaml", "a: 1\nb: \x01\n", "line 2: not YAML: a character that is not allowed"),
    ("/a.yaml", "[" * 5000, "line 1: nested deeper than 100 levels"),
    ("/a.toml", "a = 1\nb = \n", "line 2: not TOML: Invalid value"),
    ("/a.toml", "a = 1\n[t]\na = 1\na = 2\n", "line 4: not TOML: Cannot overwrite a value"),
    ("/a.xml", "<a>\n<b></a>", "line 2: not XML: mismatched tag"),
    ("/a.xml", '<!DOCTYPE a [\n<!ENTITY x "y">]><a>&x;</a>', "line 2: entities of the file's own are not read"),
    ("/a.xml", '<!DOCTYPE a SYSTEM "x.dtd">\n<a>&x;</a>', "line 2: entities of the file's own are not read"),
    ("/etc/nginx/nginx.conf", "a b;\nhttp {\n c d;\n", 'line 2: no "}" for what begins here'),
    ("/etc/nginx/nginx.conf", "a b;\n}\n", 'line 2: unexpected "}"'),
    ("/etc/nginx/nginx.conf", "a {\n b\n}\n", 'line 2: no ";" at its end'),
    ("/etc/nginx/nginx.conf", "a b;\nc", 'line 2: no ";" at its end'),
    ("/etc/nginx/nginx.conf", "a;\n;", 'line 2: unexpected ";"'),
    ("/etc/nginx/nginx.conf", "a;\nb 'c;\n", "line 2: a quote that is not closed"),
    ("/etc/nginx/nginx.conf", "a_by_lua_block {\n {", 'line 1: no "}" for the code that begins here'),
    ("/etc/ssh/sshd_config", "Port 22\n= x\n", "line 2: neither a comment nor a keyword and its value"),
    ("/etc/systemd/system/a.service", "[Unit]\nwhat\n", 'line 2: neither a comment nor "key = value"'),
    ("/etc/systemd/system/a.service", "[Unit\n", 'line 1: no "]" at the end of a section\'s name'),
    ("/etc/postfix/main.cf", "a = b\n= c\n", "line 2: a value without a key"),
    ("/srv/.env", "A=1\nnot it at all\n", "line 2: neither a comment nor NAME=value"),
    ("/a.properties", "a=1\nb=\\u12x\n", "line 2: a \\u without four hexadecimal digits"),
    ("/a.hcl", "a = 1\nb = \n", "line 2: not HCL"),
    ("/etc/apache2/apache2.conf", "<A>\n</B>\n", "line 2: closes a section that is not the one last opened"),
    ("/etc/apache2/apache2.conf", "x y\n<A>\n", "line 2: a section that is not closed"),
    ("/etc/apache2/apache2.conf", "x y\n<A\n", "line 2: neither a directive nor a section"),
    ("/etc/haproxy/haproxy.cfg", "\nlog x\n", "line 2: stands before any section"),
    ("/etc/haproxy/haproxy.cfg", "global\n.if x\n", "line 2: conditions on the file itself are not read"),
    ("/etc/sudoers", "a ALL=ALL\nb\n", "line 2: neither a comment nor a user and what they may do"),
    ("/etc/sudoers", "a ALL\n", 'line 1: what a user may do has no "="'),
    ("/etc/sudoers", "User_Alias A\n", 'line 1: an alias without "="'),
    ("/etc/cron.d/a", "A=1\n* * * * root x\n", "line 2: neither a comment, a variable nor a job"),
    ("/etc/hosts", "127.0.0.1 a\n::1\n", "line 2: an address without a name"),
    ("/etc/fstab", "# c\na b\n", "line 2: 2 fields, where a mount has 3 to 6"),
    ("/etc/passwd", "root:x:0:0::/:/bin/sh\nbob:x\n", "line 2: 2 fields, not 7"),
]


@pytest.mark.parametrize(("name", "text", "trouble"), BROKEN)
def test_a_broken_file_names_its_line_and_has_no_facts(name: str, text: str, trouble: str) -> None:
    document = read(Piece("files", name, text.encode()), HIDER)
    assert (document.trouble, document.facts, document.lines) == (trouble, (), ())


@pytest.mark.parametrize(("subject", "text", "trouble"), [
    ("packages", "a\t1\tamd64\tii\nb\t1\n", "line 2: 2 columns, not 4"),
    ("services", "a b c\n", "line 1: 1 columns, not 3"),
    ("sysctl", "a = 1\nwhat\n", 'line 2: no "key = value"'),
    ("env", "A=1\0B\0", "entry 2 has no ="),
])  # fmt: skip
def test_a_broken_answer_is_trouble(subject: Subject, text: str, trouble: str) -> None:
    document = read(Piece(subject, "x", text.encode()), HIDER)
    assert (document.trouble, document.facts) == (trouble, ())


def test_aliases_do_not_blow_up() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    document = read(Piece("files", "/a.yaml", bomb.encode()), HIDER)
    assert document.trouble.endswith("more than 200,000 values, with its aliases written out")


@pytest.mark.parametrize(("name", "text"), [
    ("/etc/default/a", "if true; then\nA=1\nfi\n"),
    ("/etc/default/a", "A=1 command\n"),
    ("/etc/app.ini", "= what\n"),
    ("/etc/x.conf", "a = 1\nand more\n"),
    ("/etc/x.conf", '{ "a" }'),
    ("/etc/x.conf", 'ENV{A}=="x", B="y"\n'),
    ("/usr/bin/x.py", "a = 1\n"),
    ("/usr/bin/x", "#!/bin/sh\na=1\n"),
    ("/srv/chart/templates/a.yaml", "{{- if .x }}\na: 1\n{{- end }}\n"),
    ("/home/bob/.ssh/authorized_keys", "ssh-ed25519 AAAA a\n"),
    ("/etc/motd", "hello\n"),
])  # fmt: skip
def test_what_only_looks_like_a_format_is_text(name: str, text: str) -> None:
    document = read(Piece("files", name, text.encode()), HIDER)
    assert (document.format, document.trouble, document.lines) == (
        "text",
        "",
        tuple(text.removesuffix("\n").split("\n")),
    )
    assert [fact.path for fact in document.facts] == [("sha256",)]


@pytest.mark.parametrize(("name", "format_"), [
    ("/etc/nginx/sites-enabled/shop", "nginx"), ("/etc/nginx/conf.d/a/b.conf", "nginx"), ("/etc/nginx.conf.bak", ""),
    ("/lib/systemd/resolv.conf", "words"), ("/etc/systemd/journald.conf", "systemd"),
    ("/etc/postgresql/15/main/start.conf", ""), ("/etc/postgresql/15/main/postgresql.conf", "postgresql"),
    ("/srv/app/docker-compose.yml", "yaml"), ("/srv/app/group_vars/all/x", "yaml 1.1"), ("/srv/.env.prod", "dotenv"),
])  # fmt: skip
def test_the_path_says_the_format(name: str, format_: str) -> None:
    parser = choose("files", name, "auto\n")
    assert (parser.format if parser else "") == format_
