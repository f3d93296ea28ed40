"""Meetings as a client sees them: C3P requests, the dialog with the Focus, the roster's documents, the dialog
with the IM Conferencing Server. Used by `deploy/lab demo` and, as tests/lib/c3p.py, by the end-to-end tests. `ua` is a
signed-in sipclient.UserAgent:

    focus = create(ua)                              # SERVICE addConference: the Focus URI
    seat = join(ua, focus)                          # INVITE addUser, ACK
    assert seat.status == 200 and seat.answer.code == "success"
    roster = follow(ua, focus)                      # SUBSCRIBE; sipe=True: as SIPE does, with BENOTIFY
    roster.wait(lambda r: other.aor in r.users)     # takes notifications, checks their versions
    assert seat.command(modify_lock(focus, True)).code == "success"
    leg = Leg(ua, focus)                            # INVITE to the chat, ACK
    leg.say("hello"); leg.hear("hello back", other)
    seat.leave()

`Answer` is a response's body (code, reason, elements), `Document` one conference-info.
"""
import re
import secrets
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from sipclient import param, token

C3P = "urn:ietf:params:xml:ns:cccp"
CI = "urn:ietf:params:xml:ns:conference-info"
MSCI = "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions"
MSCP = "http://schemas.microsoft.com/rtc/2005/08/cccpextensions"
CONTENT_TYPE = "application/cccp+xml"
SIPE_OPTIONS = [("Supported", "com.microsoft.autoextend"), ("Supported", "ms-benotify"),
                ("Proxy-Require", "ms-benotify"), ("Supported", "ms-piggyback-first-notify")]


# --- URIs ---

def factory_uri(aor):
    return f"{aor};gruu;opaque=app:conf:focusfactory"


def focus_uri(aor, conf_id):
    return f"{aor};gruu;opaque=app:conf:focus:id:{conf_id}"


def mcu_uri(focus, kind="chat"):
    return focus.replace("app:conf:focus:", f"app:conf:{kind}:")


def new_id():
    return secrets.token_hex(16).upper()


def guid():
    return "{%s-%s-%s-%s-%s}" % tuple(secrets.token_hex(n).upper() for n in (4, 2, 2, 2, 6))


# --- commands: what stands inside <request> ---

def conference_info(conf_id, subject="", mcus=("chat", "audio-video"), admission="openAuthenticated", expiry=None,
                    users=(), key=None, more=""):
    """users: (address, role) pairs."""
    people = "".join(f"<ci:user entity={quoteattr(uri)}><ci:roles><ci:entry>{role}</ci:entry></ci:roles></ci:user>"
                     for uri, role in users)
    return (f'<ci:conference-info xmlns:ci="{CI}" xmlns:msci="{MSCI}" entity=""><ci:conference-description>'
            f"<ci:subject>{escape(subject)}</ci:subject><msci:conference-id>{conf_id}</msci:conference-id>"
            + (f"<msci:conference-key>{escape(key)}</msci:conference-key>" if key is not None else "")
            + (f"<msci:expiry-time>{expiry}</msci:expiry-time>" if expiry else "")
            + f"<msci:admission-policy>{admission}</msci:admission-policy>{more}</ci:conference-description>"
            + (f"<ci:users>{people}</ci:users>" if people else "") + "<msci:conference-view>"
            + "".join(f'<msci:entity-view entity="{kind}"/>' for kind in mcus)
            + "</msci:conference-view></ci:conference-info>")


def add_conference(conf_id, **kw):
    return f"<addConference>{conference_info(conf_id, **kw)}</addConference>"


def conference_keys(focus):
    return f"<conferenceKeys confEntity={quoteattr(focus)}/>"


def user_keys(focus, user):
    return f"<userKeys confEntity={quoteattr(focus)} userEntity={quoteattr(user)}/>"


def add_user(focus, user, endpoint=None, role="attendee", method=None, mcu=None, where=None):
    """Joins the Focus; with `mcu` (its URI) the conferencing server, method dialed-in or dialed-out (to `where`)."""
    to = f' xmlns:mscp="{MSCP}" mscp:mcuUri={quoteattr(mcu)}' if mcu else ""
    how = f"<ci:joining-method>{method}</ci:joining-method>" if method else ""
    place = f" msci:endpoint-uri={quoteattr(where)}" if where else ""
    return (f'<addUser{to}>{conference_keys(focus)}<ci:user xmlns:ci="{CI}" entity={quoteattr(user)}><ci:roles>'
            f'<ci:entry>{role}</ci:entry></ci:roles><ci:endpoint entity="{endpoint or guid()}" xmlns:msci="{MSCI}"{place}>'
            f"{how}</ci:endpoint></ci:user></addUser>")


def delete_user(focus, user):
    return f"<deleteUser>{user_keys(focus, user)}</deleteUser>"


def modify_roles(focus, user, role):
    return (f'<modifyUserRoles>{user_keys(focus, user)}<ci:user-roles xmlns:ci="{CI}"><ci:entry>{role}</ci:entry>'
            "</ci:user-roles></modifyUserRoles>")


def modify_lock(focus, locked):
    return (f"<modifyConferenceLock>{conference_keys(focus)}<locked>{str(bool(locked)).lower()}</locked>"
            "</modifyConferenceLock>")


def get_conference(focus):
    return f"<getConference>{conference_keys(focus)}</getConference>"


def delete_conference(focus):
    return f"<deleteConference>{conference_keys(focus)}</deleteConference>"


def request(command, to, sender, number=1):
    return (f'<?xml version="1.0"?><request xmlns="{C3P}" xmlns:mscp="{MSCP}" C3PVersion="1" to={quoteattr(to)} '
            f'from={quoteattr(sender)} requestId="{number}">{command}</request>')


class Answer:
    """A response: code, reason, request (its requestId), command (the element in it), xml (all of it)."""

    def __init__(self, text):
        self.xml = ET.fromstring(text)
        self.code, self.reason = self.xml.get("code"), self.xml.get("reason")
        self.request = self.xml.get("requestId")
        self.command = next(iter(self.xml), None)
        if self.reason is None and self.command is not None:
            self.reason = self.command.get("reason")

    def find(self, name, ns=CI):
        return self.xml.find(f".//{{{ns}}}{name}")

    def document(self):
        """The conference-info inside."""
        return Document(self.find("conference-info"))


def answer_of(message):
    """The Answer in a SIP response, None without one."""
    return Answer(message.text) if (message.get("Content-Type") or "").startswith(CONTENT_TYPE) else None


# --- documents ---

def local(element):
    return element.tag.rpartition("}")[2]


def text_of(element, path):
    found = None if element is None else element.find(path, {"ci": CI, "m": MSCI})
    return None if found is None else found.text or ""


class Endpoint:
    def __init__(self, e):
        self.entity, self.type, self.status = (e.get("entity"), e.get(f"{{{MSCI}}}session-type"),
                                               text_of(e, "ci:status"))
        self.method = text_of(e, "ci:joining-method")
        self.media = [{local(x): x.text for x in m} for m in e.findall(f"{{{CI}}}media")]

    def __repr__(self):
        return f"{self.type}:{self.status}"


class User:
    def __init__(self, u):
        self.entity, self.state = u.get("entity"), u.get("state")
        self.name = text_of(u, "ci:display-text")
        self.role = text_of(u, "ci:roles/ci:entry")
        self.endpoints = [Endpoint(e) for e in u.findall(f"{{{CI}}}endpoint")]

    def types(self, status="connected"):
        """Session types in which he is there."""
        return sorted(e.type for e in self.endpoints if e.status == status)

    def __repr__(self):
        return f"<{self.entity} {self.role} {self.endpoints}>"


class Document:
    """state, version, users {address: User}, gone [address], mcus {purpose: uri} and locked {entity: bool}; what
    the document does not mention is empty, subject None."""

    def __init__(self, source):
        root = source if isinstance(source, ET.Element) else ET.fromstring(source)
        assert root.tag == f"{{{CI}}}conference-info", root.tag
        self.xml, self.entity, self.state = root, root.get("entity"), root.get("state")
        self.version = int(root.get("version") or 0)
        people = [User(u) for u in root.findall(f"{{{CI}}}users/{{{CI}}}user")]
        self.users = {u.entity.lower(): u for u in people if u.state != "deleted"}
        self.gone = [u.entity.lower() for u in people if u.state == "deleted"]
        description = root.find(f"{{{CI}}}conference-description")
        self.subject = text_of(description, "ci:subject")
        self.mcus = {text_of(e, "ci:purpose"): text_of(e, "ci:uri") for e in root.iter(f"{{{CI}}}entry")
                     if e.find(f"{{{CI}}}purpose") is not None}
        self.locked, self.media_types = {}, {}
        for view in root.iter(f"{{{MSCI}}}entity-view"):
            entity, lock = view.get("entity"), text_of(view, "m:entity-state/m:locked")
            if lock is not None:
                self.locked[entity] = lock == "true"
            self.media_types[entity] = [t.text for t in view.iter(f"{{{CI}}}type")]


class Roster:
    """What a subscriber knows after all documents so far."""

    def __init__(self, ua, focus, answer, call_id, from_tag, benotify):
        self.ua, self.focus, self.answer, self.status = ua, focus, answer, answer.status
        self.call_id, self.from_tag = call_id, from_tag
        self.method = "BENOTIFY" if benotify else "NOTIFY"
        self.users, self.mcus, self.locked, self.subject = {}, {}, {}, None
        self.version, self.documents, self.ended = 0, [], None
        if answer.get("ms-piggyback-cseq"):
            self.take(answer)

    def take(self, message):
        """Applies one notification; versions count by one."""
        state = message.get("Subscription-State") or ""
        if state.startswith("terminated") and not message.is_response:
            self.ended = param(state, "reason") or state
        if not message.body:
            return
        d = Document(message.text)
        assert d.version == self.version + 1, f"version {d.version} after {self.version}"
        assert d.entity.lower() == self.focus.lower()
        self.version = d.version
        self.documents.append(d)
        if d.state == "full":
            self.users = {}
        self.users.update(d.users)
        for address in d.gone:
            self.users.pop(address, None)
        self.mcus.update(d.mcus)
        self.locked.update(d.locked)
        self.subject = d.subject if d.subject is not None else self.subject

    def next(self, timeout=10.0):
        """The next notification of this subscription, applied."""
        message = self.ua.expect(self.method, timeout, where=lambda m: m.get("Call-ID") == self.call_id)
        self.take(message)
        return message

    def wait(self, check, timeout=10.0):
        """Takes notifications until check(self)."""
        while not check(self):
            self.next(timeout)
        return self

    def request(self, expires):
        """SUBSCRIBE in its dialog."""
        to = f"<{self.focus}>;tag={param(self.answer.get('To'), 'tag')}"
        contact = (self.answer.get("Contact") or "").strip().partition("<")[2].partition(">")[0]
        headers = [("Event", "conference"), ("Accept", "application/conference-info+xml"),
                   ("Contact", self.ua.contact), ("Expires", str(expires))]
        return self.ua.request("SUBSCRIBE", contact or self.focus, headers, call_id=self.call_id,
                               from_tag=self.from_tag, to=to)


def sender_tag(epid):
    return token(4) + (f";epid={epid}" if epid else "")


def follow(ua, focus, sipe=False, epid="", expires=3600):
    """SUBSCRIBE to the Focus, a new dialog. The first document of a client that is not like SIPE comes by NOTIFY:
    roster.next()."""
    call_id, from_tag = token(), sender_tag(epid)
    answer = ua.subscribe(focus, "conference", "application/conference-info+xml", expires,
                          headers=SIPE_OPTIONS if sipe else (), call_id=call_id, from_tag=from_tag)
    return Roster(ua, focus, answer, call_id, from_tag, sipe)


# --- the Focus ---

def service(ua, to, command):
    """SERVICE with a C3P request; the Answer (None when there was no body: see .last)."""
    message = ua.request("SERVICE", to, [("Contact", ua.contact), ("Content-Type", CONTENT_TYPE)],
                         request(command, to, ua.aor))
    answer = answer_of(message)
    if answer is not None:
        answer.status = message.status
    return answer if answer is not None else message


def create(ua, **kw):
    """A meeting of this user's; its Focus URI. Keywords of conference_info; conf_id to choose it."""
    conf_id = kw.pop("conf_id", None) or new_id()
    answer = service(ua, factory_uri(ua.aor), add_conference(conf_id, **kw))
    assert isinstance(answer, Answer) and answer.code == "success", ET.tostring(answer.xml) if isinstance(
        answer, Answer) else answer
    focus = answer.find("conference-info").get("entity")
    assert focus.lower() == focus_uri(ua.aor, conf_id).lower(), focus
    return focus


class Seat:
    """A dialog with the Focus: status of the INVITE, answer (None without body), then commands."""

    def __init__(self, ua, focus, epid="", endpoint=None, headers=(), role="attendee"):
        self.ua, self.focus, self.endpoint, self.number = ua, focus, endpoint or guid(), 1
        self.call_id, self.from_tag = token(), sender_tag(epid)
        self.message = ua.request(
            "INVITE", focus, [("Contact", ua.contact), ("Content-Type", CONTENT_TYPE), *headers],
            request(add_user(focus, ua.aor, self.endpoint, role), focus, ua.aor),
            call_id=self.call_id, from_tag=self.from_tag)
        self.status, self.answer = self.message.status, answer_of(self.message)
        self.to = self.message.get("To")
        ua.conn.send(ua.build("ACK", focus, [], call_id=self.call_id, from_tag=self.from_tag, to=self.to,
                              cseq=self.message.cseq[0]))

    @property
    def role(self):
        """The role that was granted."""
        return text_of(self.answer.find("user"), "ci:roles/ci:entry")

    def send(self, method, headers=(), body="", timeout=10.0):
        return self.ua.request(method, self.focus, [("Contact", self.ua.contact), *headers], body, timeout,
                               call_id=self.call_id, from_tag=self.from_tag, to=self.to)

    def command(self, command, timeout=10.0):
        """INFO with this command; the Answer, or the SIP message when it has none. A command that is answered
        202 first gets its Answer by an INFO of the Focus."""
        self.number += 1
        message = self.send("INFO", [("Content-Type", CONTENT_TYPE)],
                            request(command, self.focus, self.ua.aor, self.number), timeout)
        answer = answer_of(message)
        if answer is None and message.status == 202:
            answer = answer_of(self.ua.expect("INFO", timeout, where=lambda m: m.get("Call-ID") == self.call_id))
        return answer if answer is not None else message

    def leave(self):
        return self.send("BYE")


def join(ua, focus, **kw):
    return Seat(ua, focus, **kw)


# --- the IM Conferencing Server ---

class Leg:
    """A dialog with the IM Conferencing Server: status of the INVITE, then messages. headers: further ones of the
    INVITE; sender: it reads Ms-Sender."""

    def __init__(self, ua, focus, headers=(), sender=True):
        self.ua, self.call_id, self.from_tag = ua, token(), token(4)
        host, _ = ua.conn.local
        sdp = (f"v=0\r\no=- 0 0 IN IP4 {host}\r\ns=session\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
               f"m=message 5060 sip {ua.aor}\r\na=accept-types:text/plain\r\n")
        uri = mcu_uri(focus)
        self.answer = ua.request("INVITE", uri, [("Contact", ua.contact), *([("Supported", "ms-sender")] if sender else []),
                                                 *headers, ("Content-Type", "application/sdp")], sdp,
                                 timeout=20.0, call_id=self.call_id, from_tag=self.from_tag)
        self.status, self.to = self.answer.status, self.answer.get("To")
        contact = re.search(r"<([^>]*)>", self.answer.get("Contact") or "")
        self.target = contact.group(1) if contact else uri
        self.route = [("Route", r) for r in reversed(self.answer.all("Record-Route"))]
        if self.status == 200:
            self.send_ack()

    def send_ack(self):
        self.ua.conn.send(self.ua.build("ACK", self.target, self.route, call_id=self.call_id, to=self.to,
                                        from_tag=self.from_tag, cseq=self.answer.cseq[0]))

    def send(self, method, headers=(), body=""):
        return self.ua.request(method, self.target, [*self.route, *headers], body, call_id=self.call_id,
                               from_tag=self.from_tag, to=self.to)

    def say(self, text):
        return self.send("MESSAGE", [("Content-Type", "text/plain;charset=UTF-8")], text)

    def hear(self, text, author):
        """The copy of `author`'s message."""
        return self.ua.expect("MESSAGE", where=lambda m: m.text == text and author.aor in (m.get("Ms-Sender") or ""))
