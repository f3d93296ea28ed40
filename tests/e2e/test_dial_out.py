"""Standard SIP clients in a meeting's chat: one that joins by INVITE and does not know Ms-Sender, and those that the
conference calls on a presenter's behalf."""
import re

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import wait_for
from lib.meetings import people, sign_in

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
TEXT = SDP + "m=message 5060 sip null\r\na=accept-types:text/plain\r\n"


@pytest.fixture
def agents(lab):
    return sign_in(lab, "anna", "ben", "carl")


class Called:
    """The callee's side of a call by a conference."""

    def __init__(self, ua, answer=200, body=TEXT, headers=(), timeout=10.0):
        self.ua = ua
        self.invite = ua.expect("INVITE", timeout, answer=None)
        self.tag = rawsip.token(4)
        self.cseq = 0
        if answer:
            self.answer(answer, body, headers)

    def answer(self, status, body=TEXT, headers=()):
        lines = [("Contact", self.ua.contact), *headers] + ([("Content-Type", "application/sdp")] if body else [])
        self.ua.respond(self.invite, status, lines if status < 300 else headers, body if status < 300 else b"",
                        to_tag=self.tag)
        if status >= 200:
            ack = self.ua.expect("ACK", where=lambda m: m.get("Call-ID") == self.invite.get("Call-ID"))
            assert ack.cseq == (1, "ACK")

    def send(self, method, headers=(), body=""):
        self.cseq += 1
        contact = re.search(r"<([^>]*)>", self.invite.get("Contact")).group(1)
        route = [("Route", r) for r in self.invite.all("Record-Route")]
        return self.ua.request(method, contact, [*route, *headers], body, call_id=self.invite.get("Call-ID"),
                               from_tag=self.tag, to=self.invite.get("From"), cseq=self.cseq)

    def say(self, text):
        return self.send("MESSAGE", [("Content-Type", "text/plain")], text)


def dial(seat, who, **kw):
    """INFO addUser, not waited for; the requestId."""
    seat.number += 1
    body = c3p.request(c3p.add_user(seat.focus, who, method="dialed-out", mcu=c3p.mcu_uri(seat.focus), **kw),
                       seat.focus, seat.ua.aor, seat.number)
    ua = seat.ua
    headers = [("Contact", ua.contact), ("Content-Type", c3p.CONTENT_TYPE)]
    extra = [ua.authorization("INFO", seat.focus)] if ua.challenge else []
    ua.conn.send(ua.build("INFO", seat.focus, headers + extra, body, call_id=seat.call_id, from_tag=seat.from_tag,
                          to=seat.to))
    return ua.cseq


def outcome(seat, cseq, timeout=15.0):
    """The answer to dial(), in the 200 or by INFO."""
    message = seat.ua.wait_response(seat.call_id, (cseq, "INFO"), timeout)
    if message.status == 202:
        message = seat.ua.expect("INFO", timeout, where=lambda m: m.get("Call-ID") == seat.call_id)
    return c3p.answer_of(message)


def refused(answer, reason):
    return (answer.code, answer.reason) == ("failure", reason)


@pytest.fixture
def meeting(agents):
    """A meeting of the first two; the third one is called."""
    anna, ben, _ = agents
    focus = c3p.create(anna)
    seats = [c3p.join(ua, focus) for ua in (anna, ben)]
    assert [s.status for s in seats] == [200, 200]
    return focus, *seats


def test_who_does_not_know_the_senders_header_reads_the_name_in_the_text(lab, agents, meeting):
    anna, ben, carl = agents
    focus, _, _ = meeting
    assert c3p.join(carl, focus).status == 200
    legs = [c3p.Leg(anna, focus), c3p.Leg(ben, focus, sender=False)]
    assert [leg.status for leg in legs] == [200, 200]
    c3p.follow(anna, focus).wait(lambda r: ben.aor in r.users and "chat" in r.users[ben.aor].types())
    assert legs[0].say("who is there?").status == 202
    got = ben.expect("MESSAGE")
    assert got.text == "Anna: who is there?" and got.get("Content-Type").startswith("text/plain")
    assert legs[1].say("me").status == 202
    legs[0].hear("me", ben)


def test_a_presenter_has_a_standard_client_called(agents, meeting):
    anna, ben, carl = agents
    focus, seat, _ = meeting
    legs = [c3p.Leg(anna, focus), c3p.Leg(ben, focus)]
    roster = c3p.follow(anna, focus)
    asked = dial(seat, carl.aor, endpoint="{CALLED-CARL}")
    call = Called(carl, answer=180)
    roster.wait(lambda r: carl.aor in r.users and r.users[carl.aor].endpoints[0].status == "alerting")
    assert c3p.mcu_uri(focus) in call.invite.get("From") and ";isfocus" in call.invite.get("Contact")
    assert "m=message" in call.invite.text
    call.answer(200)
    answer = outcome(seat, asked)
    assert answer.code == "success"
    roster.wait(lambda r: carl.aor in r.users and r.users[carl.aor].types() == ["chat"])
    place, = roster.users[carl.aor].endpoints
    assert (place.entity, place.method, roster.users[carl.aor].role) == ("{CALLED-CARL}", "dialed-out", "attendee")
    assert legs[0].say("welcome").status == 202
    assert carl.expect("MESSAGE").text == "Anna: welcome"
    legs[1].hear("welcome", anna)
    assert call.say("thank you").status == 202
    for leg in legs:
        leg.hear("thank you", carl)
    assert call.send("BYE").status == 200
    roster.wait(lambda r: carl.aor not in r.users)
    assert legs[0].say("gone").status == 202
    legs[1].hear("gone", anna)
    carl.expect_none("MESSAGE", 0.5)


@pytest.mark.parametrize("transport", ["tcp", "tls", "udp"])
def test_who_was_called_can_be_put_out(lab, meeting, transport):
    focus, seat, _ = meeting
    dora = rawsip.agent(lab, lab.new_user("dora"), transport)
    assert dora.register().status == 200
    roster = c3p.follow(seat.ua, focus)
    asked = dial(seat, dora.aor)
    call = Called(dora)
    assert outcome(seat, asked).code == "success"
    roster.wait(lambda r: dora.aor in r.users and r.users[dora.aor].types() == ["chat"])
    assert seat.command(c3p.delete_user(focus, dora.aor)).code == "success"
    dora.expect("BYE", where=lambda m: m.get("Call-ID") == call.invite.get("Call-ID"))
    roster.wait(lambda r: dora.aor not in r.users)


def test_the_end_of_the_meeting_ends_a_call_that_rings(agents, meeting):
    carl = agents[2]
    focus, seat, _ = meeting
    dial(seat, carl.aor)
    call = Called(carl, answer=180)
    assert seat.command(c3p.delete_conference(focus)).code == "success"
    carl.expect("CANCEL", where=lambda m: m.get("Call-ID") == call.invite.get("Call-ID"))
    call.answer(487)


def test_an_answer_that_crosses_the_end_is_hung_up(agents, meeting):
    carl = agents[2]
    focus, seat, _ = meeting
    dial(seat, carl.aor)
    call = Called(carl, answer=180)
    assert seat.command(c3p.delete_conference(focus)).code == "success"
    call.answer(200)  # before it has seen the CANCEL
    carl.expect("BYE", where=lambda m: m.get("Call-ID") == call.invite.get("Call-ID"))


@pytest.mark.parametrize("status, reason", [(486, "userBusy"), (600, "userBusy"), (603, "userDeclined"),
                                            (403, "userDeclined"), (404, "userUnknown"), (488, "mediaNotSupported"),
                                            (480, "userNotAnswered"), (500, "otherFailure")])
def test_what_the_client_answers_is_the_reason(agents, meeting, status, reason):
    carl = agents[2]
    focus, seat, _ = meeting
    asked = dial(seat, carl.aor)
    Called(carl, answer=status)
    assert refused(outcome(seat, asked), reason)
    wait_for(lambda: carl.aor not in people(seat))  # its news come beside the answer


def test_a_client_that_takes_no_messages_is_hung_up(agents, meeting):
    carl = agents[2]
    focus, seat, _ = meeting
    asked = dial(seat, carl.aor)
    call = Called(carl, body=SDP + "m=message 0 sip null\r\n")
    assert refused(outcome(seat, asked), "mediaNotSupported")
    carl.expect("BYE", where=lambda m: m.get("Call-ID") == call.invite.get("Call-ID"))


def test_who_cannot_be_called(lab, meeting):
    focus, seat, attendee = meeting
    offline = lab.new_user("emil")
    for who, reason in ((offline.uri, "userNotAnswered"), ("sip:nobody@lab.example", "userUnknown"),
                        ("tel:+4930123", "notSupported"), ("sip:a@b\r\nX: y", "invalidUserEntity")):
        assert refused(outcome(seat, dial(seat, who)), reason), who
    for command in ({}, {"where": "sip:other@lab.example"}):
        assert refused(outcome(attendee, dial(attendee, offline.uri, **command)), "unauthorized")
    assert seat.command(c3p.get_conference(focus)).code == "success"


def test_another_address_than_his_own_can_be_called(agents, meeting):
    carl = agents[2]
    focus, seat, _ = meeting
    roster = c3p.follow(seat.ua, focus)
    asked = dial(seat, "sip:carls-room@lab.example", where=carl.aor)
    Called(carl)
    assert outcome(seat, asked).code == "success"
    roster.wait(lambda r: "sip:carls-room@lab.example" in r.users)


def test_nobody_answers(make_lab):
    lab = make_lab(conf="[mcu-im]\nring_time = 7\n")
    anna, carl = sign_in(lab, "anna", "carl")
    focus = c3p.create(anna)
    seat = c3p.join(anna, focus)
    asked = dial(seat, carl.aor)
    call = Called(carl, answer=180)
    early = seat.ua.wait_response(seat.call_id, (asked, "INFO"), 10.0)
    assert early.status == 202 and not early.body
    carl.expect("CANCEL", timeout=15.0, where=lambda m: m.get("Call-ID") == call.invite.get("Call-ID"))
    call.answer(487)
    final = c3p.answer_of(anna.expect("INFO", where=lambda m: m.get("Call-ID") == seat.call_id))
    assert refused(final, "userNotAnswered") and final.request == str(seat.number)
    wait_for(lambda: carl.aor not in people(seat))  # its news come beside the answer
