"""People without an account here: a partner's, by the word of an edge server, and those without a name."""
from clients import rawsip

ANONYMOUS = "anonymous.invalid"


def from_edge(lab):
    """A connection of a server: the lab has to trust the name of its pool's certificate (`TRUST`)."""
    conn = rawsip.connect(lab, "tls", certificate=(lab.env["SERVER_CERT"], lab.env["SERVER_KEY"]))
    lab.at_end(conn.close)
    return conn


TRUST = "[frontend]\ntrusted_servers = mcu-im.lab.example, pool.lab.example\n"


class Partner(rawsip.UserAgent):
    """A user of another domain behind an edge server, which says so in every request; verified None: it does not."""

    def __init__(self, conn, name, domain="partner.example", verified=True):
        super().__init__(conn, name, domain)
        self.verified = verified

    def build(self, method, uri, headers=(), body=b"", **over):
        if self.verified is None:
            return super().build(method, uri, headers, body, **over)
        word = "verified" if self.verified else "unverified"
        trust = (f"ms-source-type=DirectPartner;ms-ep-fqdn=edge.lab.example;ms-source-verified-user={word};"
                 "ms-source-network=federation")
        return super().build(method, uri, [*headers, ("ms-edge-proxy-message-trust", trust)], body, **over)


def anonymous(lab, key, conn=None):
    """Somebody who was told the conference key (None: he answers no challenge)."""
    conn = conn or rawsip.connect(lab, "tls")
    lab.at_end(conn.close)
    return rawsip.UserAgent(conn, rawsip.token(16), ANONYMOUS, key, "MD5-SESS", auth_user="guest")
