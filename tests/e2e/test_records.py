"""Call detail records: what is kept of conversations, and that it gets there whatever breaks."""
import json

from clients import sipe
from lib.labs import wait_for
from lib.people import say

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
