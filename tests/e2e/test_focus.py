"""The Focus: who comes in, what may be commanded, what comes back after a crash. Hand-made clients."""
import threading

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import wait_for
from lib.meetings import people, rows, sign_in


@pytest.fixture
def two(lab):
    return sign_in(lab, "anna", "ben")


@pytest.fixture
def three(lab):
    return sign_in(lab, "anna", "ben", "carl")


def refused(answer, reason):
    return (answer.code, answer.reason) == ("failure", reason)


# --- coming in ---

def test_roles_are_granted_by_the_list_not_by_what_is_asked_for(three):
    anna, ben, carl = three
    focus = c3p.create(anna, users=[(ben.aor, "presenter")])
    assert c3p.join(ben, focus, role="attendee").role == "presenter"
    assert c3p.join(carl, focus, role="presenter").role == "attendee"
    organizer = c3p.join(anna, focus, role="attendee")
    assert organizer.role == "presenter"
    assert organizer.message.get("Contact").strip() == f"<{focus}>;isfocus"
    assert organizer.answer.find("conferenceKeys", c3p.C3P).get("confEntity").lower() == focus.lower()


def test_who_is_refused_does_not_begin_a_meeting(lab, two):
    anna, ben = two
    focus = c3p.create(anna, admission="closedAuthenticated")
    refusal = c3p.join(ben, focus)
    assert refusal.status == 403 and "3014" in refusal.message.get("ms-diagnostics")
    assert rows(lab, "conf_active", focus) == 0
    assert c3p.join(anna, focus).status == 200
    assert rows(lab, "conf_active", focus) == 1


def test_what_is_no_join_is_refused(two):
    anna, ben = two
    focus = c3p.create(anna)
    body = c3p.request(c3p.add_user(focus, ben.aor), focus, anna.aor)
    for content_type, text, status in ((None, "", 400), ("application/sdp", "v=0", 415),
                                       (c3p.CONTENT_TYPE, "<request", 400),
                                       (c3p.CONTENT_TYPE, body, 400)):  # in the name of another
        headers = [("Contact", anna.contact)] + ([("Content-Type", content_type)] if content_type else [])
        assert anna.request("INVITE", focus, headers, text).status == status
    assert c3p.join(anna, c3p.focus_uri(anna.aor, c3p.new_id())).status == 404


def test_eight_who_come_at_once_are_in_one_meeting(lab):
    agents = sign_in(lab, *[f"u{i}" for i in range(8)])
    for _ in range(3):
        focus, seats = c3p.create(agents[0]), {}

        def come(ua, into=focus, kept=seats):
            kept[ua] = c3p.join(ua, into)

        threads = [threading.Thread(target=come, args=(ua,)) for ua in agents]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert [seats[ua].status for ua in agents] == [200] * 8
        assert len(people(seats[agents[0]])) == 8
        assert (rows(lab, "conf_active", focus), rows(lab, "conf_participant", focus)) == (1, 8)
        assert seats[agents[0]].command(c3p.delete_conference(focus)).code == "success"
        for ua in agents:
            ua.expect("BYE", where=lambda m, kept=seats[ua]: m.get("Call-ID") == kept.call_id)


def test_a_client_that_comes_again_takes_its_own_place(two):
    anna, ben = two
    focus, guid = c3p.create(anna), c3p.guid()
    first = c3p.join(ben, focus, endpoint=guid, epid="aabbccdd")
    again = c3p.join(ben, focus, endpoint=guid, epid="aabbccdd")
    ben.expect("BYE", where=lambda m: m.get("Call-ID") == first.call_id)
    assert len(people(again)[ben.aor].endpoints) == 1
    anew = c3p.join(ben, focus, epid="aabbccdd")  # started anew, with another endpoint name
    ben.expect("BYE", where=lambda m: m.get("Call-ID") == again.call_id)
    assert [e.entity for e in people(anew)[ben.aor].endpoints] == [anew.endpoint]
    other = c3p.join(ben, focus, epid="11223344")
    assert len(people(anew)[ben.aor].endpoints) == 2
    assert other.leave().status == 200
    assert len(people(anew)[ben.aor].endpoints) == 1


# --- in the dialog ---

def test_the_dialog_answers_what_belongs_into_it(lab, two):
    anna, _ = two
    seat = c3p.join(anna, c3p.create(anna))
    assert seat.send("OPTIONS").status == 200
    assert seat.send("INFO").status == 200
    refreshed = seat.send("UPDATE", [("Supported", "timer"), ("Session-Expires", "90")])
    assert refreshed.status == 200 and refreshed.get("Session-Expires") == "90;refresher=uac"
    assert seat.send("MESSAGE", [("Content-Type", "text/plain")], "x").status == 405
    assert seat.send("INFO", [("Content-Type", "text/plain")], "x").status == 415
    assert seat.send("INFO", [("Content-Type", c3p.CONTENT_TYPE)], "<x").status == 400
    assert refused(seat.command("<frobnicate/>"), "notSupported")
    assert refused(seat.command("<modifyConferenceLock/>"), "requestMalformed")
    assert seat.leave().status == 200
    wait_for(lambda: rows(lab, "conf_active", seat.focus) == 0)
    assert seat.send("INFO").status == 481


def test_commands_are_for_those_who_may(three):
    anna, ben, carl = three
    focus = c3p.create(anna)
    seats = organizer, attendee, _ = [c3p.join(ua, focus) for ua in (anna, ben, carl)]
    roster = c3p.follow(anna, focus).wait(lambda r: len(r.users) == 3)
    for command in (c3p.modify_lock(focus, True), c3p.modify_roles(focus, ben.aor, "presenter"),
                    c3p.delete_user(focus, carl.aor)):
        message = attendee.send("INFO", [("Content-Type", c3p.CONTENT_TYPE)],
                                c3p.request(command, focus, ben.aor))
        assert refused(c3p.answer_of(message), "unauthorized")
        assert message.status == 200 and "3014" in message.get("ms-diagnostics")
    assert organizer.command(c3p.modify_roles(focus, ben.aor, "presenter")).code == "success"
    roster.wait(lambda r: r.users[ben.aor].role == "presenter")
    assert refused(organizer.command(c3p.modify_roles(focus, ben.aor, "attendee")), "notSupported")
    assert refused(attendee.command(c3p.delete_user(focus, anna.aor)), "unauthorized")  # the organizer
    assert attendee.command(c3p.delete_user(focus, carl.aor)).code == "success"
    carl.expect("BYE", where=lambda m: m.get("Call-ID") == seats[2].call_id)
    roster.wait(lambda r: carl.aor not in r.users)
    assert refused(attendee.command(c3p.delete_user(focus, carl.aor)), "userDoesNotExist")
    attendee.leave()
    assert c3p.join(ben, focus).role == "attendee"  # a promotion ends with the promoted one's leaving


def test_a_lock_is_for_those_outside_and_ends_with_the_meeting(lab, three):
    anna, ben, carl = three
    focus = c3p.create(anna)
    organizer, attendee = c3p.join(anna, focus), c3p.join(ben, focus, epid="aabbccdd")
    assert organizer.command(c3p.modify_lock(focus, True)).code == "success"
    assert c3p.join(carl, focus).status == 403
    assert c3p.join(ben, focus, epid="11223344").status == 200
    organizer.leave()
    organizer = c3p.join(anna, focus)
    assert organizer.status == 200
    assert attendee.command(c3p.delete_conference(focus)).code == "success"  # he merely leaves
    wait_for(lambda: ben.aor not in people(organizer))
    assert organizer.command(c3p.delete_conference(focus)).code == "success"
    wait_for(lambda: rows(lab, "conf_active", focus) == 0)
    assert c3p.join(carl, focus).status == 200


# --- time, and crashes ---

def test_who_loses_his_connection_has_half_a_minute(own_lab):
    anna, ben = sign_in(own_lab, "anna", "ben")
    focus = c3p.create(anna)
    organizer = c3p.join(anna, focus)
    c3p.join(ben, focus)
    start = own_lab.log_size()
    ben.conn.close()
    own_lab.wait_log("endpoint.ended", start)
    own_lab.advance(29)
    assert ben.aor in people(organizer)
    own_lab.advance(2)
    wait_for(lambda: ben.aor not in people(organizer))


def test_who_lets_his_session_timer_run_out_is_gone(own_lab):
    anna, ben = sign_in(own_lab, "anna", "ben")
    focus = c3p.create(anna)
    organizer = c3p.join(anna, focus)
    timed = c3p.join(ben, focus, headers=[("Supported", "timer"), ("Session-Expires", "120")])
    assert "timer" in timed.message.get("Require")
    own_lab.advance(119)
    assert timed.send("UPDATE", [("Supported", "timer"), ("Session-Expires", "120")]).status == 200
    own_lab.advance(119)
    assert ben.aor in people(organizer)
    own_lab.advance(2)
    ben.expect("BYE", where=lambda m: m.get("Call-ID") == timed.call_id)
    assert ben.aor not in people(organizer)  # anna offered no timer and stays


def test_a_meeting_survives_a_crash_of_the_front_end(own_lab):
    agents = anna, ben, carl = sign_in(own_lab, "anna", "ben", "carl")
    focus, guid = c3p.create(anna), c3p.guid()
    organizer, _ = c3p.join(anna, focus), c3p.join(ben, focus, endpoint=guid)
    assert organizer.command(c3p.modify_roles(focus, ben.aor, "presenter")).code == "success"
    assert organizer.command(c3p.modify_lock(focus, True)).code == "success"
    own_lab.run("kill", "frontend", "-9")
    own_lab.run("start", "frontend")
    anna, ben, carl = (rawsip.agent(own_lab, ua.user) for ua in agents)
    for ua in (anna, ben, carl):
        ua.register()
    assert c3p.join(carl, focus).status == 403
    back = c3p.join(ben, focus, endpoint=guid)
    assert (back.status, back.role) == (200, "presenter")
    assert sorted(people(back)) == sorted([anna.aor, ben.aor])
    assert len(people(back)[ben.aor].endpoints) == 1
    own_lab.advance(61)  # anna does not come back
    wait_for(lambda: sorted(people(back)) == [ben.aor])
    assert back.command(c3p.modify_lock(focus, False)).code == "success"
    assert c3p.join(carl, focus).status == 200
