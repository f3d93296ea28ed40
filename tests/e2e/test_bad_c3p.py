"""C3P that is wrong: in SERVICE, INVITE and INFO, and over HTTPS. It gets the protocol's error, the connection goes on,
and nobody dies of it."""
import http.client
import os
import socket
import ssl
import time

import pytest

from clients import rawsip
from lib import c3p
from lib.meetings import sign_in

DOCTYPE = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def bodies(focus, me):
    """Documents that no reader takes, by what is wrong with them."""
    good = c3p.request(c3p.get_conference(focus), focus, me)
    head, _, rest = good.partition("?>")
    return {
        "nothing": " ",
        "no XML": "hello",
        "cut off": good[:-20],
        "another document": "<presence xmlns='urn:ietf:params:xml:ns:pidf'/>",
        "an entity": head + "?>" + DOCTYPE + rest.replace('requestId="1"', 'requestId="&b;"'),
        "an entity of another place": head + '?><!DOCTYPE r SYSTEM "file:///etc/passwd">' + rest,
        "too deep": good.replace("<getConference>", "<getConference>" + "<a>" * 200 + "</a>" * 200),
        "not UTF-8": b"\xff\xfe" + good.encode(),
        "a NUL": good.encode().replace(b"getConference", b"get\0Conference"),
    }


# What can be read so far that an answer can be made under its name.
READABLE = {
    "no command": ("", "requestMalformed"),
    "two commands": ("<getConference/><getConference/>", "requestMalformed"),
    "a command nobody knows": ("<danceAll/>", "notSupported"),
    "a command of a later version": ("<setUserAccess/>", "notSupported"),
    "no keys": ("<modifyUserRoles/>", "requestMalformed"),
}


@pytest.fixture
def seat(lab):
    anna, = sign_in(lab, "anna")
    return c3p.join(anna, c3p.create(anna))


def send(seat, method, body):
    ua, kind = seat.ua, [("Content-Type", c3p.CONTENT_TYPE)]
    if method == "INFO":
        return seat.send("INFO", kind, body)
    to = seat.focus if method == "INVITE" else c3p.factory_uri(ua.aor)
    answer = ua.request(method, to, [("Contact", ua.contact), *kind], body)
    return answer


def goes_on(seat):
    """The same connection, the same dialog."""
    assert seat.command(c3p.get_conference(seat.focus)).code == "success"
    assert c3p.service(seat.ua, c3p.factory_uri(seat.ua.aor), "<getConferences/>").code == "success"


@pytest.mark.parametrize("method", ["SERVICE", "INVITE", "INFO"])
def test_what_cannot_be_read_is_400_with_a_reason(seat, method):
    got = {}
    for why, body in bodies(seat.focus, seat.ua.aor).items():
        message = send(seat, method, body)
        words = message.get("ms-diagnostics") or ""
        got[why] = message.status, bool(rawsip.param(words, "reason")), message.body
        if message.status == 200:  # read as far as who asks, and answered with a failure
            answer = c3p.answer_of(message)
            got[why] = (answer.code, answer.reason)
    refused = (400, True, b"")
    malformed, large = ("failure", "requestMalformed"), ("failure", "requestTooLarge")
    assert {why: g for why, g in got.items() if g not in (refused, malformed, large)} == {}
    goes_on(seat)


@pytest.mark.parametrize("method", ["SERVICE", "INFO"])
@pytest.mark.parametrize("why", READABLE)
def test_what_can_be_read_gets_a_response(seat, method, why):
    command, reason = READABLE[why]
    to = seat.focus if method == "INFO" else c3p.factory_uri(seat.ua.aor)
    message = send(seat, method, c3p.request(command, to, seat.ua.aor, 77))
    answer = c3p.answer_of(message)
    if answer is None:
        assert message.status == 400 and why == "no command" and rawsip.param(message.get("ms-diagnostics"), "reason")
    elif why == "no keys" and method == "SERVICE":
        assert (answer.code, answer.reason) == ("failure", "notSupported")  # the factory has no such command
    else:
        assert (message.status, answer.code, answer.reason, answer.request) == (200, "failure", reason, "77")
    goes_on(seat)


@pytest.mark.parametrize("method", ["SERVICE", "INVITE", "INFO"])
def test_what_is_too_large_is_refused(seat, method):
    """Larger than a request may be, and no larger than SIP takes: the command's reason or 413; the connection stays."""
    text = "x" * 50000
    message = send(seat, method, c3p.request(f"<getConference><pad>{text}</pad></getConference>", seat.focus, seat.ua.aor))
    assert message.status in (200, 400, 413)
    if message.status == 200:
        answer = c3p.answer_of(message)
        assert answer.code == "success" or answer.reason in ("requestTooLarge", "requestMalformed", "notSupported")
    goes_on(seat)


def test_too_many_of_one_thing_is_too_large(seat):
    users = [(f"sip:u{i}@lab.example", "attendee") for i in range(600)]
    answer = c3p.service(seat.ua, c3p.factory_uri(seat.ua.aor), c3p.add_conference(c3p.new_id(), users=users))
    reason = answer.reason if isinstance(answer, c3p.Answer) else None
    assert reason in ("maximumMeetingSizeExceeded", "requestTooLarge") or answer.status in (413, 513)


def test_what_is_not_known_is_ignored(seat):
    ns = 'xmlns:x="urn:example:later"'
    lock = c3p.modify_lock(seat.focus, True).replace(
        "<locked>", f'<x:why {ns}>because<x:of a="b">that</x:of></x:why><locked {ns} x:since="2030">')
    body = c3p.request(lock, seat.focus, seat.ua.aor, 9).replace('C3PVersion="1"', f'C3PVersion="1" {ns} x:more="yes"')
    answer = c3p.answer_of(seat.send("INFO", [("Content-Type", c3p.CONTENT_TYPE)], "<!-- a comment -->" + body[21:]))
    assert (answer.code, answer.request) == ("success", "9")
    assert seat.command(c3p.get_conference(seat.focus)).document().locked[seat.focus] is True


# --- over HTTPS ---

LISTENERS = {"frontend": (4, "/mcufactory", "POOL_FQDN"), "mcu-im": (3, "/c3p", None)}
REQUEST = c3p.request("<getConferences/>", "a", "b")


@pytest.fixture(params=LISTENERS)
def listener(request, lab):
    """One of the two listeners for servers; afterwards its role lives."""
    yield Listener(lab, request.param)
    assert lab.http("/livez", request.param.upper().replace("-", "_"))[0] == 200
    assert lab.http("/readyz", request.param.upper().replace("-", "_"))[0] == 200


class Listener:
    def __init__(self, lab, role):
        _, self.path, name = LISTENERS[role]
        self.lab, self.role = lab, role
        self.name = lab.env[name] if name else "mcu-im.lab.example"
        key = "c3p_listen = "
        self.port = int(lab.conf_of(role).partition(key)[2].partition("\n")[0].rpartition(":")[2])
        self.certificate = None

    def file(self, end):
        return os.path.join(self.lab.dir, "tls", end)

    def trusted(self):
        """With the certificate that this role expects of the other one."""
        name = "mcu-im" if self.role == "frontend" else "server"
        self.certificate = [self.file(name + end) for end in (".pem", ".key")]
        return self

    def as_name(self, name):
        """With a good certificate of another name."""
        self.certificate = [self.file("bad-c3p" + end) for end in (".pem", ".key")]
        if not os.path.exists(self.certificate[1]):
            self.lab.parley("cert", "server", "--ca", self.lab.env["CA_FILE"], "--ca-key", self.file("ca.key"),
                            "--key-type", "p256", "--name", name, "--out", self.certificate[0],
                            "--key-out", self.certificate[1])
        return self

    def connect(self, tls=True):
        sock = socket.create_connection(("127.0.0.1", self.port), 10)
        self.lab.at_end(sock.close)
        if not tls:
            return sock
        context = ssl.create_default_context(cafile=self.lab.env["CA_FILE"])
        if self.certificate:
            context.load_cert_chain(*self.certificate)
        return context.wrap_socket(sock, server_hostname=self.name)

    def ask(self, body=REQUEST, method="POST", path=None, headers=None):
        """(status, text); None when the connection was refused."""
        conn = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10)
        try:
            conn.sock = self.connect()
            conn.request(method, path or self.path, body, {
                "Content-Type": c3p.CONTENT_TYPE, "Parley-Request-Id": rawsip.token(16) + ":1:0", **(headers or {})})
            answer = conn.getresponse()
            return answer.status, answer.read().decode()
        except (ssl.SSLError, ConnectionError, http.client.HTTPException):
            return None
        finally:
            conn.close()

    def raw(self, data, timeout=20.0):
        """What comes back until the server closes."""
        sock, text = self.connect(), b""
        sock.settimeout(timeout)
        try:
            sock.sendall(data)
            while piece := sock.recv(65536):
                text += piece
        except (ConnectionError, ssl.SSLError):
            pass
        return text


def test_nobody_is_served_without_a_certificate(listener):
    assert listener.ask() is None or listener.ask()[0] == 403


def test_an_untrusted_name_is_refused_and_logged(listener):
    start = listener.lab.log_size() if listener.role == "frontend" else 0
    assert listener.as_name("stranger.lab.example").ask()[0] == 403
    line = next(line for line in listener.lab.log(start, listener.role).splitlines()
                if "ev=c3p.refused" in line and "stranger.lab.example" in line)
    assert "lvl=warn" in line


def test_rubbish_is_refused_and_the_role_lives(listener):
    listener.trusted()
    for data in (b"\x00\x01\x02rubbish\r\n\r\n", b"OPTIONS sip:a SIP/2.0\r\n\r\n", b"A" * 70000,
                 b"POST /c3p HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                 b"POST /c3p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                 b"POST /c3p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
        answer = listener.raw(data)
        assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/1.1 5")), (data[:40], answer[:80])
    sock = listener.connect(tls=False)  # no TLS at all
    sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    sock.settimeout(15)
    try:
        assert not sock.recv(100).startswith(b"HTTP")
    except ConnectionError:
        pass


def test_only_posts_to_its_path_are_taken(listener):
    listener.trusted()
    assert listener.ask(method="GET", body=None)[0] in (404, 405)
    assert listener.ask(path="/elsewhere")[0] == 404
    assert listener.ask(path="/" + "a" * 20000) is None or listener.ask(path="/" + "a" * 20000)[0] in (400, 404, 414, 431)
    assert listener.ask(headers={"Parley-Request-Id": "nonsense"})[0] in (200, 400)


def test_documents_that_are_wrong_get_a_response(listener):
    listener.trusted()
    for why, body in bodies("sip:o@lab.example;gruu;opaque=app:conf:focus:id:X", "sip:o@lab.example").items():
        status, text = listener.ask(body if isinstance(body, bytes) else body.encode())
        assert status in (200, 400), why
        if status == 200:
            answer = c3p.Answer(text)
            assert answer.code == "failure" and answer.reason, why


def test_a_huge_body_is_refused_before_it_is_read(listener):
    listener.trusted()
    head = (f"POST {listener.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {c3p.CONTENT_TYPE}\r\n"
            f"Parley-Request-Id: {rawsip.token(16)}:1:0\r\nContent-Length: 1000000000\r\n\r\n")
    began = time.monotonic()
    assert b" 413 " in listener.raw(head.encode() + b"x" * 1000).partition(b"\r\n")[0]
    assert time.monotonic() - began < 15


def test_a_slow_body_holds_up_nobody(listener):
    listener.trusted()
    head = (f"POST {listener.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {c3p.CONTENT_TYPE}\r\n"
            f"Parley-Request-Id: {rawsip.token(16)}:1:0\r\nContent-Length: {len(REQUEST)}\r\n\r\n")
    slow = listener.connect()
    slow.sendall(head.encode())
    for byte in REQUEST[:10]:
        slow.sendall(byte.encode())
        assert listener.ask()[0] == 200  # others are answered meanwhile
    slow.sendall(REQUEST[10:].encode())
    slow.settimeout(10)
    assert slow.recv(100).startswith(b"HTTP/1.1 200")
