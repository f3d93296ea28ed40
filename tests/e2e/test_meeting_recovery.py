"""Meetings outlive what serves them: the Front End, a conferencing server, the database."""
import json

import pytest

from clients import sipe
from lib import c3p
from lib.labs import wait_for
from lib.meetings import Leg, bye, come_back, conf_id, people, rows, sign_in
from lib.rooms import entered

def talk(legs, text):
    """Each says something that all others hear."""
    for leg in legs:
        words = f"{text}, {leg.ua.user}"
        assert leg.say(words).status in (200, 202)
        for other in legs:
            if other is not leg:
                other.hear(words, leg.ua)


def chatting(*agents):
    """On a roster: exactly these are in the chat, once."""
    want = sorted(ua.aor for ua in agents)
    return lambda r: sorted(uri for uri, u in r.users.items() for t in u.types() if t == "chat") == want


def servers(lab):
    """{name: what is known of it} of conferencing servers."""
    listed = [json.loads(line) for line in lab.parley("mcu", "list", "--json").stdout.splitlines()]
    return {s["fqdn"].partition(".")[0]: s for s in listed}


def two_servers(lab):
    lab.run("start", "mcu-im.2")
    wait_for(lambda: lab.metric("parley_frontend_mcu_live") == 2, what="two conferencing servers")


def conferences(lab, role="MCU_IM"):
    return lab.metric("parley_mcu_im_conferences", role)


def set_grace(lab, seconds):
    lab.parley("config", "set", "MSFT_SIPMeetingScheduleSetting.RejoinGracePeriod", f"{seconds}s")


# --- kill -9 of the Front End ---

def test_after_a_crash_of_the_front_end_roles_lock_and_roster_are_back(own_lab):
    lab = own_lab
    set_grace(lab, 15)
    agents = anna, ben, carl, dora, emil = sign_in(lab, "anna", "ben", "carl", "dora", "emil")
    focus, names = c3p.create(anna), {ua.aor: c3p.guid() for ua in agents}
    organizer, *_ = [c3p.join(ua, focus, endpoint=names[ua.aor]) for ua in (anna, ben, carl, dora)]
    roster = c3p.follow(anna, focus)
    legs = [Leg(ua, focus) for ua in (anna, ben, carl, dora)]
    talk(legs, "before")
    assert organizer.command(c3p.modify_roles(focus, ben.aor, "presenter")).code == "success"
    assert organizer.command(c3p.modify_lock(focus, True)).code == "success"
    roster.wait(lambda r: chatting(anna, ben, carl, dora)(r) and all(r.locked.values()))

    lab.run("kill", "frontend", "-9")
    lab.run("start", "frontend")
    assert conf_id(focus) in lab.parley("meeting", "list", "--active", "--json").stdout
    anna, ben, carl, emil = come_back(lab, *[ua.user for ua in (anna, ben, carl, emil)])
    assert c3p.join(emil, focus).status == 403  # locked as it was
    seats = [c3p.join(ua, focus, endpoint=names[ua.aor]) for ua in (carl, ben, anna)]
    assert [(s.status, s.role) for s in seats] == [(200, "attendee"), (200, "presenter"), (200, "presenter")]
    roster = c3p.follow(carl, focus).wait(lambda r: r.users)
    assert roster.documents[0].state == "full" and all(roster.locked.values())
    assert {uri: u.role for uri, u in roster.users.items()} == {
        anna.aor: "presenter", ben.aor: "presenter", carl.aor: "attendee", dora.aor: "attendee"}
    assert all(u.types().count("focus") == 1 for u in roster.users.values())
    talk([Leg(ua, focus) for ua in (anna, ben, carl)], "after")
    roster.wait(lambda r: dora.aor not in r.users, timeout=25.0)  # she did not come back
    roster.wait(chatting(anna, ben, carl))
    wait_for(lambda: lab.metric("parley_mcu_im_legs", "MCU_IM") == 3, what="the end of dora's session")
    assert seats[1].command(c3p.modify_lock(focus, False)).code == "success"  # ben may
    assert c3p.join(emil, focus).status == 200


def test_a_meeting_to_which_nobody_returns_ends(own_lab):
    lab = own_lab
    anna, = sign_in(lab, "anna")
    focus = c3p.create(anna)
    assert c3p.join(anna, focus).status == 200 and Leg(anna, focus).status == 200
    lab.run("kill", "frontend", "-9")
    lab.run("start", "frontend")
    assert rows(lab, "conf_active", focus) == 1
    wait_for(lambda: conferences(lab) == 1 and lab.metric("parley_frontend_mcu_live"), what="the conference's server")
    lab.advance(61)
    wait_for(lambda: not rows(lab, "conf_active", focus), what="the end of the meeting")
    lab.advance(121, "mcu-im")  # if the leap of the clock has cut it off
    wait_for(lambda: conferences(lab) == 0, what="the end of the conference")


def test_what_ended_in_the_crash_does_not_come_back(own_lab):
    lab = own_lab
    anna, ben = sign_in(lab, "anna", "ben")
    focus = c3p.create(anna)
    seats = [c3p.join(ua, focus) for ua in (anna, ben)]
    assert seats[1].leave().status == 200
    wait_for(lambda: rows(lab, "conf_participant", focus) == 1, what="ben's end in the database")
    lab.run("kill", "frontend", "-9")
    lab.run("start", "frontend")
    anna, ben = come_back(lab, anna.user, ben.user)
    seat = c3p.join(anna, focus, endpoint=seats[0].endpoint)
    assert list(people(seat)) == [anna.aor]


def join(client, uri):
    """The room it comes into, once it is in the chat as well."""
    client("join", uri)
    room = entered(client)
    client.wait_sip("in", lambda m: m.is_response and m.status == 200 and m.cseq[1] == "INVITE"
                    and "app:conf:chat" in m.get("To"), 20.0)
    return room


@pytest.fixture
def room(own_lab):
    """A scheduled meeting of two SIPE clients."""
    lab = own_lab
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben"))
    made = lab.parley("meeting", "create", "--organizer", anna.user.address, "--json")
    uri = json.loads(made.stdout)["uri"]
    rooms = []
    for client in (anna, ben):
        rooms.append(join(client, uri))
    rooms[0].sees(ben)
    rooms[1].say("before")
    rooms[0].hear(ben, "before")
    return uri, *rooms


def test_sipe_clients_meet_again_after_a_crash_of_the_front_end(own_lab, room):
    uri, room_a, room_b = room
    anna, ben = room_a.client, room_b.client
    own_lab.run("kill", "frontend", "-9")
    for client in (anna, ben):
        client.expect("disconnected", 30)
        client.quit()
    own_lab.run("start", "frontend")
    # Programs that are started anew: one that signs in again with the room still open dies of it now and then.
    anna, ben = (sipe.Sipe(own_lab, client.user).sign_in() for client in (anna, ben))
    rooms = []
    for client in (anna, ben):
        rooms.append(join(client, uri))
    wait_for(lambda: len(rooms[0].roster()) == 2, what="both in the roster")
    rooms[1].say("after")
    rooms[0].hear(ben, "after")
    rooms[0].say("well")
    rooms[1].hear(anna, "well")
    assert rooms[1].roster() == {anna.user.address: True, ben.user.address: False}


def test_sipe_clients_chat_again_after_a_crash_of_the_conferencing_server(own_lab, room):
    uri, room_a, room_b = room
    anna, ben = room_a.client, room_b.client
    own_lab.run("kill", "mcu-im", "-9")
    for client in (anna, ben):
        client.wait_sip("in", lambda m: m.method in ("NOTIFY", "BENOTIFY") and "conference-info" in m.text
                        and 'session-type="chat"' not in m.text, 20.0)
    own_lab.run("start", "mcu-im")
    rooms = []
    for r in (room_a, room_b):
        r.leave()
        r.client.flush()
        rooms.append(join(r.client, uri))
    wait_for(lambda: len(rooms[0].roster()) == 2, what="both in the roster")
    rooms[1].say("after")
    rooms[0].hear(ben, "after")


# --- kill -9 of a conferencing server ---

def test_chat_is_back_when_the_only_conferencing_server_is(own_lab):
    lab = own_lab
    agents = anna, ben = sign_in(lab, "anna", "ben")
    focus = c3p.create(anna)
    assert all(c3p.join(ua, focus).status == 200 for ua in agents)
    roster = c3p.follow(anna, focus)
    talk([Leg(ua, focus) for ua in agents], "before")
    roster.wait(chatting(*agents))
    lab.run("kill", "mcu-im", "-9")
    roster.wait(chatting(), timeout=15.0)
    assert sorted(roster.users) == sorted(ua.aor for ua in agents)  # nobody left the meeting
    refused = Leg(ben, focus)
    assert refused.status == 503 and "3011" in refused.answer.get("ms-diagnostics")
    lab.run("start", "mcu-im")
    talk([Leg(ua, focus) for ua in agents], "after")
    roster.wait(chatting(*agents))


@pytest.mark.limit(180)
def test_meetings_are_spread_and_move_to_the_server_that_is_left(own_lab):
    lab = own_lab
    two_servers(lab)
    agents = anna, ben = sign_in(lab, "anna", "ben")
    held = []
    for _ in range(20):
        focus = c3p.create(anna)
        seat = c3p.join(anna, focus)
        assert c3p.join(ben, focus).status == 200
        held.append((seat, [Leg(ua, focus) for ua in agents]))
        assert [leg.status for leg in held[-1][1]] == [200, 200]
    first, second = conferences(lab), conferences(lab, "MCU_IM_2")
    assert first + second == 20 and min(first, second) >= 2, (first, second)

    def cut(seat):
        return all("chat" not in u.types() for u in people(seat).values())

    lab.run("kill", "mcu-im.2", "-9")
    wait_for(lambda: conferences(lab) == 20, 15.0, "the conferences of the dead server on the other")
    moved = [(seat, legs) for seat, legs in held if cut(seat)]
    assert len(moved) == second
    for seat, legs in held:
        again = [Leg(ua, seat.focus) for ua in agents] if (seat, legs) in moved else legs
        talk(again, "here we are")
    assert all(chat_of_all(seat, agents) for seat, _ in held)


def chat_of_all(seat, agents):
    there = people(seat)
    return all("chat" in there[ua.aor].types() for ua in agents)


def test_a_drained_server_gets_no_meeting(own_lab):
    lab = own_lab
    two_servers(lab)
    anna, = sign_in(lab, "anna")
    old = [c3p.create(anna) for _ in range(8)]
    legs = [Leg(anna, focus) for focus in old if c3p.join(anna, focus).status == 200]
    kept = conferences(lab, "MCU_IM_2")
    lab.parley("mcu", "drain", f"mcu-im-2.{lab.env['DOMAIN']}")
    assert servers(lab)["mcu-im-2"]["state"] == "draining"
    new = [c3p.create(anna) for _ in range(8)]
    legs += [Leg(anna, focus) for focus in new if c3p.join(anna, focus).status == 200]
    assert [leg.status for leg in legs] == [200] * 16
    assert conferences(lab, "MCU_IM_2") == kept > 0 and conferences(lab) == 16 - kept  # what it has it keeps
    lab.parley("mcu", "drain", f"mcu-im-2.{lab.env['DOMAIN']}", "--undo")
    for _ in range(16):
        focus = c3p.create(anna)
        assert c3p.join(anna, focus).status == 200 and Leg(anna, focus).status == 200
    assert conferences(lab, "MCU_IM_2") > kept


# --- the database ---

def test_without_database_a_meeting_goes_on_and_none_begins(own_lab):
    lab = own_lab
    agents = anna, ben, carl = sign_in(lab, "anna", "ben", "carl")
    focus, other = c3p.create(anna), c3p.create(anna)
    guid = c3p.guid()
    seats = [c3p.join(ua, focus, endpoint=guid if ua is ben else None) for ua in agents]
    roster = c3p.follow(anna, focus)
    legs = [Leg(ua, focus) for ua in agents]
    roster.wait(chatting(*agents))
    lab.run("kill", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 503, 15, "/readyz to say that the database is away")
    talk(legs, "without")
    refused = c3p.join(anna, other)
    assert refused.status == 503 and int(refused.message.get("Retry-After")) > 0
    assert c3p.join(ben, focus, endpoint=guid).status == 200  # who is in may come again
    bye(ben, seats[1])
    assert seats[2].leave().status == 200
    roster.wait(lambda r: carl.aor not in r.users)
    talk(legs[:2], "two of us")
    lab.run("start", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 200, 30, "/readyz to say that all is well again")
    wait_for(lambda: rows(lab, "conf_participant", focus) == 2, what="carl's end in the database")
    assert c3p.join(anna, other).status == 200
    assert c3p.join(carl, focus).status == 200
    roster.wait(lambda r: carl.aor in r.users)
    talk(legs[:2], "again")


def test_a_meeting_that_ends_without_database_has_ended(own_lab):
    lab = own_lab
    anna, ben = sign_in(lab, "anna", "ben")
    focus = c3p.create(anna)
    seats = [c3p.join(ua, focus) for ua in (anna, ben)]
    lab.run("kill", "database")
    wait_for(lambda: lab.http("/readyz")[0] == 503, 15, "/readyz to say that the database is away")
    assert seats[0].command(c3p.delete_conference(focus)).code == "success"
    for seat in seats:
        bye(seat.ua, seat)
    lab.run("start", "database")
    wait_for(lambda: not rows(lab, "conf_active", focus), 30, "the end of conf_active's row")
    wait_for(lambda: c3p.join(ben, focus).status == 200, what="a new beginning")
