"""Who comes into a meeting: its three types times all kinds of people, and what keeps them out besides. And how people
without an account prove that they were invited: the Digest join with the conference key."""
import datetime

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import Lab, wait_for
from lib.meetings import come_back, from_edge, guest, partner

KEY = "s3cr3t-Key.17"
TYPES = ("closedAuthenticated", "openAuthenticated", "anonymous")
NOT_INVITED = (403, "3014", "The meeting is closed and the user is not invited")
FEDERATED = (403, "3014", "Users of other organisations may not join this meeting")
ANONYMOUS = (403, "3014", "Anonymous users may not join this meeting")
LOCKED = (403, "3014", "The meeting is locked")
FULL = (403, "3014", "The meeting is full")
EXPIRED = (404, "3003", "The meeting has expired")
WRONG = (401, "3008", "The conference key is wrong")
ASKED = (401, None, None)
STRANGER = (407, None, None)

# Who                        closed        open          anonymous
TABLE = {
    "organizer":            ("presenter",  "presenter",  "presenter"),
    "enterprise presenter": ("presenter",  "presenter",  "presenter"),
    "enterprise attendee":  ("attendee",   "attendee",   "attendee"),
    "enterprise unlisted":  (NOT_INVITED,  "attendee",   "attendee"),
    "federated presenter":  ("attendee",   "attendee",   "attendee"),
    "federated attendee":   ("attendee",   "attendee",   "attendee"),
    "federated unlisted":   (FEDERATED,    FEDERATED,    "attendee"),
    "federated unverified": (FEDERATED,    FEDERATED,    FEDERATED),
    "without assertion":    (FEDERATED,    FEDERATED,    FEDERATED),
    "ordinary client":      (STRANGER,     STRANGER,     STRANGER),
    "anonymous with key":   (ANONYMOUS,    ANONYMOUS,    "attendee"),
    "anonymous by an edge": (ANONYMOUS,    ANONYMOUS,    "attendee"),
    "anonymous, no key":    (ASKED,        ASKED,        ASKED),
    "anonymous, wrong key": (WRONG,        WRONG,        WRONG),
}
LISTED = [("ben", "presenter"), ("carl", "attendee")]
PARTNERS = [("sip:frank@partner.example", "presenter"), ("sip:greta@partner.example", "attendee")]


@pytest.fixture(scope="module")
def trusting():
    """A lab with the users of the table."""
    own = Lab()
    own.who = dict(zip(("organizer", "ben", "carl", "dora"), own.new_users("olga", "ben", "carl", "dora")))
    yield own
    own.close()


class People:
    """One of each kind; made when they are asked for."""

    def __init__(self, lab):
        self.lab = lab
        users = lab.who
        self.make = {
            "organizer": lambda: come_back(lab, users["organizer"])[0],
            "enterprise presenter": lambda: come_back(lab, users["ben"])[0],
            "enterprise attendee": lambda: come_back(lab, users["carl"])[0],
            "enterprise unlisted": lambda: come_back(lab, users["dora"])[0],
            "federated presenter": lambda: partner(lab, "frank"),
            "federated attendee": lambda: partner(lab, "greta"),
            "federated unlisted": lambda: partner(lab, "hans"),
            "federated unverified": lambda: partner(lab, "greta", verified=False),
            "without assertion": lambda: partner(lab, "greta", verified=None),
            "ordinary client": lambda: partner(lab, "greta", conn=rawsip.connect(lab)),
            "anonymous with key": lambda: guest(lab, KEY),
            "anonymous by an edge": lambda: guest(lab, KEY, conn=from_edge(lab)),
            "anonymous, no key": lambda: guest(lab, None),
            "anonymous, wrong key": lambda: guest(lab, "guessed"),
        }
        self.made = {}

    def __getitem__(self, kind):
        if kind not in self.made:
            self.made[kind] = self.make[kind]()
        return self.made[kind]


@pytest.fixture
def people(trusting):
    return People(trusting)


def meeting(people, admission, organizer=None, **kw):
    listed = [(people.lab.who[name].uri, role) for name, role in LISTED] + PARTNERS
    return c3p.create(organizer or people["organizer"], admission=admission, key=KEY, users=listed, **kw)


def outcome(seat):
    """The granted role, or status, number and words of the refusal."""
    if seat.status == 200:
        assert seat.answer.code == "success"
        return seat.role
    why = seat.message.get("ms-diagnostics-public") or seat.message.get("ms-diagnostics")
    return seat.status, why and why.partition(";")[0].strip(), rawsip.param(why, "reason")


def expected(admission, changes=None):
    changes = changes or {}
    column = {who: row[TYPES.index(admission)] for who, row in TABLE.items()}
    return {who: changes.get(who, changes.get("*") if isinstance(was, str) and "*" in changes else was)
            for who, was in column.items()}


@pytest.mark.parametrize("admission", TYPES)
def test_type_and_kind_decide_who_comes_in_and_as_what(people, admission):
    focus, got, seats = meeting(people, admission), {}, {}
    for who in TABLE:
        seats[who] = c3p.join(people[who], focus, role="presenter")
        got[who] = outcome(seats[who])
    assert got == expected(admission)
    roster = seats["organizer"].command(c3p.get_conference(focus)).document()
    there = {people[who].aor: role for who, role in got.items() if isinstance(role, str)}
    assert {uri: user.role for uri, user in roster.users.items()} == there


@pytest.mark.parametrize("admission", TYPES)
def test_who_is_refused_begins_no_meeting(trusting, people, admission):
    focus = meeting(people, admission)
    refused = [who for who, result in expected(admission).items() if not isinstance(result, str)]
    for who in refused:
        assert c3p.join(people[who], focus).status in (401, 403, 407)
    conf_id = focus.rpartition(":")[2]
    assert trusting.sql("rtc", "SELECT count(*) FROM conf_active a JOIN conf c ON c.id = a.conf "
                               f"WHERE c.conf_id = '{conf_id}'") == [["0"]]


@pytest.mark.parametrize("admission", TYPES)
def test_a_lock_keeps_everybody_out_but_the_organizer(people, admission):
    focus = meeting(people, admission)
    seat = c3p.join(people["organizer"], focus)
    kept = c3p.join(people["enterprise presenter"], focus)  # keeps the meeting, and is in when it is locked
    assert seat.command(c3p.modify_lock(focus, True)).code == "success"
    assert seat.leave().status == 200
    got = {who: outcome(c3p.join(people[who], focus)) for who in TABLE}
    assert got == expected(admission, {"*": LOCKED, "organizer": "presenter", "enterprise presenter": "presenter"})
    assert kept.command(c3p.modify_lock(focus, False)).code == "success"
    assert outcome(c3p.join(people["enterprise attendee"], focus)) == "attendee"


def organizer_under(lab, name, policy, *settings):
    """Another organizer, whose policy is not set yet: the meetings come first; and what sets it."""
    user = lab.new_user(name)
    ua, = come_back(lab, user)

    def assign(check):
        lab.parley("policy", "set", policy, *settings)
        lab.parley("policy", "assign", user.address, policy)
        wait_for(lambda: check(c3p.service(ua, c3p.factory_uri(ua.aor), c3p.add_conference(
            c3p.new_id(), admission="anonymous", key=KEY, users=[(f"sip:u{i}@lab.example", "attendee")
                                                                 for i in range(3)]))), what="the policy")

    return ua, assign


@pytest.mark.parametrize("admission", TYPES)
def test_a_full_meeting_takes_nobody_more(trusting, people, admission):
    tina, assign = organizer_under(trusting, "tina", "Tiny", "MeetingSize=2")
    focus = meeting(people, admission, tina)
    assign(lambda answer: answer.reason == "maximumMeetingSizeExceeded")
    assert c3p.join(tina, focus).role == "presenter"
    first = c3p.join(people["enterprise presenter"], focus)
    assert outcome(first) == "presenter"
    guests = [who for who in TABLE if who != "organizer"]
    got = {who: outcome(c3p.join(people[who], focus)) for who in guests}
    want = expected(admission, {"*": FULL, "enterprise presenter": "presenter"})  # he is in: back with another client
    assert got == {who: want[who] for who in guests}
    assert first.command(c3p.delete_user(focus, first.ua.aor)).code == "success"
    assert outcome(c3p.join(people["enterprise attendee"], focus)) == "attendee"


@pytest.mark.parametrize("admission", TYPES)
def test_an_expired_meeting_is_over_for_everybody(people, admission):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    focus = meeting(people, admission, expiry=then.strftime("%Y-%m-%dT%H:%M:%SZ"))
    got = {who: outcome(c3p.join(people[who], focus)) for who in TABLE}
    assert {who: g for who, g in got.items() if g != EXPIRED} == {
        who: was for who, was in expected(admission).items() if was in (ASKED, STRANGER, WRONG)
        or who in ("federated unverified", "without assertion")}


def test_a_policy_that_forbids_anonymous_users_holds_for_meetings_there_are(trusting, people):
    petra, assign = organizer_under(trusting, "petra", "Known people", "AllowAnonymousParticipants=no")
    focus = meeting(people, "anonymous", petra)
    assign(lambda answer: answer.reason == "anonymousUsersNotAllowed")
    assert c3p.join(petra, focus).role == "presenter"
    guests = [who for who in TABLE if who != "organizer"]
    got = {who: outcome(c3p.join(people[who], focus)) for who in guests}
    want = expected("anonymous", {"anonymous with key": ANONYMOUS, "anonymous by an edge": ANONYMOUS})
    assert got == {who: want[who] for who in guests}


# --- people without an account ---

def test_strangers_and_partners_chat(people):
    focus = meeting(people, "anonymous")
    kinds = "organizer", "federated attendee", "federated unlisted", "anonymous with key", "anonymous by an edge"
    agents = [people[kind] for kind in kinds]
    seats = [c3p.join(ua, focus) for ua in agents]
    assert [outcome(s) for s in seats] == ["presenter"] + ["attendee"] * 4
    roster = c3p.follow(agents[0], focus)
    legs = [c3p.Leg(ua, focus) for ua in agents]
    assert [leg.status for leg in legs] == [200] * 5
    roster.wait(lambda r: all(ua.aor in r.users and "chat" in r.users[ua.aor].types() for ua in agents))
    for speaker, ua in zip(legs, agents):
        text = f"said by {ua.aor}"
        assert speaker.say(text).status == 202
        for leg in legs:
            if leg is not speaker:
                leg.hear(text, ua)
    for ua in agents[1:]:
        followed = c3p.follow(ua, focus)
        assert followed.status == 200
        followed.wait(lambda r: len(r.users) == 5)
    for seat in seats[1:]:
        assert seat.leave().status == 200
    roster.wait(lambda r: list(r.users) == [agents[0].aor])


def test_the_challenge_is_of_the_organizers_realm(people):
    focus = meeting(people, "anonymous")
    stranger = people["anonymous, no key"]
    lines = c3p.join(stranger, focus).message.all("WWW-Authenticate")
    assert len(lines) == 1 and lines[0].startswith("Digest ")
    got = {name: rawsip.param(lines[0], name) for name in ("realm", "algorithm", "qop")}
    assert got == {"realm": people.lab.who["organizer"].address, "algorithm": "MD5-sess", "qop": "auth"}
    assert rawsip.param(lines[0], "nonce") and rawsip.param(lines[0], "opaque")


def test_a_proof_holds_for_one_conference_one_connection_and_one_name(people):
    first, second = meeting(people, "anonymous"), meeting(people, "anonymous")
    stranger = people["anonymous with key"]
    assert c3p.join(people["organizer"], first).status == c3p.join(people["organizer"], second).status == 200
    seat = c3p.join(stranger, first)
    assert outcome(seat) == "attendee"
    challenge, stranger.challenge, stranger.password = stranger.challenge, None, None
    assert c3p.follow(stranger, first).status == 200  # no second proof on the way
    assert c3p.join(stranger, second).status == 401
    elsewhere = guest(people.lab, None)
    elsewhere.user, elsewhere.aor = stranger.user, stranger.aor
    assert c3p.follow(elsewhere, first).status == 401
    assert elsewhere.request("BYE", first, call_id=seat.call_id, from_tag=seat.from_tag, to=seat.to).status == 403
    other_name = guest(people.lab, None, conn=stranger.conn)
    assert c3p.join(other_name, first).status == 401
    # an answer that somebody overheard is of no use on another connection, nor a second time on this one
    elsewhere.challenge, elsewhere.password = challenge, KEY
    line = elsewhere.authorization("INVITE", first)
    elsewhere.password = None
    assert c3p.join(elsewhere, first, headers=[line]).status == 401
    assert c3p.join(other_name, first, headers=[line]).status == 401
    assert seat.command(c3p.get_conference(first)).code == "success"


def test_guessing_keys_is_slowed_and_logged(trusting, people):
    focus, start = meeting(people, "anonymous"), trusting.log_size()
    answers = [outcome(c3p.join(guest(trusting, f"guess {i}"), focus)) for i in range(7)]
    slowed = (403, "4000", "Too many failed sign-in attempts, try again later")
    assert answers[:5] == [WRONG] * 5 and slowed in answers[5:]
    line = trusting.wait_log(("lvl=warn", "ev=auth.refused", "wrong conference key"), start)
    assert "src=127.0.0.1" in line and "mech=Digest" in line
    assert outcome(c3p.join(people["anonymous with key"], focus)) == slowed
    assert outcome(c3p.join(people["organizer"], focus)) == "presenter"  # he has nothing to do with it
    other = meeting(people, "anonymous")
    assert outcome(c3p.join(people["anonymous with key"], other)) == "attendee"
    trusting.advance(61)
    assert outcome(c3p.join(guest(trusting, KEY), focus)) == "attendee"


def test_a_meeting_that_is_not_there_looks_like_a_wrong_key(people):
    focus = c3p.focus_uri(people["organizer"].aor, c3p.new_id())
    assert outcome(c3p.join(people["anonymous, wrong key"], focus)) == WRONG
    nobody = c3p.focus_uri("sip:nobody@lab.example", c3p.new_id())
    assert outcome(c3p.join(people["anonymous, wrong key"], nobody)) == WRONG


@pytest.mark.parametrize("via", ["client", "edge"])
def test_strangers_get_at_nothing_but_conferences(people, via):
    stranger = people["anonymous with key" if via == "client" else "anonymous by an edge"]
    focus = meeting(people, "anonymous")
    assert outcome(c3p.join(stranger, focus)) == "attendee"
    someone = people["enterprise presenter"].aor
    statuses = {
        "REGISTER": stranger.register().status,
        "MESSAGE": stranger.message(someone, "spam").status,
        "SUBSCRIBE": stranger.subscribe(someone).status,
        "INVITE": stranger.request("INVITE", someone, [("Contact", stranger.contact)]).status,
        "OPTIONS": stranger.request("OPTIONS", someone).status,
        "SERVICE": c3p.service(stranger, c3p.factory_uri(people["organizer"].aor),
                               c3p.add_conference(c3p.new_id())).status,
        "own factory": c3p.service(stranger, c3p.factory_uri(stranger.aor), c3p.add_conference(c3p.new_id())).status,
    }
    assert statuses == dict.fromkeys(statuses, 403)


def test_what_a_client_asserts_about_itself_is_not_believed(people):
    focus = meeting(people, "openAuthenticated")
    ben = people["enterprise presenter"]
    trust = ("ms-edge-proxy-message-trust", "ms-source-type=DirectPartner;ms-source-verified-user=verified")
    body = c3p.request(c3p.add_user(focus, "sip:greta@partner.example"), focus, "sip:greta@partner.example")
    refused = ben.request("INVITE", focus, [("Contact", ben.contact), ("Content-Type", c3p.CONTENT_TYPE), trust], body,
                          from_uri="sip:greta@partner.example")
    assert refused.status == 403
    assert c3p.join(ben, focus, headers=[trust]).role == "presenter"  # and nothing changes for himself
