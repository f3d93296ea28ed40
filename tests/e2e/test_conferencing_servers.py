"""The Front End and its conferencing servers: who may talk to one, what one may say, and what becomes of a
meeting whose server dies."""
import http.client
import json
import re
import socket
import ssl

import pytest

from clients import rawsip
from lib import c3p
from lib.labs import Lab, wait_for
from lib.meetings import Leg

FULL = ('<ci:conference-info xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="{focus}" state="partial">'
        '<ci:users><ci:user entity="sip:mallory@lab.example" state="full"><ci:endpoint entity="{{M}}" '
        'xmlns:msci="http://schemas.microsoft.com/rtc/2005/08/confinfoextensions" msci:session-type="chat">'
        "<ci:status>connected</ci:status></ci:endpoint></ci:user></ci:users></ci:conference-info>")


@pytest.fixture
def people(lab):
    return lambda *names: make_people(lab, *names)


def make_people(lab, *names):
    agents = [rawsip.agent(lab, u, "tcp") for u in lab.new_users(*names)]
    assert all(ua.register().status == 200 for ua in agents)
    return agents


def meeting(first, *others):
    """A meeting that all have joined, and the first one's view of its roster."""
    focus = c3p.create(first)
    assert all(c3p.join(ua, focus).status == 200 for ua in (first, *others))
    roster = c3p.follow(first, focus)
    roster.wait(lambda r: all(ua.aor in r.users for ua in (first, *others)))
    return focus, roster


def in_chat(*agents):
    return lambda r: all("chat" in r.users[ua.aor].types() for ua in agents if ua.aor in r.users)


# --- who may talk to one ---

def test_nobody_chats_who_has_not_joined(people):
    anna, ben = people("anna", "ben")
    focus = c3p.create(anna)
    assert Leg(anna, focus).status == 404  # not active yet
    assert c3p.join(anna, focus).status == 200
    refused = Leg(ben, focus)
    assert refused.status == 403 and "3014" in refused.answer.get("ms-diagnostics")
    assert c3p.join(ben, focus).status == 200
    assert Leg(ben, focus).status == 200


def test_a_type_without_server_is_refused(people):
    anna, = people("anna")
    focus, _ = meeting(anna)
    answer = anna.request("INVITE", c3p.mcu_uri(focus, "no-such"), [("Contact", anna.contact)])
    assert answer.status == 404 and "3013" in answer.get("ms-diagnostics")


def test_messages_go_to_all_others_in_their_dialogs(people):
    anna, ben, carl, dora = agents = people("anna", "ben", "carl", "dora")
    focus, roster = meeting(*agents)
    legs = [Leg(ua, focus) for ua in agents]
    assert [leg.status for leg in legs] == [200] * 4
    roster.wait(in_chat(*agents))
    assert legs[0].say("to you all").status in (200, 202)
    for leg in legs[1:]:
        got = leg.hear("to you all", anna)
        assert got.get("Call-ID") == leg.call_id
    assert legs[1].say("from ben").status in (200, 202)
    for leg in (legs[0], legs[2], legs[3]):
        leg.hear("from ben", ben)
    assert legs[2].send("BYE").status == 200
    roster.wait(lambda r: r.users[carl.aor].types() == ["focus"])
    assert legs[0].say("three are left").status in (200, 202)
    legs[3].hear("three are left", anna)
    carl.expect_none("MESSAGE", 0.5)
    assert not any("mallory" in uri for uri in roster.users)


def test_whoever_has_left_the_chat_is_not_heard(people):
    anna, = people("anna")
    focus, roster = meeting(anna)
    leg = Leg(anna, focus)
    assert leg.status == 200
    assert leg.send("BYE").status == 200
    roster.wait(lambda r: r.users[anna.aor].types() == ["focus"])
    assert leg.say("gone").status == 481


# --- what one may say ---

def post(lab, path, body, certificate=None):
    """(status, text) of a POST to the Front End's listener for conferencing servers."""
    host, port = "127.0.0.1", lab.base_port + 4
    context = ssl.create_default_context(cafile=lab.env["CA_FILE"])
    if certificate:
        context.load_cert_chain(certificate, certificate.replace(".pem", ".key"))
    sock = socket.create_connection((host, port), 10)
    conn = http.client.HTTPSConnection(host, port, context=context, timeout=10)
    conn.sock = context.wrap_socket(sock, server_hostname=lab.env["POOL_FQDN"])
    conn.request("POST", path, body, {"Content-Type": "application/cccp+xml",
                                      "Parley-Request-Id": rawsip.token(16) + ":1:0"})
    answer = conn.getresponse()
    text = answer.read().decode()
    conn.close()
    return answer.status, text


def notify(focus, instance="x"):
    return (f'<request xmlns="urn:ietf:params:xml:ns:cccp" xmlns:p="urn:parley:params:xml:ns:c3p" requestId="1" '
            f'from="{c3p.mcu_uri(focus)}" to="{focus}" p:instance="{instance}" p:mcu-version="1">'
            f"<p:notify>{FULL.format(focus=focus)}</p:notify></request>")


def test_only_servers_of_the_topology_are_heard(lab, people):
    focus, _ = meeting(*people("anna"))
    try:
        status = post(lab, "/focus/notify", notify(focus))[0]
    except (ssl.SSLError, ConnectionError, http.client.HTTPException):
        status = 403
    assert status == 403
    assert post(lab, "/focus/notify", notify(focus), lab.env["SERVER_CERT"])[0] == 403


@pytest.fixture(scope="module")
def two_lab():
    """A lab where further servers are trusted; a second conferencing server can be started."""
    lab = Lab(conf="[frontend]\ntrusted_servers = mcu-im.lab.example, mcu-im-2.lab.example, pool.lab.example\n")
    yield lab
    lab.close()


def test_a_forged_notice_is_refused_and_logged(two_lab):
    anna, ben = make_people(two_lab, "anna", "ben")
    focus, roster = meeting(anna, ben)
    assert Leg(anna, focus).status == Leg(ben, focus).status == 200
    roster.wait(in_chat(anna, ben))
    start = two_lab.log_size()
    instance = re.findall(r"ev=focus.activated .*instance=(\S+)", two_lab.log())[-1]
    status, text = post(two_lab, "/focus/notify", notify(focus, instance), two_lab.env["SERVER_CERT"])
    assert status == 200 and "failure" in text and "stale" in text.lower()
    two_lab.wait_log(("lvl=warn", "ev=mcu.news-refused"), start)
    assert not any("mallory" in uri for uri in roster.users)


def test_a_heartbeat_in_the_name_of_another_is_refused(two_lab):
    body = ('<request xmlns="urn:ietf:params:xml:ns:cccp" xmlns:p="urn:parley:params:xml:ns:c3p" requestId="1" from="a" '
            'to="b"><p:mcuStatus type="chat" instance="i" fqdn="mcu-im.lab.example" '
            'url="https://mcu-im.lab.example:1/c3p" sip="sip:mcu-im.lab.example:2;transport=tls" '
            'address="127.0.0.1" load="0" conferences="0" endpoints="0" max-endpoints="9" draining="false"/></request>')
    status, text = post(two_lab, "/mcufactory", body, two_lab.env["SERVER_CERT"])
    assert status == 200 and (c3p.Answer(text).code, c3p.Answer(text).reason) == ("failure", "forbidden")
    assert all(":1/" not in s["url"] for s in servers(two_lab))


# --- when one dies ---

def servers(lab):
    return [json.loads(line) for line in lab.admin("mcu list")]


def start_second(lab):
    """Another conferencing server beside the lab's own, for this test."""
    def stop():
        lab.run("kill", "mcu-im.2")
        wait_for(lambda: all(s["state"] == "dead" for s in servers(lab) if "mcu-im-2" in s["url"]), 15, "its end")

    lab.run("start", "mcu-im.2")
    lab.at_end(stop)
    wait_for(lambda: sum(s["state"] == "live" for s in servers(lab)) == 2, what="two conferencing servers")


@pytest.mark.limit(180)
def test_a_meeting_whose_server_is_killed_goes_on_with_another(two_lab):
    lab = two_lab
    anna, ben = make_people(lab, "anna", "ben")
    focus, roster = meeting(anna, ben)
    assert Leg(anna, focus).status == Leg(ben, focus).status == 200
    roster.wait(in_chat(anna, ben))
    start_second(lab)
    start = lab.log_size()
    lab.run("kill", "mcu-im", "-9")
    lab.at_end(lambda: lab.run("start", "mcu-im"))
    roster.wait(lambda r: all(r.users[ua.aor].types() == ["focus"] for ua in (anna, ben)), timeout=15.0)
    line = lab.wait_log("ev=mcu.enlisted", start)
    assert "fqdn=mcu-im-2." in line
    legs = [Leg(anna, focus), Leg(ben, focus)]
    assert [leg.status for leg in legs] == [200, 200]
    roster.wait(lambda r: all(r.users[ua.aor].types() == ["chat", "focus"] for ua in (anna, ben)))
    assert legs[0].say("still here").status in (200, 202)
    legs[1].hear("still here", anna)


def test_an_administrator_drains_a_server(two_lab):
    lab = two_lab
    anna, = make_people(lab, "anna")
    wait_for(lambda: any(s["state"] == "live" for s in servers(lab)), what="a conferencing server")
    lab.admin("mcu drain mcu-im.lab.example")
    lab.at_end(lambda: lab.admin("mcu drain mcu-im.lab.example off"))
    assert all(s["state"] in ("draining", "dead", "suspect") for s in servers(lab))
    focus, _ = meeting(anna)
    uri, call_id, tag = c3p.mcu_uri(focus), rawsip.token(), rawsip.token(4)
    headers = [("Contact", anna.contact), anna.authorization("INVITE", uri)]
    branch, over = "z9hG4bK" + rawsip.token(), {"call_id": call_id, "from_tag": tag, "cseq": 7}
    anna.conn.send(anna.build("INVITE", uri, headers, branch=branch, **over))
    anna.conn.send(anna.build("CANCEL", uri, branch=branch, **over))
    assert anna.wait_response(call_id, (7, "INVITE")).status == 487
    refused = Leg(anna, focus)
    assert refused.status == 503 and "3011" in refused.answer.get("ms-diagnostics")
    lab.admin("mcu drain mcu-im.lab.example off")
    assert Leg(anna, focus).status == 200
