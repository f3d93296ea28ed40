"""Fixtures of the end-to-end tests. See tests/README.md."""
import os
import signal
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from clients.process import Process  # noqa: E402
from lib.labs import Lab, processes_about  # noqa: E402

setup_failures = set()
TEST_LIMIT = 120  # seconds; @pytest.mark.limit(N) for more


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): this test may take so long")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # take the labs down before the end


@pytest.fixture(scope="session")
def lab():
    """A lab that the tests of one run share: do not stop or reconfigure it, make users of your own."""
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def make_lab():
    """make_lab(conf="[frontend]\\nmax_endpoints = 2\\n"): a lab of this test's own, to break at will."""
    labs = []

    def make(**kw):
        labs.append(Lab(**kw))
        return labs[-1]

    yield make
    for own in labs:
        own.close()


@pytest.fixture
def own_lab(make_lab):
    """A lab with nothing but defaults that this test may break."""
    return make_lab()


@pytest.fixture(autouse=True)
def clean_up():
    """After each test: its clients are stopped, and no role may have died unasked."""
    yield
    for lab in list(Lab.all):
        lab.end_of_test()
    Process.stop_all()
    lost = [f"{what} ({lab.dir})" for lab in list(Lab.all) for what in lab.died()]
    assert not lost, f"during the test: {lost}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """A test that hangs fails by itself; offsets into the logs are kept for the report."""
    item.log_starts = {lab: lab.log_size() for lab in Lab.all}
    marker = item.get_closest_marker("limit")
    limit = marker.args[0] if marker else TEST_LIMIT

    def too_long(_signal, _frame):
        raise AssertionError(f"the test took longer than {limit} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    yield
    signal.alarm(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows what the servers logged during the test."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    if report.when == "setup":  # a lab that cannot start is described once
        text = str(report.longrepr)
        if text in setup_failures:
            report.longrepr = "cannot be set up, as said above"
            return
        setup_failures.add(text)
    for lab in Lab.all:
        start = getattr(item, "log_starts", {}).get(lab, 0)
        report.sections.append((f"frontend log ({lab.dir})", lab.log_tail(60, start)))


def pytest_sessionfinish(session):
    left = processes_about("parley-test-%d-" % os.getpid())
    assert not left and not Process.running, f"left behind: {left} {list(Process.running)}"


def pytest_runtestloop(session):
    """Under tests/run-all several pytest processes share the files: who claims one first runs it."""
    claims = os.environ.get("PARLEY_CLAIMS")
    if not claims or session.config.option.collectonly or session.testsfailed:
        return None
    items = claimed(session.items, claims)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail or session.shouldstop:
            break
        item = following
    return True


def claimed(items, claims):
    mine = {}
    for item in items:
        path = str(item.path)
        if path not in mine:
            try:
                os.mkdir(os.path.join(claims, path.replace(os.sep, "+")))
                mine[path] = True
            except FileExistsError:
                mine[path] = False
        if mine[path]:
            yield item
