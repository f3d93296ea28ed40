"""Meetings that grow: a distribution group is invited, a conversation of two becomes a meeting."""
import subprocess
import time

import pytest

from clients import rawsip, sipe
from lib.invites import Call
from lib.labs import wait_for
from lib.people import say
from lib.rooms import ad_hoc, bring_in, entered

INVITE_TYPE = "application/ms-conf-invite+xml"
INVITATION = ('<Conferencing version="2.0"><focus-uri>sip:x@lab.example;gruu;opaque=app:conf:focus:id:ABC</focus-uri>'
              '<subject/><im available="true"><first-im/></im></Conferencing>')
IM_SDP = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
          "m=message 5060 sip null\r\na=accept-types:text/plain\r\n")


def ocs(lab, user):
    """A hand-made client that says it is one of OCS."""
    ua = rawsip.agent(lab, user, "tcp")
    answer = ua.register(headers=[("Supported", "gruu-10"), ("Supported", "msrtc-event-categories"),
                                  ("Event", "registration")])
    assert answer.status == 200, answer
    ua.auto_answer["NOTIFY"] = 200
    return ua


def group(lab, *members):
    """A group of users and groups; its address."""
    name = f"sip:group-{rawsip.token(4)}@{lab.env['DOMAIN']}"
    lab.parley("group", "create", name, "--display-name", "A group")
    if members:
        lab.parley("group", "add", name, *(getattr(m, "aor", None) or getattr(m, "uri", m) for m in members))
    return name


def crowd(lab, name, n):
    """n members more who never sign in."""
    lab.sql("rtc", f"INSERT INTO dl_member SELECT d.id, 'sip:' || md5('{name}' || i) || '@{lab.env['DOMAIN']}' "
                   f"FROM dl d, generate_series(1, {n}) i WHERE d.uri = '{name}'")


def invite(inviter, to, *headers, body=INVITATION):
    return Call(inviter, to, *headers, content_type=INVITE_TYPE, body=body)


def invitations(ua):
    return [m for m in ua.inbox if m.method == "INVITE"]


@pytest.fixture
def agents(lab):
    return lambda *names: [ocs(lab, user) for user in lab.new_users(*names)]


# --- a group ---

def test_members_of_groups_in_a_group_are_invited_once_each(lab, agents):
    anna, ben, carl = agents("anna", "ben", "carl")
    team = group(lab, ben, carl)
    staff = group(lab, anna, ben, team)
    lab.parley("group", "add", team, staff)
    call = invite(anna, staff, ("Ms-Conversation-ID", "c42"), ("Subject", "now, please"))
    answer = call.established()
    assert not answer.body and rawsip.param(answer.get("To"), "tag")
    got = [ua.expect("INVITE", answer=200, headers=[("Contact", ua.contact)]) for ua in (ben, carl)]
    for ua, m in zip((ben, carl), got):
        assert ua.expect("ACK").get("Call-ID") == m.get("Call-ID")
        assert m.text == INVITATION and m.get("Content-Type") == INVITE_TYPE
        assert m.get("Ms-Conversation-ID") == "c42" and m.get("Subject") == "now, please"
        assert f"<{anna.aor}>" in m.get("From") and f"<{anna.aor}>" in m.get("P-Asserted-Identity")
        assert rawsip.param(m.get("From"), "tag") != call.from_tag
        assert m.get("To") == f"<{ua.aor}>"
    assert len({m.get("Call-ID") for m in got} | {call.call_id}) == 3
    call.send("BYE", to=call.remote, branch="z9hG4bK" + rawsip.token())
    assert call.final("BYE", anna.cseq).status == 200
    for ua in (anna, ben, carl):
        ua.expect_none("INVITE", 0.3)


def test_the_invited_may_end_what_nobody_keeps(lab, agents):
    anna, ben = agents("anna", "ben")
    invite(anna, group(lab, ben)).established()
    m = ben.expect("INVITE", answer=None)
    ben.respond(m, 200, [("Contact", ben.contact)], to_tag="bens")
    ben.expect("ACK")
    uri = m.get("Contact").partition("<")[2].partition(">")[0]
    assert ben.request("BYE", uri, call_id=m.get("Call-ID"), from_tag="bens", to=m.get("From")).status == 200


def test_a_thousand_are_answered_at_once_and_those_here_are_invited(lab, agents):
    anna, ben, carl = agents("anna", "ben", "carl")
    name = group(lab, ben, carl, anna)
    crowd(lab, name, 997)
    start, before = time.monotonic(), lab.log_size()
    invite(anna, name).established()
    assert time.monotonic() - start < 1
    for ua in (ben, carl):
        ua.expect("INVITE", 2, headers=[("Contact", ua.contact)])
    assert "members=1000 sent=2" in lab.wait_log(("group.invited", name), before)
    for ua in (anna, ben, carl):
        ua.expect_none("INVITE", 0.3)


def test_more_than_a_thousand_are_refused_and_nobody_is_invited(lab, agents):
    anna, ben = agents("anna", "ben")
    name = group(lab, ben)
    crowd(lab, name, 1000)
    call = invite(anna, name)
    answer = call.final()
    assert answer.status == 403 and "too many members" in answer.get("ms-diagnostics")
    ben.expect_none("INVITE", 0.5)


def test_a_refusal_of_a_member_is_absorbed(lab, agents):
    anna, ben, carl = agents("anna", "ben", "carl")
    call = invite(anna, group(lab, ben, carl))
    call.established()
    ben.expect("INVITE", answer=488)
    ben.expect("ACK")
    carl.expect("INVITE", headers=[("Contact", carl.contact)])
    carl.expect("ACK")
    assert not anna.inbox


def test_only_invitations_reach_a_group(lab, agents):
    anna, ben = agents("anna", "ben")
    name = group(lab, ben)
    answer = anna.message(name, "hello all")
    assert answer.status == 404 and "invite it to a meeting" in answer.get("ms-diagnostics")
    answer = Call(anna, name, body=IM_SDP).final()
    assert answer.status == 404 and "invite it to a meeting" in answer.get("ms-diagnostics")
    answer = invite(anna, f"sip:nobody@{lab.env['DOMAIN']}").final()
    assert answer.status == 404 and answer.get("ms-diagnostics").startswith("1003;")
    assert invite(anna, name, body="<Conferencing").final().status == 400
    ben.expect_none("INVITE", 0.5)


def test_an_invitation_called_off_in_time_reaches_nobody(own_lab):
    anna, ben = (ocs(own_lab, user) for user in own_lab.new_users("anna", "ben"))
    name = group(own_lab, ben)
    env = {**own_lab.environ, **{k: own_lab.env[k] for k in ("PGHOST", "PGPORT", "PGUSER")}}
    with subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", "rtc"], stdin=subprocess.PIPE, env=env,
                          stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write("BEGIN; LOCK TABLE dl; SELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline().strip() == "held"
        call = invite(anna, name)
        wait_for(lambda: own_lab.sql("postgres", "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        call.send("CANCEL", cseq=call.cseq)
        assert call.refused() == 487
    ben.expect_none("INVITE", 1.0)


def test_do_not_disturb_holds_for_groups_too(lab):
    anna, ben, carl = lab.new_users("anna", "ben", "carl")
    a, b, c = ocs(lab, anna), sipe.Sipe(lab, ben).sign_in(), ocs(lab, carl)
    b("status", "do-not-disturb")
    b.wait_sip("in", lambda m: "aggregateState" in m.text and "<availability>9500<" in m.text)
    invite(a, group(lab, ben, carl)).established()
    c.expect("INVITE")
    assert not [m for m in b.messages("in") if m.method == "INVITE"]


def test_a_group_comes_into_the_room_of_sipe_clients(lab):
    anna, ben, carl = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben", "carl"))
    room_a, room_b = ad_hoc(anna, ben)
    anna("chat-invite", room_a.chat, group(lab, group(lab, carl), anna.user).removeprefix("sip:"))
    room_c = entered(carl)
    for room in (room_a, room_b):
        room.sees(carl)
    room_c.say("we are all here")
    for room in (room_a, room_b):
        room.hear(carl, "we are all here")


# --- two become a meeting ---

def test_a_conversation_of_two_becomes_a_meeting(lab):
    anna, ben, carl = (sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben", "carl"))
    say(anna, ben, "only us two")
    say(ben, anna, "so far")
    old = next(m for m in anna.messages("out") if m.method == "INVITE").get("Call-ID")
    room_a, room_b = ad_hoc(anna, ben)
    room_c = bring_in(room_a, carl, [room_b])
    room_b.say("now three")
    for room in (room_a, room_c):
        room.hear(ben, "now three")
    # The server ends no conversation: what ended came from a client, and two can talk as before.
    ended = [m for m in anna.messages("in") if m.method == "BYE" and m.get("Call-ID") == old]
    assert len(ended) <= len([m for m in ben.messages("out") if m.method == "BYE" and m.get("Call-ID") == old])
    say(ben, anna, "and still we two")


@pytest.mark.parametrize("status", [415, 488])
def test_a_client_without_meetings_refuses_and_goes_on_talking(agents, status):
    anna, ben = agents("anna", "ben")
    talk = Call(anna, ben.aor, body=IM_SDP)
    first = ben.expect("INVITE", answer=None)
    ben.respond(first, 200, [("Contact", ben.contact), ("Content-Type", "application/sdp")], IM_SDP)
    talk.established()
    ben.expect("ACK")
    asked = invite(anna, ben.aor)
    m = ben.expect("INVITE", answer=status)
    assert m.text == INVITATION and m.get("Content-Type") == INVITE_TYPE
    assert asked.refused() == status
    talk.send("MESSAGE", [("Content-Type", "text/plain")], "still there?", to=talk.remote,
              branch="z9hG4bK" + rawsip.token())
    assert ben.expect("MESSAGE").text == "still there?"
    assert talk.final("MESSAGE", anna.cseq).status == 200
    assert not [m for m in ben.inbox if m.method == "BYE"]


# --- the command ---

def test_the_command_keeps_groups(lab):
    anna, ben = lab.new_users("anna", "ben")
    name = group(lab, anna, ben)
    shown = lab.parley("group", "show", name).stdout
    assert "A group" in shown and anna.uri in shown and "user" in shown
    assert name in lab.parley("group", "list").stdout
    assert "1 of 2" in lab.parley("group", "remove", name, anna.address, "sip:not.there@lab.example").stdout
    assert anna.uri not in lab.parley("group", "show", "--json", name).stdout
    lab.parley("group", "delete", "--yes", name)
    for words, code, reason in (
            (("show", name), 5, "PRL-GROUP-001"), (("add", name, ben.uri), 5, "PRL-GROUP-001"),
            (("create", ben.uri), 5, "PRL-GROUP-002"), (("add", name), 2, "PRL-CLI-004"),
            (("create", "no address"), 2, "PRL-USER-001"), (("add", name, "x"), 2, "PRL-USER-001")):
        done = lab.parley("group", *words, check=False)
        assert done.returncode == code and reason in done.stderr, (words, done.stderr)
