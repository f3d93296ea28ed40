"""Hand-made SIP for conformance and bad-input tests: any octets over UDP, TCP or TLS, and a plain user
agent with digest. The client itself is deploy/lab.d/sipclient.py, which `deploy/lab demo` uses too.

    ua = rawsip.agent(lab, "alice", transport="tcp")      # Connection + UserAgent of a lab user
    assert ua.register().status == 200
    answer = ua.request("OPTIONS", "sip:lab.example")     # answers one digest challenge by itself
    answer = ua.transact(b"MESSAGE sip:... ")             # exactly these octets
    got = bob.expect("MESSAGE"); bob.expect("NOTIFY", where=lambda m: "busy" in m.text)
    conn = rawsip.connect(lab, "tls"); conn.send(b"rubbish"); assert conn.wait_closed()
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../deploy/lab.d"))

from sipclient import (Connection, ConnectionClosed, Message, SipTimeout, UserAgent,  # noqa: E402,F401
                       digest_answer, param, token)


def connect(lab, transport="tls", **kw):
    """A connection to the lab's listener; TLS is checked against its CA and the pool's name."""
    host, _, port = lab.env["SIP_" + transport.upper()].rpartition(":")
    if transport == "tls":
        kw.setdefault("ca", lab.env["CA_FILE"])
        kw.setdefault("server_name", lab.env["POOL_FQDN"])
    return Connection(host, int(port), transport, **kw)


def agent(lab, user, transport="tls", algorithm="SHA-256", password=None, source=None):
    """A user agent of a lab user, by name (a demo user) or as lab.new_user() gave it."""
    user = lab.user(user)
    ua = UserAgent(connect(lab, transport, source=source), user.name, user.domain,
                   password or user.password, algorithm)
    lab.at_end(ua.close)
    return ua
