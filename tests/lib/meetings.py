"""Meetings of hand-made clients (lib/c3p.py): who takes part, the chat, what the database has of it."""
import os
import secrets

from clients import rawsip
from lib import c3p


# --- participants ---

def sign_in(lab, *names, **kw):
    """User agents of fresh users, registered."""
    return come_back(lab, *lab.new_users(*names), **kw)


def come_back(lab, *users, **kw):
    """Registered agents of users who have been there before."""
    agents = [rawsip.agent(lab, user) for user in users]
    for ua in agents:
        assert ua.register(**kw).status == 200
    return agents


def guest(lab, key, name="guest", conn=None):
    """Somebody who has no account, and the conference key (None: he answers no challenge)."""
    ua = rawsip.UserAgent(conn or rawsip.connect(lab), f"{name}-{secrets.token_hex(3)}", "anonymous.invalid", key)
    lab.at_end(ua.close)
    return ua


class Partner(rawsip.UserAgent):
    """A user of another domain; the server he is behind says whether it knows him (None: it says nothing)."""

    verified = True

    def build(self, method, uri, headers=(), body=b"", **over):
        if self.verified is not None:
            word = "verified" if self.verified else "unverified"
            headers = [*headers, ("ms-edge-proxy-message-trust",
                                  f"ms-source-type=EdgeProxyGenerated;ms-source-verified-user={word}")]
        return super().build(method, uri, headers, body, **over)


def from_edge(lab):
    """A connection of a server that the lab trusts."""
    server, tls = f"mcu-im-4.{lab.env['DOMAIN']}", os.path.join(lab.dir, "tls")
    files = [os.path.join(tls, "partner." + end) for end in ("pem", "key")]
    if not os.path.exists(files[1]):
        lab.parley("cert", "server", "--ca", lab.env["CA_FILE"], "--ca-key", os.path.join(tls, "ca.key"),
                   "--key-type", "p256", "--name", server, "--out", files[0], "--key-out", files[1])
    return rawsip.connect(lab, certificate=files)


def partner(lab, name="pat", domain="partner.example", verified=True, conn=None):
    ua = Partner(conn or from_edge(lab), name, domain)
    ua.verified = verified
    lab.at_end(ua.close)
    return ua


def bye(ua, seat, timeout=10.0):
    """The Focus, or the chat, ends this dialog."""
    return ua.expect("BYE", timeout, where=lambda m: m.get("Call-ID") == seat.call_id)


# --- what is known of a meeting ---

def people(seat):
    """Who is there, as getConference has it."""
    return seat.command(c3p.get_conference(seat.focus)).document().users


def conf_id(focus):
    return focus.rpartition(":")[2]


def rows(lab, table, focus):
    """Rows of a running meeting."""
    found = lab.sql("rtc", f"SELECT count(*) FROM {table} t JOIN conf c ON c.id = t.conf "
                           f"WHERE c.conf_id = '{conf_id(focus)}'")
    return int(found[0][0])


# --- chat ---

FORGED = [("P-Asserted-Identity", "<sip:mallory@lab.example>"), ("C3P-Endpoint", "{FORGED}")]


class Leg(c3p.Leg):
    """A dialog with the IM Conferencing Server whose INVITE claims to be somebody else: that is not passed on."""

    def __init__(self, ua, focus):
        super().__init__(ua, focus, FORGED)

    def hear(self, text, author):
        got = self.ua.expect("MESSAGE", where=lambda m: m.text == text)
        assert author.aor in got.get("Ms-Sender")
        return got
