"""Bindings: what survives crashes and outages, how guessing is slowed, how people are put out."""
import time

import pytest

from clients import rawsip, sipe
from lib.labs import wait_for


def signed_in(lab, name, transport="tls"):
    ua = rawsip.agent(lab, lab.new_user(name), transport)
    assert ua.register().status == 200
    return ua


def test_a_standard_client_takes_its_binding_back_with_or_without_its_instance(lab):
    ua = signed_in(lab, "dora", "tcp")
    assert len(ua.register().all("Contact")) == 1
    plain = ua.request("REGISTER", f"sip:{ua.domain}", [("Contact", ua.contact), ("Expires", "600")],
                       call_id=ua.register_id, to=f"<{ua.aor}>")
    assert plain.status == 200 and len(plain.all("Contact")) == 1
    gone = ua.request("REGISTER", f"sip:{ua.domain}", [("Contact", "*"), ("Expires", "0")],
                      call_id=ua.register_id, to=f"<{ua.aor}>")
    assert gone.status == 200 and not gone.all("Contact")


def test_guessing_is_slowed_down_and_the_right_password_waits_too(lab):
    user = lab.new_user("dora")
    wrong = rawsip.agent(lab, user, password="wrong")
    answers = [wrong.register() for _ in range(8)]
    assert 403 in [a.status for a in answers] and answers[0].status == 401
    slowed = next(a for a in answers if a.status == 403)
    assert "Too many" in (slowed.get("ms-diagnostics-public") or ""), slowed.raw
    assert lab.metric("parley_frontend_auth_slowed_total") >= 1
    right = rawsip.agent(lab, user)
    wait_for(lambda: right.register().status == 200, 20, "the account to be let in again")


@pytest.mark.parametrize("how", ["disable", "delete"])
def test_a_disabled_user_is_put_out_within_a_second(lab, how):
    user = lab.new_user("anna")
    anna = sipe.Sipe(lab, user).sign_in()
    dora = signed_in(lab, "dora")
    began = time.monotonic()
    lab.parley("user", how, user.address, *(["--yes"] if how == "delete" else []))
    notice = anna.wait_sip("in", lambda m: m.method == "NOTIFY" and "deregistered" in m.text)
    took = time.monotonic() - began
    assert notice.get("Event") == "registration-notify" and "event=rejected" in notice.text
    assert "4141" in notice.get("ms-diagnostics-public")
    assert "rspauth" in notice.get("Authentication-Info")
    assert took < 3, f"{took:.1f} s with the start of the command in it"
    anna.expect("disconnected")
    assert dora.message(user.uri, "are you there?").status in (404, 480)


def test_a_locked_user_cannot_go_on_with_an_open_connection(lab):
    user = lab.new_user("dora")
    ua = rawsip.agent(lab, user, "tcp")
    assert ua.register().status == 200
    lab.sql("rtc", f"UPDATE resource SET locked = true WHERE uri = '{user.uri}'")
    wait_for(lambda: ua.message(user.uri, "x").status == 403, 10, "requests of the locked user to be refused")


def test_udp_bindings_live_through_a_crash_and_dialogs_with_them(own_lab):
    lab = own_lab
    anna, ben = (rawsip.agent(lab, u, "udp") for u in ("alice", "bob"))
    ben.contact += ';methods="MESSAGE, INFO"'
    assert anna.register().status == ben.register().status == 200
    wait_for(lambda: len(lab.sql("rtcdyn", "SELECT 1 FROM endpoint")) == 2, 10, "the bindings to be stored")
    lab.run("kill", "frontend", "-9")
    lab.run("start", "frontend")
    lab.wait_log("endpoints.restored")
    for method, uri, to in (("MESSAGE", ben.aor, f"<{ben.aor}>"),
                            ("INFO", ben.contact.split(">")[0].strip("<"), f"<{ben.aor}>;tag=of-old")):
        anna.challenge = None  # nonces of the process before are worth nothing
        data = anna.build(method, uri, [("Content-Type", "text/plain")], "x", to=to)
        assert anna.take_challenge(anna.transact(data))
        anna.conn.send(anna.build(method, uri, [("Content-Type", "text/plain"), anna.authorization(method, uri)],
                                  "still there", to=to, call_id="old-dialog", from_tag="mine"))
        assert ben.expect(method).text == "still there"
        assert anna.wait_response("old-dialog", (anna.cseq, method)).status == 200
    anna.challenge = None
    assert anna.request("OPTIONS", ben.aor).status == 405  # not among ben's methods


@pytest.mark.limit(180)
def test_while_the_database_is_away_the_bound_stay_and_afterwards_all_is_stored(own_lab):
    lab = own_lab
    alice = rawsip.agent(lab, "alice", "tcp")
    assert alice.register().status == 200
    lab.run("kill", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 503, 20, "/readyz to tell")
    assert alice.register().status == 200  # a refresh
    fresh = rawsip.agent(lab, "bob", "udp").register()
    assert fresh.status == 503 and int(fresh.get("Retry-After")) > 0 and fresh.get("ms-diagnostics")
    lab.run("start", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 200, 30, "/readyz to tell again")
    bob = rawsip.agent(lab, "bob", "udp")
    assert bob.register().status == 200
    wait_for(lambda: len(lab.sql("rtcdyn", "SELECT 1 FROM endpoint")) == 2, 10, "all bindings to be stored")
    assert alice.register(expires=0).status == 200
    wait_for(lambda: len(lab.sql("rtcdyn", "SELECT 1 FROM endpoint")) == 1, 10, "the ended one to be deleted")
