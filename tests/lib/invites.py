"""INVITEs made by hand, with the dialogs that come of them."""
import re

from clients import rawsip

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"


class Call:
    """One INVITE: who sent it, to whom, and what came of it."""

    def __init__(self, caller, to, *headers, content_type="application/sdp", body=SDP):
        self.caller, self.to = caller, to
        self.call_id, self.from_tag, self.branch = rawsip.token(), rawsip.token(4), "z9hG4bK" + rawsip.token()
        self.uri, self.routes = to, []
        self.send("INVITE", [("Contact", caller.contact), ("Content-Type", content_type), *headers], body)
        self.cseq = caller.cseq

    def send(self, method, headers=(), body="", to=None, cseq=None, branch=None):
        self.caller.conn.send(self.caller.build(
            method, self.uri, [*(("Route", r) for r in self.routes), *headers], body, call_id=self.call_id,
            from_tag=self.from_tag, to=to or f"<{self.to}>", branch=branch or self.branch,
            **({"cseq": cseq} if cseq else {})))

    def final(self, method="INVITE", cseq=None, timeout=10.0):
        return self.caller.wait_response(self.call_id, (cseq or self.cseq, method), timeout)

    def established(self):
        """After the 200: the dialog's addresses, and the ACK."""
        answer = self.final()
        assert answer.status == 200
        self.remote = answer.get("To")
        self.uri = re.search(r"<([^>]*)>", answer.get("Contact")).group(1)
        self.routes = [v.strip() for line in answer.all("Record-Route") for v in line.split(",")][::-1]
        self.send("ACK", to=self.remote, cseq=self.cseq, branch="z9hG4bK" + rawsip.token())
        return answer

    def refused(self):
        answer = self.final()
        self.send("ACK", to=answer.get("To"), cseq=self.cseq)
        return answer.status
