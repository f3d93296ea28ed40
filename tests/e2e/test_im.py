"""Instant messages: sessions, pager mode, and from one to the other."""
import pytest

from clients.process import Timeout
from clients import baresip, linphone, rawsip, sipe
from lib.people import about, say, undelivered


@pytest.fixture
def pair(lab):
    return [sipe.Sipe(lab, u).sign_in() for u in lab.new_users("anna", "ben")]


def test_messages_go_both_ways_with_typing(pair):
    anna, ben = pair
    got = say(anna, ben, "Grüß dich, Ben! 👋")
    assert about(anna.user)(got["from"])
    say(ben, anna, "hello")
    ben("typing", anna.address, "start")
    anna.expect("typing", who=about(ben.user), state="typing")


def test_rich_text_is_untouched(pair):
    anna, ben = pair
    anna("im-html", ben.address, "<b>bold</b> &amp; <i>slanted</i>")
    got = ben.expect("message-received")
    assert "bold" in got["text_html"] and "<b>" in got["text_html"].lower()


def test_a_hundred_messages_keep_their_order(pair):
    anna, ben = pair
    say(anna, ben, "first")
    texts = [f"message {i}" for i in range(100)]
    for text in texts:
        anna("im", ben.address, text)
    for text in texts:
        ben.expect("message-received", 20, text=text)
    assert [e["text"] for e in ben.all("message-received")][-100:] == texts


def test_message_to_nobody_there_is_told(lab):
    anna, ben = lab.new_users("anna", "ben")
    a = sipe.Sipe(lab, anna).sign_in()
    a("im", ben.address, "anybody home?")
    assert undelivered(a)


def test_message_to_an_unknown_name_is_told(lab):
    anna = sipe.Sipe(lab, lab.new_user("anna")).sign_in()
    anna("im", "no.such.person@" + lab.env["DOMAIN"], "anybody home?")
    assert undelivered(anna)
    refused = anna.wait_sip("in", lambda m: m.is_response and m.status == 404)
    assert refused.get("ms-diagnostics")


def test_every_endpoint_rings_and_one_answers(lab):
    anna, ben = lab.new_users("anna", "ben")
    a = sipe.Sipe(lab, anna).sign_in()
    desk, home = (sipe.Sipe(lab, ben, hostname=h).sign_in() for h in ("desk", "home"))
    a("im", ben.address, "which one?")
    for client in (desk, home):
        client.wait_sip("in", lambda m: m.method == "INVITE")
    desk("im", anna.address, "this one")  # writing answers the waiting invitation
    a.expect("message-received", 20, text="this one")
    # A client that does not know of the other yet answers at once: then it is the desk that is called off.
    for client in (desk, home):
        try:
            client.wait_sip("in", lambda m: m.method in ("CANCEL", "BYE"), 6)
            return
        except Timeout:
            continue
    raise AssertionError("both endpoints were left ringing or talking")


def test_pager_messages_between_standard_clients(lab):
    carl, dora = (rawsip.agent(lab, u, t) for u, t in zip(lab.new_users("carl", "dora"), ("udp", "tls")))
    assert carl.register().status == dora.register().status == 200
    data = carl.build("MESSAGE", dora.aor, [("Content-Type", "text/plain;charset=UTF-8")], "grüß dich")
    carl.conn.send(data)
    sent = rawsip.Message.parse(data.partition(b"\r\n\r\n")[0])
    answer = next_answer(carl, dora, sent)
    if answer is not None:  # UDP: each request is challenged
        assert answer.status in (401, 407) and carl.take_challenge(answer)
        carl.conn.send(carl.build("MESSAGE", dora.aor, [("Content-Type", "text/plain;charset=UTF-8"),
                                                        carl.authorization("MESSAGE", dora.aor)], "grüß dich"))
    assert dora.expect("MESSAGE").text == "grüß dich"


def next_answer(sender, receiver, sent):
    """The sender's answer if it is a challenge; None when the message went through to the receiver."""
    try:
        answer = sender.wait_response(sent.get("Call-ID"), sent.cseq, 1.5)
    except rawsip.SipTimeout:
        return None
    return answer if answer.status in (401, 407) else None


def test_standard_client_to_sipe_and_back(lab):
    anna, dora = lab.new_users("anna", "dora")
    a, d = sipe.Sipe(lab, anna).sign_in(), rawsip.agent(lab, dora)
    assert d.register().status == 200
    assert d.message(anna.uri, "hällo anna").status == 200
    a.expect("message-received", text="hällo anna")
    d.auto_answer["MESSAGE"] = 200
    a("im", dora.address, "hällo dora")
    assert d.expect("MESSAGE").text == "hällo dora"


def test_baresip_and_sipe_talk(lab):
    anna, bert = lab.new_users("anna", "bert")
    a = sipe.Sipe(lab, anna).sign_in()
    b = baresip.Baresip(lab, bert, "tls", contacts=[anna]).registered()
    b.message(anna, "from baresip, ü")
    a.expect("message-received", 15, text="from baresip, ü")
    a("im", bert.address, "from sipe, ß")
    b.wait_line("from sipe, ß", 15)


def test_linphone_writes_to_sipe(lab):
    anna, linda = lab.new_users("anna", "linda")
    a, li = sipe.Sipe(lab, anna).sign_in(), linphone.Linphone(lab, linda).registered()
    li(f"chat {anna.uri} from linphone")
    a.expect("message-received", 15, text="from linphone")


def test_do_not_disturb_is_told_to_the_sender(pair):
    anna, ben = pair
    ben("status", "do-not-disturb")
    anna("add-buddy", ben.address)
    anna.expect("buddy-status", status="do-not-disturb")
    anna("im", ben.address, "only a moment?")
    assert undelivered(anna)


def test_blocked_people_get_no_message_through(pair):
    anna, ben = pair
    ben("add-buddy", anna.address)
    ben.expect("buddy-status")
    ben("block", anna.address)
    asked = ben.wait_sip("out", lambda m: m.method == "SERVICE" and '<container id="32000"' in m.text)
    ben.wait_sip("in", lambda m: m.status == 200 and m.get("Call-ID") == asked.get("Call-ID"))
    anna("im", ben.address, "let me in")
    assert undelivered(anna)
    ben.expect_none("message-received", 1.0)


def test_people_are_found_by_name(lab):
    anna, quentin = lab.new_users("anna", "quentin")
    a = sipe.Sipe(lab, anna).sign_in()
    a("search", "given=Quentin")
    a.expect("search-result")
