"""Both executables under valgrind: a short meeting, a clean stop, and nothing of memory is left or misused."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import ROLES, ROOT, wait_for

BUILD = os.path.join(ROOT, os.environ.get("PARLEY_BUILD", "build/release"))
VALGRIND = ["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
            "--error-exitcode=99", "--quiet"]


def program(role):
    return os.path.join(BUILD, "parley-" + role)


def is_sanitized(path):
    with open(path, "rb") as f:
        return b"__asan_init" in f.read()


pytestmark = [
    pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed"),
    pytest.mark.skipif(is_sanitized(program("mcu-im")), reason="AddressSanitizer and valgrind exclude each other"),
]


@pytest.fixture
def watched(own_lab):
    """A lab whose roles run under valgrind; (lab, {role: process})."""
    processes = {}
    for role in reversed(ROLES):
        own_lab.run("kill", role)
    for role in ROLES:
        with open(own_lab.log_path(role), "a") as log:
            processes[role] = subprocess.Popen(
                [*VALGRIND, "--log-file=" + report_path(own_lab, role), program(role), "--config",
                 os.path.join(own_lab.dir, "parley.conf")],
                cwd=own_lab.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    yield own_lab, processes
    for process in processes.values():
        process.kill()
        process.wait()


def report_path(lab, role):
    return os.path.join(lab.dir, "log", f"valgrind-{role}.txt")


def report(lab, role):
    with open(report_path(lab, role)) as f:
        return f.read()


def is_ready(lab, process, role):
    assert process.poll() is None, report(lab, role) + lab.log(role=role)[-2000:]
    try:
        return lab.http("/readyz", role.upper().replace("-", "_"))[0] == 200
    except OSError:
        return False


def meet(lab):
    """Two join, one writes, the other reads it, both leave."""
    anna, ben = agents = [rawsip.agent(lab, u, "tls") for u in lab.new_users("anna", "ben")]
    assert all(ua.register().status == 200 for ua in agents)
    focus = c3p.create(anna)
    seats = [c3p.join(ua, focus) for ua in agents]
    assert [seat.status for seat in seats] == [200, 200]
    roster = c3p.follow(anna, focus)
    legs = [c3p.Leg(ua, focus) for ua in agents]
    assert [leg.status for leg in legs] == [200, 200]
    roster.wait(lambda r: all("chat" in r.users[ua.aor].types() for ua in agents if ua.aor in r.users), 20.0)
    assert legs[0].say("hello").status in (200, 202)
    legs[1].hear("hello", anna)
    for leg, seat in zip(legs, seats):
        assert leg.send("BYE").status == 200
        assert seat.leave().status == 200


def test_a_meeting_and_a_clean_stop_leave_nothing_behind(watched):
    lab, processes = watched
    for role, process in processes.items():
        wait_for(lambda: is_ready(lab, process, role), 40.0, f"{role} under valgrind")
    meet(lab)
    for role in reversed(ROLES):
        processes[role].send_signal(signal.SIGTERM)
    for role in reversed(ROLES):
        code = processes[role].wait(30.0)
        found = re.sub(r"(?m)^==\d+== ?", "", report(lab, role))
        assert code == 0 and not found.strip(), f"{role} ended with {code}\n{found[:8000]}"
