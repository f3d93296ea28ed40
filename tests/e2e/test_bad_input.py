"""Rubbish, torture messages and floods: the right answer or a closed connection, and the server lives."""
import os
import re

import pytest

from clients import rawsip
from lib.labs import ROOT

TORTURE = os.path.join(ROOT, "tests/golden/sip/torture")


def verdicts():
    """name -> what the server answers, from the table beside the messages."""
    rows = {}
    with open(os.path.join(TORTURE, "VERDICTS")) as f:
        for line in f:
            words = line.split()
            if words and not line.startswith("#"):
                rows[words[0]] = words[3]
    return rows


def message(name):
    """With a branch of its own each time: otherwise it is a retransmission of the one before."""
    with open(os.path.join(TORTURE, name + ".in"), "rb") as f:
        return f.read().replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + rawsip.token().encode())


def lives(lab, transport="tcp"):
    """An OPTIONS to the server itself is answered on a fresh connection."""
    ua = rawsip.UserAgent(rawsip.connect(lab, transport), "probe", lab.env["DOMAIN"])
    try:
        assert ua.request("OPTIONS", f"sip:{lab.env['POOL_FQDN']}", timeout=5).status
    finally:
        ua.close()


def statuses(conn, timeout):
    """What comes back until the time is over or the connection is closed."""
    got = []
    try:
        while (m := conn.receive(timeout)) is not None:
            if m.is_response:
                got.append(m)
                if m.status >= 200:
                    break
    except rawsip.ConnectionClosed:
        pass
    return got


@pytest.mark.limit(240)
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_torture_messages_are_survived(lab, transport):
    for name in sorted(verdicts()):
        conn = rawsip.connect(lab, transport)
        conn.send(message(name))
        statuses(conn, 0.05)
        conn.close()
        lives(lab, transport)


@pytest.mark.limit(240)
def test_torture_messages_get_the_status_they_deserve(lab):
    """Those for which the verdict is a plain status, over TCP: each is answered so, with a reason."""
    wrong = []
    for name, want in sorted(verdicts().items()):
        if not want.isdigit() or name == "clerr":  # clerr: a stream waits for the rest of the body
            continue
        conn = rawsip.connect(lab, "tcp")
        conn.send(message(name))
        got = [m.status for m in statuses(conn, 1.0)]
        conn.close()
        # an unauthenticated sender may be asked who he is before anything else is looked at
        if int(want) not in got and not set(got) & {401, 407}:
            wrong.append(f"{name}: wanted {want}, got {got}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_over_the_size_limit_is_513_and_close(lab, transport):
    conn = rawsip.connect(lab, transport)
    ua = rawsip.UserAgent(conn, "alice", lab.env["DOMAIN"])
    head = ua.build("MESSAGE", "sip:bob@" + lab.env["DOMAIN"], [("Content-Type", "text/plain")])
    conn.send(re.sub(rb"Content-Length: 0", b"Content-Length: 1000000", head))
    answers = statuses(conn, 5)
    assert [m.status for m in answers] == [513]
    assert conn.wait_closed()
    lives(lab, transport)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_lost_framing_closes_the_connection(lab, transport):
    for rubbish in (b"\x00\x01\x02 rubbish\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -7\r\n\r\n", b"A" * 300000):
        conn = rawsip.connect(lab, transport)
        try:
            conn.send(rubbish)
        except rawsip.ConnectionClosed:
            continue
        assert conn.wait_closed(), rubbish[:40]
    lives(lab, transport)


def test_bytes_one_by_one_are_a_message_too(lab):
    conn = rawsip.connect(lab, "tcp")
    ua = rawsip.UserAgent(conn, "alice", lab.env["DOMAIN"])
    for byte in ua.build("OPTIONS", f"sip:{lab.env['POOL_FQDN']}"):
        conn.send(bytes([byte]))
    assert statuses(conn, 5)


def test_keepalives_are_answered_or_ignored_but_never_fatal(lab):
    conn = rawsip.connect(lab, "tcp")
    ua = rawsip.UserAgent(conn, "alice", lab.env["DOMAIN"], lab.env["DEMO_PASSWORD"])
    conn.send(b"\r\n\r\n")
    conn.send(b"\r\n")
    assert ua.register().status == 200


def signed_in(lab, transport="tcp"):
    ua = rawsip.agent(lab, lab.new_user("mallory"), transport)
    assert ua.register().status == 200
    return ua


@pytest.mark.parametrize("why, change", [
    ("no From", lambda d: re.sub(rb"From: .*?\r\n", b"", d)),
    ("no Call-ID", lambda d: re.sub(rb"Call-ID: .*?\r\n", b"", d)),
    ("CSeq of another method", lambda d: re.sub(rb"CSeq: (\d+) \w+", rb"CSeq: \1 INVITE", d)),
    ("CSeq too large", lambda d: re.sub(rb"CSeq: \d+", b"CSeq: 99999999999", d)),
    ("two Call-IDs", lambda d: d.replace(b"Call-ID:", b"Call-ID: other\r\nCall-ID:")),
    ("Max-Forwards no number", lambda d: d.replace(b"Max-Forwards: 70", b"Max-Forwards: many")),
    ("unknown version", lambda d: d.replace(b" SIP/2.0\r\n", b" SIP/7.0\r\n", 1)),
], ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "")
def test_a_faulty_header_is_4xx_with_a_reason_or_505(lab, why, change):
    ua = signed_in(lab)
    ua.conn.send(change(ua.build("MESSAGE", ua.aor, [("Content-Type", "text/plain")], "x")))
    answers = statuses(ua.conn, 5)
    if not answers:  # without what a response has to repeat there is none; the connection tells
        assert why in ("no From", "no Call-ID") and ua.conn.closed, why
        return
    assert answers[-1].status in (400, 505), (why, answers)
    if answers[-1].status == 400:
        assert answers[-1].get("ms-diagnostics"), answers[-1].raw
    lives(lab)


def test_too_many_hops_is_483(lab):
    ua = signed_in(lab)
    data = ua.build("MESSAGE", "sip:bob@" + lab.env["DOMAIN"], [("Content-Type", "text/plain")], "x")
    assert ua.transact(data.replace(b"Max-Forwards: 70", b"Max-Forwards: 0")).status == 483


def test_an_unknown_extension_that_is_required_is_420(lab):
    ua = signed_in(lab)
    answer = ua.request("MESSAGE", "sip:bob@" + lab.env["DOMAIN"], [("Proxy-Require", "no-such-thing")])
    assert answer.status == 420 and "no-such-thing" in answer.get("Unsupported")


@pytest.mark.parametrize("body", ["<", "not xml", "<presence/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><presence>&b;</presence>",
                                  "<presence xmlns='urn:ietf:params:xml:ns:pidf'>" + "<a>" * 500],
                         ids=["open", "text", "no-namespace", "entity", "deep"])
def test_a_faulty_document_is_400_and_changes_nothing(lab, body):
    ua = signed_in(lab)
    answer = ua.request("PUBLISH", ua.aor, [("Event", "presence"), ("Content-Type", "application/pidf+xml"),
                                            ("Expires", "600")], body)
    assert answer.status in (400, 413, 415, 488), answer  # 413: deeper than any document of use
    assert ua.publish("open").status == 200


def test_another_users_from_is_refused(lab):
    ua = signed_in(lab)
    answer = ua.request("MESSAGE", "sip:bob@" + lab.env["DOMAIN"], [("Content-Type", "text/plain")], "x",
                        from_uri="sip:alice@" + lab.env["DOMAIN"])
    assert answer.status in (401, 403, 407)


def test_other_domains_are_refused(lab):
    ua = signed_in(lab)
    answer = ua.request("MESSAGE", "sip:someone@elsewhere.example", [("Content-Type", "text/plain")], "x")
    assert 400 <= answer.status < 500 or answer.status == 504
