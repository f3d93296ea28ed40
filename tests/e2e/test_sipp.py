"""Protocol scenarios of SIPp (tests/clients/sipp_*.xml)."""
import os

from clients import rawsip, sipp
from lib.labs import ROOT


def scenario(name):
    with open(os.path.join(ROOT, "tests/clients", f"sipp_{name}.xml")) as f:
        return f.read()


def test_sipp_holds_meetings_by_c3p(lab):
    user = lab.new_user("sipp")
    start = lab.log_size()
    for _ in range(3):
        sipp.run(lab, scenario("c3p"), user, transport="tcp", service=rawsip.token(8))
    log = lab.log(start)
    assert log.count("ev=focus.activated") == log.count("ev=focus.lock-changed") == 3
