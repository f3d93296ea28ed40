"""Call detail records: what is kept of conversations, and that it gets there whatever breaks."""
import csv
import json

from clients import sipe
from lib.labs import wait_for
from lib.people import say
from lib.rooms import ad_hoc, bring_in

SECRET = "the weather in Grönland"


def records(lab, *args):
    """Lines of `parley cdr list` as objects; [] while the database cannot answer."""
    out = lab.parley("--json", "cdr", "list", *args, check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


def session(lab, user, done=True, timeout=20):
    """The one session of this user, when it is over (or at least known)."""
    got = []

    def there():
        got[:] = records(lab, "--user", user.address)
        return got and (not done or got[0]["end"] != "open")
    wait_for(there, timeout, f"a record of {user.address}")
    assert len(got) == 1, got
    return got[0]


def chat(anna, ben, n):
    for i in range(n):
        say(anna, ben, f"{SECRET} {i}")
    say(ben, anna, SECRET + ", answered")


def nothing_said(lab):
    """No table of lcslog holds a word of what was said."""
    dump = str(lab.sql("lcslog", "SELECT query_to_xml('SELECT * FROM ' || quote_ident(relname), true, false, '')"
                       " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"))
    assert "sip:" in dump and "weather" not in dump and "land 1" not in dump


def test_a_chat_of_two_is_one_session_with_its_counts(lab):
    people = lab.new_users("anna", "ben")
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in people)
    chat(anna, ben, 3)
    assert session(lab, people[0], done=False)["end"] == "open"
    anna("close-im", ben.address)
    got = session(lab, people[0])
    assert got["kind"] == "im" and got["response"] == "200" and got["end"] == "bye", got
    assert got["messages"] == "4", got
    assert {got["from"], got["to"]} == {"sip:" + p.address for p in people}
    nothing_said(lab)
    rows = lab.parley("cdr", "export", "--user", people[0].address).stdout.splitlines()
    assert rows[0].startswith("SessionIdTime,SessionIdSeq,ExternalId,User1,User2") and len(rows) == 2
    assert ",3,1," in rows[1], rows


def test_records_wait_for_the_database(own_lab):
    lab = own_lab
    users = [lab.user("alice"), lab.user("bob")]
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in users)
    say(anna, ben, "before")
    lab.run("kill", "database")
    chat(anna, ben, 2)
    anna("close-im", ben.address)
    anna.wait_sip("out", lambda m: m.method == "BYE")
    lab.run("start", "database")
    got = session(lab, users[0], timeout=60)
    assert got["messages"] == "4" and got["end"] == "bye", got


def test_kill_9_loses_no_record_and_doubles_none(own_lab):
    lab = own_lab
    users = [lab.user("alice"), lab.user("bob")]
    anna, ben = (sipe.Sipe(lab, u).sign_in() for u in users)
    say(anna, ben, "first")
    session(lab, users[0], done=False)
    lab.run("kill", "database")
    chat(anna, ben, 2)
    anna("close-im", ben.address)
    anna.wait_sip("out", lambda m: m.method == "BYE")
    anna.wait_sip("in", lambda m: m.is_response and "BYE" in m.get("CSeq"))
    lab.run("kill", "frontend", "-9")
    lab.run("start", "database")
    lab.run("start", "frontend")
    got = session(lab, users[0], timeout=60)
    assert got["messages"] == "4" and got["end"] == "bye", got
    wait_for(lambda: "parley_frontend_records_waiting 0\n" in lab.http("/metrics")[1] + "\n", 20, "the spool to be empty")
    assert len(records(lab)) == 1


def exported(lab, kind, user):
    """Rows of `parley cdr export` about this user, as dictionaries."""
    return list(csv.DictReader(lab.parley("cdr", "export", "--kind", kind, "--user", user.address).stdout.splitlines()))


def test_a_meeting_has_its_people_their_stays_and_what_each_wrote(lab):
    users = lab.new_users("anna", "ben", "carl")
    anna, ben, carl = (sipe.Sipe(lab, u).sign_in() for u in users)
    room_a, room_b = ad_hoc(anna, ben)
    room_c = bring_in(room_a, carl, [room_b])
    for room, n in ((room_a, 2), (room_b, 1), (room_c, 3)):
        for i in range(n):
            room.say(f"{SECRET} {i}")
            (room_b if room is room_a else room_a).hear(room.client, f"{SECRET} {i}")
    room_b.leave()
    room_a.misses(ben)
    room_c.leave()
    room_a.misses(carl)
    room_a.leave()

    def over():
        return [r for r in records(lab, "--user", users[0].address) if r["kind"] == "meeting" and r["end"] != "open"]
    wait_for(over, 20, "the record of the meeting's end")
    wait_for(lambda: over()[0]["messages"] == "6", 20, "the counts of its messages")
    got, = over()
    assert got["from"] == "sip:" + users[0].address and got["users"] == "3", got
    assert [r["kind"] for r in records(lab, "--user", users[2].address)] == ["meeting"]  # his way in is no session
    for user, n, role in ((users[0], "2", "Presenter"), (users[1], "1", "Attendee"), (users[2], "3", "Attendee")):
        counts, stays, legs = (exported(lab, kind, user) for kind in ("messages", "focus", "mcu"))
        assert [c["MessageCount"] for c in counts] == [n], (user, counts)
        assert len(stays) == 1 and stays[0]["UserRole"] == role, stays
        assert stays[0]["UserJoinTime"] < stays[0]["UserLeaveTime"], stays
        assert len(legs) == 1 and legs[0]["McuType"] == "chat" and legs[0]["UserLeaveTime"], legs
        assert legs[0]["McuUri"].startswith("https://"), legs
    nothing_said(lab)
