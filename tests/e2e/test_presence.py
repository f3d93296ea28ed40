"""Presence: between SIPE clients, between standard clients, and across."""
import pytest

from clients import baresip, rawsip, sipe
from lib.people import sees, watch


@pytest.fixture
def pair(lab):
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben"))
    watch(anna, ben)
    return anna, ben


@pytest.mark.parametrize("status", ["busy", "do-not-disturb", "be-right-back", "away", "available"])
def test_each_state_is_seen_with_its_note(pair, status):
    anna, ben = pair
    ben("status", "away" if status == "busy" else "busy")
    ben("status", status, "Grüße aus Łódź ☕")
    sees(anna, ben, status, "Grüße aus Łódź ☕")


def test_signing_out_is_seen_as_offline(pair):
    anna, ben = pair
    ben.sign_out()
    assert sees(anna, ben, "offline")["online"] is False


def test_a_broken_connection_is_seen_as_offline(pair):
    anna, ben = pair
    ben("status", "busy")
    sees(anna, ben, "busy")
    ben.kill()
    sees(anna, ben, "offline")


def test_blocked_people_see_offline(pair):
    anna, ben = pair
    ben("add-buddy", anna.address)
    sees(ben, anna)
    ben("block", anna.address)
    sees(anna, ben, "offline", timeout=15)
    ben("unblock", anna.address)
    sees(anna, ben, "available", timeout=15)


def test_being_added_is_told(lab):
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben"))
    anna("add-buddy", ben.address)
    ben.expect("added-you", who=lambda v: anna.user.address in v)


def test_standard_client_sees_a_standard_client(lab):
    carl, dora = (rawsip.agent(lab, u) for u in lab.new_users("carl", "dora"))
    assert carl.register().status == dora.register().status == 200
    assert carl.subscribe(dora.aor).status in (200, 202)
    carl.expect("NOTIFY")
    answer = dora.publish("open", "on the phone, später")
    assert answer.status == 200 and answer.get("SIP-ETag")
    carl.expect("NOTIFY", where=lambda m: "on the phone, später" in m.text and "open" in m.text)
    assert dora.publish_end(answer.get("SIP-ETag")).status == 200
    carl.expect("NOTIFY", where=lambda m: "on the phone" not in m.text)


def test_publishing_with_a_wrong_etag_is_refused(lab):
    dora = rawsip.agent(lab, lab.new_user("dora"))
    assert dora.register().status == 200
    assert dora.publish("open", etag="never-given").status == 412


def test_sipe_sees_a_standard_client(lab):
    anna, dora = lab.new_users("anna", "dora")
    a, d = sipe.Sipe(lab, anna).sign_in(), rawsip.agent(lab, dora)
    assert d.register().status == 200
    a("add-buddy", dora.address)
    assert d.publish("open", "at my desk").status == 200
    a.expect("buddy-status", name=lambda v: dora.address in v, online=True)


def test_standard_client_sees_a_sipe_client(lab):
    anna, dora = lab.new_users("anna", "dora")
    a, d = sipe.Sipe(lab, anna).sign_in(), rawsip.agent(lab, dora)
    assert d.register().status == 200
    assert d.subscribe(anna.uri).status in (200, 202)
    a("status", "busy", "Sitzung bis zwölf")
    d.expect("NOTIFY", where=lambda m: "Sitzung bis zwölf" in m.text)
    a.sign_out()
    d.expect("NOTIFY", where=lambda m: "closed" in m.text)


def test_baresip_sees_a_sipe_client_come_and_go(lab):
    anna, bert = lab.new_users("anna", "bert")
    b = baresip.Baresip(lab, bert, "tls", contacts=[anna]).registered()
    # it says nothing about the first state it hears of, and that one must be the old
    b.process.out.wait(lambda line: "<basic>closed" in line, 10, "first NOTIFY")
    a = sipe.Sipe(lab, anna).sign_in()
    b.presence_of(anna, "Online", timeout=15)
    a.sign_out()
    b.presence_of(anna, "Offline", timeout=15)
