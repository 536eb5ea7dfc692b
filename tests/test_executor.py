"""The probes may run in other processes, or on a cluster: batches and observations pickle."""

import pickle

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.secret import Secret
from tests import toy
from tests.conftest import Site

ELSEWHERE = """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    import pytest

    class Pool(ProcessPoolExecutor):
        def submit(self, work, batch):
            print("SENT", len(batch.checks))
            return super().submit(work, batch)

    POOL = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_preflight_executor(config):
        POOL.append(Pool(2, mp_context=get_context("spawn")))
        return POOL[0]

    def pytest_unconfigure(config):
        # preflight has not shut it down
        assert ProcessPoolExecutor.submit(POOL[0], sum, (1, 2)).result() == 3
        POOL[0].shutdown()
"""


def test_the_probes_run_in_a_pool_of_processes(site: Site) -> None:
    site.write(ELSEWHERE, "conftest.py")
    site.things(
        "name: a, box: one, password: hunter2",
        "name: b, box: one, mode: wrong",
        "name: c, box: two, mode: dead",
        "name: d, box: three, mode: exits",
        "name: e, needs: ['toy.thing[a]']",
    )
    result = site.check_apart("-s")
    assert result.outlines[-1].endswith("passed=2 failed=1 not-checked=2 waived=0 warned=0")
    result.stdout.fnmatch_lines_random(
        ["SENT 2", "SENT 1", "*box two is off*", "*toy.thing raised SystemExit: d left*"]
    )
    assert site.observed() == ["a", "b", "c", "d", "e"]


def test_an_executor_that_loses_a_batch(site: Site) -> None:
    site.write(
        """
        from concurrent.futures import Executor, Future
        import pytest

        class Lossy(Executor):
            def submit(self, work, batch):
                future = Future()
                if batch.shared == "cancelled":
                    future.cancel()
                else:
                    future.set_exception(ConnectionError("the cluster is gone"))
                return future

        @pytest.hookimpl(optionalhook=True)
        def pytest_preflight_executor():
            return Lossy()
        """,
        "conftest.py",
    )
    site.things("name: a", "name: b, box: cancelled")
    result = site.check()
    assert result.outlines[-1].endswith("passed=0 failed=0 not-checked=2 waived=0 warned=0")
    result.stdout.fnmatch_lines_random([
        "not checked   the executor gave the batch back undone",
        "not checked   the executor gave the batch back undone ConnectionError: the cluster is gone",
    ])  # fmt: skip


def test_a_batch_keeps_its_secrets_masked_on_the_way() -> None:
    thing = toy.Thing(name="a", password=Secret("hunter2"))
    sent = pickle.loads(pickle.dumps(Batch(toy.THING, ((("prod", "toy.thing[a]"), thing),), "box")))
    assert sent.checks[0][1] == thing
    assert sent.kind.judge is toy.judge
    assert "hunter2" not in repr(sent)
    assert sent.checks[0][1].password.reveal() == "hunter2"


def test_observations_pickle() -> None:
    for seen in (toy.Seen("1", 1), NotChecked("no answer", "box is off")):
        assert pickle.loads(pickle.dumps(seen)) == seen
