"""Targets that are gone, that anybody can take, and that are nearly so; on real servers, with a root of our own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from preflight.finding import Finding
from preflight_dns.names import without_dot
from preflight_dns.tests.zone.served import Served, ServeZones, whole
from preflight_dns.zone import registry
from preflight_dns.zone.looking import MOST_QUESTIONS
from preflight_dns.zone.registry import registrable_of
from preflight_dns.zone.takeover import ALWAYS_THERE, FREE_WHEN_GONE, service
from tests.lab import nsd, unbound
from tests.lab.ports import dead
from tests.reasons import table


@dataclass(frozen=True)
class Case:
    """Records of a zone; `look` are those of them that the inventory names, as `name type`."""

    id: str
    records: str
    look: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return f"{self.id}.test"

    @property
    def inventory(self) -> str:
        pairs = (line.split() for line in self.look)
        return ", ".join(f"{{name: {name}.{self.zone}, type: {rdtype}, ttl: 300}}" for name, rdtype in pairs)


CASES = [
    Case("fine", "www CNAME web\nweb A 192.0.2.1\n@ MX 10 web\n_x._tcp SRV 0 0 1 web", ["www CNAME", "_x._tcp SRV"]),
    Case("out", "www CNAME www.other.test.", ["www A"]),
    Case("cname-gone", "www CNAME web", ["www A"], ["dangling: web.cname-gone.test does not exist (NXDOMAIN)"]),
    Case("cname-nodata", "www CNAME web\nweb TXT verified", ["www A"]),  # it exists: what it is for, nobody knows
    Case(
        "chain-gone", "www CNAME w2\nw2 CNAME gone.other.test.", ["www CNAME"], ["dangling: gone.other.test does not"]
    ),
    Case(
        "no-dot",
        "www CNAME web.no-dot.test\nweb A 192.0.2.1",
        ["www CNAME"],
        ["dangling: web.no-dot.test.no-dot.test does not exist"],
    ),
    Case("mx-gone", "@ MX 10 mx", [], ["dangling: mx.mx-gone.test does not exist (NXDOMAIN)"]),
    Case("mx-bare", "@ MX 10 mx\nmx TXT x", [], ["mx.mx-bare.test exists and has no address"]),
    Case("mx-null", "@ MX 0 ."),
    Case(
        "dname-gone",
        "old DNAME old.nobody-has.com.\nown DNAME www.other.test.\nbare DNAME test.",
        ["old DNAME", "own DNAME", "bare DNAME"],
        ["takeover possible: the domain nobody-has.com does not exist"],
    ),
    Case("srv-gone", "_x._tcp SRV 0 0 1 nowhere", ["_x._tcp SRV"], ["dangling: nowhere.srv-gone.test does not exist"]),
    Case("srv-none", "_x._tcp SRV 0 0 0 .", ["_x._tcp SRV"]),
    Case("https-gone", "@ HTTPS 1 web alpn=h2", [], ["dangling: web.https-gone.test does not exist"]),
    Case("https-self", "@ HTTPS 1 . alpn=h2\n@ A 192.0.2.1"),
    Case("svcb-gone", "_x SVCB 0 web", ["_x SVCB"], ["dangling: web.svcb-gone.test does not exist"]),
    Case(
        "ns-gone", "@ NS ns\nns A 127.0.0.1\n@ NS ns9.other.test.", [], ["dangling: ns9.other.test does not exist (NX"]
    ),
    Case(
        "ns-free",
        "@ NS ns\nns A 127.0.0.1\n@ NS ns1.hosting.nobody-has.com.",
        [],
        ["takeover possible: the domain nobody-has.com does not exist (NXDOMAIN): not registered, or on hold"],
    ),
    Case(
        "free-below-two",
        "www CNAME a.b.nobody-has.co.uk.",
        ["www A"],
        ["takeover possible: the domain nobody-has.co.uk does not exist (NXDOMAIN): not registered, or on hold"],
    ),
    Case(
        "gone-below-two",
        "www CNAME a.b.had.co.uk.",
        ["www A"],
        ["dangling: a.b.had.co.uk does not exist (NXDOMAIN), nor does b.had.co.uk"],
    ),
    # A top-level domain that no registry has.
    Case(
        "private",
        "www CNAME www.nobody-has.test.",
        ["www A"],
        ["dangling: www.nobody-has.test does not exist (NXDOMAIN), nor does nobody-has.test"],
    ),
    Case(
        "deep-gone",
        "www CNAME a.b.c.other.test.",
        ["www A"],
        ["a.b.c.other.test does not exist (NXDOMAIN), nor does c.ot"],
    ),
    Case(
        "azure-gone",
        "www CNAME shop.azurewebsites.net.",
        ["www A"],
        [
            "takeover possible: shop.azurewebsites.net does not exist (NXDOMAIN), and names there are for anybody "
            "to take (Azure App Service)"
        ],
    ),
    Case("azure-there", "www CNAME mine.azurewebsites.net.", ["www A"]),
    Case("pages", "www CNAME we.github.io.", ["www A"], [], ["at GitHub Pages every name has an address"]),
    Case("looping", "www CNAME w2\nw2 CNAME www", ["www A"]),  # dns.record says so
    Case(
        "delegated",
        "www CNAME web.sub\nsub NS ns.sub\nns.sub A 127.0.0.9",
        ["www A"],
        ["not checked: whether the target of "],
    ),
]
AZURE = next(case for case in CASES if case.id == "azure-gone")
OTHERS = {
    "other.test": "www A 192.0.2.7",
    "azurewebsites.net": "mine A 192.0.2.8",
    "github.io": "* A 192.0.2.9",
    "test": "other NS ns.other\nns.other A 127.0.0.1",
    "com": "",
    "co.uk": "had A 192.0.2.10",
    "uk": "co NS ns.co\nns.co A 127.0.0.1",
    ".": "test NS ns.test\nns.test A 127.0.0.1\ncom NS ns.com\nns.com A 127.0.0.1\nuk NS ns.uk\nns.uk A 127.0.0.1",
}


@pytest.fixture(scope="module")
def served(serve_zones: ServeZones) -> Served:
    return serve_zones({case.zone: case.records for case in CASES} | OTHERS)


@table(CASES)
def test_a_zone(case: Case, served: Served) -> None:
    looked = served.look(case.zone, "dangling", records=case.inventory)
    assert len(looked.texts) == len(case.seen), looked.texts
    assert all(part in text for part, text in zip(case.seen, looked.texts, strict=True)), looked.texts
    assert all(any(part in note for note in looked.sketch) for part in case.notes), looked.sketch


def test_a_name_without_its_final_dot_is_told_as_that(served: Served) -> None:
    (case,) = [each for each in CASES if each.id == "no-dot"]
    (reason,) = served.look(case.zone, "dangling", records=case.inventory).reasons
    assert reason.next_step.startswith("write web.no-dot.test. in www.no-dot.test CNAME: without the final dot")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mx.a.test.a.test.", "mx.a.test"),
        ("a.test.a.test.", "a.test"),
        ("mx.a.test.", ""),
        ("a.test.", ""),
        ("mx.b.test.a.test.", ""),
        ("mx.ba.test.a.test.", ""),
    ],
)
def test_what_a_name_was_meant_to_be(name: str, meant: str) -> None:
    assert without_dot(name, "a.test.") == meant
    assert without_dot(name, "") == without_dot(name, ".") == ""


def test_all_of_a_zone_that_may_be_transferred(served: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = whole("open.test", "www CNAME web\nold CNAME gone.other.test.\nweb A 192.0.2.1\n_x._tcp SRV 0 0 1 nowhere")
    with nsd.running({"open.test": text}, tmp_path_factory.mktemp("open"), transfer="NOKEY") as server:
        looked = Served(server, served.recursor).look("open.test", "dangling")
        shut = Served(server, served.recursor).look("open.test", "dangling", "transfer: false")
    assert [text.split(" does not")[0] for text in looked.texts] == [
        "dangling: nowhere.open.test",
        "dangling: gone.other.test",
    ]
    assert looked.sketch[-1] == "open.test: looked at 4 names, known by a zone transfer"
    assert shut.texts == []
    assert "as no server allows a zone transfer" in shut.sketch[-1]


def test_a_zone_that_is_too_large_is_not_checked(served: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = whole(
        "large.test", "".join(f"h{number} CNAME web\n" for number in range(MOST_QUESTIONS)) + "web A 192.0.2.1"
    )
    with nsd.running({"large.test": text}, tmp_path_factory.mktemp("large"), transfer="NOKEY") as server:
        (said,) = Served(server, served.recursor).look("large.test", "dangling").texts
    assert said.startswith("not checked: 100")
    assert said.endswith(f" questions would have to be asked for large.test, and {MOST_QUESTIONS} is the most")


def test_names_that_no_record_of_the_inventory_has(served: Served) -> None:
    assert served.look("cname-gone.test", "dangling").texts == []
    looked = served.look("cname-gone.test", "dangling", "names: [www.cname-gone.test]")
    assert looked.texts == ["dangling: web.cname-gone.test does not exist (NXDOMAIN)"]


def test_a_resolver_that_filters_a_name_does_not_make_it_free(
    served: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (case,) = [each for each in CASES if each.id == "out"]
    stubs = dict.fromkeys((".", *OTHERS), served.server)
    blocks = 'local-zone: "www.other.test." always_nxdomain'
    with unbound.running(stubs, tmp_path_factory.mktemp("filter"), settings=blocks) as filtering:
        first, second = f"{filtering}', '{served.recursor}", f"{served.recursor}', '{filtering}"
        (text,) = Served(served.server, first).look(case.zone, "dangling", records=case.inventory).texts  # type: ignore[arg-type]  # two
        assert text == f"{filtering}: NXDOMAIN; {served.recursor}: it exists"
        gone = Served(served.server, second).look("ns-free.test", "dangling").texts  # type: ignore[arg-type]  # two
    assert [each.startswith("takeover possible: ") for each in gone] == [True]


def test_a_resolver_that_does_not_answer_says_nothing_of_a_target(served: Served) -> None:
    with dead() as nobody:
        (text,) = (
            Served(served.server, nobody).look("chain-gone.test", "dangling", "names: [www.chain-gone.test]").texts
        )
    assert text.startswith(
        "not checked: whether the target of www.chain-gone.test CNAME w2.chain-gone.test exists is not known"
    )
    assert "which leads to gone.other.test" in text


def test_an_unregistered_domain_is_one_only_if_the_names_above_it_exist(
    served: Served, serve_zones: ServeZones
) -> None:
    """A resolver that knows no names at all, a broken one, does not make everything look free."""
    blind = serve_zones({"nothing": "x A 192.0.2.1", ".": ""})
    looked = Served(served.server, blind.recursor).look("ns-free.test", "dangling")
    assert looked.texts == ["dangling: ns1.hosting.nobody-has.com does not exist (NXDOMAIN), nor does com"]
    looked = Served(served.server, blind.recursor).look("azure-gone.test", "dangling", records=AZURE.inventory)
    assert looked.texts == ["dangling: shop.azurewebsites.net does not exist (NXDOMAIN), nor does net"]


@pytest.mark.parametrize(
    ("case", "said", "step"),
    [
        ("ns-free", "takeover possible: the domain nobody-has.com does not exist", "`whois nobody-has.com`"),
        (
            "private",
            "dangling: www.nobody-has.test does not exist (NXDOMAIN), nor does nobody-has.test",
            "take www.pri",
        ),
        (
            "free-below-two",
            "dangling: a.b.nobody-has.co.uk does not exist (NXDOMAIN), nor does nob",
            "pip install 'pytest",
        ),
        (
            "deep-gone",
            "dangling: a.b.c.other.test does not exist (NXDOMAIN), nor does c.other.test",
            "pip install 'pyt",
        ),
    ],
)
def test_without_the_list_of_public_suffixes(
    case: str, said: str, step: str, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said stays true: of names of three labels, nobody can tell; of two, nearly all can be registered."""
    monkeypatch.setattr(registry, "find_spec", lambda _name: None)
    (one,) = [each for each in CASES if each.id == case]
    (reason,) = served.look(one.zone, "dangling", records=one.inventory).reasons
    assert isinstance(reason, Finding)
    assert reason.observed.startswith(said)
    assert step in reason.next_step


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("example.com.", True),
        ("example.co.uk.", True),
        ("www.example.co.uk.", False),
        ("co.uk.", False),
        ("com.", False),
        ("example.test.", False),
        ("shop.azurewebsites.net.", False),  # a provider's, who is no registry
        ("azurewebsites.net.", True),
        ("xn--85x722f.xn--55qx5d.cn.", True),
        ("foo.ck.", False),  # *.ck
        ("www.ck.", True),  # !www.ck
        ("b\\.com.", False),
        ("10.in-addr.arpa.", False),
        (".", False),
    ],
)
def test_what_registries_give_out(name: str, is_one: bool) -> None:
    assert registrable_of([name]) == ((name,) if is_one else ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop.azurewebsites.net.", "Azure App Service"),
        ("a.b.trafficmanager.net.", "Azure Traffic Manager"),
        ("azurewebsites.net.", ""),
        ("notazurewebsites.net.", ""),
        ("x.us-east-1.elasticbeanstalk.com.", "AWS Elastic Beanstalk"),
    ],
)
def test_whose_name_it_is(name: str, expected: str) -> None:
    assert service(name, FREE_WHEN_GONE) == expected


def test_no_service_is_in_both_lists() -> None:
    assert not FREE_WHEN_GONE.keys() & ALWAYS_THERE.keys()
