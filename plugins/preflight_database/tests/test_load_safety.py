"""The real database is only read, and scratch is as it was, however a rehearsal ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch
from preflight.observe import Progress
from preflight_database.load.observation import LoadObservation
from preflight_database.tests.rehearsing import KEY, MIXED, Run, Site, may_flush, measured, refused, rehearsed
from preflight_database.tests.said import execute
from preflight_database.url import parse as parse_url
from tests.lab import databases

ENGINES = ["postgres", "mariadb", "sqlite"]
Sites = Callable[[str], Site]
TABLE = ("create table t (id integer primary key, a integer)", "create index t_a on t (a)")
OWN = "create table own (id integer)"


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, site: Sites) -> Site:
    found = site(request.param)
    found.make(*TABLE, values=f"n, {MIXED}")
    return found


def own(shop: Site) -> list[str]:
    """Scratch has a table of somebody's: what is there of it and beside it. No schema is ours in PostgreSQL."""
    if shop.engine == "postgres":
        tables = "select table_name::text from information_schema.tables where table_schema = 'public'"
        return shop.left_in_scratch() + [name for (name,) in databases.execute(shop.scratch, tables)]
    return shop.left_in_scratch()


def test_what_is_somebody_elses_stays(shop: Site) -> None:
    execute(shop.scratch, OWN, "insert into own values (1)")
    assert measured(shop.check(rehearse="arms: deferred"))
    assert own(shop) == ["own"]
    if shop.engine == "sqlite":
        assert sorted(p.name for p in Path(parse_url(shop.scratch).database).parent.glob("scratch*")) == ["scratch.db"]


def test_an_error_in_the_middle(shop: Site) -> None:
    broken = "create unique index t_b on t (a)"
    execute(shop.real, "create table source (id integer, a integer)", broken)
    shop.make(into="source", values="n, case when n > 1500 then 7 else n end")
    reason = refused(shop.check(rehearse="source: source, arms: present"))
    assert reason.reason.startswith("rehearsing in ")
    assert re.search("(?i)unique|duplicate", reason.reason)
    assert shop.left_in_scratch() == []


def test_the_limit(shop: Site) -> None:
    def wait(_: Run, progress: Progress) -> None:
        time.sleep(1.1 if progress.share > 0.2 else 0)

    seen = rehearsed(shop.check(rehearse="limit: 1s"), wait)
    assert isinstance(seen, NotChecked)
    assert "did not end within its limit of 1s" in seen.reason
    assert seen.next_step == "raise `limit:`, or rehearse with fewer `rows:`"
    assert shop.left_in_scratch() == []


def test_nobody_waits_any_more(shop: Site) -> None:
    def stop(run: Run, progress: Progress) -> None:
        if "building" in progress.doing:
            run.stop()

    assert isinstance(rehearsed(shop.check(), stop), NotChecked)
    assert shop.left_in_scratch() == []


def test_the_deadline(shop: Site) -> None:
    def wait(_: Run, progress: Progress) -> None:
        time.sleep(1 if progress.share > 0.2 else 0)

    seen = rehearsed(shop.check(), wait, deadline=time.time() + 2)
    assert isinstance(seen, NotChecked)
    assert "nobody waited" in seen.reason
    assert shop.left_in_scratch() == []


def test_progress_is_told(shop: Site) -> None:
    run = Run()
    check = shop.check()
    check.kind.probe(Batch(check.kind, ((KEY, check.spec),), check.shared), run)
    assert run.told[0] == "looking at the servers"
    assert run.told[1].startswith("copying up to 200,000 rows to ")
    for doing in ("repeat 1 of 3, indexes deferred: inserting, 100 of 1,600 rows",
                  "repeat 3 of 3, indexes deferred: building t_a over 1,600 rows",
                  "repeat 2 of 3, indexes present: filling, not timed, 100 of 1,600 rows"):  # fmt: skip
        assert doing in run.told


RUN = [sys.executable, "-m", "pytest", "-pno:randomly", "-pno:cacheprovider", "--inventory", "prod.yaml"]


def started(shop: Site, folder: Path, rehearse: str = "") -> subprocess.Popen[str]:
    """`pytest --inventory`, in the middle of a rehearsal: its table is there."""
    folder.mkdir(exist_ok=True)
    (folder / "prod.yaml").write_text("environment: prod\n" + shop.inventory(rehearse=rehearse))
    run = subprocess.Popen(RUN, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           start_new_session=True,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None)  # fmt: skip
    until = time.monotonic() + 60
    while not _at_it(shop):
        assert run.poll() is None, run.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)
    return run


def _at_it(shop: Site) -> bool:
    try:
        return any(name.startswith("preflight_rehearsal_") for name in shop.left_in_scratch())
    except Exception:  # a file that is being made
        return False


# So many that it takes a while.
LONG = "repeats: 20, batch: 10"


def test_ctrl_c(shop: Site, tmp_path: Path) -> None:
    run = started(shop, tmp_path / "run", LONG)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=60)
    assert "PREFLIGHT verdict=INCOMPLETE" in output
    assert "Traceback" not in output
    assert shop.left_in_scratch() == []


def test_what_a_killed_run_left_is_dropped_and_told(shop: Site, tmp_path: Path) -> None:
    run = started(shop, tmp_path / "run", LONG)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    left = shop.left_in_scratch()
    assert left
    seen = measured(shop.check(rehearse="arms: deferred"))
    assert set(seen.leftovers) >= set(left)
    assert shop.left_in_scratch() == []
    if shop.engine == "sqlite":
        assert not Path(parse_url(shop.scratch).database).exists()


def test_two_at_once(shop: Site, tmp_path: Path) -> None:
    run = started(shop, tmp_path / "run", LONG)
    waiting = []
    seen = rehearsed(shop.check(rehearse="limit: 2s"), lambda _, told: waiting.append(told.doing))
    assert isinstance(seen, NotChecked)
    assert seen.reason.startswith("another rehearsal is going on in ")
    assert any(doing.startswith("waiting for another rehearsal in ") for doing in waiting)
    assert shop.left_in_scratch()  # the other one's
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert shop.left_in_scratch() == []


def test_scratch_is_not_the_real_one_by_another_name(shop: Site, tmp_path: Path) -> None:
    if shop.engine == "sqlite":
        real = Path(parse_url(shop.real).database)
        link = tmp_path / "link.db"
        link.symlink_to(real)
        other = f"sqlite:///{link}"
    else:
        other = shop.real.replace("127.0.0.1", "localhost")
    reason = refused(Site(shop.engine, shop.real, other).check())
    assert reason.reason.startswith("scratch is the real database itself")
    assert reason.next_step == "make a database of its own for `scratch:`"
    before = databases.execute(shop.real, "select count(*) from t") if shop.engine != "sqlite" else [(1600,)]
    assert before == [(1600,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_who_may_not_make_tables_is_told_what_to_grant(
    site: Sites, engine: str, request: pytest.FixtureRequest
) -> None:
    shop = site(engine)
    shop.make(*TABLE, values="n, n")
    if engine == "sqlite":
        reason = refused(Site(engine, shop.real, "sqlite:////proc/nowhere/scratch.db").check())
        assert "No such file" in reason.reason or "unable to open" in reason.reason
        return
    server = request.getfixturevalue(engine)
    user = "stranger"
    database = parse_url(shop.scratch).database
    if engine == "postgres":
        server.execute(f"create role {user} login password 'Zebra'", f"grant pg_checkpoint to {user}")
        grant = f'GRANT CREATE ON DATABASE "{database}" TO "{user}"'
    else:
        server.execute(f"create user {user} identified by 'Zebra'", f"grant select on {database}.* to {user}")
        grant = f"GRANT ALL ON `{database}`.* TO '{user}'"
    try:
        reason = refused(Site(engine, shop.real, server.url(database, user, "Zebra")).check())
        assert "denied" in reason.reason
        assert grant in reason.next_step
        assert "Zebra" not in str(reason)
    finally:
        server.execute(f"drop {'role' if engine == 'postgres' else 'user'} {user}")


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_who_may_not_flush_gets_a_lower_bound(fresh: Callable[[str], str], engine: str) -> None:
    shop = Site(engine, fresh(engine), fresh(engine))
    shop.make(*TABLE, values="n, n")
    check = shop.check()
    seen = measured(check)
    assert not seen.flushes
    assert all(rung.fresh_rows == 0 for repeat in seen.repeats for rung in repeat.rungs)
    (reason,) = check.kind.judge(check.spec, seen)
    assert isinstance(reason, NotChecked)
    assert "(lower bound)" in reason.reason
    assert {"postgres": "pg_checkpoint", "mariadb": "GRANT RELOAD"}[engine] in reason.next_step


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_scratch_is_away_or_lets_nobody_in(site: Sites, engine: str) -> None:
    shop = site(engine)
    shop.make(*TABLE, values="n, n")
    port = re.search(r":(\d+)/", shop.scratch)
    assert port is not None
    away = refused(Site(engine, shop.real, shop.scratch.replace(port[0], ":1/")).check())
    assert "refused" in away.reason or "Can't connect" in away.reason
    password = parse_url(shop.scratch).password.reveal()
    denied = refused(Site(engine, shop.real, shop.scratch.replace(password, "Zebra%2FZebra")).check())
    assert "assword" in denied.reason or "denied" in denied.reason
    for reason in (away, denied):
        assert password not in str(reason)
        assert "Zebra" not in str(reason)


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_server_that_is_not_like_the_real_one(site: Sites, engine: str, request: pytest.FixtureRequest) -> None:
    shop = site(engine)
    shop.make(*TABLE, values="n, n")
    settings: dict[str, dict[str, str]] = {"postgres": {"shared_buffers": "8MB", "wal_buffers": "512kB"},
                                           "mariadb": {"innodb_buffer_pool_size": "8M"}}  # fmt: skip
    name = next(iter(settings[engine]))
    other = request.getfixturevalue(f"start_{engine}")(settings[engine])
    with may_flush(engine, other), databases.fresh_database(other) as scratch:
        unlike = Site(engine, shop.real, scratch)
        check = unlike.check()
        seen = rehearsed(check)
        assert isinstance(seen, LoadObservation)
        (reason,) = check.kind.judge(check.spec, seen)
        assert isinstance(reason, NotChecked)
        assert f"{name} is 8" in reason.reason
        assert "and 16" in reason.reason
        assert f"write `unlike: [{name}]`" in reason.next_step
        assert unlike.left_in_scratch() == []
        assert measured(unlike.check(rehearse=f"unlike: [{name}], arms: deferred"))


def test_what_changes_meanwhile_makes_it_worth_nothing(shop: Site, tmp_path: Path) -> None:
    done = []

    def change(_: Run, progress: Progress) -> None:
        if "building" in progress.doing and not done:
            done.append(1)
            execute(shop.real, "create index t_new on t (a, id)")

    check = shop.check(rehearse=f"record: '{tmp_path}/record.json'")
    seen = rehearsed(check, change)
    assert isinstance(seen, LoadObservation)
    (reason,) = check.kind.judge(check.spec, seen)
    assert isinstance(reason, NotChecked)
    assert reason.reason == "index t_new changed in database shop during the rehearsal: it does not count"
    assert not (tmp_path / "record.json").exists()


def test_no_such_table_or_source(shop: Site) -> None:
    check = shop.check("tt")
    seen = rehearsed(check)
    assert isinstance(seen, LoadObservation)
    (reason,) = check.kind.judge(check.spec, seen)
    assert isinstance(reason, Finding)
    assert reason.observed == 'there is none; did you mean "t"?'
    missing = refused(shop.check(rehearse="source: sauce"))
    assert missing.reason == "there is no table sauce to rehearse with"
    few = refused(shop.check(rehearse="batch: 1000"))
    assert few.reason == "t gave 1,600 rows: too few to rehearse transactions of 1,000 rows"
    assert "at least 16,000 rows" in few.next_step


def test_rows_that_are_there_already(site: Sites) -> None:
    shop = site("sqlite")
    shop.make(*TABLE, values="n, n")
    for already, said in (("already: 0", False), ("already: 1_000", False), ("id: x", True)):
        check = shop.check(load=f"      {already}\n" + ("      # already\n" if said else ""))
        (*found,) = check.kind.judge(check.spec, measured(check))
        assert ("write `already:`" in str(found)) == said


def test_one_rehearsal_of_a_run_at_a_time(site: Sites) -> None:
    first, told = site("sqlite"), []
    first.make(*TABLE, values="n, n")
    second = Site("sqlite", first.real, first.scratch.replace("scratch", "another"))
    inside = threading.Event()
    go_on = threading.Event()

    def hold(*_: object) -> None:
        inside.set()
        go_on.wait(30)

    def hear(_: Run, progress: Progress) -> None:
        told.append(progress.doing)
        go_on.set()

    thread = threading.Thread(target=rehearsed, args=(first.check(rehearse="arms: deferred"), hold))
    thread.start()
    assert inside.wait(30)
    assert isinstance(rehearsed(second.check(rehearse="arms: deferred"), hear), LoadObservation)
    thread.join()
    assert told[0] == "waiting for another rehearsal of this run"
