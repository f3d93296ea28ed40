"""The proxy, requirement by requirement (docs/conformance/rfc3261-proxy.md), with hand-made SIP."""
import re
import socket

import pytest

from clients import rawsip
from lib.invites import SDP, Call


@pytest.fixture
def agents(lab):
    """agents("anna", "ben", "ben"): signed in, one for each name."""
    def make(*names, transport="tcp"):
        users = dict(zip(dict.fromkeys(names), lab.new_users(*dict.fromkeys(names))))
        made = [rawsip.agent(lab, users[n], transport) for n in names]
        for ua in made:
            assert ua.register().status == 200
            ua.auto_answer["NOTIFY"] = 200
        return made
    return make


def accept(callee, invite):
    callee.respond(invite, 200, [("Contact", callee.contact), ("Content-Type", "application/sdp")], SDP)


def invitation(callee):
    return callee.expect("INVITE", answer=None)


def test_a_call_is_set_up_and_ended_through_the_proxy(agents):
    anna, ben = agents("anna", "ben")
    call = Call(anna, ben.aor)
    invite = invitation(ben)
    assert all(";lr" in v for v in invite.all("Record-Route")) and invite.all("Record-Route")
    accept(ben, invite)
    call.established()
    ben.expect("ACK")
    call.send("BYE", to=call.remote, branch="z9hG4bK" + rawsip.token())
    ben.expect("BYE")
    assert call.final("BYE", anna.cseq).status == 200


def test_record_route_leads_from_one_transport_to_the_other(lab):
    anna, ben = (rawsip.agent(lab, u, t) for u, t in zip(lab.new_users("anna", "ben"), ("tls", "tcp")))
    assert anna.register().status == ben.register().status == 200
    call = Call(anna, ben.aor)
    invite = invitation(ben)
    transports = [rawsip.param(v.rstrip(">"), "transport") for line in invite.all("Record-Route")
                  for v in line.split(",")]
    assert [t.lower() for t in transports] == ["tcp", "tls"]
    accept(ben, invite)
    call.established()
    ben.expect("ACK")


def test_what_is_forwarded_is_the_same_but_for_the_way(agents):
    anna, ben = agents("anna", "ben")
    call = Call(anna, ben.aor, ("X-Colour", "green ,  blue"), ("Subject", "a  b"))
    invite = invitation(ben)
    assert invite.get("X-Colour") == "green ,  blue" and invite.get("Subject") == "a  b"
    assert invite.get("Max-Forwards") == "69" and len(invite.all("Via")) == 2
    assert invite.text == SDP
    assert not invite.get("Authorization") and not invite.get("Proxy-Authorization")
    ben.respond(invite, 486, reason="Busy Here")
    assert call.refused() == 486


def test_identity_is_the_servers_to_assert(agents):
    anna, ben = agents("anna", "ben")
    Call(anna, ben.aor, ("P-Asserted-Identity", "<sip:president@lab.example>"),
         ("ms-edge-proxy-message-trust", "ms-source-type=AuthorizedServer"))
    invite = invitation(ben)
    identity = ",".join(invite.all("P-Asserted-Identity"))
    assert anna.aor in identity and "president" not in identity
    assert not invite.get("ms-edge-proxy-message-trust")
    ben.respond(invite, 486)


def test_cancel_ends_the_ringing_at_both_sides(agents):
    anna, ben = agents("anna", "ben")
    call = Call(anna, ben.aor)
    invite = invitation(ben)
    ben.respond(invite, 180, reason="Ringing", to_tag="ring")
    call.send("CANCEL", cseq=call.cseq)
    ben.expect("CANCEL")
    ben.respond(invite, 487, to_tag="ring")
    assert call.refused() == 487


def test_a_6xx_ends_the_search_everywhere(agents):
    anna, desk, home = agents("anna", "ben", "ben")
    call = Call(anna, desk.aor)
    ringing = invitation(home)
    home.respond(ringing, 180, to_tag="home")
    desk.respond(invitation(desk), 603, reason="Decline")
    home.expect("CANCEL")
    home.respond(ringing, 487, to_tag="home")
    assert call.refused() == 603


def test_the_best_answer_of_all_endpoints_goes_back(agents):
    anna, desk, home = agents("anna", "ben", "ben")
    call = Call(anna, desk.aor)
    desk.respond(invitation(desk), 500)
    home.respond(invitation(home), 486)
    assert call.refused() == 486


def test_a_late_answer_of_a_loser_is_ended_here(agents):
    anna, desk, home = agents("anna", "ben", "ben")
    call = Call(anna, desk.aor)
    late = invitation(home)
    home.respond(late, 180, to_tag="late")
    accept(desk, invitation(desk))
    call.established()
    home.expect("CANCEL")
    home.respond(late, 200, [("Contact", home.contact)], to_tag="late")  # as SIPE does
    home.expect("ACK")
    home.expect("BYE")


def test_a_message_reaches_all_endpoints(agents):
    anna, desk, home = agents("anna", "ben", "ben")
    desk.auto_answer["MESSAGE"] = home.auto_answer["MESSAGE"] = 200
    data = anna.build("MESSAGE", desk.aor, [("Content-Type", "text/plain")], "to both")
    sent = rawsip.Message.parse(data.partition(b"\r\n\r\n")[0])
    anna.conn.send(data)
    assert desk.expect("MESSAGE").text == home.expect("MESSAGE").text == "to both"
    assert anna.wait_response(sent.get("Call-ID"), sent.cseq).status == 200


def test_a_gruu_that_is_not_signed_in_is_480(agents):
    anna, ben = agents("anna", "ben")
    answer = anna.message(ben.aor + ";opaque=user:epid:AAAAAAAAAAAAAAAAAAAAAAAA;gruu", "you?")
    assert answer.status == 480 and "1006" in (answer.get("ms-diagnostics") or "")


def test_a_dialog_nobody_knows_is_481(agents):
    anna, ben = agents("anna", "ben")
    answer = anna.request("BYE", f"sip:{ben.user}@127.0.0.1:9", to=f"<{ben.aor}>;tag=gone")
    assert answer.status == 481


def test_a_forged_route_leads_nowhere(agents, lab):
    anna, ben = agents("anna", "ben")
    route = f"<sip:Zm9yZ2Vk@{lab.env['SIP_TCP']};transport=tcp;lr>"
    answer = anna.request("INFO", f"sip:{ben.user}@127.0.0.1:9", [("Route", route)], to=f"<{ben.aor}>;tag=gone")
    assert answer.status == 481 and "1004" in (answer.get("ms-diagnostics") or "")


def test_an_event_nobody_serves_is_489(agents, lab):
    anna, = agents("anna")
    assert anna.subscribe(f"sip:{lab.env['DOMAIN']}", event="weather").status == 489


def test_another_domain_is_found_by_dns_and_the_second_place_tried(make_lab, tmp_path):
    """RFC 3263 §4.3; nobody listens at the place of the better priority."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        hosts = tmp_path / "hosts"
        hosts.write_text(f"SRV _sip._tcp.partner.example 10 0 {nobody.getsockname()[1]} a.partner.example\n"
                         f"SRV _sip._tcp.partner.example 20 0 {server.getsockname()[1]} a.partner.example\n"
                         "127.0.0.1 a.partner.example\n")
        lab = make_lab(conf=f"[frontend]\nexternal_route = dns\ndns_hosts = {hosts}\n")
        anna = rawsip.agent(lab, "alice", "tcp")
        assert anna.register().status == 200
        anna.conn.send(anna.build("MESSAGE", "sip:zoe@partner.example", [("Content-Type", "text/plain")], "hello"))
        server.settimeout(15)
        peer, _ = server.accept()
        with peer:
            peer.settimeout(10)
            got = b""
            while b"\r\n\r\nhello" not in got:
                chunk = peer.recv(65536)
                assert chunk, got
                got += chunk
            assert got.startswith(b"MESSAGE sip:zoe@partner.example SIP/2.0\r\n")
