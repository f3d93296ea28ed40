"""Whole calls between hand-made clients over all transports, and what keeps them going (test_proxy.py has the rules one by one)."""
import re

import pytest

from clients import rawsip
from clients.rawsip import param

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"


def signed_in(lab, name="anna", transport="tls", **kw):
    ua = rawsip.agent(lab, lab.new_user(name), transport, **kw)
    assert ua.register().status == 200
    return ua


def second(lab, ua, transport="tls"):
    """Another endpoint of the same user."""
    other = rawsip.agent(lab, lab.user(ua.user), transport)
    assert other.register().status == 200
    return other


class Call:
    """A caller's dialog: what goes out carries the same Call-ID, tags and routes."""

    def __init__(self, ua, to, headers=(), body=SDP):
        self.ua, self.to, self.headers, self.body = ua, to, list(headers), body
        self.call_id, self.tag = rawsip.token(), rawsip.token(4)
        self.cseq, self.routes, self.target, self.remote = 1, [], to, f"<{to}>"
        self.branch = "z9hG4bK" + rawsip.token()

    def invite(self):
        """Sent until no challenge comes back; the last INVITE stays unanswered for now."""
        ua = self.ua
        for _ in range(2):
            extra = [ua.authorization("INVITE", self.to)] if ua.challenge else []
            self.branch = "z9hG4bK" + rawsip.token()
            data = ua.build("INVITE", self.to, [("Contact", ua.contact), ("Content-Type", "application/sdp"),
                                                *self.headers, *extra], self.body, call_id=self.call_id,
                            from_tag=self.tag, cseq=self.cseq, branch=self.branch)
            ua.conn.send(data)
            first = self.response(lambda m: True)
            if first.status not in (401, 407):
                return self
            self.plain_ack(first)
            assert ua.take_challenge(first)
            self.cseq += 1
        raise AssertionError("challenged twice")

    def response(self, fits, timeout=10.0):
        """The next response to this INVITE that fits; others are dropped."""
        import time
        end = time.monotonic() + timeout
        while True:
            for m in list(self.ua.responses):
                if m.get("Call-ID") == self.call_id and m.cseq == (self.cseq, "INVITE"):
                    self.ua.responses.remove(m)
                    if fits(m):
                        return m
            left = end - time.monotonic()
            assert left > 0, f"no fitting response; seen {self.ua.seen()}"
            self.ua.pump(left)

    def final(self, status):
        m = self.response(lambda m: m.status >= 200)
        assert m.status == status, m.raw
        if status >= 300:
            self.plain_ack(m)
        else:
            self.routes = list(reversed(m.all("Record-Route")))
            self.target = re.search(r"<([^>]*)>", m.get("Contact")).group(1)
        self.remote = m.get("To")
        return m

    def plain_ack(self, response):
        host, port = self.ua.conn.local
        self.ua.conn.send(self.ua.build(
            "ACK", self.to, to=response.get("To"), call_id=self.call_id, from_tag=self.tag, cseq=self.cseq,
            via=f"Via: SIP/2.0/{self.ua.conn.transport.upper()} {host}:{port};branch={self.branch};rport"))

    def send(self, method, headers=(), body="", ua=None, cseq=None):
        """A request inside the dialog; its Call-ID and CSeq find the answer."""
        ua = ua or self.ua
        if method != "ACK":
            self.cseq += 1
        lines = [("Route", r) for r in self.routes] + [("Contact", ua.contact), *headers]
        if ua.challenge and ua.conn.transport == "udp":
            lines.append(ua.authorization(method, self.target))
        ua.conn.send(ua.build(method, self.target, lines, body, to=self.remote, call_id=self.call_id,
                              from_tag=self.tag, cseq=cseq or self.cseq))

    def request(self, method, headers=(), body="", ua=None):
        ua = ua or self.ua
        self.send(method, headers, body, ua)
        answer = ua.wait_response(self.call_id, (self.cseq, method))
        if answer.status in (401, 407) and ua.take_challenge(answer):
            headers = [*headers, *([] if ua.conn.transport == "udp" else [ua.authorization(method, self.target)])]
            self.send(method, headers, body, ua)
            answer = ua.wait_response(self.call_id, (self.cseq, method))
        return answer


def answer_to(ua, invite, tag="callee1"):
    ua.respond(invite, 200, [("Contact", ua.contact), ("Content-Type", "application/sdp")], SDP, to_tag=tag)


@pytest.mark.parametrize("ways", ["udp-udp", "udp-tcp", "tcp-udp", "tcp-tls", "tls-udp", "tls-tls"])
def test_a_call_is_set_up_changed_and_ended(lab, ways):
    here, there = ways.split("-")
    anna, ben = signed_in(lab, "anna", here), signed_in(lab, "ben", there)
    call = Call(anna, ben.aor).invite()
    invite = ben.expect("INVITE", answer=None)
    assert len(invite.all("Record-Route")) == (1 if here == there else 2)
    assert all(";lr" in r and "," not in r for r in invite.all("Record-Route"))
    assert invite.uri == ben.contact.strip("<>") and int(invite.get("Max-Forwards")) == 69
    ben.respond(invite, 180, reason="Ringing", to_tag="callee1")
    assert call.response(lambda m: m.status == 180).get("To").endswith("callee1")
    answer_to(ben, invite)
    call.final(200)
    call.send("ACK")
    ben.expect("ACK")
    if here == "udp":
        call.cseq += 1  # of the digest answers
    call.send("INVITE", [("Content-Type", "application/sdp")], SDP)
    again = ben.expect("INVITE", answer=None, where=lambda m: "tag=callee1" in m.get("To"))
    answer_to(ben, again)
    call.response(lambda m: m.status == 200)
    call.send("ACK")
    ben.expect("ACK")
    # the callee ends it, over the routes it was given
    bye = ben.build("BYE", anna.contact.strip("<>"), [("Route", r) for r in invite.all("Record-Route")],
                    to=invite.get("From"), call_id=call.call_id, from_tag="callee1",
                    from_uri=ben.aor, cseq=7)
    ben.conn.send(bye)
    if there == "udp":
        challenge = ben.wait_response(call.call_id, (7, "BYE"))
        assert challenge.status in (401, 407) and ben.take_challenge(challenge)
        target = anna.contact.strip("<>")
        ben.conn.send(ben.build("BYE", target, [("Route", r) for r in invite.all("Record-Route")] +
                                [ben.authorization("BYE", target)], to=invite.get("From"), call_id=call.call_id,
                                from_tag="callee1", from_uri=ben.aor, cseq=8))
    assert anna.expect("BYE").get("Call-ID") == call.call_id
    assert ben.wait_response(call.call_id, (8 if there == "udp" else 7, "BYE")).status == 200


def test_all_endpoints_ring_the_first_that_answers_has_it_and_the_others_are_cancelled(lab):
    anna, desk = signed_in(lab), signed_in(lab, "ben")
    home = second(lab, desk, "tcp")
    call = Call(anna, desk.aor).invite()
    rings = [ua.expect("INVITE", answer=None) for ua in (desk, home)]
    assert param(rings[0].get("Via"), "branch") != param(rings[1].get("Via"), "branch")
    for ua, m in zip((desk, home), rings):
        ua.respond(m, 180, reason="Ringing")
    call.response(lambda m: m.status == 180)
    answer_to(home, rings[1], "home")
    assert param(call.final(200).get("To"), "tag") == "home"
    cancel = desk.expect("CANCEL")
    assert "elsewhere" in cancel.get("Reason") and cancel.get("Via") == rings[0].get("Via")
    desk.respond(rings[0], 487)
    desk.expect("ACK")
    call.send("ACK")
    home.expect("ACK")


def test_identity_is_written_by_the_server_and_never_taken_from_a_client(lab):
    anna = rawsip.agent(lab, lab.new_user("anna", line="tel:+15550100"))
    assert anna.register().status == 200
    ben = signed_in(lab, "ben")
    forged = [("P-Asserted-Identity", "<sip:boss@lab.example>"), ("P-Preferred-Identity", "<sip:boss@lab.example>"),
              ("ms-edge-proxy-message-trust", "ms-source-type=InternetUser"),
              ("ms-asserted-verification-level", "ms-source-verified-user=verified"),
              ("ms-user-logon-data", "RemoteUser"), ("X-Own", "stays")]
    Call(anna, ben.aor, forged).invite()
    got = ben.expect("INVITE", answer=486)
    assert got.get("P-Asserted-Identity") == f"<{anna.aor}>, <tel:+15550100>"
    assert got.get("X-Own") == "stays" and "boss" not in got.raw.decode()
    for name, _ in forged[1:-1]:
        assert got.get(name) is None, name
    assert got.get("Authorization") is None and got.get("Proxy-Authorization") is None


def test_compact_names_are_written_out(lab):
    anna, ben = signed_in(lab), signed_in(lab, "ben")
    data = anna.build("MESSAGE", ben.aor, [("Content-Type", "text/plain"), anna.authorization("MESSAGE", ben.aor)],
                      "short names")
    for long, short in (("Via", "v"), ("From", "f"), ("To", "t"), ("Call-ID", "i"), ("Content-Type", "c"),
                        ("Content-Length", "l")):
        data = re.sub(rb"\r\n%s:" % long.encode(), b"\r\n%s:" % short.encode(), data)
    ben.auto_answer["MESSAGE"] = 200
    anna.conn.send(data)
    got = ben.expect("MESSAGE")
    assert got.text == "short names"
    names = [k for k, _ in got.headers]
    assert all(len(k) > 1 for k in names) and {"Via", "From", "To", "Call-ID", "Content-Type"} <= set(names)


def test_a_request_that_comes_back_unchanged_is_482(lab):
    anna, ben = signed_in(lab), signed_in(lab, "ben")
    anna.conn.send(anna.build("MESSAGE", ben.aor, [("Content-Type", "text/plain"),
                                                   anna.authorization("MESSAGE", ben.aor)], "round and round"))
    got = ben.expect("MESSAGE", answer=None)
    ours, theirs = got.all("Via")[:2]
    host, port = anna.conn.local
    back = anna.build("MESSAGE", ben.aor, [("Via", ours), ("Via", theirs), ("Content-Type", "text/plain")],
                      "round and round", call_id=got.get("Call-ID"), cseq=got.cseq[0],
                      from_tag=param(got.get("From"), "tag"),
                      via=f"Via: SIP/2.0/TLS {host}:{port};branch=z9hG4bK{rawsip.token()};rport")
    assert anna.transact(back).status == 482


def test_requests_to_a_gruu_reach_that_endpoint_alone(lab):
    user, anna = lab.new_user("ben"), signed_in(lab)
    ends = [rawsip.agent(lab, user) for _ in range(2)]
    gruus = []
    for ua in ends:
        ok = ua.register(headers=[("Supported", "gruu-10")])
        mine = next(c for c in ok.all("Contact") if ua.instance.split(":")[-1] in c)
        gruus.append(param(mine, "gruu"))
    assert gruus[0] != gruus[1] and all(g.endswith(";gruu") for g in gruus)
    ends[1].auto_answer["MESSAGE"] = 200
    assert anna.message(gruus[0].replace("epid:", "epid:zz"), "nobody").status == 480
    anna.conn.send(anna.build("MESSAGE", gruus[1], [("Content-Type", "text/plain"),
                                                    anna.authorization("MESSAGE", gruus[1])], "to you"))
    assert ends[1].expect("MESSAGE").uri == gruus[1]
    ends[0].expect_none("MESSAGE", 0.3)
    assert ends[1].register(expires=0).status == 200
    gone = anna.message(gruus[1], "still there?")
    assert gone.status == 480 and "1006" in gone.get("ms-diagnostics")


def test_a_dialog_goes_on_when_one_side_came_back_over_another_connection(lab):
    anna, ben = signed_in(lab, "anna", "tcp"), signed_in(lab, "ben", "tcp")
    call = Call(anna, ben.aor).invite()
    invite = ben.expect("INVITE", answer=None)
    answer_to(ben, invite)
    call.final(200)
    call.send("ACK")
    ben.expect("ACK")
    ben.conn.close()
    back = rawsip.agent(lab, lab.user(ben.user), "tcp")
    back.instance = ben.instance
    assert back.register().status == 200
    back.auto_answer["INFO"] = back.auto_answer["BYE"] = 200
    call.send("INFO")
    back.expect("INFO")
    assert anna.wait_response(call.call_id, (call.cseq, "INFO")).status == 200
    anna.conn.close()
    again = rawsip.agent(lab, lab.user(anna.user), "tcp")
    again.instance = anna.instance
    assert again.register().status == 200
    call.send("BYE", [again.authorization("BYE", call.target)], ua=again)
    back.expect("BYE")
    assert again.wait_response(call.call_id, (call.cseq, "BYE")).status == 200


def test_a_message_for_a_method_no_endpoint_takes_is_405(lab):
    anna, ben = signed_in(lab), rawsip.agent(lab, lab.new_user("ben"))
    ben.contact += ';methods="INVITE, ACK, BYE, CANCEL"'
    assert ben.register().status == 200
    assert anna.message(ben.aor, "x").status == 405


def test_stun_keepalives_are_answered_on_udp(lab):
    conn = rawsip.connect(lab, "udp")
    conn.sock.send(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"parleyparley")
    conn.sock.settimeout(5)
    answer = conn.sock.recv(1500)
    assert answer[:2] == b"\x01\x01" and answer[8:20] == b"parleyparley"
    at, found = 20, None
    while at < len(answer):
        kind, size = (int.from_bytes(answer[at + i:at + i + 2], "big") for i in (0, 2))
        if kind == 0x20:
            found = int.from_bytes(answer[at + 6:at + 8], "big") ^ 0x2112
        at += 4 + (size + 3) // 4 * 4
    assert found == conn.local[1]
