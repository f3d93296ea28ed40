"""The lab contract: what `deploy/lab` promises to people, tests and benchmarks."""
import json
import os
import subprocess

from clients import rawsip
from lib.labs import ROOT, Lab, port_free, wait_for


def test_env_names_what_a_client_needs(lab):
    for key in ("LAB_DIR", "DOMAIN", "POOL_FQDN", "SIP_TLS", "SIP_TCP", "SIP_UDP", "CA_FILE", "SERVER_CERT",
                "SERVER_KEY", "DEMO_USERS", "DEMO_PASSWORD", "NTLM_DOMAIN", "PGHOST", "PGPORT", "PGUSER",
                "METRICS_FRONTEND", "FRONTEND_PID", "METRICS_MCU_IM", "MCU_IM_PID", "PARLEY"):
        assert lab.env.get(key), key
    assert lab.env["DEMO_USERS"].split() == ["alice", "bob", "carol", "dave", "erin", "frank"]
    assert "WEB" not in lab.env and "TURN_UDP" not in lab.env  # nothing behind them yet


def test_up_on_a_running_lab_says_so(lab):
    assert "is running" in lab.run("up")


def test_status_tells_each_role_in_json(lab):
    roles = {r["name"]: r for r in map(json.loads, lab.run("status", "--json").splitlines())}
    assert roles["frontend"]["health"] == "ready"
    assert roles["frontend"]["pid"] == int(lab.env["FRONTEND_PID"])
    assert roles["mcu-im"]["health"] == "ready"  # the Front End knows it
    assert roles["mcu-im"]["pid"] == int(lab.env["MCU_IM_PID"])
    assert roles["database"]["health"] == "ready"


def test_readyz_livez_and_metrics_answer(lab):
    for path in ("/livez", "/readyz", "/metrics"):
        assert lab.http(path)[0] == 200, path


def test_demo_plays_to_its_end(lab):
    out = lab.run("demo")
    for step in ("presence bob -> alice", "message alice -> bob", "message bob -> alice",
                 "meeting alice, bob, carol", "message to the meeting"):
        assert any(line.startswith("demo: " + step) and " ok " in line for line in out.splitlines()), out
    assert "Pidgin:" in out and "Linphone:" in out and "baresip:" in out


def test_two_labs_run_side_by_side_with_other_domains(lab, make_lab):
    other = make_lab(domain="corp.example")
    assert other.env["DEMO_PASSWORD"] != lab.env["DEMO_PASSWORD"]
    for one in (lab, other):
        assert rawsip.agent(one, "carol").register().status == 200


def test_killed_and_started_again(own_lab):
    before = own_lab.env["FRONTEND_PID"]
    own_lab.run("kill", "frontend", "-9")
    status = own_lab.run("status", check=False)
    assert "stopped" in status
    own_lab.run("start", "frontend.1")
    assert own_lab.env["FRONTEND_PID"] != before
    assert rawsip.agent(own_lab, "alice").register().status == 200


def test_down_leaves_data_and_up_goes_on(own_lab):
    password = own_lab.env["DEMO_PASSWORD"]
    own_lab.run("down")
    assert port_free(own_lab.base_port)
    assert not os.path.exists(os.path.join(own_lab.dir, "run/frontend.pid"))
    own_lab.run("up")
    assert own_lab.env["DEMO_PASSWORD"] == password
    assert rawsip.agent(own_lab, "alice").register().status == 200


def test_half_done_set_up_is_completed(own_lab):
    own_lab.run("down")
    os.remove(os.path.join(own_lab.dir, "parley.conf"))
    os.remove(os.path.join(own_lab.dir, "tls/server.pem"))
    own_lab.run("up")
    assert rawsip.agent(own_lab, "alice").register().status == 200


def test_taken_port_is_named_before_anything_starts(lab, tmp_path):
    done = subprocess.run([os.path.join(ROOT, "deploy/lab"), "up", "--dir", str(tmp_path / "lab"), "--base-port",
                           str(lab.base_port)], capture_output=True, text=True, env=lab.environ, timeout=60)
    assert done.returncode == 1
    assert str(lab.base_port + 1) in done.stderr and "next:" in done.stderr


def test_new_users_can_sign_in(lab):
    anna, ben = lab.new_users("anna", "ben")
    assert rawsip.agent(lab, anna, "tcp").register().status == 200
    assert rawsip.agent(lab, ben, "udp").register().status == 200


def test_wrong_words_are_answered_with_the_right_ones(lab):
    done = subprocess.run([os.path.join(ROOT, "deploy/lab"), "stauts"], capture_output=True, text=True)
    assert done.returncode == 2 and "status" in done.stderr
