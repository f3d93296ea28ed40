"""Meetings of real SIPE clients: ad hoc and scheduled, roster, messages, lock, leaders, leaving."""
import json

import pytest

from clients import sipe
from clients.process import Timeout
from lib.rooms import ad_hoc, bring_in, entered


@pytest.fixture
def three(lab):
    return [sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben", "carl")]


@pytest.fixture
def meeting(three):
    anna, ben, carl = three
    room_a, room_b = ad_hoc(anna, ben)
    return room_a, room_b, bring_in(room_a, carl, [room_b])


def test_three_clients_hold_an_ad_hoc_meeting(meeting):
    room_a, room_b, room_c = meeting
    anna, ben, carl = (r.client for r in meeting)
    for speaker, text in ((room_a, "who is here?"), (room_b, "Ben ist da 👋"), (room_c, "carl too")):
        speaker.say(text)
        for room in meeting:
            if room is not speaker:
                room.hear(speaker.client, text)
    room_b.leave()
    for room in (room_a, room_c):
        room.misses(ben)
    room_c.say("now we are two")
    room_a.hear(carl, "now we are two")
    ben.expect_none("message-received", 1.0, conv_kind="chat")


def test_the_organizer_alone_leads_at_first(meeting):
    room_a, room_b, room_c = meeting
    leaders = {room.client.user.address: [who for who, leads in room.roster().items() if leads]
               for room in meeting}
    assert leaders == {room.client.user.address: [room_a.client.user.address] for room in meeting}


def test_a_leader_makes_another_leader(meeting):
    room_a, room_b, _ = meeting
    anna, ben = room_a.client, room_b.client
    title = next(c["name"] for c in chats(anna) if c["chat"] == room_a.chat)
    anna("menu", ben.user.address, f"Make leader of '{title}'")
    for room in meeting:
        room.client.expect("chat-user-changed", 15.0, chat=room.chat,
                           flags=lambda f: "op" in str(f))


def test_lock_keeps_others_out_and_unlock_lets_them_in(meeting, lab):
    room_a, room_b, room_c = meeting
    dora = sipe.Sipe(lab, lab.new_user("dora")).sign_in()
    room_a.menu("Lock")
    room_a.client.wait_sip("in", lambda m: "locked>true<" in m.text)
    room_a.invite(dora)
    dora.wait_sip("in", lambda m: m.is_response and m.status == 403 and "3014" in m.get("ms-diagnostics", ""))
    room_a.client.flush()
    room_a.menu("Unlock")
    room_a.client.wait_sip("in", lambda m: "locked>false<" in m.text)
    bring_in(room_a, dora, [room_b, room_c])


def test_who_is_ejected_is_out_of_every_room(meeting):
    room_a, room_b, room_c = meeting
    anna, ben = room_a.client, room_b.client
    title = next(c["name"] for c in chats(anna) if c["chat"] == room_a.chat)
    anna("menu", ben.user.address, f"Remove from '{title}'")
    for room in (room_a, room_c):
        room.misses(ben)
    ben.wait_sip("in", lambda m: m.method == "BYE")
    room_c.say("without him")
    room_a.hear(room_c.client, "without him")


def test_messages_arrive_in_one_order_everywhere(meeting):
    room_a, room_b, room_c = meeting
    texts = [f"{i}" for i in range(20)]
    for text in texts:
        room_a.say("a" + text)
        room_b.say("b" + text)
    for text in texts:
        room_c.hear(room_a.client, "a" + text, 30.0)
    room_c.client.expect("message-received", 30.0, conv_kind="chat", text="b19")
    heard = [e["text"] for e in room_c.client.all("message-received", conv_kind="chat")]
    assert [t for t in heard if t[0] == "a"] == ["a" + t for t in texts]
    assert [t for t in heard if t[0] == "b"] == ["b" + t for t in texts]


def test_scheduled_meeting_is_joined_by_its_address(lab):
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben"))
    made = lab.parley("meeting", "create", "--organizer", anna.user.address, "--subject", "Monday", "--json")
    uri = json.loads(made.stdout)["uri"]
    anna("join", uri)
    ben("join", uri)
    room_a, room_b = entered(anna), entered(ben)
    room_a.sees(ben)
    room_b.say("good morning")
    room_a.hear(ben, "good morning")


def test_a_meeting_nobody_scheduled_is_refused(lab):
    anna = sipe.Sipe(lab, lab.new_user("anna")).sign_in()
    anna("join", f"sip:{anna.user.address};gruu;opaque=app:conf:focus:id:0123456789ABCDEF")
    anna.wait_sip("in", lambda m: m.is_response and m.status == 404 and m.cseq[1] == "INVITE")
    with pytest.raises(Timeout):
        entered(anna, 1.0)


def chats(client):
    client.flush()
    client("chats")
    return client.all("chat")
