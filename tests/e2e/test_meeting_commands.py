"""Who may issue what in a meeting: every command of the Focus by every role, about oneself and about others. And what
the others see of a command that was taken."""
import pytest

from lib import c3p
from lib.labs import Lab, wait_for
from lib.meetings import bye, come_back, guest

KEY = "s3cr3t-Key.17"
ROLES = ("organizer", "presenter", "attendee", "anonymous")
OK, NO = ("success", None, None), ("failure", "unauthorized", "3014")
NOT_HERE = ("failure", "notSupported", "3005")
NOT_SUPPORTED = ("failure", "notSupported", "3004")
NO_DIAL = ("failure", "unauthorized", "3015")
NO_SUCH = ("failure", "userDoesNotExist", "3002")
NO_USER = ("failure", "userUnknown", None)


def media(focus, user, filter_, endpoint="", kind="chat"):
    mcu = c3p.mcu_uri(focus, kind)
    return (f'<modifyEndpointMedia mscp:mcuUri="{mcu}"><mediaKeys confEntity="{focus}" userEntity="{user}" '
            f'endpointEntity="{endpoint}" mediaId="1"/><ci:media xmlns:ci="{c3p.CI}" id="1"><ci:type>chat</ci:type>'
            f'<msci:media-ingress-filter xmlns:msci="{c3p.MSCI}">{filter_}</msci:media-ingress-filter></ci:media>'
            "</modifyEndpointMedia>")


def settings(focus, kind="chat"):
    return (f'<modifyConference mscp:mcuUri="{c3p.mcu_uri(focus, kind)}"><ci:conference-info xmlns:ci="{c3p.CI}" '
            f'entity="{focus}" state="partial"/></modifyConference>')


def rename(focus, user, name="Somebody"):
    return (f'<modifyUser>{c3p.user_keys(focus, user)}<ci:user xmlns:ci="{c3p.CI}" entity="{user}">'
            f"<ci:display-text>{name}</ci:display-text></ci:user></modifyUser>")


def dial_in(focus, user):
    return c3p.add_user(focus, user, method="dialed-in", mcu=c3p.mcu_uri(focus))


def dial_out(focus, user):
    return c3p.add_user(focus, user, method="dialed-out", mcu=c3p.mcu_uri(focus))


STATUS = ('<p:mcuStatus xmlns:p="urn:parley:params:xml:ns:c3p" type="chat" instance="i" fqdn="mcu-im.lab.example" '
          'url="https://mcu-im.lab.example:1/c3p" sip="sip:mcu-im.lab.example:2;transport=tls" address="127.0.0.1" '
          'load="0" conferences="0" endpoints="0" max-endpoints="9" draining="false"/>')
# What the command does, its text for (meeting, its sender, another attendee), and the answer to each role. Nothing here
# changes who is in the meeting: effects have tests of their own.
TABLE = [
    ("getConference", lambda f, me, you: c3p.get_conference(f), OK, OK, OK, OK),
    ("join the Focus by INFO", lambda f, me, you: c3p.add_user(f, me), *[NOT_HERE] * 4),
    ("dial in oneself", lambda f, me, you: dial_in(f, me), OK, OK, OK, OK),
    ("dial in others", lambda f, me, you: dial_in(f, you), NO, NO, NO, NO),
    ("dial out", lambda f, me, you: dial_out(f, "sip:nobody@lab.example"), NO_USER, NO_USER, NO_DIAL, NO_DIAL),
    ("remove nobody", lambda f, me, you: c3p.delete_user(f, "sip:noone@lab.example"), NO_SUCH, NO_SUCH, NO, NO),
    ("remove the organizer", lambda f, me, you: c3p.delete_user(f, you.organizer), None, *[NO] * 3),
    ("promote", lambda f, me, you: c3p.modify_roles(f, you.presenter, "presenter"), OK, OK, NO, NO),
    ("demote", lambda f, me, you: c3p.modify_roles(f, you.presenter, "attendee"), NOT_SUPPORTED, NOT_SUPPORTED, NO, NO),
    ("demote the organizer", lambda f, me, you: c3p.modify_roles(f, you.organizer, "attendee"), NOT_SUPPORTED,
     NOT_SUPPORTED, NO, NO),
    ("lock", lambda f, me, you: c3p.modify_lock(f, True), OK, OK, NO, NO),
    ("unlock", lambda f, me, you: c3p.modify_lock(f, False), OK, OK, NO, NO),
    ("mute oneself", lambda f, me, you: media(f, me, "block"), OK, OK, OK, OK),
    ("unmute oneself", lambda f, me, you: media(f, me, "unblock"), OK, OK, OK, OK),
    ("mute others", lambda f, me, you: media(f, you, "block"), OK, OK, NO, NO),
    ("unmute others", lambda f, me, you: media(f, you, "unblock"), OK, OK, NO, NO),
    ("settings of a server", lambda f, me, you: settings(f), OK, OK, NO, NO),
    ("rename oneself", lambda f, me, you: rename(f, me), OK, OK, OK, OK),
    ("rename others", lambda f, me, you: rename(f, you), NO, NO, NO, NO),
    ("add a meeting", lambda f, me, you: c3p.add_conference(c3p.new_id()), *[NOT_SUPPORTED] * 4),
    ("lobby", lambda f, me, you: "<setLobbyAccess/>", *[NOT_SUPPORTED] * 4),
    ("endorse", lambda f, me, you: f"<endorseUser>{c3p.conference_keys(f)}</endorseUser>", *[NOT_SUPPORTED] * 4),
    ("between servers", lambda f, me, you: STATUS, *[NOT_SUPPORTED] * 4),
]


class Other(str):
    """Whom the command is about: an attendee; and the addresses of those who are more."""


@pytest.fixture(scope="module")
def home():
    own = Lab()
    own.people = own.new_users("olga", "ben", "carl", "dora")
    yield own
    own.close()


class Meeting:
    """One of each role and a further attendee, all in the chat too."""

    def __init__(self, lab):
        organizer, ben, carl, dora = come_back(lab, *lab.people)
        agents = dict(zip(ROLES, (organizer, ben, carl, guest(lab, KEY))), other=dora)
        self.focus = c3p.create(organizer, admission="anonymous", key=KEY, users=[(ben.aor, "presenter")])
        self.agents = agents
        self.seats = {role: c3p.join(ua, self.focus) for role, ua in agents.items()}
        self.legs = {role: c3p.Leg(ua, self.focus) for role, ua in agents.items()}
        assert all(s.status == 200 for s in self.seats.values()) and all(x.status == 200 for x in self.legs.values())
        self.roster = c3p.follow(organizer, self.focus)
        self.roster.wait(lambda r: all(ua.aor in r.users and "chat" in r.users[ua.aor].types()
                                       for ua in agents.values()))
        self.other = Other(dora.aor)
        self.other.organizer, self.other.presenter = organizer.aor, ben.aor

    def send(self, role, command):
        """(code, reason, number of ms-diagnostics) of the answer."""
        seat = self.seats[role]
        seat.number += 1
        body = c3p.request(command, self.focus, seat.ua.aor, seat.number)
        message = seat.send("INFO", [("Content-Type", c3p.CONTENT_TYPE)], body, 20.0)
        assert message.status == 200, message.raw
        answer = c3p.answer_of(message)
        assert answer.request == str(seat.number)
        why = message.get("ms-diagnostics") or message.get("ms-diagnostics-public")
        return answer.code, answer.reason, why and why.partition(";")[0]

    def told(self, role):
        """How this one stands in the roster."""
        return self.roster.users.get(self.agents[role].aor)


@pytest.fixture
def meeting(home):
    return Meeting(home)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_answered_by_the_table(home, meeting, role):
    start, got, want = home.log_size(), {}, {}
    for name, command, *answers in TABLE:
        answer = answers[ROLES.index(role)]
        if answer is None:
            continue
        got[name] = meeting.send(role, command(meeting.focus, meeting.agents[role].aor, meeting.other))
        want[name] = answer
    assert got == want
    refused = [line for line in home.log(start).splitlines() if "ev=focus.command-refused" in line]
    assert len(refused) == sum(answer[0] == "failure" for answer in want.values())
    assert all("lvl=warn" in line and f"from={meeting.agents[role].aor}" in line for line in refused)
    assert sum("reason=unauthorized" in line for line in refused) == sum(a[1] == "unauthorized" for a in want.values())


# --- what others see ---

@pytest.mark.parametrize("role", ("organizer", "presenter"))
def test_who_is_put_out_is_out_everywhere(meeting, role):
    dora, seat, leg = meeting.agents["other"], meeting.seats["other"], meeting.legs["other"]
    followed = c3p.follow(dora, meeting.focus)
    assert meeting.send(role, c3p.delete_user(meeting.focus, dora.aor)) == OK
    bye(dora, leg)
    bye(dora, seat)
    followed.wait(lambda r: r.ended)
    meeting.roster.wait(lambda r: dora.aor not in r.users)
    assert leg.say("may I?").status == 481
    assert seat.send("INFO").status == 481
    assert c3p.Leg(dora, meeting.focus).status == 403
    assert c3p.join(dora, meeting.focus).status == 200  # nothing is said against coming back


@pytest.mark.parametrize("role", ("attendee", "anonymous"))
def test_attendees_put_out_nobody_but_themselves(meeting, role):
    for who in ("organizer", "presenter", "other"):
        assert meeting.send(role, c3p.delete_user(meeting.focus, meeting.agents[who].aor)) == NO
    me = meeting.agents[role]
    assert meeting.send(role, c3p.delete_user(meeting.focus, me.aor)) == OK
    bye(me, meeting.legs[role])
    meeting.roster.wait(lambda r: me.aor not in r.users)
    assert len(meeting.roster.users) == 4


@pytest.mark.parametrize("role", ("attendee", "anonymous"))
def test_the_promoted_may_what_presenters_may_until_they_leave(meeting, role):
    focus, me = meeting.focus, meeting.agents[role]
    assert meeting.send(role, c3p.modify_lock(focus, True)) == NO
    assert meeting.send("presenter", c3p.modify_roles(focus, me.aor, "presenter")) == OK
    meeting.roster.wait(lambda r: r.users[me.aor].role == "presenter")
    assert meeting.send(role, c3p.modify_lock(focus, True)) == OK
    assert meeting.send(role, c3p.modify_lock(focus, False)) == OK
    assert meeting.send("organizer", c3p.modify_roles(focus, me.aor, "attendee")) == NOT_SUPPORTED
    assert meeting.seats[role].leave().status == 200
    meeting.roster.wait(lambda r: me.aor not in r.users)
    bye(me, meeting.legs[role])
    me.expect_none("BYE", 0.3, where=lambda m: m.get("Call-ID") == meeting.seats[role].call_id)  # he ended it
    assert c3p.join(me, focus).role == "attendee"


def test_a_lock_is_seen_by_all_and_kept_to(home, meeting):
    emil, = come_back(home, home.new_user("emil"))
    follower = c3p.follow(meeting.agents["attendee"], meeting.focus)
    assert meeting.send("presenter", c3p.modify_lock(meeting.focus, True)) == OK
    for roster in (meeting.roster, follower):
        roster.wait(lambda r: any(r.locked.values()))
    assert c3p.join(emil, meeting.focus).status == 403
    assert meeting.send("organizer", c3p.modify_lock(meeting.focus, False)) == OK
    follower.wait(lambda r: not any(r.locked.values()))
    assert c3p.join(emil, meeting.focus).status == 200


@pytest.mark.parametrize("by_endpoint", (False, True))
def test_the_muted_are_not_heard(meeting, by_endpoint):
    dora, leg = meeting.agents["other"], meeting.legs["other"]
    endpoint = next(e.entity for e in meeting.told("other").endpoints if e.type == "chat") if by_endpoint else ""

    def muted(word):
        return lambda r: any(m.get("media-ingress-filter") == word
                             for e in r.users[dora.aor].endpoints for m in e.media)

    assert meeting.send("presenter", media(meeting.focus, dora.aor, "block", endpoint)) == OK
    meeting.roster.wait(muted("block"))
    refused = leg.say("hello?")
    assert refused.status == 403 and "6002" in refused.get("ms-diagnostics")
    assert meeting.legs["attendee"].say("she is quiet").status == 202
    leg.hear("she is quiet", meeting.agents["attendee"])  # she hears
    meeting.legs["organizer"].hear("she is quiet", meeting.agents["attendee"])
    assert meeting.send("organizer", media(meeting.focus, dora.aor, "unblock", endpoint)) == OK
    meeting.roster.wait(muted("unblock"))
    assert leg.say("now?").status == 202
    meeting.legs["organizer"].hear("now?", dora)


def test_a_name_is_changed_for_all(meeting):
    me = meeting.agents["anonymous"]
    assert meeting.send("anonymous", rename(meeting.focus, me.aor, "Grete &amp; Co")) == OK
    meeting.roster.wait(lambda r: r.users[me.aor].name == "Grete & Co")


@pytest.mark.parametrize("role", ROLES)
def test_the_end_of_the_meeting_is_for_presenters_others_leave(meeting, role):
    assert meeting.send(role, c3p.delete_conference(meeting.focus)) == OK
    if role in ("organizer", "presenter"):
        for who, ua in meeting.agents.items():
            bye(ua, meeting.legs[who])
            bye(ua, meeting.seats[who])
        meeting.roster.wait(lambda r: r.ended)
        # it stays scheduled; 503: it is just ending
        wait_for(lambda: c3p.join(meeting.agents["other"], meeting.focus).status == 200, what="the meeting anew")
    else:
        bye(meeting.agents[role], meeting.seats[role])
        bye(meeting.agents[role], meeting.legs[role])
        meeting.roster.wait(lambda r: meeting.agents[role].aor not in r.users)
        assert len(meeting.roster.users) == 4
        meeting.agents[role].expect_none("BYE", 0.3)  # one for each dialog


@pytest.mark.parametrize("command, want", [
    (lambda f, me: c3p.modify_lock(f, True).replace("<locked>true</locked>", ""), "requestMalformed"),
    (lambda f, me: c3p.modify_roles(f, me, "king"), "invalidRole"),
    (lambda f, me: c3p.modify_lock(f[:-1] + "X", True), "conferenceDoesNotExist"),
    (lambda f, me: media(f, me, "block", kind="no-such"), "endpointDoesNotExist"),
    (lambda f, me: media(f, me, "block", endpoint="{NOBODY}"), "endpointDoesNotExist"),
    (lambda f, me: settings(f, "no-such"), "mcuTypeNotAvailable"),
    (lambda f, me: c3p.add_user(f, me, method="dialed-in", mcu=c3p.mcu_uri(f, "no-such")), "mcuTypeNotAvailable"),
    (lambda f, me: c3p.add_user(f, me, method="dialed-in", mcu="sip:elsewhere@lab.example"), "unknownMcuType"),
    (lambda f, me: dial_in(f, me).replace("</ci:user>", "</ci:user><ci:user xmlns:ci='%s' entity='sip:x@y'/>" % c3p.CI),
     "requestMalformed"),
    (lambda f, me: rename(f, me, ""), "requestMalformed"),
], ids=range(10))
def test_what_makes_no_sense_is_refused_with_its_reason(meeting, command, want):
    me = meeting.agents["organizer"].aor
    code, reason, _ = meeting.send("organizer", command(meeting.focus, me))
    assert (code, reason) == ("failure", want)
    assert meeting.send("organizer", c3p.get_conference(meeting.focus)) == OK
