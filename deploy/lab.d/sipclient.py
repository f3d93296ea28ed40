"""A small standard SIP client: UDP, TCP or TLS, digest (SHA-256, MD5), standard library only.

Blocking, one thread. Every wait has a time-out and ends in SipTimeout with what was seen meanwhile.
Used by `deploy/lab demo` and, through tests/clients/rawsip.py, by the end-to-end tests.
"""
import hashlib
import re
import secrets
import select
import socket
import ssl
import time

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
           "c": "content-type", "e": "content-encoding", "s": "subject", "k": "supported",
           "o": "event", "r": "refer-to", "u": "allow-events"}


class SipTimeout(Exception):
    pass


class ConnectionClosed(Exception):
    pass


def token(n=8):
    return secrets.token_hex(n)


class Message:
    """One request or response; header names compare without case, compact forms expanded."""

    def __init__(self, start, headers, body=b"", raw=b""):
        self.start, self.headers, self.body, self.raw = start, headers, body, raw
        first = start.split(" ", 2)
        self.is_response = first[0].upper().startswith("SIP/")
        self.status = int(first[1]) if self.is_response else None
        self.reason = (first[2] if len(first) > 2 else "") if self.is_response else None
        self.method = None if self.is_response else first[0]
        self.uri = None if self.is_response else first[1]

    @classmethod
    def parse(cls, head, body=b"", raw=b""):
        text = re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "surrogateescape"))
        lines = re.split(r"\r?\n", text)
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers.append((name.strip(), value.strip()))
        return cls(lines[0], headers, body, raw)

    def all(self, name):
        name = name.lower()
        return [v for k, v in self.headers if COMPACT.get(k.lower(), k.lower()) == name]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    @property
    def cseq(self):
        number, _, method = (self.get("CSeq") or "0 ?").partition(" ")
        return int(number), method.strip()

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.start} | CSeq {self.get('CSeq')} | Call-ID {self.get('Call-ID')}>"


def param(value, name, default=None):
    """A header or challenge parameter, quotes removed: param('<sip:a>;tag=x', 'tag') is 'x'."""
    m = re.search(r'(?:^|[;,\s])%s\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s>]*)' % re.escape(name), value or "", re.I)
    return m.group(1).strip('"') if m else default


class Connection:
    """Octets to messages over one transport. `local` is the address the socket got."""

    def __init__(self, host, port, transport="tls", ca=None, server_name=None, source=None, timeout=5.0,
                 certificate=None):
        self.transport, self.peer = transport, (host, int(port))
        self.buffer, self.log, self.closed = b"", [], False
        if transport == "udp":
            self.sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
            if source:
                self.sock.bind((source, 0))
            self.sock.connect(self.peer)
        else:
            self.sock = socket.create_connection(self.peer, timeout, (source, 0) if source else None)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if transport == "tls":
            context = ssl.create_default_context(cafile=ca)
            if ca is None:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.check_hostname = bool(ca and server_name)
            if certificate:  # (certificate file, key file)
                context.load_cert_chain(*certificate)
            self.sock = context.wrap_socket(self.sock, server_hostname=server_name)
        self.local = self.sock.getsockname()[:2]

    def send(self, data):
        self.log.append((">", data))
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as e:
            self.closed = True
            raise ConnectionClosed(f"{self.transport} connection lost while sending: {e}") from None

    def receive(self, timeout):
        """The next message, or None when the time is over. ConnectionClosed when the peer has closed."""
        end = time.monotonic() + timeout
        while True:
            message = self._cut()
            if message:
                return message
            if self.closed:
                raise ConnectionClosed(f"{self.transport} connection closed by the server")
            left = end - time.monotonic()
            pending = self.transport == "tls" and self.sock.pending()
            if not pending and not select.select([self.sock], [], [], max(left, 0))[0]:
                return None
            self._fill(max(left, 0.01))

    def _fill(self, timeout):
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError):
            return
        except (ConnectionResetError, ConnectionRefusedError, ssl.SSLError):
            data = b""
        finally:
            self.sock.settimeout(10)
        if not data and self.transport != "udp":
            self.closed = True
        if self.transport == "udp":
            self.buffer = data
        else:
            self.buffer += data

    def _cut(self):
        if self.transport != "udp":
            self.buffer = self.buffer.lstrip(b"\r\n")  # keepalive answers
        elif not self.buffer.strip(b"\r\n\0"):
            self.buffer = b""
        head, blank, rest = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return None
        m = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
        length = int(m.group(1)) if m else (len(rest) if self.transport == "udp" else 0)
        if len(rest) < length:
            return None
        raw, self.buffer = head + blank + rest[:length], b"" if self.transport == "udp" else rest[length:]
        self.log.append(("<", raw))
        return Message.parse(head, rest[:length], raw)

    def wait_closed(self, timeout=5.0):
        """True when the server closes within the time; messages on the way are kept in `log`."""
        end = time.monotonic() + timeout
        try:
            while time.monotonic() < end:
                self.receive(end - time.monotonic())
        except ConnectionClosed:
            return True
        return False

    def close(self):
        self.closed = True
        self.sock.close()


def digest_answer(challenge, method, uri, user, password, count=1, body=b""):
    """The Authorization value for one Digest challenge (RFC 7616; RFC 2617 without qop)."""
    algorithm = (param(challenge, "algorithm") or "MD5").upper()
    make = hashlib.sha256 if algorithm.startswith("SHA-256") else hashlib.md5
    h = lambda text: make(text.encode()).hexdigest()
    realm, nonce, opaque = (param(challenge, k) for k in ("realm", "nonce", "opaque"))
    qops = [q.strip() for q in (param(challenge, "qop") or "").split(",")]
    cnonce, nc = token(), f"{count:08x}"
    a1 = h(f"{user}:{realm}:{password}")
    if algorithm.endswith("-SESS"):
        a1 = h(f"{a1}:{nonce}:{cnonce}")
    a2 = h(f"{method}:{uri}")
    qop = "auth" if "auth" in qops else None
    response = h(f"{a1}:{nonce}:{nc}:{cnonce}:{qop}:{a2}") if qop else h(f"{a1}:{nonce}:{a2}")
    out = (f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
           f'response="{response}", algorithm={param(challenge, "algorithm") or "MD5"}')
    if qop:
        out += f', qop=auth, cnonce="{cnonce}", nc={nc}'
    return out + (f', opaque="{opaque}"' if opaque is not None else "")


class UserAgent:
    """One user on one connection. Incoming requests wait in `inbox` until expected."""

    def __init__(self, connection, user, domain, password=None, algorithm="SHA-256", auth_user=None):
        self.conn, self.user, self.domain, self.password = connection, user, domain, password
        self.auth_user = auth_user or user
        self.algorithm, self.aor = algorithm, f"sip:{user}@{domain}"
        self.instance = "urn:uuid:%s-%s-4%s-8%s-%s" % (token(4), token(2), token(2)[1:], token(2)[1:], token(6))
        host, port = connection.local
        self.contact = f"<sip:{user}@{host}:{port};transport={connection.transport}>"
        self.inbox, self.responses = [], []
        self.register_id, self.cseq, self.challenge, self.count = token(), 0, None, 0
        self.auto_answer = {}  # method -> status, answered while waiting for something else

    # --- sending ---

    def build(self, method, uri, headers=(), body=b"", **over):
        """One request as octets. Keywords replace what is made here: call_id, cseq, from_tag, to, via."""
        self.cseq += 1
        cseq = over.get("cseq", self.cseq)
        host, port = self.conn.local
        branch = over.get("branch") or "z9hG4bK" + token()
        lines = [f"{method} {uri} SIP/2.0",
                 over.get("via") or f"Via: SIP/2.0/{self.conn.transport.upper()} {host}:{port};branch={branch};rport",
                 "Max-Forwards: 70",
                 f"From: <{over.get('from_uri', self.aor)}>;tag={over.get('from_tag') or token(4)}",
                 f"To: {over.get('to') or '<' + uri + '>'}",
                 f"Call-ID: {over.get('call_id') or token()}",
                 f"CSeq: {cseq} {method}"]
        lines += [f"{k}: {v}" for k, v in headers]
        body = body.encode() if isinstance(body, str) else body
        lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def transact(self, data, timeout=10.0):
        """Sends a request and returns its final response; UDP requests are sent again as RFC 3261 says."""
        sent = Message.parse(data.partition(b"\r\n\r\n")[0])
        self.conn.send(data)
        return self.wait_response(sent.get("Call-ID"), sent.cseq, timeout, data)

    def wait_response(self, call_id, cseq, timeout=10.0, again=None):
        """The final response to (call_id, cseq); `again` is what UDP sends in between."""
        end, gap = time.monotonic() + timeout, 0.5
        resend = time.monotonic() + gap if again and self.conn.transport == "udp" else end
        while True:
            for m in self.responses:
                if (m.get("Call-ID"), m.cseq) == (call_id, cseq) and m.status >= 200:
                    self.responses.remove(m)
                    return m
            now = time.monotonic()
            if now >= end:
                raise SipTimeout(f"no final response to {cseq} within {timeout} s; seen: {self.seen()}")
            if now >= resend:
                self.conn.send(again)
                gap = min(gap * 2, 4)
                resend = now + gap
            self.pump(min(end, resend) - now)

    def request(self, method, uri, headers=(), body=b"", timeout=10.0, **over):
        """Like transact(build()), answering one digest challenge on the way."""
        over.setdefault("call_id", token())
        over.setdefault("from_tag", token(4))
        headers = list(headers)
        extra = [self.authorization(method, uri)] if self.challenge and self.password else []
        answer = self.transact(self.build(method, uri, headers + extra, body, **over), timeout)
        if answer.status not in (401, 407) or self.password is None:
            return answer
        if not self.take_challenge(answer):
            return answer
        over.pop("branch", None)
        if "cseq" in over:
            over["cseq"] += 1
        return self.transact(
            self.build(method, uri, headers + [self.authorization(method, uri)], body, **over), timeout)

    def take_challenge(self, answer):
        name = "WWW-Authenticate" if answer.status == 401 else "Proxy-Authenticate"
        digests = [c for c in answer.all(name) if c.lower().startswith("digest")]
        digests.sort(key=lambda c: (param(c, "algorithm") or "MD5").upper() != self.algorithm)
        if not digests:
            return False
        self.challenge = ("Authorization" if answer.status == 401 else "Proxy-Authorization", digests[0])
        self.count = 0
        return True

    def authorization(self, method, uri):
        self.count += 1
        name, challenge = self.challenge
        return name, digest_answer(challenge, method, uri, self.auth_user, self.password, self.count)

    # --- receiving ---

    def pump(self, timeout):
        """Takes one message off the connection, into `inbox` or `responses`; False when none came."""
        message = self.conn.receive(max(timeout, 0))
        if message is None:
            return False
        if message.is_response:
            self.responses.append(message)
        elif message.method in self.auto_answer:
            self.respond(message, self.auto_answer[message.method])
            self.inbox.append(message)
        else:
            self.inbox.append(message)
        return True

    def expect(self, method, timeout=10.0, where=lambda m: True, answer=200, headers=(), body=b""):
        """The next incoming request of that method for which `where` holds; answered with `answer`
        (None: not answered). NOTIFYs that do not fit are answered and dropped: state moves on."""
        end = time.monotonic() + timeout
        while True:
            for m in [m for m in self.inbox if m.method == method]:
                fits = where(m)
                if fits or method in ("NOTIFY", "BENOTIFY"):
                    self.inbox.remove(m)
                    if method not in self.auto_answer and method not in ("ACK", "BENOTIFY"):
                        if answer is not None or not fits:
                            self.respond(m, answer or 200, headers, body)
                if fits:
                    return m
            left = end - time.monotonic()
            if left <= 0:
                raise SipTimeout(f"{self.aor}: no fitting {method} within {timeout} s; seen: {self.seen()}")
            self.pump(left)

    def expect_none(self, method, timeout, where=lambda m: True):
        try:
            m = self.expect(method, timeout, where, answer=None)
        except SipTimeout:
            return
        raise AssertionError(f"{self.aor}: unexpected {m!r}")

    def respond(self, request, status, headers=(), body=b"", reason="OK", to_tag=None):
        lines = [f"SIP/2.0 {status} {reason}"]
        for name in ("Via", "Record-Route"):
            lines += [f"{name}: {v}" for v in request.all(name)]
        to = request.get("To") or ""
        if status > 100 and not param(to, "tag"):
            to += f";tag={to_tag or token(4)}"
        lines += [f"From: {request.get('From')}", f"To: {to}", f"Call-ID: {request.get('Call-ID')}",
                  f"CSeq: {request.get('CSeq')}"]
        lines += [f"{k}: {v}" for k, v in headers]
        body = body.encode() if isinstance(body, str) else body
        lines.append(f"Content-Length: {len(body)}")
        self.conn.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def seen(self):
        return [m for _, m in self.conn.log[-6:]]

    # --- what a client does ---

    def register(self, expires=600, headers=(), timeout=10.0):
        contact = f'{self.contact};+sip.instance="<{self.instance}>"'
        return self.request("REGISTER", f"sip:{self.domain}",
                            [("Contact", contact), ("Expires", str(expires)), *headers], timeout=timeout,
                            call_id=self.register_id, to=f"<{self.aor}>")

    def message(self, to, text, timeout=10.0, content_type="text/plain;charset=UTF-8"):
        return self.request("MESSAGE", to, [("Content-Type", content_type)], text, timeout)

    def subscribe(self, to, event="presence", accept="application/pidf+xml", expires=600, headers=(), **over):
        return self.request("SUBSCRIBE", to, [("Event", event), ("Accept", accept), ("Contact", self.contact),
                                              ("Expires", str(expires)), *headers], **over)

    def publish(self, basic="open", note="", expires=600, etag=None):
        """Publishes a PIDF document; the answer's SIP-ETag names it from then on."""
        note = note.replace("&", "&amp;").replace("<", "&lt;")
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" '
                f'entity="{self.aor}"><tuple id="t1"><status><basic>{basic}</basic></status>'
                f'<contact>{self.aor}</contact>{"<note>" + note + "</note>" if note else ""}</tuple></presence>')
        headers = [("Event", "presence"), ("Expires", str(expires)), ("Content-Type", "application/pidf+xml")]
        return self.request("PUBLISH", self.aor, headers + ([("SIP-If-Match", etag)] if etag else []), body)

    def publish_end(self, etag):
        """Takes a published document back."""
        headers = [("Event", "presence"), ("Expires", "0")] + ([("SIP-If-Match", etag)] if etag else [])
        return self.request("PUBLISH", self.aor, headers)

    def close(self):
        self.conn.close()
